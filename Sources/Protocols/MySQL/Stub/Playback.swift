import ReenactTimeline
import ReenactWire

/// A recorded answer as packets, each with the delay of the piece that completed it.
struct Playback {
    private(set) var parts: [AnswerWriter.Part] = []
    private(set) var delays: [Int64] = []
    /// Behind the last whole packet: an answer that broke off.
    private(set) var trailing: ArraySlice<UInt8> = []
    private(set) var answer: Answer
    let capabilities: Capabilities
    private let recorded: Recorded

    init(_ recorded: Recorded, to command: Command, live: Capabilities) throws(MySQLError) {
        self.recorded = recorded
        capabilities = Self.capabilities(of: recorded) ?? live
        answer = Answer(to: command, capabilities: capabilities, keepsRows: false)
        var cutter = PacketCutter()
        for piece in recorded.answer {
            cutter.append(piece.bytes[...], at: piece.delay)
            while let packet = try cutter.next() {
                parts.append(.init(role: try answer.take(packet.payload), payload: packet.payload))
                delays.append(packet.ended)
            }
        }
        trailing = cutter.pending
    }

    /// What the recorded client and server agreed on.
    static func capabilities(of recorded: Recorded) -> Capabilities? {
        recorded.exchange.detail["capabilities"]?.integer.map { Capabilities(rawValue: UInt64(bitPattern: $0)) }
    }

    /// The answer for the live connection, in as few pieces as its timing allows, and what followed it.
    func actions(_ writer: AnswerWriter, sequence: UInt8) throws(MySQLError) -> [StubAction] {
        var writer = writer
        var out = PacketWriter(sequence: sequence)
        var actions: [StubAction] = []
        for (index, part) in parts.enumerated() {
            let next = index + 1 < parts.count ? parts[index + 1].role : nil
            try writer.write(part, next: next, to: &out)
            if index + 1 == parts.count || delays[index + 1] != delays[index] {
                actions.append(.send(out.take(), delay: delays[index]))
            }
        }
        if !trailing.isEmpty {
            out.raw(trailing)
            actions.append(.send(out.take(), delay: recorded.answer.last?.delay ?? 0))
        }
        return actions + Self.ending(recorded)
    }

    static func ending(_ recorded: Recorded) -> [StubAction] {
        switch recorded.ending {
        case .open: []
        case .close(let manner, let delay): [.close(manner, delay: delay)]
        case .silence: [.silence]
        }
    }
}
