/// A JSON text that may come from anywhere, read into a `JSONValue`: bounded depth, linear time, never a trap.
///
/// Faster than going through `Codable` by an order of magnitude, and accepts exactly RFC 8259 with two liberties: of
/// equal keys the last one counts, and bytes that are not UTF-8 become U+FFFD.
public struct JSONParser {
    /// Containers within containers that are still read.
    public static let depthMax = 200

    /// Lives as long as the call of `parse` that made this.
    private let bytes: UnsafeBufferPointer<UInt8>
    private let skipped: Set<String>
    /// Which lengths those names have: most other names are told by that.
    private let skippedLengths: UInt64
    private var position = 0
    /// Members of the objects that are open, so that each dictionary is made in one go.
    private var members: [Member] = []

    private struct Member {
        var key: String
        var value: JSONValue
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ skipped: Set<String>) {
        self.bytes = bytes
        self.skipped = skipped
        skippedLengths = skipped.reduce(0) { $0 | 1 << UInt64($1.utf8.count & 63) }
    }

    /// The value that the text holds; nil where it is not one JSON value with white space around it.
    ///
    /// - Parameter skipping: members of these names, at any depth, are checked and not kept.
    public static func parse(
        _ bytes: some Sequence<UInt8>, skipping skipped: Set<String> = []
    ) -> JSONValue? {
        if let result = bytes.withContiguousStorageIfAvailable({ parse($0, skipped) }) { return result }
        return Array(bytes).withUnsafeBufferPointer { parse($0, skipped) }
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ skipped: Set<String>
    ) -> JSONValue? {
        var parser = JSONParser(bytes, skipped)
        parser.skipSpace()
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        // Not `? value : nil`: there `nil` would be the JSON null, since `JSONValue` has that literal.
        guard parser.position == parser.bytes.count else { return nil }
        return value
    }

    /// The value that the text holds; nil where it is not one JSON value with white space around it.
    public static func parse(_ text: String) -> JSONValue? { parse(text.utf8) }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) -> JSONValue? {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return nil }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return nil }
        position += count
        return value
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth < Self.depthMax, let byte = current else { return nil }
        switch byte {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map(JSONValue.string)
        case UInt8(ascii: "t"): return literal("true", .bool(true))
        case UInt8(ascii: "f"): return literal("false", .bool(false))
        case UInt8(ascii: "n"): return literal("null", .null)
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([:]) }
        let first = members.count
        while true {
            skipSpace()
            let start = position + 1
            guard current == UInt8(ascii: "\""), let key = string() else { return nil }
            let length = position - 1 - start
            skipSpace()
            guard take(UInt8(ascii: ":")) else { return nil }
            skipSpace()
            let isNamed = skippedLengths & (1 << UInt64(length & 63)) != 0
            if isNamed, skipped.contains(key) {
                guard skipValue(depth: depth + 1) else { return nil }
            } else {
                guard let member = value(depth: depth + 1) else { return nil }
                members.append(Member(key: key, value: member))
            }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { return nil }
            var object = [String: JSONValue](minimumCapacity: members.count - first)
            for member in members[first...] { object[member.key] = member.value }
            members.removeSubrange(first...)
            return .object(object)
        }
    }

    /// Passes over a value: brackets must match and strings end, no more is asked.
    private mutating func skipValue(depth: Int) -> Bool {
        guard let first = current else { return false }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return value(depth: depth) != nil }
        var open: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth + open.count < Self.depthMax else { return false }
                open.append(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // The closing brackets stand two behind the opening ones in ASCII.
                guard open.popLast() == byte - 2 else { return false }
            case UInt8(ascii: "\""):
                position += 1
                while let inner = current, inner != UInt8(ascii: "\"") {
                    position += inner == UInt8(ascii: "\\") ? 2 : 1
                }
            default: break
            }
            guard position < bytes.count else { return false }
            position += 1
            if open.isEmpty { return true }
        }
        return false
    }

    private mutating func array(depth: Int) -> JSONValue? {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipSpace()
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            return take(UInt8(ascii: "]")) ? .array(elements) : nil
        }
    }

    private mutating func number() -> JSONValue? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        guard let first = current, (0x30...0x39).contains(first) else { return nil }
        digits()
        if first == 0x30, position > start + (bytes[start] == UInt8(ascii: "-") ? 2 : 1) { return nil }
        var whole = true
        if take(UInt8(ascii: ".")) {
            whole = false
            guard digits() > 0 else { return nil }
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            whole = false
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { return nil }
        }
        if whole, position - start <= 18 { return .integer(integer(start)) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { return nil }
        // `Codable` reads 1.0 as a whole number: equal values stay equal whichever way they were read.
        return Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
    }

    /// The digits up to here, at most 18 of them: none overflows.
    private func integer(_ start: Int) -> Int64 {
        let isNegative = bytes[start] == UInt8(ascii: "-")
        var value: Int64 = 0
        for place in (isNegative ? start + 1 : start)..<position { value = value * 10 + Int64(bytes[place] & 15) }
        return isNegative ? -value : value
    }

    @discardableResult
    private mutating func digits() -> Int {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func string() -> String? {
        position += 1
        let start = position
        passPlain()
        guard let byte = current else { return nil }
        if byte == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        }
        return byte == UInt8(ascii: "\\") ? escapedString(from: start) : nil
    }

    /// Goes on to the next quote, backslash or control character, eight bytes at a time: most of a text is none of them.
    private mutating func passPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quotes = ones &* UInt64(UInt8(ascii: "\""))
        let slashes = ones &* UInt64(UInt8(ascii: "\\"))
        let raw = UnsafeRawBufferPointer(bytes)
        while position + 8 <= bytes.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let (quote, slash) = (word ^ quotes, word ^ slashes)
            // The lowest of these bits is that of the first byte that matches; what is above it may be wrong.
            let found =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word) & tops
            if found != 0 {
                position += found.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    }

    private mutating func escapedString(from start: Int) -> String? {
        var text = Array(bytes[start..<position])
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte < 0x20 { return nil }
            guard byte == UInt8(ascii: "\\") else {
                let plain = position - 1
                passPlain()
                text.append(contentsOf: bytes[plain..<position])
                continue
            }
            guard let escape = current else { return nil }
            position += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = unicodeEscape() else { return nil }
                text.append(contentsOf: String(Character(scalar)).utf8)
            default: return nil
            }
        }
        return nil
    }

    /// What stands behind `\u`; halves of a surrogate pair that stand alone become U+FFFD.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let high = hexQuad() else { return nil }
        guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
        let back = position
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = hexQuad(), (0xDC00...0xDFFF).contains(low)
        else {
            position = back
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexQuad() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<(position + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}
