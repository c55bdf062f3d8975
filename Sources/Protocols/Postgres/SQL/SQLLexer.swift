/// A piece of SQL text.
struct SQLToken {
    enum Kind { case space, comment, string, dollarString, quotedName, word, semicolon, other }
    var kind: Kind
    var range: Range<Int>
    /// What a string holds, between its quotes.
    var content: Range<Int>
}

/// Cuts SQL text into tokens, in one pass and without recursion. Any bytes will do: what is not ended ends at the end.
///
/// Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
struct SQLLexer {
    let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> SQLToken? {
        guard position < bytes.count else { return nil }
        let start = position
        let byte = bytes[start]
        switch byte {
        case 9...13, 32:
            while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
            return token(.space, from: start)
        case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
            while position < bytes.count, bytes[position] != 10 { position += 1 }
            return token(.comment, from: start)
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            skipComment()
            return token(.comment, from: start)
        case UInt8(ascii: "'"): return quoted(.string, from: start, escapes: false)
        case UInt8(ascii: "\""): return quoted(.quotedName, from: start, escapes: false)
        case UInt8(ascii: "e") where peek(1) == UInt8(ascii: "'"), UInt8(ascii: "E") where peek(1) == UInt8(ascii: "'"):
            position += 1
            return quoted(.string, from: start, escapes: true)
        case UInt8(ascii: "$"):
            if let token = dollarQuoted() { return token }
            position += 1
            return token(.other, from: start)
        case UInt8(ascii: ";"):
            position += 1
            return token(.semicolon, from: start)
        case let byte where Self.isWord(byte):
            while position < bytes.count, Self.isWord(bytes[position]) || bytes[position] == UInt8(ascii: "$") {
                position += 1
            }
            return token(.word, from: start)
        default:
            position += 1
            return token(.other, from: start)
        }
    }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private func token(_ kind: SQLToken.Kind, from start: Int) -> SQLToken {
        SQLToken(kind: kind, range: start..<position, content: start..<position)
    }

    /// Block comments nest.
    private mutating func skipComment() {
        var depth = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
        position = min(position, bytes.count)
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

    private mutating func dollarQuoted() -> SQLToken? {
        let start = position
        var end = start + 1
        while end < bytes.count, end - start < 64, Self.isWord(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return nil }
        let isParameter = end > start + 1 && bytes[start + 1] &- 48 < 10
        if isParameter { return nil }
        let tag = bytes[start...end]
        let content = end + 1
        position = content
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "$"), bytes.count - position >= tag.count,
                bytes[position..<(position + tag.count)].elementsEqual(tag)
            {
                let inner = content..<position
                position += tag.count
                return SQLToken(kind: .dollarString, range: start..<position, content: inner)
            }
            position += 1
        }
        return SQLToken(kind: .dollarString, range: start..<position, content: content..<position)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 32) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte >= 128
    }
}
