import ReenactTimeline

/// Two transactions stood in each other's way.
public struct SerializationFailure: Rule {
    public static let name = "serialization-failure"
    public static let precondition = "a statement before the throw failed with a deadlock, serialization or lock code"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program tried again and went on"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.isOne(postgres: ["40P01"], mysql: ["1213"]) {
                return [error.finding("deadlock", .interaction, look)]
            }
            if error.isOne(postgres: ["40001"], words: ["could not serialize"]) {
                return [error.finding("serialization-failure", .interaction, look)]
            }
            if error.isOne(
                postgres: ["55P03"], mysql: ["1205", "3572"], sqlite: ["5", "6", "261", "517", "262"],
                words: ["database is locked", "database table is locked"])
            {
                return [error.finding("lock-timeout", .interaction, look)]
            }
        }
        return []
    }
}
