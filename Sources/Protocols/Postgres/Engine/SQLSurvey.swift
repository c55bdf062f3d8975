import ReenactWire

/// What a statement's text tells without understanding it: which tables it names, and whether it may change something.
///
/// A survey, not a parser: a name that is no table does no harm, since only names that are known otherwise count.
struct SQLSurvey {
    /// Lower case unless quoted, without schema.
    private(set) var tables: Set<String> = []
    /// A table that it makes, and whether it must not be there yet.
    private(set) var creates: (table: String, unlessThere: Bool)?
    /// The first word, in upper case.
    private(set) var verb = ""
    private(set) var mayWrite = false

    private static let before: Set<String> = [
        "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "ONLY", "USING", "TRUNCATE", "COPY",
    ]
    private static let between: Set<String> = ["ONLY", "IF", "NOT", "EXISTS", "LATERAL", "TABLE"]
    private static let reads: Set<String> = ["SELECT", "SHOW", "EXPLAIN", "VALUES", "TABLE", "WITH", "FETCH"]
    private static let effects: Set<String> = [
        "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "NEXTVAL", "SETVAL", "SET_CONFIG", "PG_NOTIFY", "LO_CREATE",
    ]

    init(_ sql: String) {
        let words = SQLWord.list(sql)
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
    var isControl: Bool {
        [
            "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "VACUUM",
        ].contains(verb)
    }
}

/// A word, name, value or sign of SQL text.
struct SQLWord {
    /// A word in upper case; empty for anything else.
    var keyword = ""
    /// What a word or a quoted name names: lower case unless quoted.
    var name = ""
    /// What a string or a number says.
    var literal: String?
    /// Any other single sign.
    var symbol = ""
    /// How many parentheses are open around it.
    var depth = 0

    var isName: Bool { !name.isEmpty }

    private static let reserved: Set<String> = [
        "SELECT", "FROM", "WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "OUTER", "FULL", "CROSS", "NATURAL", "ON", "USING",
        "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FOR", "UNION", "INTERSECT", "EXCEPT", "SET", "VALUES", "AS",
        "RETURNING", "WINDOW", "FETCH", "AND", "OR", "NOT", "IS", "IN", "LIKE", "BETWEEN", "CASE", "WHEN", "NULL",
        "TRUE",
        "FALSE", "DISTINCT", "ALL", "LATERAL", "DEFAULT", "WITH",
    ]
    var isReserved: Bool { Self.reserved.contains(keyword) }

    static func list(_ sql: String) -> [SQLWord] {
        let bytes = Array(sql.utf8)
        var lexer = SQLLexer(bytes)
        var words: [SQLWord] = []
        var depth = 0
        while let token = lexer.next() {
            var word = SQLWord(depth: depth)
            let content = text(bytes[token.content])
            switch token.kind {
            case .space, .comment: continue
            case .word:
                if bytes[token.range.lowerBound] &- 48 < 10 {
                    word.literal = content
                } else {
                    word.keyword = content.uppercased()
                    word.name = content.lowercased()
                }
            case .quotedName: word.name = content.replacing("\"\"", with: "\"")
            case .string: word.literal = content.replacing("''", with: "'")
            case .dollarString: word.literal = content
            case .semicolon: word.symbol = ";"
            case .other:
                word.symbol = content
                if content == "(" { depth += 1 }
                if content == ")" {
                    depth = max(0, depth - 1)
                    word.depth = depth
                }
            }
            words.append(word)
        }
        return words
    }

    /// A name with or without its schema, and the place behind it.
    static func name(_ words: [SQLWord], at start: Int) -> (name: String, end: Int)? {
        guard start < words.count, words[start].isName, !words[start].isReserved else { return nil }
        var index = start
        while index + 2 < words.count, words[index + 1].symbol == ".", words[index + 2].isName { index += 2 }
        return (words[index].name, index + 1)
    }
}
