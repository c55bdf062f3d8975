/// The first line of a message, character by character, with what each of them is: found out once, and for ASCII, which
/// nearly every message is, without asking Unicode's tables.
struct MessageLine {
    private static let letter: UInt8 = 1
    private static let number: UInt8 = 2
    private static let space: UInt8 = 4
    private static let hex: UInt8 = 8

    /// First scalars, and what they are.
    private var codes: [Unicode.Scalar] = []
    private var kinds: [UInt8] = []
    /// The characters themselves, where they are not all ASCII.
    private var characters: [Character] = []

    /// - Parameter isFormer: a return and a newline end no line, as version 3 of fingerprints had it.
    init(_ message: String, lengthMax: Int, isFormer: Bool = false) {
        let isPlain = message.utf8.prefix(lengthMax).allSatisfy { $0 < 0x80 && $0 != 0x0D }
        if isPlain {
            for byte in message.utf8.prefix(lengthMax) {
                guard byte != 0x0A else { break }
                codes.append(Unicode.Scalar(byte))
                kinds.append(Self.kind(byte))
            }
        } else {
            for character in message.prefix(while: { $0 != "\n" && (isFormer || $0 != "\r\n") }).prefix(lengthMax) {
                characters.append(character)
                codes.append(character.unicodeScalars.first ?? " ")
                var kind: UInt8 = character.isLetter ? Self.letter : 0
                if character.isNumber { kind |= Self.number }
                if character.isWhitespace { kind |= Self.space }
                if character.isHexDigit { kind |= Self.hex }
                kinds.append(kind)
            }
        }
    }

    private static func kind(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: number | hex
        case 0x41...0x46, 0x61...0x66: letter | hex
        case 0x47...0x5A, 0x67...0x7A: letter
        case 0x09...0x0D, 0x20: space
        default: 0
        }
    }

    var count: Int { codes.count }

    subscript(_ place: Int) -> Unicode.Scalar { codes[place] }

    func isNumber(_ place: Int) -> Bool { kinds[place] & Self.number != 0 }
    func isSpace(_ place: Int) -> Bool { kinds[place] & Self.space != 0 }
    func isHex(_ place: Int) -> Bool { kinds[place] & Self.hex != 0 }

    /// Part of a word: a value, an address, a path.
    func isWord(_ place: Int) -> Bool {
        kinds[place] & (Self.letter | Self.number) != 0 || holds(place, "_-./:@+%~\\")
    }

    /// True where one of these, all ASCII, stands there.
    func holds(_ place: Int, _ set: StaticString) -> Bool {
        let code = codes[place].value
        guard code < 0x80 else { return false }
        return set.withUTF8Buffer { $0.contains(UInt8(code)) }
    }

    func starts(_ range: Range<Int>, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            range.count >= text.count
                && text.indices.allSatisfy { codes[range.lowerBound + $0].value == UInt32(text[$0]) }
        }
    }

    func find(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        return (range.lowerBound...(range.upperBound - text.utf8CodeUnitCount)).contains {
            starts($0..<range.upperBound, text)
        }
    }

    func text(_ range: Range<Int>) -> String {
        if !characters.isEmpty { return String(characters[range]) }
        return String(unsafeUninitializedCapacity: range.count) { buffer in
            for (place, index) in range.enumerated() { buffer[place] = UInt8(truncatingIfNeeded: codes[index].value) }
            return range.count
        }
    }
}
