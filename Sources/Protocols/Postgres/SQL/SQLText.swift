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
        var exact = Builder(bytes)
        var volatile = Builder(bytes)
        var condensed = Builder(bytes)
        var both = Builder(bytes)
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
                if token.kind == .comment, let trace = Self.trace(bytes[token.range]) { traces.append(trace) }
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
        self.exact = exact.text + rest
        self.condensed = condensed.statement + rest
        if hasVolatile {
            withoutVolatileLiterals = volatile.text + rest
            condensedWithoutVolatileLiterals = both.statement + rest
        }
    }

    /// Joins ranges of the source that touch, so that an ordinary text is copied once.
    private struct Builder {
        private let source: [UInt8]
        private var out: [UInt8] = []
        private var run: Range<Int> = 0..<0

        init(_ source: [UInt8]) { self.source = source }

        var isEmpty: Bool { out.isEmpty && run.isEmpty }

        mutating func take(_ range: Range<Int>) {
            if run.upperBound == range.lowerBound {
                run = run.lowerBound..<range.upperBound
            } else {
                flush()
                run = range
            }
        }

        mutating func add(_ text: String) {
            flush()
            out.append(contentsOf: text.utf8)
        }

        private mutating func flush() {
            out.append(contentsOf: source[run])
            run = 0..<0
        }

        /// The text without spaces and semicolons at its end.
        var statement: String {
            mutating get {
                flush()
                var end = out.count
                while end > 0, out[end - 1] == UInt8(ascii: ";") || SQLLexer.isSpace(out[end - 1]) { end -= 1 }
                return ReenactPostgres.text(out[..<end])
            }
        }

        var text: String {
            mutating get {
                flush()
                return ReenactPostgres.text(out[...])
            }
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

    /// The trace id of `traceparent='00-<32 hex>-…'` in a sqlcommenter comment.
    ///
    /// Source: https://google.github.io/sqlcommenter/spec/
    private static func trace(_ comment: ArraySlice<UInt8>) -> String? {
        let wanted = Array("traceparent='".utf8)
        guard comment.count > wanted.count + 35 else { return nil }
        var index = comment.startIndex
        while index + wanted.count + 35 <= comment.endIndex {
            if comment[index] == wanted[0], comment[index..<(index + wanted.count)].elementsEqual(wanted) {
                let id = comment[(index + wanted.count + 3)..<(index + wanted.count + 35)]
                return id.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 6 } ? text(id) : nil
            }
            index += 1
        }
        return nil
    }
}
