import ReenactWire

/// Where a stub and the real server behind its shelf meet.
extension PostgresStub {
    /// What the real server did with a question.
    enum EngineAnswer {
        case given([RecordedAnswer.Piece], status: UInt8)
        /// Nobody answers; the reason is for a person.
        case none(String?)
    }

    private func shadow(_ shelf: Shelf) -> PostgresShadow? {
        guard shelf.engine != nil, engineSession != nil else { return nil }
        return shelf.cached { PostgresShadow($0) }
    }

    mutating func openEngine(_ startup: StartupMessage, _ shelf: Shelf) {
        guard shelf.engine != nil else { return }
        engineSession = shelf.cached { PostgresShadow($0) }.open(startup.parameters)
    }

    mutating func closeEngine(_ shelf: Shelf) {
        if let engineSession { shadow(shelf)?.close(engineSession) }
        engineSession = nil
    }

    /// Whether a real server is to be asked before the recording.
    func prefersEngine(_ key: PostgresKey, _ sql: String, _ shelf: Shelf) -> Bool {
        guard let shadow = shadow(shelf) else { return false }
        let isFresh = shelf.hasFresh(key: key.key, relaxed: key.relaxed)
        let recorded = shelf.peek(key: key.key)
        let isKnown = isFresh || recorded != nil
        if shelf.prefersEngine, shadow.isReady(for: sql, recordedIn: recorded?.phase),
            !(recorded.map { shelf.replayed.contains($0.event) } ?? false)
        {
            return true
        }
        return !isKnown || shadow.outdates(sql, isFresh: isFresh)
    }

    /// Puts a question to the real server.
    func askEngine(_ question: PostgresShadow.Question, _ key: PostgresKey?, _ shelf: Shelf) -> EngineAnswer {
        guard let shadow = shadow(shelf), let engineSession else { return .none(nil) }
        var question = question
        question.isOfStart = key.flatMap { shelf.peek(key: $0.key) }?.phase == .startup
        switch shadow.ask(question, session: engineSession) {
        case .given(let answer, let status): return .given(answer, status: status)
        case .unknown(let reason): return .none(reason)
        case .absent: return .none(nil)
        }
    }

    /// Notes the answer as the real server's; the recorded question was asked all the same, where it is one.
    func noteEngine(_ key: PostgresKey, summary: String, _ shelf: Shelf) {
        if shelf.hasFresh(key: key.key, relaxed: key.relaxed) || shelf.prefersEngine && shelf.peek(key: key.key) != nil
        {
            let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary)
            if let entry { shadow(shelf)?.met(entry.event) }
        }
        shelf.answeredByEngine(key: key.key, summary: summary)
    }

    /// Keeps the real server in step with what was answered otherwise.
    ///
    /// - Parameter entry: what answered; nil where that was the specification.
    func mirror(_ request: @autoclosure () -> [UInt8], sql: String, as entry: Recorded?, _ shelf: Shelf) {
        guard let shadow = shadow(shelf), let engineSession else { return }
        let failed = entry.map { RecordedAnswer($0.answer).error != nil } ?? false
        defer { if let entry { shadow.met(entry.event) } }
        shadow.note(
            Array(shelf.substitutions.toRecorded(request()[...])), sql: sql, session: engineSession, failed: failed,
            phase: entry?.phase)
    }

    func mirror(_ execution: PostgresKey.Execution, as entry: Recorded?, _ shelf: Shelf) {
        mirror(request(of: execution), sql: execution.sql.exact, as: entry, shelf)
    }

    func request(of execution: PostgresKey.Execution) -> [UInt8] {
        EngineMessages.batch(
            sql: execution.sql.exact, types: execution.types, parameters: execution.parameters,
            formats: execution.resultFormats)
    }

    // MARK: - Simple queries

    /// True where the real server answered.
    mutating func queryEngine(_ key: PostgresKey, _ message: Message, _ sql: SQLText, _ shelf: Shelf) -> String?? {
        guard message.skipped.count == 0, prefersEngine(key, sql.exact, shelf) else { return .some(nil) }
        let isKnown = shelf.peek(key: key.key) != nil || shelf.hasFresh(key: key.key, relaxed: key.relaxed)
        let answer = askEngine(
            .init(
                request: Outgoing.message(Frontend.query, Array(message.body)), sql: sql.exact, status: status,
                hasFallback: isKnown), key, shelf)
        switch answer {
        case .none(let reason): return .some(reason)
        case .given(let pieces, let after):
            noteEngine(key, summary: Summary.line(sql.exact), shelf)
            pass(pieces, status: after)
            if pieces.last?.type == Backend.copyInResponse {
                copying = Copying(query: sql)
                copying?.isEngine = true
                return .none
            }
            status = after
            ready()
            return .none
        }
    }

    /// Sends messages of the real server, but for ReadyForQuery.
    mutating func pass(_ pieces: [RecordedAnswer.Piece], status after: UInt8) {
        for piece in pieces where piece.type != Backend.ready {
            if piece.type == Backend.parameterStatus { note(setting: piece) }
            send(Array(piece.bytes))
        }
    }

    // MARK: - Executed portals

    /// The answer to the steps so far and an Execute; the reason where there is none.
    mutating func executeEngine(
        _ key: PostgresKey, _ execution: PostgresKey.Execution, _ summary: String, _ shelf: Shelf
    ) -> String?? {
        guard prefersEngine(key, execution.sql.exact, shelf) else { return .some(nil) }
        let isKnown = shelf.peek(key: key.key) != nil || shelf.hasFresh(key: key.key, relaxed: key.relaxed)
        let answer = askEngine(
            .init(
                request: request(of: execution), sql: execution.sql.exact, status: status, hasFallback: isKnown),
            key, shelf)
        guard case .given(let pieces, let after) = answer else {
            if case .none(let reason) = answer { return .some(reason) }
            return .some(nil)
        }
        noteEngine(key, summary: summary, shelf)
        learn(execution.sql, pieces, shelf)
        let isBound = pieces.contains { $0.type == Backend.bindComplete }
        if isBound { guard acknowledge(own: nil, shelf) else { return .none } } else { acknowledgeKnown(shelf) }
        let own: Set<UInt8> = [
            Backend.parseComplete, Backend.bindComplete, Backend.parameterDescription, Backend.rowDescription,
            Backend.noData,
        ]
        pass(pieces.filter { !own.contains($0.type) }, status: after)
        if pieces.last?.type == Backend.copyInResponse {
            copying = Copying(execution: execution)
            copying?.isEngine = true
        }
        if pieces.contains(where: { $0.type == Backend.error }) {
            noteError()
            skip()
        }
        if copying == nil { status = after }
        return .none
    }

    /// How the statement looks, for clients that ask for it alone.
    func describeByEngine(_ sql: SQLText, _ types: [Int32], _ shelf: Shelf) -> Bool {
        let answer = askEngine(
            .init(
                request: EngineMessages.describe(sql: sql.exact, types: types) + EngineMessages.sync, sql: sql.exact,
                status: status, hasFallback: true), nil, shelf)
        guard case .given(let pieces, _) = answer else { return false }
        return learn(sql, pieces, shelf)
    }

    @discardableResult
    private func learn(_ sql: SQLText, _ pieces: [RecordedAnswer.Piece], _ shelf: Shelf) -> Bool {
        let types = pieces.first { $0.type == Backend.parameterDescription }
        guard let columns = pieces.first(where: { $0.type == Backend.rowDescription || $0.type == Backend.noData })
        else {
            return false
        }
        shelf.cached { PostgresIndex($0) }.learn(
            sql.condensed, types: types?.body, columns: columns.type == Backend.noData ? [] : Array(columns.body))
        return true
    }

    // MARK: - COPY from the client

    mutating func finishEngineCopy(_ current: Copying, isSimple: Bool, _ shelf: Shelf) {
        guard let shadow = shadow(shelf), let engineSession,
            case .given(let pieces, let after) = shadow.finishCopy(
                current.data + (isSimple ? [] : EngineMessages.sync), session: engineSession)
        else {
            miss()
            return isSimple ? ready() : skip()
        }
        pass(pieces, status: after)
        status = after
        if isSimple { return ready() }
        if pieces.contains(where: { $0.type == Backend.error }) { skip() }
    }
}
