/// Finds messages in one direction of a connection: a datagram each, or behind a length of two bytes (RFC 7766, 8).
struct DNSTransport: Sendable {
    enum Kind: String, Sendable {
        case udp
        case tcp

        /// Told from what the client sends first: a datagram is a whole query from its first byte on.
        init(first bytes: ArraySlice<UInt8>) {
            self = DNSMessage(Array(bytes))?.isQuery == true ? .udp : .tcp
        }
    }

    private let kind: Kind
    private var kept: [UInt8] = []
    private var keptOffset = 0

    init(_ kind: Kind) { self.kind = kind }

    /// True where a message has begun and not ended.
    var isInMessage: Bool { !kept.isEmpty }

    /// The messages that are complete now, without their lengths, and the ranges that they take in the stream.
    mutating func received(_ bytes: ArraySlice<UInt8>, offset: Int) -> [(message: [UInt8], range: Range<Int>)] {
        guard kind == .tcp else { return [(Array(bytes), offset..<offset + bytes.count)] }
        if kept.isEmpty { keptOffset = offset }
        kept += bytes
        var messages: [(message: [UInt8], range: Range<Int>)] = []
        var start = 0
        while kept.count - start >= 2 {
            let length = Int(kept[start]) << 8 | Int(kept[start + 1])
            let end = start + 2 + length
            guard kept.count >= end else { break }
            messages.append((Array(kept[start + 2..<end]), keptOffset + start..<keptOffset + end))
            start = end
        }
        kept.removeFirst(start)
        keptOffset += start
        return messages
    }

    static func framed(_ message: [UInt8], _ kind: Kind) -> [UInt8] {
        kind == .udp ? message : [UInt8(message.count >> 8 & 0xff), UInt8(message.count & 0xff)] + message
    }
}
