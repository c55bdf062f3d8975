import ReenactTimeline

/// As much of a statement's text as experiments need: which columns it asks to have which values, and its parts.
enum SQLConditions {
    /// A comparison `column = value` of the statement.
    struct Equality: Equatable {
        var column: String
        /// As it was written: `$1`, `?`, `'x'`, `17`; question marks are numbered in order: `?3`.
        var value: String
    }

    static func equalities(in sql: String) -> [Equality] {
        let words = tokens(sql)
        var found: [Equality] = []
        var marks = 0
        for (index, word) in words.enumerated() {
            if word == "?" || word == "%s" { marks += 1 }
            guard word == "=", index > 0, index + 1 < words.count else { continue }
            let right = words[index + 1]
            let value = right == "?" || right == "%s" ? "?\(marks + 1)" : right
            found.append(Equality(column: SQLConditions.bare(words[index - 1]), value: value))
        }
        return found
    }

    /// A value as the text names it.
    static func value(_ text: String, parameters: [JSONValue]) -> JSONValue? {
        if text.hasPrefix("$") || text.hasPrefix("?") {
            // A cast may follow: `$1::integer`.
            let digits = text.dropFirst().prefix { $0.isNumber }
            guard let number = Int(digits), parameters.indices.contains(number - 1) else { return nil }
            return parameters[number - 1]
        }
        if text.hasPrefix("'") { return .string(String(text.dropFirst().dropLast()).replacing("''", with: "'")) }
        if let number = Int64(text) { return .integer(number) }
        return Double(text).map(JSONValue.number)
    }

    /// The statement asks for settings of the session, the server's version, or its catalogue.
    static func isAboutServer(_ sql: String) -> Bool {
        let text = sql.prefix(4000).lowercased()
        if text.hasPrefix("show ") || text.hasPrefix("select version()") || text.hasPrefix("select @@") { return true }
        return [
            "pg_catalog.", "information_schema.", "from pg_type", "from pg_class", "current_schema()",
            "current_setting(",
            "from pg_settings",
        ].contains(where: text.contains)
    }

    /// The last part of a name, without quotes.
    static func bare(_ name: String) -> String {
        (name.split(separator: ".").last.map(String.init) ?? name).filter { !"\"`[]".contains($0) }
    }

    /// Words, quoted texts and single signs.
    static func tokens(_ sql: String) -> [String] { pieces(sql).map(\.text) }

    /// Tokens with their depth in parentheses and place in the text (in characters).
    static func pieces(_ sql: String) -> [(text: String, depth: Int, start: String.Index)] {
        var found: [(text: String, depth: Int, start: String.Index)] = []
        var depth = 0
        var index = sql.startIndex
        while index < sql.endIndex {
            let start = index
            let character = sql[index]
            if character.isWhitespace {
                index = sql.index(after: index)
                continue
            }
            let isBracket = character == "[" && !(sql[..<start].last.map(isWord) ?? false)
            if isBracket, let end = sql[start...].firstIndex(of: "]") {
                index = sql.index(after: end)
            } else if character == "'" || character == "\"" || character == "`" {
                index = sql.index(after: index)
                while index < sql.endIndex {
                    let isEnd = sql[index] == character
                    index = sql.index(after: index)
                    if isEnd {
                        guard index < sql.endIndex, sql[index] == character else { break }
                        index = sql.index(after: index)
                    }
                }
                // `"a"."b"` is one name.
                while index < sql.endIndex, character != "'",
                    sql[index] == "." || sql[index] == character
                        || sql[index].isLetter || sql[index] == "_"
                {
                    index = sql.index(after: index)
                }
            } else if isWord(character) {
                while index < sql.endIndex, isWord(sql[index]) || sql[index] == "\"" && sql[start..<index].last == "." {
                    index = sql.index(after: index)
                }
            } else {
                index = sql.index(after: index)
            }
            if character == ")" { depth -= 1 }
            found.append((String(sql[start..<index]), depth, start))
            if character == "(" { depth += 1 }
        }
        return found
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.$:?%".contains(character)
    }
}
