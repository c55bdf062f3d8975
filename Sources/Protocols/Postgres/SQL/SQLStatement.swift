/// The first words of one statement, in upper case: enough to know transaction control and settings.
struct SQLStatement: Equatable {
    static let wordsMax = 12

    var words: [String] = []

    /// The statements of a text; comments and empty statements are left out.
    static func list(_ text: String) -> [SQLStatement] {
        let bytes = Array(text.utf8)
        var lexer = SQLLexer(bytes)
        var statements: [SQLStatement] = []
        var current = SQLStatement()
        while let token = lexer.next() {
            switch token.kind {
            case .space, .comment: continue
            case .semicolon:
                if !current.words.isEmpty { statements.append(current) }
                current = SQLStatement()
            default:
                if current.words.count < wordsMax {
                    let range = token.kind == .string || token.kind == .quotedName ? token.content : token.range
                    let word = ReenactPostgres.text(bytes[range])
                    current.words.append(token.kind == .word ? word.uppercased() : word)
                }
            }
        }
        if !current.words.isEmpty { statements.append(current) }
        return statements
    }

    var first: String { words.first ?? "" }

    private var chains: Bool {
        for index in words.indices.dropLast() where words[index] == "AND" && words[index + 1] == "CHAIN" { return true }
        return false
    }

    /// COMMIT or ROLLBACK of the whole transaction.
    var endsTransaction: Bool {
        switch first {
        case "COMMIT", "END": true
        case "ROLLBACK", "ABORT": !words.contains("TO")
        case "PREPARE": words.count > 1 && words[1] == "TRANSACTION"
        default: false
        }
    }

    /// Whether a transaction that failed still takes it.
    var isAllowedAfterError: Bool { endsTransaction || first == "ROLLBACK" }

    /// The transaction's state behind the statement, given the state before it and the tag that it was answered with.
    func status(after tag: String, from status: UInt8) -> UInt8 {
        let inside = UInt8(ascii: "T")
        switch tag {
        case "BEGIN", "START TRANSACTION": return inside
        case "COMMIT", "ROLLBACK": return endsTransaction && !chains ? UInt8(ascii: "I") : inside
        case "PREPARE TRANSACTION": return UInt8(ascii: "I")
        default: return status
        }
    }
}
