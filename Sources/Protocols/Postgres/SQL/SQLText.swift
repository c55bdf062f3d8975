import ReenactWire

/// What keys, secrets and identifiers need to know of a statement's text: one pass over it.
struct SQLText: Sendable {
    /// The text as it came, with passwords masked.
    var exact: String
    /// With literals that differ from run to run replaced by markers; nil where there is none.
    var withoutVolatileLiterals: String?
    /// Without comments, and with each run of whitespace as one space.
    var condensed: String
    /// Both.
    var condensedWithoutVolatileLiterals: String?
    /// Where passwords stand in the text's bytes.
    var passwords: [Range<Int>] = []
    /// Trace ids of sqlcommenter comments.
    var traces: [String] = []

    /// - Parameter skipped: what a very long text held beyond the bytes given.
    init(_ sql: ArraySlice<UInt8>, skipped: ContentHash = ContentHash()) {
        let bytes = Array(sql)
        var lexer = SQLLexer(bytes)
        var exact = SpanCopy(bytes)
        var volatile = SpanCopy(bytes)
        var condensed = SpanCopy(bytes)
        var both = SpanCopy(bytes)
        var hasVolatile = false
        var first: SQLToken?
        var afterPassword = false
        var pendingSpace = false
        while let token = lexer.next() {
            switch token.kind {
            case .space, .comment:
                exact.take(token.range)
                volatile.take(token.range)
                pendingSpace = true
                if token.kind == .comment, let trace = SQLComment.trace(in: bytes[token.range]) { traces.append(trace) }
                continue
            default: break
            }
            if first == nil { first = token }
            if pendingSpace, !condensed.isEmpty {
                condensed.add(" ")
                both.add(" ")
            }
            pendingSpace = false
            if token.kind == .string || token.kind == .dollarString {
                if afterPassword, let first, Self.isRoleStatement(bytes[first.range]) {
                    passwords.append(token.content)
                    exact.add("'***'")
                    volatile.add("'***'")
                    condensed.add("'***'")
                    both.add("'***'")
                } else if let marker = Volatile.marker(for: bytes[token.content]) {
                    hasVolatile = true
                    exact.take(token.range)
                    condensed.take(token.range)
                    volatile.add(marker)
                    both.add(marker)
                } else {
                    exact.take(token.range)
                    volatile.take(token.range)
                    condensed.take(token.range)
                    both.take(token.range)
                }
                afterPassword = false
                continue
            }
            afterPassword = token.kind == .word && Self.equals(bytes[token.range], "PASSWORD")
            exact.take(token.range)
            volatile.take(token.range)
            condensed.take(token.range)
            both.take(token.range)
        }
        let rest = skipped.count > 0 ? "…\(skipped.text)" : ""
        self.exact = text(exact.bytes) + rest
        self.condensed = text(condensed.statement) + rest
        if hasVolatile {
            withoutVolatileLiterals = text(volatile.bytes) + rest
            condensedWithoutVolatileLiterals = text(both.statement) + rest
        }
    }

    private static func isRoleStatement(_ word: ArraySlice<UInt8>) -> Bool {
        equals(word, "CREATE") || equals(word, "ALTER")
    }

    /// Whether the word is that keyword, in any case.
    static func equals(_ word: some Collection<UInt8>, _ keyword: String) -> Bool {
        word.count == keyword.utf8.count
            && zip(word, keyword.utf8).allSatisfy { $0 == $1 || ($0 >= 97 && $0 <= 122 && $0 - 32 == $1) }
    }
}
