import ReenactTesting
import ReenactTimeline
import ReenactWire

/// A conversation written down for a test: who said what, in order, and how it ended.
public struct Dialogue: Sendable {
    /// One thing that happened; each takes one millisecond.
    public enum Line: Sendable {
        case client([UInt8])
        case server([UInt8])
        case close(Side, Connection.Close.Manner)

        public static func client(_ text: String) -> Line { .client(Array(text.utf8)) }
        public static func server(_ text: String) -> Line { .server(Array(text.utf8)) }
    }

    /// How the lines are cut into segments.
    public enum Cut: Sendable, CustomStringConvertible {
        case whole
        case bytes
        case random(seed: UInt64)

        public var description: String {
            switch self {
            case .whole: "whole"
            case .bytes: "byte by byte"
            case .random(let seed): "random cuts, seed \(seed)"
            }
        }

        /// The cuts that every decoder is fed with.
        public static let all: [Cut] = [.whole, .bytes] + (1...20).map { .random(seed: $0) }
    }

    public var lines: [Line]

    public init(_ lines: [Line]) { self.lines = lines }

    /// The dialogue as a recorded connection.
    public func connection(id: Int = 1, server: String = "127.0.0.1:80", cut: Cut = .whole) -> Connection {
        var connection = Connection(id: id, direction: .outbound, transport: .tcp, server: server, opened: 0)
        var offsets: [Side: Int] = [:]
        for (index, line) in lines.enumerated() {
            let time = Instant(index + 1) * 1_000_000
            switch line {
            case .client(let bytes): add(bytes, from: .client)
            case .server(let bytes): add(bytes, from: .server)
            case .close(let side, let manner): connection.closes.append(.init(side: side, manner: manner, time: time))
            }
            func add(_ bytes: [UInt8], from side: Side) {
                for piece in Self.pieces(of: bytes, cut, salt: UInt64(index)) {
                    connection.segments.append(
                        Segment(side: side, time: time, offset: offsets[side, default: 0], bytes: piece))
                    offsets[side, default: 0] += piece.count
                }
            }
        }
        return connection
    }

    /// What a recorder makes of it.
    public func exchanges(_ recorder: any ExchangeRecorder, cut: Cut = .whole) -> (ended: [Exchange], failure: String?)
    {
        var recorder = recorder
        let connection = connection(cut: cut)
        var ended: [Exchange] = []
        var begun: Set<Int> = []
        func take(_ changes: [ExchangeChange]) {
            for change in changes {
                switch change {
                case .began(let exchange): begun.insert(exchange.ordinal)
                case .ended(let exchange):
                    if !begun.contains(exchange.ordinal) {
                        ended.append(Exchange(ordinal: -1, request: .init(offset: -1, length: -1), requestStart: -1))
                    }
                    ended.append(exchange)
                }
            }
        }
        for segment in connection.segments {
            // A slice that does not begin at 0 finds code that takes indices for offsets.
            let padded = [0xff, 0xfe] + segment.bytes
            take(recorder.received(padded[2...], from: segment.side, offset: segment.offset, at: segment.time))
        }
        for close in connection.closes { take(recorder.closed(close.side, manner: close.manner, at: close.time)) }
        return (ended, recorder.failure)
    }

    /// What a stub's shelf holds of it.
    public func recorded(
        _ recorder: any ExchangeRecorder, connection id: Int = 1, phase: Event.Phase = .failing, firstEvent: Int = 1
    ) -> [Recorded] {
        var event = firstEvent - 1
        return Tape.exchanges(of: connection(id: id), recorder: recorder) { _ in
            event += 1
            return (event, phase)
        }
    }

    /// The bytes in pieces.
    public static func pieces(of bytes: [UInt8], _ cut: Cut, salt: UInt64 = 0) -> [[UInt8]] {
        switch cut {
        case .whole: return bytes.isEmpty ? [] : [bytes]
        case .bytes: return bytes.map { [$0] }
        case .random(let seed):
            var generator = SeededGenerator(seed: seed &* 1000 &+ salt)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            return pieces
        }
    }
}
