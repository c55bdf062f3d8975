import CZlib

/// Bodies that were packed for their way: `gzip`, `deflate`, `br`, `zstd` (RFC 9110, 8.4.1), one behind the other.
///
/// Input is untrusted: output is bounded, and damage gives less or nothing, never a trap.
public enum ContentCoding {
    /// What came out.
    public struct Plain: Sendable, Equatable {
        public var bytes: [UInt8]
        /// The end was reached: neither the limit nor the input cut it.
        public var isWhole: Bool
    }

    /// The plain bytes of a body with that `Content-Encoding`; nil where it is unknown, damaged from its first byte,
    /// or its library is not on this machine. `identity` gives the bytes themselves.
    ///
    /// - Parameters:
    ///   - bytes: the packed body, or its beginning.
    ///   - limit: no more bytes than that come out.
    public static func decode(_ bytes: [UInt8], coding: String, limit: Int) -> Plain? {
        var plain = Plain(bytes: bytes, isWhole: true)
        let layers = coding.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty && $0 != "identity" }
        guard layers.count <= layersMax else { return nil }
        for layer in layers.reversed() {
            guard let next = decode(plain.bytes, layer: layer, limit) else { return nil }
            plain = Plain(bytes: next.bytes, isWhole: plain.isWhole && next.isWhole)
        }
        return plain
    }

    private static let layersMax = 4

    private static func decode(_ bytes: [UInt8], layer: String, _ limit: Int) -> Plain? {
        switch layer {
        case "gzip", "x-gzip": inflate(bytes, windowBits: 15 + 16, limit)
        // RFC 9110 means zlib's form; senders of the bare one are as common.
        case "deflate": inflate(bytes, windowBits: 15, limit) ?? inflate(bytes, windowBits: -15, limit)
        case "br": SystemCodec.brotli.plain(bytes, limit: limit).map { Plain(bytes: $0, isWhole: true) }
        case "zstd": SystemCodec.zstandard.plain(bytes, limit: limit).map { Plain(bytes: $0, isWhole: true) }
        default: nil
        }
    }

    /// Inflates members one behind the other (RFC 1952, 2.2).
    private static func inflate(_ bytes: [UInt8], windowBits: Int32, _ limit: Int) -> Plain? {
        guard !bytes.isEmpty, limit > 0 else { return nil }
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var isWhole = false
        var input = bytes
        input.withUnsafeMutableBufferPointer { packed in
            stream.next_in = packed.baseAddress
            stream.avail_in = UInt32(clamping: packed.count)
            while result.count < limit {
                let (piece, code) = step(&stream, room: min(limit - result.count, 1 << 16), flush: Z_NO_FLUSH)
                result += piece
                if code == Z_STREAM_END {
                    isWhole = true
                    guard windowBits > 15, stream.avail_in > 0, inflateReset(&stream) == Z_OK else { break }
                    isWhole = false
                } else if code != Z_OK || piece.isEmpty {
                    break
                }
            }
        }
        return result.isEmpty && !isWhole ? nil : Plain(bytes: result, isWhole: isWhole)
    }

    /// A message of a WebSocket, packed by itself (RFC 7692, 7.2.2); nil where it is damaged or longer than the limit.
    ///
    /// - Parameter window: what its sender said before, at most the last 32 KiB of it, plain: packing refers to that.
    public static func inflateMessage(_ bytes: [UInt8], window: [UInt8], limit: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        guard window.isEmpty || inflateSetDictionary(&stream, window, UInt32(window.count)) == Z_OK else { return nil }
        // The sender left out the empty block at the end.
        var input = bytes + [0, 0, 0xff, 0xff]
        var result: [UInt8] = []
        let isWhole = input.withUnsafeMutableBufferPointer { packed in
            stream.next_in = packed.baseAddress
            stream.avail_in = UInt32(clamping: packed.count)
            while result.count < limit {
                let (piece, code) = step(&stream, room: min(limit - result.count, 1 << 16), flush: Z_SYNC_FLUSH)
                result += piece
                if code != Z_OK && code != Z_BUF_ERROR { return code == Z_STREAM_END }
                if stream.avail_out > 0 || piece.isEmpty { return stream.avail_in == 0 }
            }
            return false
        }
        return isWhole ? result : nil
    }

    /// The next bytes that come out, at most so many.
    private static func step(_ stream: inout z_stream, room: Int, flush: Int32) -> (piece: [UInt8], code: Int32) {
        var code = Z_OK
        let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(room)
            code = CZlib.inflate(&stream, flush)
            count = room - Int(stream.avail_out)
        }
        return (piece, code)
    }

    private static func trimmed(_ text: Substring) -> String {
        text.filter { !$0.isWhitespace }.lowercased()
    }
}
