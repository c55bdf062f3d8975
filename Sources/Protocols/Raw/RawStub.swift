import ReenactTimeline
import ReenactWire

/// Plays a recorded peer whose protocol nobody reads: it follows one recorded connection, turn by turn.
///
/// Bytes must be the recorded ones, but for what a program makes anew at each run (`RawAlignment`): the stub learns
/// which live word stands for which recorded one, and says the live one in its answers. In the first two turns, where
/// handshakes have their nonces, any bytes may differ at the same length. Both are noted as `bytes differ`.
public struct RawStub: StubSession {
    private var tapes: [RawTape] = []
    private var tape: RawTape?
    private var next = 0
    /// What the client has said in this turn.
    private var live: [UInt8] = []
    /// After a turn whose bytes differ no other recorded connection went like this one.
    private var isRelaxed = false
    private var isOver = false
    private var tags = RawTags()

    public init() {}

    public mutating func opened(_ shelf: Shelf) -> [StubAction] {
        tapes = RawTape.all(on: shelf)
        follow(tapes.first, shelf)
        guard let turn = turn, turn.requestBytes.isEmpty else { return [] }
        return play(turn, [], shelf)
    }

    public mutating func clientClosed(_ shelf: Shelf) -> [StubAction] {
        guard !isOver, !live.isEmpty else { return [] }
        _ = refuse(shelf)
        return []
    }

    public mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        guard !isOver else { return [] }
        live += bytes
        var actions: [StubAction] = []
        while !isOver, !live.isEmpty {
            if let tape, let turn {
                let answers = tape.turns[next...].prefix(Self.tagged).lazy.map(\.answerBytes)
                guard tags.translate(&live, recorded: turn.requestBytes, answers: answers) else { break }
            }
            guard let tape, turn != nil && tape.accepts(live[...], from: next) || change(shelf) else {
                guard let relaxed = playRelaxed(shelf) else { break }
                actions += relaxed
                continue
            }
            guard let turn, live.count >= turn.requestBytes.count else { break }
            live.removeFirst(turn.requestBytes.count)
            actions += play(turn, [], shelf)
        }
        return actions
    }

    /// So many turns may go by before a tagged command is answered: a dialogue within it.
    private static let tagged = 8

    private var turn: Recorded? { tape.flatMap { $0.turns.indices.contains(next) ? $0.turns[next] : nil } }

    private mutating func follow(_ tape: RawTape?, _ shelf: Shelf) {
        self.tape = tape
        if let tape { shelf.followed.insert(tape.connection) }
    }

    /// Goes over to another recorded connection that went like this one and goes on as the client does.
    private mutating func change(_ shelf: Shelf) -> Bool {
        guard let tape, !isRelaxed else { return false }
        let others = tapes.filter { $0.agrees(with: tape, before: next, live: live[...]) }
        guard let other = others.first(where: { $0.answersAgree(with: tape, before: next) }) ?? others.first else {
            return false
        }
        follow(other, shelf)
        return true
    }

    /// For a turn whose bytes differ: its answer where that may be, nothing while more bytes may make it so, and else
    /// the refusal.
    private mutating func playRelaxed(_ shelf: Shelf) -> [StubAction]? {
        guard let tape, let turn else { return refuse(shelf) }
        switch RawAlignment.align(turn.requestBytes, live) {
        case .needMore: return nil
        case .same(let alignment):
            live.removeFirst(alignment.length)
            for pair in alignment.pairs { shelf.substitutions.learn(recorded: pair.recorded, live: pair.live) }
            // What was heard already is read as what comes will be.
            live = Array(shelf.substitutions.toRecorded(live[...]))
        case .different:
            guard tape.clientTurn(next) < 2, live.count <= turn.requestBytes.count else { return refuse(shelf) }
            guard live.count == turn.requestBytes.count else { return nil }
            live = []
        }
        isRelaxed = true
        return play(turn, ["bytes differ"], shelf)
    }

    private mutating func play(_ turn: Recorded, _ relaxations: [String], _ shelf: Shelf) -> [StubAction] {
        next += 1
        shelf.onEncounter?(
            Shelf.Encounter(
                server: shelf.server, summary: turn.exchange.summary, key: turn.exchange.key, event: turn.event,
                relaxations: relaxations, phase: shelf.phase))
        if turn.ending != .open { isOver = true }
        return turn.replay.map { action in
            guard case .send(let bytes, let delay) = action else { return action }
            return .send(tags.spoken(bytes), delay: delay)
        }
    }

    private mutating func refuse(_ shelf: Shelf) -> [StubAction] {
        isOver = true
        let reason: String
        if let turn {
            let same = zip(live, turn.requestBytes).prefix { $0 == $1 }.count
            reason = "turn \(next + 1) of recorded connection \(turn.connection) differs at byte \(same)"
        } else if let tape {
            reason = "recorded connection \(tape.connection) has \(tape.turns.count) turns, and this is one more"
        } else {
            reason = "nothing was recorded of \(shelf.server)"
        }
        shelf.miss(
            key: "raw:\(live.count):\(StableHash.hex(live[...]))", summary: RawText.summary(live[...], live.count),
            reason: reason)
        return [.close(.reset, delay: 0)]
    }
}
