import CZlib
import ReenactTesting
import Testing

@testable import ReenactCoding

struct ContentCodingTests {
    /// Packs with zlib: 31 for gzip, 15 for zlib's form, -15 for the bare one.
    static func pack(_ bytes: [UInt8], windowBits: Int32 = 31) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1000))
        let room = output.count
        input.withUnsafeMutableBufferPointer { from in
            output.withUnsafeMutableBufferPointer { to in
                (stream.next_in, stream.avail_in) = (from.baseAddress, UInt32(from.count))
                (stream.next_out, stream.avail_out) = (to.baseAddress, UInt32(room))
                deflate(&stream, Z_FINISH)
            }
        }
        output.removeLast(Int(stream.avail_out))
        return output
    }

    static let text = Array((0..<500).map { "{\"rate\": \($0 &* 7919 % 1009), \"n\": null} " }.joined().utf8)

    @Test(arguments: [("gzip", 31), ("x-gzip", 31), ("deflate", 15), ("deflate", -15), (" GZIP ", 31)])
    func `what was packed is unpacked`(coding: String, windowBits: Int32) {
        let packed = Self.pack(Self.text, windowBits: windowBits)
        #expect(ContentCoding.decode(packed, coding: coding, limit: 1 << 20) == .init(bytes: Self.text, isWhole: true))
    }

    @Test func `layers are taken off from the outside, members one behind the other`() {
        let twice = Self.pack(Self.pack(Self.text), windowBits: 15)
        #expect(ContentCoding.decode(twice, coding: "gzip, deflate", limit: 1 << 20)?.bytes == Self.text)
        let two = Self.pack(Self.text) + Self.pack([1, 2, 3])
        #expect(
            ContentCoding.decode(two, coding: "gzip", limit: 1 << 20)
                == .init(bytes: Self.text + [1, 2, 3], isWhole: true))
        #expect(ContentCoding.decode([1, 2], coding: "identity", limit: 9) == .init(bytes: [1, 2], isWhole: true))
    }

    @Test func `a beginning gives a beginning, and no more than the limit comes out`() throws {
        let packed = Self.pack(Self.text)
        let half = try #require(
            ContentCoding.decode(Array(packed.prefix(packed.count / 2)), coding: "gzip", limit: 1 << 20))
        #expect(!half.isWhole && Self.text.starts(with: half.bytes))
        let bomb = Self.pack([UInt8](repeating: 0, count: 1 << 22))
        let limited = try #require(ContentCoding.decode(bomb, coding: "gzip", limit: 1000))
        #expect(limited.bytes.count == 1000 && !limited.isWhole)
    }

    @Test func `what is unknown or damaged gives nothing`() {
        for coding in ["compress", "gzip, secret", "gzip,gzip,gzip,gzip,gzip", "br", "zstd", "gzip", "deflate"] {
            #expect(ContentCoding.decode(Array("no such thing".utf8), coding: coding, limit: 1000) == nil)
        }
        #expect(ContentCoding.decode([], coding: "gzip", limit: 1000) == nil)
    }

    @Test(arguments: 1...3)
    func `damage never traps`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let packed = Self.pack(Self.text)
        for _ in 0..<500 {
            var bytes = packed
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            for coding in ["gzip", "deflate", "br", "zstd"] {
                let plain = ContentCoding.decode(bytes, coding: coding, limit: 10_000)
                #expect((plain?.bytes.count ?? 0) <= 10_000, "seed \(seed)")
            }
        }
    }
}
