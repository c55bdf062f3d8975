/// A piece of SQL text.
struct SQLToken {
    enum Kind { case space, comment, string, quotedName, word, placeholder, semicolon, other }
    var kind: Kind
    var range: Range<Int>
    /// What a string holds, between its quotes.
    var content: Range<Int>
}

/// Cuts SQL text into tokens, in one pass and without recursion. Any bytes will do: what is not ended ends at the end.
///
/// It takes the usual SQL mode for granted: backslashes escape, double quotes make strings.
/// Source: https://mariadb.com/kb/en/sql-language-structure/
struct SQLLexer {
    let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> SQLToken? {
        guard position < bytes.count else { return nil }
        let start = position
        switch bytes[start] {
        case 9...13, 32:
            while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
            return token(.space, from: start)
        case UInt8(ascii: "#"): return lineComment(from: start)
        // Two dashes begin a comment only before a space: 5--1 is 6.
        case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-") && (peek(2).map { $0 <= 32 } ?? true):
            return lineComment(from: start)
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            // `/*! … */` and `/*M! … */` run, `/*+ … */` steers the optimizer: they say something.
            let speaks = [UInt8(ascii: "!"), UInt8(ascii: "+"), UInt8(ascii: "M")].contains(peek(2) ?? 0)
            position = min(position + 2, bytes.count)
            while position < bytes.count, !(bytes[position] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                position += 1
            }
            position = min(position + 2, bytes.count)
            return token(speaks ? .other : .comment, from: start)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted(.string, from: start, escapes: true)
        case UInt8(ascii: "`"): return quoted(.quotedName, from: start, escapes: false)
        case UInt8(ascii: "?"): return single(.placeholder, from: start)
        case UInt8(ascii: ";"): return single(.semicolon, from: start)
        case let byte where Self.isWord(byte) || byte == UInt8(ascii: "@"):
            while position < bytes.count, Self.isWord(bytes[position]) || bytes[position] == UInt8(ascii: "@") {
                position += 1
            }
            return token(.word, from: start)
        default: return single(.other, from: start)
        }
    }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private func token(_ kind: SQLToken.Kind, from start: Int) -> SQLToken {
        SQLToken(kind: kind, range: start..<position, content: start..<position)
    }

    private mutating func single(_ kind: SQLToken.Kind, from start: Int) -> SQLToken {
        position += 1
        return token(kind, from: start)
    }

    private mutating func lineComment(from start: Int) -> SQLToken {
        while position < bytes.count, bytes[position] != 10 { position += 1 }
        return token(.comment, from: start)
    }

    private mutating func quoted(_ kind: SQLToken.Kind, from start: Int, escapes: Bool) -> SQLToken {
        let quote = bytes[position]
        position += 1
        let content = position
        while position < bytes.count {
            if escapes, bytes[position] == UInt8(ascii: "\\") {
                position += 2
            } else if bytes[position] == quote {
                if peek(1) == quote {
                    position += 2
                } else {
                    position += 1
                    return SQLToken(kind: kind, range: start..<position, content: content..<(position - 1))
                }
            } else {
                position += 1
            }
        }
        position = bytes.count
        return SQLToken(kind: kind, range: start..<position, content: min(content, position)..<position)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    static func isWord(_ byte: UInt8) -> Bool {
        (byte | 32) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || byte >= 128
    }
}
