import ReenactTimeline

/// A statement of a case, whatever wire or hook told it.
struct CaseStatement: Sendable {
    struct Column: Sendable, Equatable {
        var name: String
        /// PostgreSQL's number of the table; 0 where it is no table's column.
        var table: Int32 = 0
        /// The table's name, where the wire tells that (MySQL).
        var tableName = ""
        /// The column's place in its table, from 1; 0 where not known.
        var attribute = 0
        /// PostgreSQL's number of the type.
        var type: Int32 = 0
    }

    struct Refusal: Sendable, Equatable {
        var code: String
        var message: String
        var detail = ""
        var constraint = ""
        var table = ""
        var column = ""
    }

    var event: Int
    var phase: Event.Phase
    /// The connection, or the thread where there is none.
    var session: Int
    var recorded: RecordedStatement
    var columns: [Column] = []
    var refusal: Refusal?
    /// A table that `IF NOT EXISTS` was to make was there.
    var wasThere = false
    /// Why it proves nothing: cut, unanswered, unreadable.
    var gap: String?

    var sql: String { recorded.sql }
    var succeeded: Bool { refusal == nil && gap == nil }
}
