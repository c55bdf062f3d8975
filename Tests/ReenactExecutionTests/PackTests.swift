import CTrace
import Testing

@testable import ReenactExecution

/// What `ct_pack` makes, any inflate reads: here zlib's.
struct PackTests {
    private func isRestored(_ bytes: [UInt8], _ packer: Packer) throws -> Bool {
        let stored = bytes.withUnsafeBytes { Array(packer.pack($0)) }
        #expect(stored.count <= ct_pack_most(bytes.count))
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
            // Far more of some than of others: codes that have to be cut to 15 bits.
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

    @Test func `counts that grow like Fibonacci's numbers need longer codes than there are`() throws {
        var (one, two) = (1, 1)
        var all: [UInt8] = []
        for symbol in 0..<20 {
            all += [UInt8](repeating: UInt8(symbol * 11), count: one)
            (one, two) = (two, one + two)
        }
        var generator = SystemRandomNumberGenerator()
        all.shuffle(using: &generator)
        #expect(try isRestored(all, Packer()))
    }

    @Test func `what repeats gets small, what does not hardly grows`() {
        let packer = Packer()
        let text = Array(String(repeating: "openat newfstatat read close ", count: 4000).utf8)
        #expect(text.withUnsafeBytes { packer.pack($0).count } < text.count / 50)
        let noise = bytes(0, 100_000, 1)
        #expect(noise.withUnsafeBytes { packer.pack($0).count } < noise.count + 100)
    }
}
