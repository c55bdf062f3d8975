/// Protobuf's wire format, read field by field: bounded, never a trap.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
struct WireReader {
    enum Value {
        case number(UInt64)
        /// Eight bytes.
        case fixed(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    struct Malformed: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field and its number; nil at the end.
    mutating func next() throws(Malformed) -> (field: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw Malformed(description: "a field has no valid number") }
        let field = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (field, .number(try varint()))
        case 1: return (field, .fixed(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw Malformed(description: "it ends within a field") }
            defer { rest = rest.dropFirst(Int(length)) }
            return (field, .bytes(rest.prefix(Int(length))))
        case 5: return (field, .fixed(try fixed(4)))
        default: throw Malformed(description: "a field has a kind that is not in use")
        }
    }

    private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
        guard rest.count >= count else { throw Malformed(description: "it ends within a number") }
        var value: UInt64 = 0
        for byte in rest.prefix(count).reversed() { value = value << 8 | UInt64(byte) }
        rest = rest.dropFirst(count)
        return value
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed(description: "it ends within a number") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed(description: "a number is longer than ten bytes")
    }
}

extension WireReader.Value {
    var number: UInt64 {
        switch self {
        case .number(let value), .fixed(let value): value
        case .bytes: 0
        }
    }
    var bytes: ArraySlice<UInt8> { if case .bytes(let value) = self { value } else { [] } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var hex: String {
        bytes.map { byte in
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: [digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
        }.joined()
    }
}
