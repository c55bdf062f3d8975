import CTrace
import CZlib

/// zlib streams, for the chunks of a recording.
enum Compression {
    static func unpack(_ bytes: [UInt8], size: Int) throws -> [UInt8] {
        var length = UInt(size)
        var out = [UInt8](repeating: 0, count: max(size, 1))
        guard uncompress(&out, &length, bytes, UInt(bytes.count)) == Z_OK, Int(length) == size else {
            throw ByteReader.wrong("a chunk does not unpack")
        }
        out.removeLast(out.count - size)
        return out
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
    }
}

/// Makes zlib streams, each of its own, with one state and one room for all: what is taken anew for each costs more than
/// the packing, since the system hands out pages of zeros.
final class Packer {
    private let state: OpaquePointer
    private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init() {
        guard let made = ct_packer_make() else { preconditionFailure("no memory") }
        state = made
    }

    deinit {
        ct_packer_free(state)
        room.deallocate()
    }

    /// - Returns: valid until the next one.
    func pack(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let most = ct_pack_most(bytes.count)
        if room.count < most {
            room.deallocate()
            room = .allocate(byteCount: most, alignment: 16)
        }
        return UnsafeRawBufferPointer(
            rebasing: room[..<ct_pack(state, bytes.baseAddress, bytes.count, room.baseAddress)])
    }
}
