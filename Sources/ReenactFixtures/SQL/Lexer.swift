/// One word of a statement.
struct SQLToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case word, quotedWord, string, number, parameter, symbol, end }
    var kind: Kind
    var text: String
    /// Upper case for words; equals `text` for the rest.
    var upper: String
    var offset: Int
}

/// Cuts a statement into words, as its dialect does. Never fails: what fits nowhere is a symbol of one byte.
struct SQLLexer {
    private let bytes: [UInt8]
    private let dialect: SQLDialect
    private var at = 0

    static func tokens(_ sql: String, _ dialect: SQLDialect) -> [SQLToken] {
        var lexer = SQLLexer(bytes: Array(sql.utf8), dialect: dialect)
        var out: [SQLToken] = []
        while let token = lexer.next() { out.append(token) }
        out.append(SQLToken(kind: .end, text: "", upper: "", offset: lexer.bytes.count))
        return out
    }

    private func peek(_ ahead: Int = 0) -> UInt8 { at + ahead < bytes.count ? bytes[at + ahead] : 0 }

    private mutating func next() -> SQLToken? {
        skipBlanks()
        guard at < bytes.count else { return nil }
        let start = at
        switch peek() {
        case UInt8(ascii: "'"): return make(.string, quotedBody(UInt8(ascii: "'")), start)
        case UInt8(ascii: "\""): return make(.quotedWord, quotedBody(UInt8(ascii: "\"")), start)
        case UInt8(ascii: "`") where dialect == .sqlite: return make(.quotedWord, quotedBody(UInt8(ascii: "`")), start)
        case UInt8(ascii: "[") where dialect == .sqlite:
            return make(.quotedWord, quotedBody(UInt8(ascii: "]")), start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return number(start)
        case UInt8(ascii: ".") where Self.isDigit(peek(1)): return number(start)
        case UInt8(ascii: "?") where dialect == .sqlite:
            at += 1
            while Self.isDigit(peek()) { at += 1 }
            return make(.parameter, slice(start), start)
        case UInt8(ascii: "$"): return dollar(start)
        case UInt8(ascii: ":") where dialect == .sqlite && Self.isWord(peek(1)),
            UInt8(ascii: "@") where dialect == .sqlite && Self.isWord(peek(1)):
            at += 1
            while Self.isWord(peek()) { at += 1 }
            return make(.parameter, slice(start), start)
        case let byte where Self.isWord(byte):
            if dialect == .postgres, byte | 0x20 == UInt8(ascii: "e"), peek(1) == UInt8(ascii: "'") {
                at += 1
                return make(.string, quotedBody(UInt8(ascii: "'"), escapes: true), start)
            }
            while Self.isWord(peek()) || (at > start && peek() == UInt8(ascii: "$")) { at += 1 }
            return make(.word, slice(start), start)
        default: return symbol(start)
        }
    }

    private mutating func skipBlanks() {
        while at < bytes.count {
            let byte = bytes[at]
            if byte <= 0x20 {
                at += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == byte {
                while at < bytes.count, bytes[at] != 0x0A { at += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                at += 2
                while at < bytes.count, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { at += 1 }
                at = min(at + 2, bytes.count)
            } else {
                return
            }
        }
    }

    /// From an opening quote to behind the closing one; a doubled quote is one quote.
    private mutating func quotedBody(_ quote: UInt8, escapes: Bool = false) -> String {
        var body: [UInt8] = []
        at += 1
        while at < bytes.count {
            if bytes[at] == quote {
                if peek(1) == quote, quote != UInt8(ascii: "]") { at += 1 } else { break }
            } else if escapes, bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count {
                at += 1
                let map: [UInt8: UInt8] = [UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13]
                body.append(map[bytes[at]] ?? bytes[at])
                at += 1
                continue
            }
            body.append(bytes[at])
            at += 1
        }
        at = min(at + 1, bytes.count)
        return String(decoding: body, as: UTF8.self)
    }

    private mutating func number(_ start: Int) -> SQLToken {
        if peek() == UInt8(ascii: "0"), peek(1) | 0x20 == UInt8(ascii: "x") { at += 2 }
        while Self.isWord(peek()) || peek() == UInt8(ascii: ".") {
            let exponent = bytes[at] | 0x20 == UInt8(ascii: "e")
            at += 1
            if exponent, peek() == UInt8(ascii: "-") || peek() == UInt8(ascii: "+") { at += 1 }
        }
        return make(.number, slice(start), start)
    }

    /// `$1`, `$name`, or a dollar-quoted string.
    private mutating func dollar(_ start: Int) -> SQLToken {
        at += 1
        while Self.isWord(peek()) { at += 1 }
        guard dialect == .postgres, peek() == UInt8(ascii: "$"), !Self.isDigit(bytes[start + 1]) else {
            return make(at == start + 1 ? .symbol : .parameter, slice(start), start)
        }
        at += 1
        let tag = Array(bytes[start..<at])
        let body = at
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "$"), bytes[at...].starts(with: tag) {
                let text = String(decoding: bytes[body..<at], as: UTF8.self)
                at += tag.count
                return make(.string, text, start)
            }
            at += 1
        }
        return make(.string, String(decoding: bytes[body...], as: UTF8.self), start)
    }

    private static let symbols = [
        "->>", "#>>", "!~*", "::", "||", "<=", ">=", "<>", "!=", "==", "->", "#>", "@>", "<@", "~*", "!~", "<<", ">>",
        "@@", "&&", "?|", "?&", "@?", "#-", ":=",
    ].map { Array($0.utf8) }

    private mutating func symbol(_ start: Int) -> SQLToken {
        for candidate in Self.symbols where bytes[at...].starts(with: candidate) {
            at += candidate.count
            return make(.symbol, slice(start), start)
        }
        at += 1
        return make(.symbol, slice(start), start)
    }

    private func slice(_ start: Int) -> String { String(decoding: bytes[start..<at], as: UTF8.self) }

    private func make(_ kind: SQLToken.Kind, _ text: String, _ start: Int) -> SQLToken {
        SQLToken(kind: kind, text: text, upper: kind == .word ? text.uppercased() : text, offset: start)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }
}
