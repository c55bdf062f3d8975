import Glibc

/// What the machine's own libraries can unpack: Brotli (RFC 7932) and Zstandard (RFC 8878).
public enum SystemCodec: Sendable {
    case brotli, zstandard

    /// Zstandard's magic number.
    public static func isZstandard(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) }

    private typealias Brotli =
        @convention(c) (Int, UnsafePointer<UInt8>?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<UInt8>?) -> CInt
    private typealias Zstandard =
        @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int
    private typealias IsError = @convention(c) (Int) -> CUnsignedInt

    /// `libbrotlidec.so.1`.
    public var library: String {
        switch self {
        case .brotli: "libbrotlidec.so.1"
        case .zstandard: "libzstd.so.1"
        }
    }

    /// The library is there.
    public var isThere: Bool { handle != nil }

    private var handle: UnsafeMutableRawPointer? { dlopen(library, RTLD_NOW | RTLD_LOCAL) }

    /// The plain bytes; nil where they are none of this codec's, or would be more than the limit.
    public func plain(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard !bytes.isEmpty, let handle else { return nil }
        // Neither form has to say how much comes out.
        var room = max(bytes.count * 8, 1 << 16)
        while true {
            room = min(room, limit)
            if let plain = plain(bytes, room: room, handle) { return plain }
            guard room < limit else { return nil }
            room = room > limit / 8 ? limit : room * 8
        }
    }

    private func plain(_ bytes: [UInt8], room: Int, _ handle: UnsafeMutableRawPointer) -> [UInt8]? {
        var isGood = false
        let plain = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            switch self {
            case .brotli:
                guard let symbol = dlsym(handle, "BrotliDecoderDecompress") else { return }
                var size = room
                isGood = unsafeBitCast(symbol, to: Brotli.self)(bytes.count, bytes, &size, buffer.baseAddress) == 1
                count = isGood ? min(size, room) : 0
            case .zstandard:
                guard let symbol = dlsym(handle, "ZSTD_decompress"), let check = dlsym(handle, "ZSTD_isError") else {
                    return
                }
                let size = unsafeBitCast(symbol, to: Zstandard.self)(buffer.baseAddress, room, bytes, bytes.count)
                isGood = unsafeBitCast(check, to: IsError.self)(size) == 0
                count = isGood ? min(size, room) : 0
            }
        }
        return isGood ? plain : nil
    }
}
