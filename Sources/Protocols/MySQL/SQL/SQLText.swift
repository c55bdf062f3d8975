import ReenactWire

/// What keys, secrets and sessions need to know of a statement's text: one pass over it.
struct SQLText: Sendable {
    /// The text as it came, with passwords masked.
    private(set) var exact: String
    /// With literals that differ from run to run replaced by markers; nil where there is none.
    private(set) var withoutVolatileLiterals: String?
    /// Without comments, and with each run of whitespace as one space.
    private(set) var condensed: String
    /// Both.
    private(set) var condensedWithoutVolatileLiterals: String?
    /// Where passwords stand in the text's bytes.
    private(set) var passwords: [Range<Int>] = []
    /// Trace ids of sqlcommenter comments.
    private(set) var traces: [String] = []
    /// Nothing of `exact` was left out or masked.
    private(set) var isWhole = true
    /// Question marks that stand for values.
    private(set) var placeholders = 0
    /// Its words in upper case, as far as sessions care.
    private(set) var words: [String] = []

    /// Words are kept only up to here: what steers a session is short.
    static let wordsMax = 256
    private static let bulk: Set<String> = ["INSERT", "REPLACE"]

    init(_ sql: some Collection<UInt8>) {
        let bytes = Array(sql)
        var lexer = SQLLexer(bytes)
        var exact = SpanCopy(bytes)
        var volatile = SpanCopy(bytes)
        var condensed = SpanCopy(bytes)
        var both = SpanCopy(bytes)
        var hasVolatile = false
        var secrets = PasswordPlace()
        var pendingSpace = false
        while let token = lexer.next() {
            if token.kind == .space || token.kind == .comment {
                exact.take(token.range)
                volatile.take(token.range)
                pendingSpace = true
                if token.kind == .comment, let trace = SQLComment.trace(in: bytes[token.range]) { traces.append(trace) }
                continue
            }
            if pendingSpace, !condensed.isEmpty {
                condensed.add(" ")
                both.add(" ")
            }
            pendingSpace = false
            if token.kind == .placeholder { placeholders += 1 }
            if words.count == Self.wordsMax, Self.bulk.contains(words[0]) {
                // Thousands of values, and no place for a password.
            } else {
                let word = token.kind == .string ? "'" : text(bytes[token.range.prefix(60)]).uppercased()
                if words.count < Self.wordsMax {
                    words.append(token.kind == .string ? text(bytes[token.content.prefix(60)]).uppercased() : word)
                }
                if secrets.next(token.kind, word) {
                    passwords.append(token.content)
                    exact.add("'***'")
                    volatile.add("'***'")
                    condensed.add("'***'")
                    both.add("'***'")
                    continue
                }
            }
            exact.take(token.range)
            condensed.take(token.range)
            if let marker = Self.marker(token, bytes) {
                hasVolatile = true
                volatile.add(marker)
                both.add(marker)
            } else {
                volatile.take(token.range)
                both.take(token.range)
            }
        }
        self.exact = Self.bounded(exact.bytes)
        isWhole = passwords.isEmpty && exact.bytes.count <= Self.boundedMax
        self.condensed = Self.bounded(condensed.statement)
        if hasVolatile {
            withoutVolatileLiterals = Self.bounded(volatile.bytes)
            condensedWithoutVolatileLiterals = Self.bounded(both.statement)
        }
    }

    private static func marker(_ token: SQLToken, _ bytes: [UInt8]) -> String? {
        switch token.kind {
        case .string: return Volatile.marker(for: bytes[token.content])
        case .word where token.range.count >= 18:
            // 0x and sixteen digits or more.
            let word = bytes[token.range]
            guard word.starts(with: "0x".utf8), word.dropFirst(2).allSatisfy(Volatile.isHex) else { return nil }
            return "<hex>"
        default: return nil
        }
    }

    private static let boundedMax = 64 << 10

    /// A key need not hold megabytes: of a very long text its beginning and a hash of all of it.
    private static func bounded(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.count > boundedMax else { return ReenactMySQL.text(bytes) }
        var start = bytes.prefix(32 << 10)
        // Not through the middle of a character.
        while let last = start.last, last >= 0x80 { start.removeLast() }
        return "\(ReenactMySQL.text(start))…\(ContentHash(bytes).text)"
    }
}

/// Whether the next string is a password, told by the words before it.
///
/// Sources: https://mariadb.com/kb/en/create-user/, https://mariadb.com/kb/en/set-password/,
/// https://mariadb.com/kb/en/change-master-to/
private struct PasswordPlace {
    private var first = ""
    private var last = ""
    private var isIdentified = false
    private var isPassword = false
    private var isExpected = false

    mutating func next(_ kind: SQLToken.Kind, _ word: String) -> Bool {
        defer { last = word }
        if kind == .string {
            defer { isExpected = false }
            return isExpected
        }
        if first.isEmpty { first = word }
        switch word {
        case "IDENTIFIED": isIdentified = true
        case "BY", "AS", "USING": isExpected = isIdentified
        // `SET PASSWORD = '…'`, `SET PASSWORD FOR u = '…'`, `PASSWORD('…')`, `IDENTIFIED BY PASSWORD '…'`
        case "PASSWORD", "OLD_PASSWORD":
            isPassword = true
            isExpected = isIdentified
        case "MASTER_PASSWORD", "SOURCE_PASSWORD": isPassword = true
        case "=": isExpected = isPassword && ["SET", "CHANGE", "ALTER"].contains(first)
        // A list of columns has its brace in front of the word, the function behind it.
        case "(": isExpected = isExpected || last == "PASSWORD" || last == "OLD_PASSWORD"
        case ",":
            isExpected = false
            isPassword = false
        case ";": self = PasswordPlace()
        default: if word != "TO" { isExpected = false }
        }
        return false
    }
}
