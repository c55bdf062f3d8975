import ReenactWire

/// Where a stub and the real server behind its shelf meet.
extension RedisStub {
    /// A question, with what is needed to put it to a real server.
    struct Asked {
        var command: RedisCommand
        /// What EXEC is to carry out.
        var shape: [RedisCommand]
        var database: Int
        var key: RedisKey
        var summary: String
        /// An answer is recorded that was not given yet.
        var isFresh: Bool

        var isTransaction: Bool { command.name == "EXEC" }
        var commands: [RedisCommand] { isTransaction ? shape : [command] }
    }

    /// Keeps the real server in step with what the recording answered.
    func note(_ asked: Asked, as entry: Recorded?, _ shelf: Shelf) {
        guard shelf.engine != nil else { return }
        shelf.cached { RedisShadow($0) }.note(
            asked.commands.map { recorded($0, shelf) }, isTransaction: asked.isTransaction, database: asked.database,
            phase: entry?.phase)
    }

    /// Whether what was recorded can no longer be the answer, after what other code has changed.
    func isOutdated(_ asked: Asked, _ shelf: Shelf) -> Bool {
        guard shelf.engine != nil else { return false }
        let shadow = shelf.cached { RedisShadow($0) }
        return shadow.outdates(asked.commands, database: asked.database, isFresh: asked.isFresh)
            || !asked.commands.contains(where: \.isWrite)
                && shadow.isSuperseded(shelf.peek(key: asked.key.key), asked.commands, database: asked.database)
    }

    /// Puts the question to the real server; false where there is none, or it gave no answer.
    mutating func askEngine(_ asked: Asked, _ shelf: Shelf) -> Bool {
        guard shelf.engine != nil else { return false }
        let shadow = shelf.cached { RedisShadow($0) }
        let answer =
            asked.isTransaction
            ? shadow.askTransaction(asked.shape, database: asked.database, version: version)
            : shadow.ask(asked.command, database: asked.database, version: version)
        guard let answer else { return false }
        // The recorded question was asked, though something else answers it.
        if asked.isFresh { _ = shelf.take(key: asked.key.key, relaxed: asked.key.relaxed, summary: asked.summary) }
        shelf.answeredByEngine(key: asked.key.key, summary: asked.summary)
        send(answer)
        return true
    }

    /// The command with identifiers of the live run read as the recorded ones, as all that the real server holds.
    private func recorded(_ command: RedisCommand, _ shelf: Shelf) -> RedisCommand {
        guard !shelf.substitutions.isEmpty else { return command }
        var command = command
        command.arguments = command.arguments.map { shelf.substitutions.toRecorded($0) }
        return command
    }

    /// A null of any kind: nothing came in time.
    static func isNothing(_ answer: [UInt8]) -> Bool {
        var decoder = RESPDecoder(answer)
        return decoder.next()?.isNull ?? true
    }
}
