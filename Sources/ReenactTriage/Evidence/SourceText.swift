/// Small, linear readings of text that programs wrote: words, quoted parts, identifiers.
enum SourceText {
    /// Runs of characters that values are made of, and the parts between dots, colons and slashes.
    static func words(_ text: String, limit: Int = 20_000) -> Set<String> {
        var found: Set<String> = []
        for run in text.prefix(200_000).split(whereSeparator: { !isValueCharacter($0) }) {
            guard found.count < limit else { break }
            let whole = run.trimmed(of: ".:,/=-")
            guard !whole.isEmpty else { continue }
            found.insert(String(whole))
            if whole.contains(where: { ".:/=@-+".contains($0) }) {
                for part in whole.split(whereSeparator: { ".:/=@-+".contains($0) }) { found.insert(String(part)) }
                for part in whole.split(separator: ":", maxSplits: 1) { found.insert(String(part)) }
                for part in whole.split(separator: "=", maxSplits: 1) { found.insert(String(part)) }
            }
        }
        return found
    }

    private static func isValueCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.:/=@-+%~".contains(character)
    }

    /// What stands between equal quotes: `'…'`, `"…"`, `` `…` ``.
    static func quoted(_ text: String, limit: Int = 200) -> [String] {
        text.withBytes { quotedPlain($0, limit) } ?? quotedByCharacter(text, limit)
    }

    /// The same in ASCII, as nearly every message is; nil for other texts.
    private static func quotedPlain(_ text: UnsafeBufferPointer<UInt8>, _ limit: Int) -> [String]? {
        let (single, double, back) = (UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"))
        var found: [String] = []
        var open: (quote: UInt8, start: Int)?
        var previous: UInt8 = 0x20
        func isWord(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte & 0xDF) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
        for (place, byte) in text.prefix(20_000).enumerated() {
            // A return and a newline are one character.
            guard byte < 0x80, byte != 0x0D else { return nil }
            if let part = open {
                if byte == part.quote, previous != UInt8(ascii: "\\") {
                    if place > part.start {
                        let inner = String(decoding: text[part.start..<place], as: UTF8.self)
                        if !found.contains(inner) { found.append(inner) }
                    }
                    if found.count >= limit { return found }
                    open = nil
                }
            } else if byte == single || byte == double || byte == back {
                // An apostrophe within a word opens nothing, but for the letter that Python puts before a literal.
                let isPrefix =
                    place > 0 && "fFrRbBuU".utf8.contains(previous) && (place < 2 || !isWord(text[place - 2]))
                if !isWord(previous) || previous == UInt8(ascii: "_") || isPrefix { open = (byte, place + 1) }
            }
            previous = byte
        }
        return found
    }

    private static func quotedByCharacter(_ text: String, _ limit: Int) -> [String] {
        var found: [String] = []
        var open: Character?
        var part = ""
        var (before, previous): (Character, Character) = (" ", " ")
        for character in text.prefix(20_000) {
            if let quote = open {
                if character == quote, previous != "\\" {
                    if !part.isEmpty, !found.contains(part) { found.append(part) }
                    if found.count >= limit { break }
                    open = nil
                } else {
                    part.append(character)
                }
            } else if "'\"`".contains(character),
                !(previous.isLetter || previous.isNumber)
                    || "fFrRbBuU".contains(previous) && !(before.isLetter || before.isNumber || before == "_")
            {
                open = character
                part = ""
            }
            (before, previous) = (previous, character)
        }
        return found
    }

    /// Takes the text literal that begins with the first character, its quote; up to the end where it is not closed.
    static func takeLiteral(from rest: inout Substring) -> String {
        guard let quote = rest.popFirst() else { return "" }
        var text = ""
        while let character = rest.popFirst(), character != quote {
            if character == "\\", let next = rest.popFirst() {
                text.append(next == "n" ? "\n" : next == "t" ? "\t" : next)
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// True where `word` stands in `text` with no letter, digit or underscore touching it.
    static func contains(_ text: String, word: String) -> Bool {
        guard !word.isEmpty else { return false }
        return text.withBytes { bytes in word.withBytes { contains(bytes, $0) } }
    }

    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<UInt8>) -> Bool {
        func isWordByte(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                || (0x41...0x5A).contains(byte & 0xDF)
        }
        let bytes = UnsafeBufferPointer(rebasing: text.prefix(200_000))
        var start = 0
        while let place = ByteSearch.first(pattern, in: bytes, from: start) {
            let end = place + pattern.count
            if place == 0 || !isWordByte(bytes[place - 1]) || !isWordByte(pattern[0]),
                end == bytes.count || !isWordByte(bytes[end]) || !isWordByte(pattern[pattern.count - 1])
            {
                return true
            }
            start = place + 1
        }
        return false
    }

    /// True where any of the phrases stands in the text, letter case aside.
    static func mentions(_ text: String, _ phrases: [String]) -> Bool {
        Wording(text).contains(any: phrases)
    }

    /// The words by which languages say that there is nothing.
    static func isNothing(_ value: String) -> Bool {
        ["None", "null", "NULL", "nil", "undefined", "<nil>", "Null", "Optional.empty"].contains(value)
    }

    /// True for values that turn up everywhere and prove nothing.
    static func isTrivial(_ value: String) -> Bool {
        if value.count < 3 { return true }
        if value.allSatisfy(\.isNumber) { return value.count < 4 }
        return trivialWords.contains(value.lowercased())
    }

    private static let trivialWords: Set<String> = [
        "true", "false", "none", "null", "nil", "undefined", "name", "type", "value", "data", "self", "this", "user",
        "string", "number", "object", "array", "list", "dict", "error", "message", "result", "status", "code", "key",
        "item", "items", "index", "count", "the", "and", "not", "for", "with", "from", "class", "int", "str", "get",
        "post", "http", "https", "json", "application/json", "text/html", "utf-8", "found", "ok", "yes", "no", "new",
        "default", "test", "admin", "main", "active", "public", "localhost", "127.0.0.1",
    ]

    /// A value with its language's quotes taken off: `'demo'`, `"demo"`, `b'demo'`.
    static func unquoted(_ value: String) -> String {
        var text = Substring(value)
        if text.hasPrefix("b'") || text.hasPrefix("b\"") || text.hasPrefix("u'") { text = text.dropFirst() }
        guard text.count >= 2, let first = text.first, "'\"`".contains(first), text.last == first else { return value }
        return String(text.dropFirst().dropLast())
    }

    /// The arguments of a call, up to its closing bracket or the end of the line.
    static func arguments(_ text: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if "'\"`".contains(character) {
                quote = character
            } else if "([{".contains(character) {
                depth += 1
            } else if ")]}".contains(character) {
                depth -= 1
                if depth < 0 { break }
            } else if character == ",", depth == 0 {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts.map { String(Substring($0).trimmed(of: " ")) }
    }
}

extension Substring {
    func trimmed(of characters: String) -> Substring {
        var part = self
        while let last = part.last, characters.contains(last) { part.removeLast() }
        while let first = part.first, characters.contains(first) { part.removeFirst() }
        return part
    }
}
