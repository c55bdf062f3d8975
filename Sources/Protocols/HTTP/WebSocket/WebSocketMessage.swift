/// A message as a client sends it on an upgraded connection.
///
/// Source: RFC 6455, 5.2 and 5.3.
public enum WebSocketMessage {
    /// One frame of text. Its mask is of zeros, which is as good as any and leaves the text readable.
    public static func fromClient(_ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x81]
        switch payload.count {
        case ...125: bytes.append(0x80 | UInt8(payload.count))
        case ...0xffff: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: bytes += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + [0, 0, 0, 0] + payload
    }
}
