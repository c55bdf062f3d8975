/// Bytes of a recording, as they are read: never beyond the end, never trusted.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw ByteReader.short }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || (shift == 63 && next <= 1) else { throw ByteReader.wrong("a number of too many bytes") }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    /// A count of things of which each takes at least one byte.
    mutating func count() throws -> Int {
        let value = try number()
        guard value <= UInt64(bytes.count - position) else { throw ByteReader.short }
        return Int(value)
    }

    /// A number that is an index or the like.
    mutating func small(below limit: Int = Int(Int32.max)) throws -> Int {
        let value = try number()
        guard value < UInt64(limit) else {
            throw ByteReader.wrong("the number \(value) where less than \(limit) can be")
        }
        return Int(value)
    }

    mutating func signed() throws -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
    }

    mutating func fixed() throws -> UInt64 {
        guard bytes.count - position >= 8 else { throw ByteReader.short }
        defer { position += 8 }
        return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
    }

    mutating func data() throws -> [UInt8] { try data(try number()) }

    mutating func data(_ count: UInt64) throws -> [UInt8] {
        guard count <= UInt64(bytes.count - position) else { throw ByteReader.short }
        let length = Int(count)
        defer { position += length }
        return Array(bytes[position..<position + length])
    }

    mutating func text() throws -> String { String(decoding: try data(), as: UTF8.self) }

    static let short = wrong("it ends too early")

    static func wrong(_ what: String) -> ExecutionError {
        ExecutionError(.damaged, "the recording is damaged: \(what); record it again, or take an intact copy")
    }
}
