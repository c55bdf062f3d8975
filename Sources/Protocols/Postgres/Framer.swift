import ReenactTimeline
import ReenactWire

/// One message of either side, or the one byte that answers an SSLRequest.
struct Message {
    /// The byte id; 0 where the message has none.
    var type: UInt8
    /// What follows the length. Only its beginning where `skipped` is above 0.
    var body: ArraySlice<UInt8>
    /// Where the message begins in its stream.
    var offset: Int
    /// The whole message, byte id and length included.
    var length: Int
    /// Bytes of the body that were counted and not kept, and what they held.
    var skipped: ContentHash
    /// When its first byte and its last byte came.
    var began: Instant
    var ended: Instant

    var end: Int { offset + length }
    /// Where the body begins in its stream.
    var bodyOffset: Int { offset + (type == 0 ? 4 : 5) }
}

/// Cuts one side's stream into messages, in bounded memory.
///
/// Source: https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
struct Framer: Sendable {
    enum Form { case untyped, typed, byte }

    /// Of a longer body only that much is kept.
    static let keptMax = 1 << 20
    static let lengthMax = 1 << 30

    private var buffer: [UInt8] = []
    private var head = 0
    private var offset = 0
    private var began: Instant = 0
    private var now: Instant = 0
    private var long: Long?
    /// Why the stream cannot be cut any further.
    private(set) var failure: String?

    /// A message longer than what is kept, on its way.
    private struct Long {
        var type: UInt8
        var kept: [UInt8]
        var length: Int
        var missing: Int
        var skipped = ContentHash()
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, at time: Instant) {
        now = time
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 18)
            head = 0
            if long == nil { began = time }
        } else if head > 1 << 16 {
            buffer.removeSubrange(..<head)
            head = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Bytes that came and are not part of a message yet.
    var waiting: ArraySlice<UInt8> { buffer[head...] }
    /// Where the next message begins.
    var position: Int { offset }

    /// The next whole message, if there is one.
    mutating func next(_ form: Form) -> Message? {
        guard failure == nil else { return nil }
        if long != nil { return continueLong() }
        let available = buffer.count - head
        guard available > 0 else { return nil }
        if form == .byte { return cut(type: buffer[head], header: 0, length: 1) }
        let header = form == .typed ? 5 : 4
        guard available >= header else { return nil }
        let type = form == .typed ? buffer[head] : 0
        var reader = ByteReader(buffer[(head + header - 4)...])
        let declared = Int(reader.int32() ?? 0)
        let bound = form == .typed ? Self.lengthMax : StartupMessage.lengthMax
        guard declared >= 4, declared <= bound, form == .untyped || Self.isType(type) else {
            failure = "not a PostgreSQL message at byte \(offset)"
            buffer = []
            head = 0
            return nil
        }
        let length = declared + header - 4
        if length > Self.keptMax {
            long = Long(type: type, kept: [], length: length, missing: length)
            return continueLong()
        }
        guard available >= length else { return nil }
        return cut(type: type, header: header, length: length)
    }

    private mutating func cut(type: UInt8, header: Int, length: Int) -> Message {
        let message = Message(
            type: type, body: buffer[(head + header)..<(head + length)], offset: offset, length: length,
            skipped: ContentHash(), began: began, ended: now)
        advance(length)
        return message
    }

    private mutating func continueLong() -> Message? {
        guard var partial = long else { return nil }
        long = nil
        let count = min(buffer.count - head, partial.missing)
        let fresh = buffer[head..<(head + count)]
        let room = max(0, Self.keptMax - partial.kept.count)
        partial.kept.append(contentsOf: fresh.prefix(room))
        if count > room { partial.skipped.update(fresh.dropFirst(room)) }
        partial.missing -= count
        let start = offset - (partial.length - partial.missing - count)
        let first = began
        advance(count)
        guard partial.missing == 0 else {
            began = first
            long = partial
            return nil
        }
        return Message(
            type: partial.type, body: partial.kept[5...], offset: start, length: partial.length,
            skipped: partial.skipped, began: first, ended: now)
    }

    private mutating func advance(_ count: Int) {
        head += count
        offset += count
        began = now
    }

    private static func isType(_ byte: UInt8) -> Bool {
        (byte | 32) &- 97 < 26 || (byte >= UInt8(ascii: "1") && byte <= UInt8(ascii: "3"))
    }
}
