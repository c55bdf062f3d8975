import ReenactTimeline

/// Reads JSON (RFC 8259) straight into `JSONValue`, in one pass.
///
/// The hooks send many small messages; `JSONDecoder` tries every type for every value of a `JSONValue`, which costs
/// milliseconds for a few hundred rows. This reader is bounded (depth 64) and forgiving towards text that is not
/// UTF-8 (repaired), never towards structure.
struct HooksJSON {
    /// The value that the bytes hold; nil where they are not one JSON document.
    static func parse(_ bytes: some Collection<UInt8>) -> JSONValue? {
        let text = ContiguousArray(bytes)
        return text.withUnsafeBufferPointer { buffer in
            var reader = HooksJSON(bytes: buffer)
            guard let value = reader.value(depth: 0) else { return nil }
            reader.skipSpace()
            return reader.position == buffer.count ? value : nil
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) -> JSONValue? {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { return nil }
        for index in 0..<length where bytes[position + index] != text.utf8Start[index] { return nil }
        position += length
        return value
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth < 64 else { return nil }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return text().map(JSONValue.string)
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        case .some: return number()
        case nil: return nil
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        position += 1
        var members: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\""), let name = text(), take(UInt8(ascii: ":")),
                let member = value(depth: depth + 1)
            else { return nil }
            members[name] = member
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONValue? {
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    private mutating func number() -> JSONValue? {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        if let whole = Int64(digits) { return .integer(whole) }
        return Double(digits).map(JSONValue.number)
    }

    private mutating func text() -> String? {
        position += 1
        let start = position
        // Most strings hold no escape: one copy.
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
        var result = String(decoding: bytes[start..<position], as: UTF8.self)
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\"") { return result }
            if byte == UInt8(ascii: "\\") {
                guard let scalar = escape() else { return nil }
                result.unicodeScalars.append(scalar)
            }
            let runStart = byte == UInt8(ascii: "\\") ? position : position - 1
            while let next = current, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { position += 1 }
            result += String(decoding: bytes[runStart..<position], as: UTF8.self)
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard let byte = current else { return nil }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return escapedUnit()
        default: return nil
        }
    }

    private mutating func escapedUnit() -> Unicode.Scalar? {
        guard let first = hex() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let back = position
        guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
            return "\u{FFFD}"
        }
        position += 2
        guard let second = hex() else { return nil }
        guard (0xDC00..<0xE000).contains(second) else {
            // A lone half, then another escape: the half is lost, the other stays.
            position = back
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hex() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        position += 4
        return unit
    }
}
