import ReenactCoding
import ReenactTimeline
import ReenactWire

/// One direction of a WebSocket, read into messages: masks taken off, fragments joined, packed ones unpacked.
///
/// Sources: RFC 6455, 5 (frames); RFC 7692, 7 (permessage-deflate).
struct WebSocketReader: Sendable {
    /// What a frame or a row of fragments says.
    struct Message: Sendable, Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        /// Where its frames stand in the stream.
        var range: StreamRange
        var time: Instant

        static let text: UInt8 = 1
        static let binary: UInt8 = 2
        static let close: UInt8 = 8
        static let ping: UInt8 = 9
        static let pong: UInt8 = 10

        /// Not for the connection itself.
        var isData: Bool { opcode < Message.close }
    }

    /// Longer frames end the reading.
    static let frameBytesMax = 16 << 20
    /// A sender's window may reach back so far (RFC 7692, 7.1.2).
    private static let windowMax = 32768

    /// Why reading ended before the stream did.
    private(set) var failure: String?
    private var buffer: [UInt8] = []
    /// Where `buffer` begins in the stream.
    private var offset: Int
    private var fragments: (opcode: UInt8, isPacked: Bool, payload: [UInt8], start: Int)?
    private var window: [UInt8] = []

    init(offset: Int) { self.offset = offset }

    /// Takes more bytes; the messages that they end.
    mutating func read(_ bytes: ArraySlice<UInt8>, at time: Instant) -> [Message] {
        guard failure == nil else { return [] }
        buffer += bytes
        var messages: [Message] = []
        var place = 0
        while failure == nil, let frame = frame(at: place) {
            take(frame, from: offset + place, time, &messages)
            place += frame.length
        }
        buffer.removeFirst(place)
        offset += place
        return messages
    }

    private struct Frame {
        var isLast: Bool
        var isPacked: Bool
        var opcode: UInt8
        var payload: [UInt8]
        var length: Int
    }

    /// Nil while it is not whole.
    private mutating func frame(at place: Int) -> Frame? {
        guard buffer.count >= place + 2 else { return nil }
        let (first, second) = (buffer[place], buffer[place + 1])
        var next = place + 2
        var count = Int(second & 0x7f)
        if count > 125 {
            let width = count == 126 ? 2 : 8
            guard buffer.count >= next + width else { return nil }
            let value = buffer[next..<(next + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard value <= UInt64(Self.frameBytesMax) else {
                failure = "a frame of \(value) bytes"
                return nil
            }
            count = Int(value)
            next += width
        }
        var mask: [UInt8] = []
        if second & 0x80 != 0 {
            guard buffer.count >= next + 4 else { return nil }
            mask = Array(buffer[next..<(next + 4)])
            next += 4
        }
        guard buffer.count >= next + count else { return nil }
        var payload = Array(buffer[next..<(next + count)])
        if !mask.isEmpty { for index in payload.indices { payload[index] ^= mask[index & 3] } }
        return Frame(
            isLast: first & 0x80 != 0, isPacked: first & 0x40 != 0, opcode: first & 0x0f, payload: payload,
            length: next + count - place)
    }

    private mutating func take(_ frame: Frame, from start: Int, _ time: Instant, _ messages: inout [Message]) {
        // Control frames may stand between fragments.
        if frame.opcode >= Message.close {
            messages.append(
                Message(
                    opcode: frame.opcode, payload: frame.payload,
                    range: StreamRange(offset: start, length: frame.length), time: time))
            return
        }
        if frame.opcode == 0 {
            guard fragments != nil else { return failure = "a continuation of nothing" }
            fragments?.payload += frame.payload
        } else {
            fragments = (frame.opcode, frame.isPacked, frame.payload, start)
        }
        guard let whole = fragments, whole.payload.count <= Self.frameBytesMax else {
            return failure = "a message of more than \(Self.frameBytesMax) bytes"
        }
        guard frame.isLast else { return }
        fragments = nil
        var payload = whole.payload
        if whole.isPacked {
            guard let plain = ContentCoding.inflateMessage(payload, window: window, limit: Self.frameBytesMax) else {
                return failure = "a message that does not unpack"
            }
            payload = plain
            window = Array((window + plain).suffix(Self.windowMax))
        }
        messages.append(
            Message(
                opcode: whole.opcode, payload: payload,
                range: StreamRange(offset: whole.start, length: start + frame.length - whole.start), time: time))
    }

    /// A server's frame: whole, unmasked, unpacked.
    static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [0x80 | opcode]
        switch payload.count {
        case ...125: bytes.append(UInt8(payload.count))
        case ...0xffff: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: bytes += [127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + payload
    }
}
