/// A text of several statements, cut into them.
enum SQLScript {
    /// Without comments between statements and psql's own commands; triggers' bodies stay whole.
    static func statements(_ text: String, _ dialect: SQLDialect) -> [String] {
        let clean =
            dialect == .postgres
            ? text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("\\") }
                .joined(separator: "\n") : text
        let bytes = Array(clean.utf8)
        var out: [String] = []
        var start: Int?
        var words: [String] = []
        var depth = 0
        for token in SQLLexer.tokens(clean, dialect) {
            if token.kind == .end || token.kind == .symbol && token.text == ";" && depth <= 0 {
                if let first = start {
                    out.append(String(decoding: bytes[first..<token.offset], as: UTF8.self).trimmingBlanks)
                }
                start = nil
                words = []
                depth = 0
                continue
            }
            if start == nil { start = token.offset }
            guard token.kind == .word else { continue }
            if words.count < 8 { words.append(token.upper) }
            // CREATE TRIGGER … BEGIN …; …; END
            guard words.first == "CREATE", words.contains("TRIGGER") || words.contains("FUNCTION") else { continue }
            if token.upper == "BEGIN" || token.upper == "CASE" && depth > 0 { depth += 1 }
            if token.upper == "END" { depth -= 1 }
        }
        return out
    }
}
