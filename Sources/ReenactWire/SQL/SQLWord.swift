/// A word, name, value or sign of SQL text, whatever the dialect that it was cut by.
public struct SQLWord: Sendable {
    /// A word in upper case; empty for anything else.
    public fileprivate(set) var keyword = ""
    /// What a word or a quoted name names, folded as the dialect folds names.
    public fileprivate(set) var name = ""
    /// What a string or a number says; behind the sign `$` the number of a bind value, from 1.
    public fileprivate(set) var literal: String?
    /// Any other single sign.
    public fileprivate(set) var symbol = ""
    /// How many parentheses are open around it.
    public fileprivate(set) var depth = 0

    public var isName: Bool { !name.isEmpty }

    private static let reserved: Set<String> = [
        "SELECT", "FROM", "WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "OUTER", "FULL", "CROSS", "NATURAL", "ON", "USING",
        "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FOR", "UNION", "INTERSECT", "EXCEPT", "SET", "VALUES", "AS",
        "RETURNING", "WINDOW", "FETCH", "AND", "OR", "NOT", "IS", "IN", "LIKE", "BETWEEN", "CASE", "WHEN", "NULL",
        "TRUE", "FALSE", "DISTINCT", "ALL", "LATERAL", "DEFAULT", "WITH",
    ]
    public var isReserved: Bool { Self.reserved.contains(keyword) }

    /// A name with or without its schema, and the place behind it.
    public static func name(_ words: [SQLWord], at start: Int) -> (name: String, end: Int)? {
        guard start < words.count, words[start].isName, !words[start].isReserved else { return nil }
        var index = start
        while index + 2 < words.count, words[index + 1].symbol == ".", words[index + 2].isName { index += 2 }
        return (words[index].name, index + 1)
    }
}

/// Takes a dialect's tokens and makes words of them.
public struct SQLWordList: Sendable {
    public private(set) var words: [SQLWord] = []
    private var depth = 0
    private var placeholders = 0

    public init() {}

    private mutating func add(_ change: (inout SQLWord) -> Void) {
        var word = SQLWord()
        word.depth = depth
        change(&word)
        words.append(word)
    }

    /// A bare word, which may be a number.
    ///
    /// - Parameter name: as the dialect folds it.
    public mutating func word(_ content: String, name: String) {
        add {
            if let first = content.utf8.first, first &- 48 < 10 {
                $0.literal = content
            } else {
                $0.keyword = content.uppercased()
                $0.name = name
            }
        }
    }

    /// A name between quotes, which have been taken off.
    public mutating func quotedName(_ content: String) { add { $0.name = content } }

    /// A string's value.
    public mutating func string(_ content: String) { add { $0.literal = content } }

    /// A bind value without a number (`?`): they are counted.
    public mutating func placeholder() {
        placeholders += 1
        let number = placeholders
        add { $0.symbol = "$" }
        add { $0.literal = String(number) }
    }

    /// Any other sign.
    public mutating func symbol(_ content: String) {
        if content == ")" { depth = max(0, depth - 1) }
        add { $0.symbol = content }
        if content == "(" { depth += 1 }
    }
}
