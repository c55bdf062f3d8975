/// Reads the protocol's fields: big-endian numbers and strings ended by a zero byte. Nil where the bytes end too soon.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - position }
    var rest: ArraySlice<UInt8> { bytes[position...] }

    mutating func uint8() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func int16() -> Int16? {
        guard remaining >= 2 else { return nil }
        defer { position += 2 }
        return Int16(bitPattern: UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1]))
    }

    mutating func int32() -> Int32? {
        guard remaining >= 4 else { return nil }
        defer { position += 4 }
        var value: UInt32 = 0
        for index in position..<(position + 4) { value = value << 8 | UInt32(bytes[index]) }
        return Int32(bitPattern: value)
    }

    mutating func int64() -> Int64? {
        guard remaining >= 8, let high = int32(), let low = int32() else { return nil }
        return Int64(high) << 32 | Int64(UInt32(bitPattern: low))
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// The bytes up to a zero byte, which is passed.
    mutating func cString() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: 0) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }
}

/// Text of bytes: UTF-8, or where they are not, each byte as the character of that number, so that nothing is lost.
func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

/// Lower-case hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    for byte in bytes {
        digits.append(hexDigits[Int(byte >> 4)])
        digits.append(hexDigits[Int(byte & 15)])
    }
    return String(decoding: digits, as: UTF8.self)
}

private let hexDigits = Array("0123456789abcdef".utf8)
