/// A short name for long content in keys: FNV-1a, 64 bits, with the length beside it.
///
/// Not a defence against an adversary: it keeps keys short where content is long.
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/
public struct ContentHash: Sendable, Equatable {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
    public private(set) var count = 0

    public init() {}

    public init(_ bytes: some Collection<UInt8>) { update(bytes) }

    /// Takes more content.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { mix($0) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { mix($0) } }
    }

    private mutating func mix(_ bytes: UnsafeBufferPointer<UInt8>) {
        var value = value
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.value = value
        count += bytes.count
    }

    /// `1834#9f86d081884c7d65`.
    public var text: String {
        let hex = String(value, radix: 16)
        return "\(count)#\(String(repeating: "0", count: 16 - hex.count))\(hex)"
    }
}
