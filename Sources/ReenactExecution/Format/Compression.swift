import CZlib
import CZstd

/// Zstandard frames, for the chunks of a recording; zlib streams in recordings up to format 5.
enum Compression {
    private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    static func unpack(_ bytes: [UInt8], size: Int) throws -> [UInt8] {
        var out = [UInt8](repeating: 0, count: max(size, 1))
        let isWhole: Bool
        if bytes.starts(with: magic) {
            isWhole = ZSTD_decompress(&out, size, bytes, bytes.count) == size
        } else {
            var length = UInt(size)
            isWhole = uncompress(&out, &length, bytes, UInt(bytes.count)) == Z_OK && Int(length) == size
        }
        guard isWhole else { throw ByteReader.wrong("a chunk does not unpack") }
        out.removeLast(out.count - size)
        return out
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
    }
}

/// Packs chunks, each by itself, with one state and one room for all: what is taken anew for each costs more than the
/// packing, since the system hands out pages of zeros.
final class Packer {
    private let state: OpaquePointer
    private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// The fastest of the usual ones: the program waits meanwhile.
    private static let level: Int32 = 1

    init() {
        guard let made = ZSTD_createCCtx() else { preconditionFailure("no memory") }
        state = made
    }

    deinit {
        ZSTD_freeCCtx(state)
        room.deallocate()
    }

    /// - Returns: valid until the next one.
    func pack(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let most = ZSTD_compressBound(bytes.count)
        if room.count < most {
            room.deallocate()
            room = .allocate(byteCount: most, alignment: 16)
        }
        let size = ZSTD_compressCCtx(state, room.baseAddress, most, bytes.baseAddress, bytes.count, Packer.level)
        precondition(ZSTD_isError(size) == 0, "zstd: no memory")
        return UnsafeRawBufferPointer(rebasing: room[..<size])
    }
}
