import ReenactTimeline

/// What a client asks with one command: the same for the recorder, and for a stub that looks for the answer.
struct Question: Sendable {
    var command: Command
    var key: MySQLKey
    var summary: String
    var sql: SQLText?
    var values: [Value] = []
    var effect: SessionEffect = .none
    /// The statement that it is about, by the number of the session's own.
    var statement: Int?
    /// Where passwords stand, as indices of the packet's payload.
    var passwords: [Range<Int>] = []

    /// Some of the values were sent ahead.
    var hasLongValues = false

    /// The server answers in rows of binary form.
    var isBinary: Bool { [.execute, .fetch, .bulkExecute].contains(command) }
}
