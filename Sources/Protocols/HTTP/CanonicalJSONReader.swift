/// Reads a JSON text into canonical nodes; strict, and bounded in depth.
struct CanonicalJSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readDocument() -> CanonicalJSON.Node? {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        guard let node = readValue() else { return nil }
        skipBlanks()
        return position == bytes.count ? node : nil
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func readValue() -> CanonicalJSON.Node? {
        skipBlanks()
        guard position < bytes.count, depth < 100 else { return nil }
        switch bytes[position] {
        case ASCII.quote: return readString().map { .string($0) }
        case UInt8(ascii: "{"): return readObject()
        case UInt8(ascii: "["): return readArray()
        case UInt8(ascii: "-"), 0x30...0x39: return readNumber().map { .plain($0) }
        default: return readLiteral()
        }
    }

    private mutating func readLiteral() -> CanonicalJSON.Node? {
        for literal in ["true", "false", "null"] where bytes[position...].starts(with: literal.utf8) {
            position += literal.utf8.count
            return .plain(Array(literal.utf8))
        }
        return nil
    }

    private mutating func readArray() -> CanonicalJSON.Node? {
        position += 1
        depth += 1
        defer { depth -= 1 }
        var elements: [CanonicalJSON.Node] = []
        if take("]") { return .array([]) }
        repeat {
            guard let element = readValue() else { return nil }
            elements.append(element)
        } while take(",")
        return take("]") ? .array(elements) : nil
    }

    private mutating func readObject() -> CanonicalJSON.Node? {
        position += 1
        depth += 1
        defer { depth -= 1 }
        var members: [(name: [UInt8], value: CanonicalJSON.Node)] = []
        if take("}") { return .object([]) }
        repeat {
            skipBlanks()
            guard let name = readString(), take(":"), let value = readValue() else { return nil }
            members.append((name, value))
        } while take(",")
        guard take("}") else { return nil }
        // Members of equal name stay in order: which of them counts depends on the reader.
        let order = members.indices.sorted {
            members[$0].name == members[$1].name
                ? $0 < $1 : members[$0].name.lexicographicallyPrecedes(members[$1].name)
        }
        return .object(order.map { members[$0] })
    }

    private mutating func readString() -> [UInt8]? {
        guard position < bytes.count, bytes[position] == ASCII.quote else { return nil }
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == ASCII.quote { return text }
            if byte != ASCII.backslash {
                text.append(byte)
            } else if !readEscape(into: &text) {
                return nil
            }
        }
        return nil
    }

    private mutating func readEscape(into text: inout [UInt8]) -> Bool {
        guard position < bytes.count else { return false }
        let escape = bytes[position]
        position += 1
        switch escape {
        case ASCII.quote, ASCII.backslash, UInt8(ascii: "/"): text.append(escape)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard var scalar = readFourDigits() else { return false }
            if (0xd800..<0xdc00).contains(scalar), bytes[position...].starts(with: [0x5c, 0x75]) {
                let back = position
                position += 2
                if let low = readFourDigits(), (0xdc00..<0xe000).contains(low) {
                    scalar = 0x10000 + (scalar - 0xd800) << 10 + (low - 0xdc00)
                } else {
                    position = back
                }
            }
            // A lone surrogate has no UTF-8: its escape stays, distinct from all text by its leading 0.
            if let valid = Unicode.Scalar(scalar) {
                text.append(contentsOf: String(Character(valid)).utf8)
            } else {
                text.append(contentsOf: "\0u\(String(scalar, radix: 16))".utf8)
            }
        default: return false
        }
        return true
    }

    private mutating func readFourDigits() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    /// `1`, `1.0`, `10e-1` are one number: digits without zeros at the ends, and a power of ten.
    private mutating func readNumber() -> [UInt8]? {
        let start = position
        var digits: [UInt8] = []
        var exponent = 0
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let wholeStart = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) {
            digits.append(bytes[position])
            position += 1
        }
        guard position > wholeStart else { return nil }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let fractionStart = position
            while position < bytes.count, ASCII.isDigit(bytes[position]) {
                digits.append(bytes[position])
                exponent -= 1
                position += 1
            }
            guard position > fractionStart else { return nil }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let signStart = position
            if position < bytes.count, [0x2b, 0x2d].contains(bytes[position]) { position += 1 }
            let powerStart = position
            while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
            guard position > powerStart else { return nil }
            // A power beyond all sense is left as it is spelt.
            guard position - powerStart <= 9, let power = Int(ASCII.text(bytes[powerStart..<position])) else {
                return Array(bytes[start..<position])
            }
            exponent += bytes[signStart] == 0x2d ? -power : power
        }
        while digits.last == 0x30 {
            digits.removeLast()
            exponent += 1
        }
        digits = Array(digits.drop { $0 == 0x30 })
        return Self.spelled(digits, exponent: exponent, isNegative: isNegative)
    }

    private static func spelled(_ digits: [UInt8], exponent: Int, isNegative: Bool) -> [UInt8] {
        if digits.isEmpty { return [0x30] }
        let sign: [UInt8] = isNegative ? [0x2d] : []
        // Whole numbers and short fractions as people write them, so that times can be told by their looks.
        if (0...20).contains(exponent) { return sign + digits + Array(repeating: 0x30, count: exponent) }
        if exponent < 0, -exponent < digits.count {
            return sign + digits.dropLast(-exponent) + [0x2e] + digits.suffix(-exponent)
        }
        return sign + digits + Array("e\(exponent)".utf8)
    }
}
