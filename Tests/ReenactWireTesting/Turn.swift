import ReenactTesting
import ReenactTimeline
import ReenactWire

/// What one side says in turn.
public struct Turn: Sendable {
    public var side: Side
    public var bytes: [UInt8]

    public init(side: Side, bytes: [UInt8]) {
        self.side = side
        self.bytes = bytes
    }
}

extension Connection {
    /// A recorded connection of these turns, one millisecond apart; cut anywhere by the generator, if there is one, into
    /// pieces of at most so many bytes.
    public static func of(
        _ turns: [Turn], port: Int, id: Int = 1, ends: Bool = true, cutBy generator: SeededGenerator? = nil,
        pieceMax: Int = 40
    ) -> Connection {
        var generator = generator
        var connection = Connection(
            id: id, direction: .outbound, transport: .tcp, server: "127.0.0.1:\(port)", opened: 0)
        var offsets: [Side: Int] = [:]
        for (index, turn) in turns.enumerated() {
            var rest = turn.bytes[...]
            while !rest.isEmpty {
                let longest = min(rest.count, pieceMax)
                let count = generator == nil ? rest.count : Int.random(in: 1...longest, using: &generator!)
                connection.segments.append(
                    Segment(
                        side: turn.side, time: Int64(index) * 1_000_000, offset: offsets[turn.side] ?? 0,
                        bytes: Array(rest.prefix(count))))
                offsets[turn.side, default: 0] += count
                rest = rest.dropFirst(count)
            }
        }
        if ends {
            let time = Int64(turns.count) * 1_000_000
            connection.closes = [
                .init(side: .client, manner: .fin, time: time), .init(side: .server, manner: .fin, time: time),
            ]
        }
        return connection
    }

    /// What a protocol's recorder makes of it; events are numbered by their requests' places.
    public func recorded(by type: any WireProtocol.Type, _ phase: Event.Phase = .failing) -> [Recorded] {
        Tape.exchanges(of: self, recorder: type.recorder()) { ($0 + 1, phase) }
    }
}
