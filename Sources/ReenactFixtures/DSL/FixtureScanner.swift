/// One line of a fixture's text, read from left to right.
struct FixtureScanner {
    private let bytes: ArraySlice<UInt8>
    private let line: Int
    private(set) var at: Int

    init(_ bytes: ArraySlice<UInt8>, line: Int) {
        self.bytes = bytes
        self.line = line
        at = bytes.startIndex
    }

    private func peek(_ ahead: Int = 0) -> UInt8 { at + ahead < bytes.endIndex ? bytes[at + ahead] : 0 }

    var place: FixtureDocument.Place { place(of: at) }

    private func place(of position: Int) -> FixtureDocument.Place {
        // Continuation bytes are no scalars of their own.
        .init(line: line, column: bytes[bytes.startIndex..<position].reduce(1) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) })
    }

    func failure(_ expected: String, at position: Int? = nil) -> FixtureError {
        let position = position ?? at
        let place = place(of: position)
        return .document(line: place.line, column: place.column, what: "expected \(expected), found \(found(position))")
    }

    private func found(_ position: Int) -> String {
        guard position < bytes.endIndex else { return "the end of the line" }
        let word = bytes[position...].prefix { $0 > 0x20 }
        // Cut between scalars.
        let shown = String(decoding: word.prefix(80), as: UTF8.self).unicodeScalars.prefix(20)
        return "`\(String(String.UnicodeScalarView(shown)))\(word.count > shown.count && shown.count == 20 ? "…" : "")`"
    }

    var isAtEnd: Bool { at >= bytes.endIndex }
    var isAtComment: Bool { peek() == UInt8(ascii: "#") && !isAtEnd }
    var startsWithBlank: Bool { bytes.first == 0x20 || bytes.first == 0x09 }

    mutating func skipBlanks() {
        while !isAtEnd, peek() == 0x20 || peek() == 0x09 { at += 1 }
    }

    /// All up to the line's end.
    mutating func rest() -> String {
        defer { at = bytes.endIndex }
        return String(decoding: bytes[at...], as: UTF8.self)
    }

    /// The comment's text, without its sign.
    mutating func comment() -> String {
        at += 1
        return rest()
    }

    /// The word if it stands here, and blanks behind it.
    mutating func take(_ word: String) -> Bool {
        let wanted = Array(word.utf8)
        guard bytes[at...].starts(with: wanted) else { return false }
        let end = at + wanted.count
        guard end >= bytes.endIndex || bytes[end] <= 0x20 else { return false }
        at = end
        skipBlanks()
        return true
    }

    /// Blanks or the end must follow a word, else two words have run together.
    private func endWord(_ what: String) throws(FixtureError) {
        guard isAtEnd || peek() <= 0x20 else { throw failure("a blank behind \(what)") }
    }

    mutating func name(_ what: String) throws(FixtureError) -> String {
        if peek() == UInt8(ascii: "\"") { return try quoted(UInt8(ascii: "\""), escapes: false, what) }
        if peek() == UInt8(ascii: "e"), peek(1) == UInt8(ascii: "\"") {
            at += 1
            return try quoted(UInt8(ascii: "\""), escapes: true, what)
        }
        let start = at
        guard FixtureText.isLetter(peek()) else { throw failure(what) }
        while FixtureText.isLetter(peek()) || FixtureText.isDigit(peek()) || peek() == UInt8(ascii: "$") { at += 1 }
        try endWord("the name; other signs need double quotes")
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    mutating func string(_ what: String) throws(FixtureError) -> String {
        if peek() == UInt8(ascii: "'") { return try quoted(UInt8(ascii: "'"), escapes: false, what) }
        if peek() == UInt8(ascii: "e"), peek(1) == UInt8(ascii: "'") {
            at += 1
            return try quoted(UInt8(ascii: "'"), escapes: true, what)
        }
        throw failure(what)
    }

    mutating func integer(_ what: String) throws(FixtureError) -> Int64 {
        let start = at
        let word = self.word()
        guard let number = Int64(word) else { throw failure(what, at: start) }
        return number
    }

    mutating func cell(_ what: String) throws(FixtureError) -> FixtureDocument.Cell {
        let place = place
        if take("default") { return .init(nil, place: place) }
        let isInvented = peek() == UInt8(ascii: "~")
        if isInvented { at += 1 }
        let value = try self.value(what)
        let isForced = peek() == UInt8(ascii: "!") && !isAtEnd
        if isForced { at += 1 }
        try endWord("the value")
        return .init(value, isInvented: isInvented, isForced: isForced, place: place)
    }

    // MARK: values

    private mutating func value(_ what: String) throws(FixtureError) -> SQLValue {
        let start = at
        switch (peek(), peek(1)) {
        case (UInt8(ascii: "'"), _), (UInt8(ascii: "e"), UInt8(ascii: "'")): return .text(try string(what))
        case (UInt8(ascii: "x"), UInt8(ascii: "'")):
            at += 1
            return .blob(try hexadecimal(try quoted(UInt8(ascii: "'"), escapes: false, what), start))
        case (UInt8(ascii: "d"), UInt8(ascii: "'")), (UInt8(ascii: "d"), UInt8(ascii: "e")):
            at += 1
            return .number(try string(what))
        default: break
        }
        let word = self.word()
        switch word {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "nan": return .real(.nan)
        case "inf": return .real(.infinity)
        case "-inf": return .real(-.infinity)
        default: break
        }
        if word.utf8.last == UInt8(ascii: "d"), FixtureText.isDecimal(String(word.dropLast())) {
            return .number(String(word.dropLast()))
        }
        if let number = Int64(word), word.utf8.first != UInt8(ascii: "+") { return .int(number) }
        let isNumeral = word.utf8.first.map { FixtureText.isDigit($0) || $0 == UInt8(ascii: "-") } ?? false
        if isNumeral, word.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }),
            !word.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }), let number = Double(word), number.isFinite
        {
            return .real(number)
        }
        if isNumeral, FixtureText.isDecimal(word) {
            throw failure("a whole number of 64 bits (write \(word.prefix(20))…d for an exact decimal)", at: start)
        }
        throw failure("\(what): null, true, false, default, a number, 'text' or x'bytes'", at: start)
    }

    private mutating func word() -> String {
        let start = at
        while !isAtEnd, peek() > 0x20, peek() != UInt8(ascii: "!"), peek() != UInt8(ascii: "#") { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private func hexadecimal(_ text: String, _ start: Int) throws(FixtureError) -> [UInt8] {
        var out: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw failure("hexadecimal digits between the quotes", at: start)
            }
            if let first = high {
                out.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        guard high == nil else { throw failure("two hexadecimal digits a byte", at: start) }
        return out
    }

    /// From an opening quote to behind the closing one; a doubled quote is one.
    private mutating func quoted(_ quote: UInt8, escapes: Bool, _ what: String) throws(FixtureError) -> String {
        let start = at
        var body: [UInt8] = []
        at += 1
        while true {
            guard !isAtEnd else {
                throw failure("the closing \(UnicodeScalar(quote)) of what began in column \(place(of: start).column)")
            }
            let byte = peek()
            at += 1
            if byte == quote {
                guard peek() == quote, !isAtEnd else { break }
                at += 1
                body.append(quote)
            } else if escapes, byte == UInt8(ascii: "\\") {
                body += try escape().utf8
            } else {
                body.append(byte)
            }
        }
        return String(decoding: body, as: UTF8.self)
    }

    private mutating func escape() throws(FixtureError) -> String {
        let letter = peek()
        at += 1
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "u"):
            let start = at
            let digits = bytes[min(at, bytes.endIndex)...].dropFirst().prefix { $0 != UInt8(ascii: "}") }
            guard peek() == UInt8(ascii: "{"), digits.count <= 6, digits.endIndex < bytes.endIndex,
                let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(number)
            else { throw failure("a character's number, as in \\u{1f}", at: start) }
            at = digits.endIndex + 1
            return String(Character(scalar))
        default: throw failure("one of \\n \\r \\t \\\\ \\u{…}", at: at - 2)
        }
    }
}
