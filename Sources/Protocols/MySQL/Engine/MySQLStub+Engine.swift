import ReenactWire

/// Where a stub and the real server behind its shelf meet.
extension MySQLStub {
    private func shadow(_ shelf: Shelf) -> MySQLShadow? {
        guard shelf.engine != nil, engineSession != nil else { return nil }
        return shelf.cached { MySQLShadow($0) }
    }

    mutating func openEngine(_ response: ArraySlice<UInt8>, _ shelf: Shelf) {
        guard shelf.engine != nil, let response = try? HandshakeResponse(response) else { return }
        let user = text(response.user)
        engineSession = shelf.cached { MySQLShadow($0) }.open(
            .init(
                user: user.isEmpty ? "root" : user, database: text(response.database), charset: response.charset,
                capabilities: capabilities))
    }

    mutating func closeEngine(_ shelf: Shelf) {
        if let engineSession { shadow(shelf)?.close(engineSession) }
        engineSession = nil
    }

    /// Keeps the real server in step with what was answered otherwise.
    ///
    /// - Parameter entry: what answered; nil where that was the specification.
    func mirror(_ request: EngineRequest?, _ question: Question, as entry: Recorded?, failed: Bool, _ shelf: Shelf) {
        guard let request, let shadow = shadow(shelf), let engineSession else { return }
        shadow.note(
            request.recorded(shelf.substitutions), question, session: engineSession, failed: failed,
            phase: entry?.phase)
    }

    /// The real server's answer, where it is the one to ask and knows; nil: the recording is to answer, or nobody.
    ///
    /// - Parameter reason: set where the server was asked and cannot know.
    mutating func askEngine(
        _ request: EngineRequest?, _ question: Question, _ sequence: UInt8, _ shelf: Shelf, reason: inout String?
    ) -> [StubAction]? {
        guard let request, let shadow = shadow(shelf), let engineSession, let sql = question.sql else { return nil }
        let isFresh = shelf.hasFresh(key: question.key.key, relaxed: question.key.relaxed)
        let recorded = shelf.peek(key: question.key.key)
        let isKnown = isFresh || recorded != nil
        // How a statement looks does not depend on what has changed.
        let isOutdated = question.command != .prepare && shadow.outdates(sql.exact, isFresh: isFresh)
        guard !isKnown || isOutdated else { return nil }
        switch shadow.ask(request, question, isOfStart: recorded?.phase == .startup, session: engineSession) {
        case .absent: return nil
        case .unknown(let why):
            reason = why
            return nil
        case .given(let reply, let spoken):
            guard let bytes = write(reply, spoken, question, sequence) else { return nil }
            // The recorded question was asked, though something else answers it.
            if isFresh {
                _ = shelf.take(key: question.key.key, relaxed: question.key.relaxed, summary: question.summary)
            }
            shelf.answeredByEngine(key: question.key.key, summary: question.summary)
            return [.send(bytes, delay: 0)]
        }
    }

    private mutating func write(
        _ reply: MySQLSessions.Reply, _ spoken: Capabilities, _ question: Question, _ sequence: UInt8
    ) -> [UInt8]? {
        guard let playback = try? Playback(reply.bytes, to: question.command, spoken) else { return nil }
        settle(question, playback.answer)
        let writer = writer(for: question, playback)
        return try? playback.bytes(writer, sequence: sequence)
    }
}

extension EngineRequest {
    /// With identifiers of the live run read as the recorded ones, as all that the real server holds.
    func recorded(_ substitutions: Substitutions) -> EngineRequest {
        guard !substitutions.isEmpty else { return self }
        var request = self
        request.sql = Array(substitutions.toRecorded(sql[...]))
        switch form {
        case .plain(let payload): request.form = .plain(Array(substitutions.toRecorded(payload[...])))
        case .execute(let values): request.form = .execute(Array(substitutions.toRecorded(values[...])))
        case .prepare: break
        }
        return request
    }
}
