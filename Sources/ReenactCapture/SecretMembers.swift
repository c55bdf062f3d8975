import ReenactWire

/// Secrets in values that no protocol knows the inside of: members of JSON by their name (`"password": "x"`, also where that
/// JSON is text in JSON), and values by their shape.
enum SecretMembers {
    private static let nameMax = 64
    private static let valueMax = 4096
    private static let countMax = 4096

    /// Where they stand, in order, apart from each other.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        let shapes = SecretShapes.ranges(in: bytes)
        let members = members(in: bytes).filter { member in !shapes.contains { $0.overlaps(member) } }
        return (shapes + members).sorted { $0.lowerBound < $1.lowerBound }
    }

    private static func members(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count, found.count < countMax {
            guard bytes[place] == quote else {
                place += 1
                continue
            }
            place += 1
            guard let value = value(ofMemberAt: place, in: bytes) else { continue }
            found.append(value)
            place = value.upperBound
        }
        return found
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    private static func value(ofMemberAt start: Int, in bytes: [UInt8]) -> Range<Int>? {
        var place = start
        func skip(_ isSkipped: (UInt8) -> Bool) {
            while place < bytes.count, isSkipped(bytes[place]) { place += 1 }
        }
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
        skip { isWord($0) && place - start < nameMax }
        let name = start..<place
        skip { $0 == backslash }
        guard name.count >= 3, place < bytes.count, bytes[place] == quote else { return nil }
        place += 1
        skip(isBlank)
        guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { return nil }
        place += 1
        skip(isBlank)
        skip { $0 == backslash }
        guard place < bytes.count, bytes[place] == quote,
            SecretNames.isSecretMember(String(decoding: bytes[name], as: UTF8.self))
        else { return nil }
        let begin = place + 1
        var end = begin
        while end < bytes.count, bytes[end] != quote, bytes[end] != backslash { end += 1 }
        let value = begin..<end
        return value.count <= valueMax && isSecret(bytes[value]) ? value : nil
    }

    /// Sentences are what programs say of a secret (`"password": "This field is required."`).
    static func isSecret(_ value: ArraySlice<UInt8>) -> Bool {
        value.count >= 4 && !value.contains { $0 <= 32 || $0 == 0x7F } && value.first != UInt8(ascii: "<")
            && !["true", "false", "null", "none"].contains(
                String(decoding: value.prefix(6), as: UTF8.self).lowercased())
    }

    /// Whether it may be looked for elsewhere, too: a word may stand for many things.
    static func isTelling(_ value: some Collection<UInt8>) -> Bool {
        value.count >= 16 || value.contains { !(($0 | 32) &- 97 < 26) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }
}
