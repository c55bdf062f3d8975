import ReenactTimeline
import ReenactWire

/// A client's frames with a mask of zeros: they say the same, in as many bytes, and can be searched.
///
/// Source: RFC 6455, 5.3.
enum WebSocketUnmasking {
    /// - Parameter start: where the first frame begins in the client's stream.
    static func unmasked(_ connection: Connection, from start: Int) -> Connection {
        // Behind a gap nobody knows where a frame begins.
        var next = 0
        for segment in connection.segments where segment.side == .client {
            guard segment.offset == next else { return connection }
            next += segment.bytes.count
        }
        return connection.replacingBytes(from: .client) { unmasked($0, from: start) }
    }

    private static func unmasked(_ said: [UInt8], from start: Int) -> [UInt8] {
        var bytes = said
        var index = start
        while let frame = head(of: bytes, at: index) {
            if let mask = frame.mask {
                for place in frame.payload { bytes[place] ^= bytes[mask + (place - frame.payload.lowerBound) & 3] }
                for place in mask..<(mask + 4) { bytes[place] = 0 }
            }
            index = frame.payload.upperBound
        }
        return bytes
    }

    /// Where a frame's mask and payload stand; nil where it is not whole.
    private static func head(of bytes: [UInt8], at start: Int) -> (mask: Int?, payload: Range<Int>)? {
        guard start >= 0, start + 2 <= bytes.count else { return nil }
        let short = Int(bytes[start + 1] & 0x7f)
        let width = short < 126 ? 0 : short == 126 ? 2 : 8
        var next = start + 2 + width
        guard next <= bytes.count else { return nil }
        let length =
            width == 0 ? UInt64(short) : bytes[(start + 2)..<next].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let isMasked = bytes[start + 1] & 0x80 != 0
        let mask = isMasked ? next : nil
        if isMasked { next += 4 }
        guard next <= bytes.count, length <= UInt64(bytes.count - next) else { return nil }
        return (mask, next..<(next + Int(length)))
    }
}

extension HTTP {
    public static func unmasked(_ connection: Connection) -> Connection {
        let exchanges = Tape.exchanges(of: connection, recorder: recorder(), event: { _ in (0, .ambiguous) })
        guard let first = exchanges.first(where: { $0.exchange.detail["websocket"] != nil })?.exchange else {
            return connection
        }
        return WebSocketUnmasking.unmasked(connection, from: first.request.offset)
    }
}
