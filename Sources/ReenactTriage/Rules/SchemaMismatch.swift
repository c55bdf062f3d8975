import ReenactTimeline

/// The program and the database do not agree on tables and columns: a migration did not run, or ran too early.
public struct SchemaMismatch: Rule {
    public static let name = "schema-mismatch"
    public static let precondition =
        "a statement before the throw failed because a table, column or function is not there"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program went on with other exchanges and the exception does not name it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.isOne(postgres: ["42P01", "3F000"], mysql: ["1146", "1051"], words: ["no such table"]) {
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
            if error.isOne(postgres: ["3D000"], mysql: ["1049"]) {
                return [error.finding("missing-database", .configuration, look)]
            }
        }
        return []
    }
}
