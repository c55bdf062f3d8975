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
    private let pieces: [Recorded.Piece]
    private let ending: [StubAction]

    init(_ recorded: Recorded, to command: Command, live: Capabilities) throws(MySQLError) {
        try self.init(
            recorded.answer, to: command, Self.capabilities(of: recorded) ?? live, ending: Self.ending(recorded))
    }

    /// A real server's answer.
    init(_ bytes: [UInt8], to command: Command, _ capabilities: Capabilities) throws(MySQLError) {
        try self.init([.init(delay: 0, bytes: bytes)], to: command, capabilities, ending: [])
    }

    private init(
        _ pieces: [Recorded.Piece], to command: Command, _ capabilities: Capabilities, ending: [StubAction]
    ) throws(MySQLError) {
        self.pieces = pieces
        self.ending = ending
        self.capabilities = capabilities
        answer = Answer(to: command, capabilities: capabilities, keepsRows: false)
        var cutter = PacketCutter()
        for piece in pieces {
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
            actions.append(.send(out.take(), delay: pieces.last?.delay ?? 0))
        }
        return actions + ending
    }

    /// The answer for the live connection in one piece.
    func bytes(_ writer: AnswerWriter, sequence: UInt8) throws(MySQLError) -> [UInt8] {
        var writer = writer
        var out = PacketWriter(sequence: sequence)
        for (index, part) in parts.enumerated() {
            try writer.write(part, next: index + 1 < parts.count ? parts[index + 1].role : nil, to: &out)
        }
        return out.bytes
    }

    static func ending(_ recorded: Recorded) -> [StubAction] {
        switch recorded.ending {
        case .open: []
        case .close(let manner, let delay): [.close(manner, delay: delay)]
        case .silence: [.silence]
        }
    }
}
