/// What a statement's text tells without understanding it: which tables it names, and whether it may change something.
///
/// A survey, not a parser: a name that is no table does no harm, since only names that are known otherwise count.
public struct SQLSurvey {
    /// As the dialect folds names, without schema.
    public private(set) var tables: Set<String> = []
    /// A table that it makes, and whether it must not be there yet.
    public private(set) var creates: (table: String, unlessThere: Bool)?
    /// The first word, in upper case.
    public private(set) var verb = ""
    public private(set) var mayWrite = false

    private static let before: Set<String> = [
        "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "ONLY", "USING", "TRUNCATE", "COPY",
    ]
    private static let between: Set<String> = ["ONLY", "IF", "NOT", "EXISTS", "LATERAL", "TABLE"]
    private static let reads: Set<String> = ["SELECT", "SHOW", "EXPLAIN", "VALUES", "TABLE", "WITH", "FETCH"]
    private static let effects: Set<String> = [
        "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "NEXTVAL", "SETVAL", "SET_CONFIG", "PG_NOTIFY", "LO_CREATE",
    ]

    public init(_ words: [SQLWord]) {
        var hasEffect = false
        var index = 0
        while index < words.count {
            let word = words[index].keyword
            if verb.isEmpty, !word.isEmpty { verb = word }
            if Self.effects.contains(word) { hasEffect = true }
            index += 1
            guard Self.before.contains(word) else { continue }
            var next = index
            while next < words.count, Self.between.contains(words[next].keyword) { next += 1 }
            while let (name, end) = SQLWord.name(words, at: next) {
                tables.insert(name)
                if word == "TABLE", verb == "CREATE", creates == nil {
                    creates = (name, words[index..<next].contains { $0.keyword == "EXISTS" })
                }
                // FROM a, b c, d
                next = end
                if next < words.count, words[next].isName, !words[next].isReserved { next += 1 }
                guard word == "FROM", next < words.count, words[next].symbol == "," else { break }
                next += 1
            }
        }
        mayWrite = !Self.reads.contains(verb) || hasEffect
    }

    /// Statements that make or end transactions and their parts.
    public var isControl: Bool {
        [
            "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "VACUUM",
        ].contains(verb)
    }
}
