import CZlib

/// zlib streams, for the chunks of a recording.
enum Compression {
    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { room, filled in
            let code = compress2(room.baseAddress!, &size, bytes, UInt(bytes.count), 1)
            precondition(code == Z_OK, "zlib: \(code)")
            filled = Int(size)
        }
    }

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
