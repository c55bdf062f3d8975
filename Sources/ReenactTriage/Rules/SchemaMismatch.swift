import ReenactTimeline

/// The program and the database do not agree on tables and columns: a migration did not run, or ran too early.
public struct SchemaMismatch: Rule {
    public static let name = "schema-mismatch"
    public static let precondition =
        "a statement before the throw failed because a table, column or function is not there, or is there already"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program went on with other exchanges and the exception does not name it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.isOne(postgres: ["42P01", "3F000"], mysql: ["1146", "1051"], words: ["no such table"]) {
                if let origin = neverMade(error, look) { return [origin] }
                return [error.finding("missing-table", .configuration, look)]
            }
            if error.isOne(
                postgres: ["42703"], mysql: ["1054", "1091"], words: ["no such column", "has no column named"])
            {
                return [error.finding("missing-column", .configuration, look)]
            }
            if error.isOne(postgres: ["42883", "42704"], mysql: ["1305"], words: ["no such function"]) {
                return [error.finding("missing-function", .configuration, look)]
            }
            if error.isOne(
                postgres: ["42P07", "42701", "42710", "42P06"], mysql: ["1050", "1060", "1061"],
                sqlite: [], words: ["already exists", "duplicate column name"])
            {
                return [error.finding("duplicate-object", .configuration, look)]
            }
            if error.isOne(postgres: ["3D000"], mysql: ["1049"]) {
                return [error.finding("missing-database", .configuration, look)]
            }
        }
        return []
    }

    /// The table is not there because its making failed before: that failure is the cause.
    private func neverMade(_ error: SQLError, _ look: Look) -> Finding? {
        let tables = Set(error.sql.tables)
        for answer in look.answers where answer.event.id < error.answer.event.id {
            guard let sql = answer.sql, let failure = sql.error, sql.verb == "CREATE",
                !tables.isDisjoint(with: sql.tables), let kind = DatabaseRejection.kind(of: failure.code)
            else { continue }
            return Finding(
                kind.causeClass, kind.responsibility, evidence: [answer.event.id, error.answer.event.id],
                confidence: error.confidence,
                "\(Phrase.call(answer, look.failure)) had failed with \(Phrase.quote(failure.message, 120)); so \(Phrase.call(error.answer, look.failure)) found no table, and \(Phrase.doing(look)) raised \(Phrase.exception(look, 80))."
            )
        }
        return nil
    }
}
