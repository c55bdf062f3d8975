import ReenactTimeline
import ReenactWire

/// Plays a recorded server on one connection.
struct MySQLStub: StubSession {
    private enum Phase { case closed, greeted, commands }

    private var phase: Phase = .closed
    private var cutter = PacketCutter()
    private var doorkeeper: Doorkeeper?
    private(set) var capabilities: Capabilities = []
    private var session = LiveSession()
    private var statements = Statements()
    /// The connection's number at the real server behind the shelf.
    var engineSession: Int?

    mutating func opened(_ shelf: Shelf) -> [StubAction] {
        var out = PacketWriter(sequence: 0)
        if Doorkeeper.refuses(shelf) {
            return shelf.take(key: "refused", summary: "connect")?.replay ?? [.close(.fin, delay: 0)]
        }
        doorkeeper = Doorkeeper(shelf)
        guard let doorkeeper else {
            shelf.miss(key: "connect", summary: "connect")
            out.packet(Self.noAnswer.payload)
            return [.send(out.bytes, delay: 0), .close(.fin, delay: 0)]
        }
        phase = .greeted
        out.packet(doorkeeper.greeting.payload)
        return [.send(out.bytes, delay: 0)]
    }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        guard phase != .closed else { return [] }
        cutter.append(bytes, at: 0)
        var actions: [StubAction] = []
        do throws(MySQLError) {
            while phase != .closed, let packet = try cutter.next() { actions += try take(packet, shelf) }
        } catch {
            // Bytes that are no packets cannot be answered.
            shelf.miss(key: "malformed", summary: "malformed", reason: error.description)
            phase = .closed
            actions.append(.close(.fin, delay: 0))
        }
        return actions
    }

    mutating func clientClosed(_ shelf: Shelf) -> [StubAction] {
        defer { phase = .closed }
        closeEngine(shelf)
        return phase == .closed ? [] : [.close(.fin, delay: 0)]
    }

    private mutating func take(_ packet: Packet, _ shelf: Shelf) throws(MySQLError) -> [StubAction] {
        if phase == .greeted, let doorkeeper {
            let (actions, status, agreed) = try doorkeeper.answer(packet, shelf)
            capabilities = agreed
            phase = status == nil ? .closed : .commands
            session = LiveSession(opening: status ?? [])
            if phase == .commands { openEngine(packet.payload, shelf) }
            return actions
        }
        let sequence = packet.sequence &+ 1
        let question: Question
        do throws(MySQLError) {
            question = try statements.question(packet.payload, capabilities)
        } catch {
            let command = Command(rawValue: packet.payload.first ?? 0)
            shelf.miss(key: command.name, summary: command.name, reason: error.description)
            return command.isUnanswered ? [] : send(Self.noAnswer, sequence)
        }
        switch question.command {
        case .quit:
            phase = .closed
            closeEngine(shelf)
            return [.close(.fin, delay: 0)]
        case .closeStatement, .sendLongData: return []
        default:
            let request =
                shelf.engine == nil
                ? nil
                : EngineRequest(question, packet.payload, statements.statement(question.statement), capabilities)
            return answer(MySQLSpellings.spelled(question, shelf), request, sequence, shelf)
        }
    }

    // MARK: - Answers

    private static let noAnswer = ErrorPacket(
        code: 1105, state: "HY000", message: "reenact: nothing recorded answers this statement")

    private func send(_ error: ErrorPacket, _ sequence: UInt8) -> [StubAction] {
        var out = PacketWriter(sequence: sequence)
        out.packet(error.payload)
        return [.send(out.bytes, delay: 0)]
    }

    private mutating func answer(
        _ question: Question, _ request: EngineRequest?, _ sequence: UInt8, _ shelf: Shelf
    ) -> [StubAction] {
        // The rounds of a recorded change of user belong to another challenge.
        let mayPlay = question.command != .changeUser
        let isSavepoint = question.key.relaxed.contains { $0.relaxation == Savepoint.relaxation }
        let isNamedAnew = isSavepoint && shelf.hasFresh(key: question.key.key, relaxed: question.key.relaxed)
        if !mayPlay || shelf.peek(key: question.key.key) == nil && !isNamedAnew,
            let actions = fromSpecification(question, sequence, shelf)
        {
            mirror(request, question, as: nil, failed: false, shelf)
            return actions
        }
        var reason: String?
        if let actions = askEngine(request, question, sequence, shelf, reason: &reason) { return actions }
        let found: Recorded?
        if let reason, shelf.peek(key: question.key.key) == nil,
            !shelf.hasFresh(key: question.key.key, relaxed: question.key.relaxed)
        {
            shelf.miss(key: question.key.key, summary: question.summary, reason: reason)
            found = nil
        } else {
            found = shelf.take(key: question.key.key, relaxed: question.key.relaxed, summary: question.summary)
        }
        guard let found else {
            if question.command == .prepare, let index = question.statement { statements.failed(index) }
            return send(Self.noAnswer, sequence)
        }
        do throws(MySQLError) {
            let playback = try Playback(found, to: question.command, live: capabilities)
            mirror(request, question, as: found, failed: playback.answer.error != nil, shelf)
            settle(question, playback.answer)
            return try playback.actions(writer(for: question, playback), sequence: sequence)
        } catch {
            // A recording cut short by a failed recorder: what there is, as it is.
            return found.replay
        }
    }

    /// What the answer does to the live connection's state.
    mutating func settle(_ question: Question, _ answer: Answer) {
        if let error = answer.error {
            session.failed(code: error.code)
        } else {
            note(question, recorded: answer.status)
        }
        guard question.command == .prepare, let index = question.statement else { return }
        if answer.error == nil {
            statements.prepared(
                index, number: statements.number(index), parameters: answer.parameterCount, columns: answer.columns)
        } else {
            statements.failed(index)
        }
    }

    /// Writes the answer for the live connection, once it is settled.
    func writer(for question: Question, _ playback: Playback) -> AnswerWriter {
        var writer = AnswerWriter(recorded: playback.capabilities, live: capabilities, session: session)
        writer.knownColumns = statements.statement(question.statement)?.columns ?? []
        if question.command == .prepare, let index = question.statement {
            writer.statement = UInt32(truncatingIfNeeded: index)
        }
        return writer
    }

    /// Keeps the live session's state.
    private mutating func note(_ question: Question, recorded: ServerStatus?) {
        switch question.command {
        case .resetConnection, .changeUser:
            session = LiveSession()
            statements.removeAll()
        case .query, .execute:
            session.did(question.effect, words: question.sql?.words ?? [], recorded: recorded)
        default: break
        }
    }

    private mutating func fromSpecification(
        _ question: Question, _ sequence: UInt8, _ shelf: Shelf
    ) -> [StubAction]? {
        func specification() -> SpecificationAnswer {
            SpecificationAnswer(
                session: session, capabilities: capabilities, serverVersion: doorkeeper?.greeting.version ?? [])
        }
        let bytes: [UInt8]
        if SpecificationAnswer.isPossible(question) {
            note(question, recorded: nil)
            bytes = specification().ok(to: question.command, sequence: sequence)
        } else if question.command == .query, question.effect == .variables, let words = question.sql?.words,
            let row = specification().variables(words, sequence: sequence)
        {
            bytes = row
        } else {
            return nil
        }
        shelf.onEncounter?(
            .init(
                server: shelf.server, summary: question.summary, key: question.key.key, event: nil,
                relaxations: [SpecificationAnswer.relaxation], phase: shelf.phase))
        return [.send(bytes, delay: 0)]
    }
}
