import CZlib
import Testing

@testable import ReenactExecution

/// Chunks as they are packed, and as they were.
struct PackTests {
    private func isRestored(_ bytes: [UInt8], _ packer: Packer) throws -> Bool {
        let stored = bytes.withUnsafeBytes { Array(packer.pack($0)) }
        return try Compression.unpack(stored, size: bytes.count) == bytes
    }

    /// Bytes of many kinds, each from its seed.
    private func bytes(_ kind: Int, _ count: Int, _ seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func number() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state >> 16
        }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            switch kind {
            case 0: result.append(UInt8(truncatingIfNeeded: number()))
            case 1: result.append(0)
            case 2: result.append(UInt8(number() % 3))
            // Far more of some than of others.
            case 3: result.append(UInt8(number().trailingZeroBitCount))
            case 4:
                let back = 1 + Int(number() % 40_000)
                guard back <= result.count, number() % 4 != 0 else {
                    result.append(UInt8(truncatingIfNeeded: number()))
                    continue
                }
                let start = result.count - back
                for index in 0..<Int(number() % 600) where result.count < count { result.append(result[start + index]) }
            default: result.append(result.count / 5000 % 2 == 0 ? UInt8(truncatingIfNeeded: number()) : 7)
            }
        }
        return result
    }

    @Test(arguments: 0..<6)
    func `bytes of every kind and many lengths come back`(_ kind: Int) throws {
        let packer = Packer()
        for count in Array(0..<80) + [255, 256, 257, 4095, 32_767, 32_768, 65_535, 65_536, 200_000, 1_000_003] {
            let seed = UInt64.random(in: 1 ... .max)
            #expect(try isRestored(bytes(kind, count, seed), packer), "kind \(kind), \(count) bytes, seed \(seed)")
        }
    }

    @Test func `chunks of recordings up to format 5, which zlib packed, are read`() throws {
        for count in [0, 1, 5000] {
            let bytes = bytes(2, count, 7)
            var stored = [UInt8](repeating: 0, count: Int(compressBound(UInt(count))))
            var length = UInt(stored.count)
            try #require(compress(&stored, &length, bytes, UInt(count)) == Z_OK)
            #expect(try Compression.unpack(Array(stored.prefix(Int(length))), size: count) == bytes)
        }
    }

    @Test func `another size, a cut or a changed frame is an error`() throws {
        let text = Array(String(repeating: "read close ", count: 400).utf8)
        let stored = text.withUnsafeBytes { Array(Packer().pack($0)) }
        for size in [0, text.count - 1, text.count + 1] {
            #expect(throws: ExecutionError.self) { _ = try Compression.unpack(stored, size: size) }
        }
        for count in 0..<stored.count {
            #expect(throws: ExecutionError.self) {
                _ = try Compression.unpack(Array(stored[..<count]), size: text.count)
            }
        }
        #expect(throws: ExecutionError.self) {
            _ = try Compression.unpack([0x27] + stored.dropFirst(), size: text.count)
        }
    }

    @Test func `what repeats gets small, what does not hardly grows`() {
        let packer = Packer()
        let text = Array(String(repeating: "openat newfstatat read close ", count: 4000).utf8)
        #expect(text.withUnsafeBytes { packer.pack($0).count } < text.count / 50)
        let noise = bytes(0, 100_000, 1)
        #expect(noise.withUnsafeBytes { packer.pack($0).count } < noise.count + 100)
    }
}
