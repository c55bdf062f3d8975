/// Reads integers and strings of the protocol; nil where they end too early.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_data_types.html
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }
    /// The index of the next byte in the slice that is read.
    var position: Int { rest.startIndex }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        let part = rest.prefix(count)
        rest = rest.dropFirst(count)
        return part
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    mutating func takeRest() -> ArraySlice<UInt8> {
        defer { rest = rest.suffix(0) }
        return rest
    }

    private mutating func little(_ count: Int) -> UInt64? {
        guard let bytes = take(count) else { return nil }
        var value: UInt64 = 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return value
    }

    mutating func uint8() -> UInt8? { rest.popFirst() }
    mutating func uint16() -> UInt16? { little(2).map { UInt16(truncatingIfNeeded: $0) } }
    mutating func uint24() -> Int? { little(3).map { Int($0) } }
    mutating func uint32() -> UInt32? { little(4).map { UInt32(truncatingIfNeeded: $0) } }
    mutating func uint64() -> UInt64? { little(8) }

    /// A length-encoded integer.
    mutating func lengthEncoded() -> UInt64? {
        switch uint8() {
        case .some(let byte) where byte < 0xfb: UInt64(byte)
        case 0xfc: little(2)
        case 0xfd: little(3)
        case 0xfe: little(8)
        default: nil
        }
    }

    /// A string with its length before it.
    mutating func string() -> ArraySlice<UInt8>? {
        guard let length = lengthEncoded(), length <= UInt64(rest.count) else { return nil }
        return take(Int(length))
    }

    /// A string that a zero byte ends, or the end of the packet.
    mutating func terminated() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let text = rest.prefix { $0 != 0 }
        rest = rest.dropFirst(min(text.count + 1, rest.count))
        return text
    }
}

/// Bytes as text: UTF-8 where they are, else each byte as the character of that number (ISO 8859-1).
func text(_ bytes: some Collection<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self)
        ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

/// Two lower-case digits for each byte.
func hex(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
