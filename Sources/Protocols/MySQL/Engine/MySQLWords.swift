import ReenactWire

/// MySQL's text as words. Names keep their case: tables are told apart by it on Linux.
extension SQLWord {
    static func list(_ sql: String) -> [SQLWord] {
        let bytes = Array(sql.utf8)
        var lexer = SQLLexer(bytes)
        var list = SQLWordList()
        while let token = lexer.next() {
            let content = text(bytes[token.content])
            switch token.kind {
            case .space, .comment: continue
            case .word: list.word(content, name: content)
            case .quotedName: list.quotedName(content.replacing("``", with: "`"))
            case .string: list.string(unescaped(content))
            case .placeholder: list.placeholder()
            case .semicolon: list.symbol(";")
            case .other: list.symbol(content)
            }
        }
        return list.words
    }

    /// Source: https://mariadb.com/kb/en/string-literals/
    private static func unescaped(_ content: String) -> String {
        guard content.contains(where: { "\\'\"".contains($0) }) else { return content }
        var text = ""
        var rest = content[...]
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.popFirst() {
                switch next {
                case "n": text.append("\n")
                case "t": text.append("\t")
                case "r": text.append("\r")
                case "0": text.append("\0")
                // These keep their backslash: they mean something to LIKE.
                case "%", "_": text += "\\\(next)"
                default: text.append(next)
                }
            } else {
                if character == "'" || character == "\"", rest.first == character { rest.removeFirst() }
                text.append(character)
            }
        }
        return text
    }
}

extension SQLSurvey {
    init(_ sql: String) { self.init(SQLWord.list(sql)) }
}

/// A name between backticks.
func quotedName(_ name: String) -> String { "`\(name.replacing("`", with: "``"))`" }

extension Value {
    /// As SQL writes it.
    var literal: String {
        switch self {
        case .null: return "NULL"
        case .integer(let value): return "\(value)"
        case .unsigned(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .moment(let value): return "'\(value)'"
        case .bytes(let value):
            guard let text = String(validating: value, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
                return "x'\(hex(value))'"
            }
            return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "''"))'"
        }
    }

    /// The same whatever the form that it came in: 5 and '5' are one key.
    var plain: String {
        switch self {
        case .bytes(let value): text(value)
        case .moment(let value): value
        default: literal
        }
    }
}
