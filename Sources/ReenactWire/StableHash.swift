/// A running hash that is the same on every machine, in every run and for every cut of the same bytes.
///
/// 128 bits over 64-bit words: for finding equal questions, not against somebody who wants two to collide.
public struct StableHash: Sendable, Equatable {
    private var low: UInt64 = 0xcbf2_9ce4_8422_2325
    private var high: UInt64 = 0x9e37_79b9_7f4a_7c15
    /// Bytes that do not fill a word yet, lowest byte first.
    private var tail: UInt64 = 0
    private var count = 0

    public init() {}

    /// The hash of these bytes, as 32 hexadecimal digits.
    public static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        var hash = StableHash()
        hash.update(bytes)
        return hash.hex
    }

    /// Takes more bytes.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    private mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while count & 7 != 0, position < bytes.count {
            push(bytes[position])
            position += 1
        }
        while position + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
            position += 8
            count &+= 8
        }
        while position < bytes.count {
            push(bytes[position])
            position += 1
        }
    }

    private mutating func push(_ byte: UInt8) {
        tail |= UInt64(byte) << UInt64(8 * (count & 7))
        count &+= 1
        if count & 7 == 0 {
            mix(tail)
            tail = 0
        }
    }

    private mutating func mix(_ word: UInt64) {
        low = (low ^ word) &* 0x0000_0100_0000_01b3
        low ^= low >> 29
        high = (high ^ word) &* 0xff51_afd7_ed55_8ccd
        high ^= high >> 32
    }

    /// 32 hexadecimal digits.
    public var hex: String {
        var end = self
        end.mix(end.tail)
        end.mix(UInt64(truncatingIfNeeded: count))
        let (low, high) = (end.low, end.high)
        end.mix(high)
        end.high = (end.high ^ low) &* 0xff51_afd7_ed55_8ccd
        return Self.digits(end.low) + Self.digits(end.high)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
