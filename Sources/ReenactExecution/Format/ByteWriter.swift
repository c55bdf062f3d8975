/// Bytes of a recording, as they are written: numbers of variable length (LEB128), bytes with their count. What it has
/// taken once it keeps when it is emptied: a recording is written in many chunks.
struct ByteWriter {
    private var room: [UInt8] = []
    private(set) var count = 0

    /// A copy.
    var bytes: [UInt8] { Array(room[..<count]) }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try room.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    mutating func byte(_ value: UInt8) { write(1) { $0.byte(value) } }
    mutating func number(_ value: UInt64) { write(Cursor.numberMost) { $0.number(value) } }
    mutating func number(_ value: Int) { number(UInt64(value)) }
    mutating func signed(_ value: Int64) { write(Cursor.numberMost) { $0.signed(value) } }

    mutating func fixed(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { raw($0) } }

    mutating func data(_ value: [UInt8]) {
        number(value.count)
        value.withUnsafeBytes { raw($0) }
    }

    /// Without a count.
    mutating func raw(_ value: UnsafeRawBufferPointer) { write(value.count) { $0.raw(value) } }

    mutating func text(_ value: String) { data(Array(value.utf8)) }

    mutating func removeAll() { count = 0 }

    /// Several things at once, `most` bytes at most.
    @inline(__always)
    mutating func write(_ most: Int, _ body: (inout Cursor) -> Void) {
        if room.count - count < most {
            room.append(contentsOf: repeatElement(0, count: max(most, room.count, 4096)))
        }
        count = room.withUnsafeMutableBytes { bytes in
            // There is room for `most`, of which `body` has been told.
            var cursor = Cursor(at: bytes.baseAddress! + count)
            body(&cursor)
            return cursor.at - bytes.baseAddress!
        }
    }

    /// A place in room that is there.
    struct Cursor {
        fileprivate(set) var at: UnsafeMutableRawPointer
        static let numberMost = 10

        @inline(__always)
        mutating func byte(_ value: UInt8) {
            at.storeBytes(of: value, as: UInt8.self)
            at += 1
        }

        @inline(__always)
        mutating func number(_ value: UInt64) {
            var rest = value
            while rest >= 0x80 {
                byte(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            byte(UInt8(truncatingIfNeeded: rest))
        }

        @inline(__always)
        mutating func number(_ value: Int) { number(UInt64(value)) }

        /// Small in both directions: zigzag.
        @inline(__always)
        mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

        mutating func raw(_ value: UnsafeRawBufferPointer) {
            guard let base = value.baseAddress else { return }
            at.copyMemory(from: base, byteCount: value.count)
            at += value.count
        }
    }
}
