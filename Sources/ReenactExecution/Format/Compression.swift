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
    private let stream: UnsafeMutablePointer<z_stream>
    private var room = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = deflateInit_(stream, 1, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib: \(code)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    /// - Returns: valid until the next one.
    func pack(_ bytes: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> {
        let most = Int(deflateBound(stream, UInt(bytes.count)))
        if room.count < most {
            room.deallocate()
            room = .allocate(capacity: most)
        }
        deflateReset(stream)
        // zlib reads only, and has no word for it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.next_out = room.baseAddress
        stream.pointee.avail_out = UInt32(room.count)
        let code = deflate(stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "zlib: \(code)")
        return UnsafeBufferPointer(rebasing: room[..<Int(stream.pointee.total_out)])
    }
}
