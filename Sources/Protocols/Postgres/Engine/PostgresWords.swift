import ReenactWire

/// PostgreSQL's text as words.
extension SQLWord {
    static func list(_ sql: String) -> [SQLWord] {
        let bytes = Array(sql.utf8)
        var lexer = SQLLexer(bytes)
        var list = SQLWordList()
        while let token = lexer.next() {
            let content = text(bytes[token.content])
            switch token.kind {
            case .space, .comment: continue
            case .word: list.word(content, name: content.lowercased())
            case .quotedName: list.quotedName(content.replacing("\"\"", with: "\""))
            case .string: list.string(content.replacing("''", with: "'"))
            case .dollarString: list.string(content)
            case .semicolon: list.symbol(";")
            case .other: list.symbol(content)
            }
        }
        return list.words
    }
}

extension SQLSurvey {
    init(_ sql: String) { self.init(SQLWord.list(sql)) }
}

extension SelectShape {
    init?(_ sql: String) { self.init(SQLWord.list(sql)) }
}
