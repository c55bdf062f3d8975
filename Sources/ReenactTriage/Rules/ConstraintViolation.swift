import ReenactTimeline

/// A statement broke a rule of the database: unique, foreign key, not null, check.
public struct ConstraintViolation: Rule {
    public static let name = "constraint-violation"
    public static let precondition = "a statement before the throw failed with a constraint's code"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program went on with other exchanges and the exception does not name it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.isOne(
                postgres: ["23505", "23P01"], mysql: ["1062", "1586"], sqlite: ["2067", "1555"],
                words: ["unique constraint failed", "duplicate entry"])
            {
                let rivals = look.failure.events.filter {
                    $0.phase == .concurrent && $0.detail["sql"]?.string == error.sql.sql
                }
                return [error.finding("unique-violation", .interaction, look, also: rivals.prefix(3).map(\.id))]
            }
            if error.isOne(
                postgres: ["23503"], mysql: ["1451", "1452", "1216", "1217"], sqlite: ["787"],
                words: ["foreign key constraint failed"])
            {
                return [error.finding("foreign-key-violation", .interaction, look)]
            }
            if error.isOne(
                postgres: ["23502"], mysql: ["1048", "1364"], sqlite: ["1299"], words: ["not null constraint failed"])
            {
                return [error.finding("not-null-violation", .input, look)]
            }
            if error.isOne(postgres: ["23514"], mysql: ["3819"], sqlite: ["275"], words: ["check constraint failed"]) {
                return [error.finding("check-violation", .input, look)]
            }
        }
        return []
    }
}
