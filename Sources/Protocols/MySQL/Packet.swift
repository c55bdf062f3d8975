import ReenactTimeline

/// A whole payload, joined from its packets where it took several.
struct Packet: Sendable {
    /// Bytes that one packet can carry.
    static let payloadMax = 0xff_ffff
    /// A joined payload longer than this ends the decoding: the server's own limit is 1 GiB, in practice 64 MiB.
    static let joinedMax = 256 << 20

    var payload: ArraySlice<UInt8>
    /// The last packet's number.
    var sequence: UInt8
    /// Where its first packet's header begins in the stream.
    var offset: Int
    /// The offset just behind it.
    var end: Int
    /// When its first byte came, and its last.
    var began: Instant
    var ended: Instant

    /// Where a byte of the payload stands in the stream; exact for payloads of one packet.
    func offset(of index: Int) -> Int { offset + 4 + (index - payload.startIndex) }
}

/// Cuts one direction of a stream into packets.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
struct PacketCutter: Sendable {
    private var buffer: [UInt8] = []
    private var used = 0
    /// The stream's offset of `buffer[used]`.
    private(set) var offset = 0
    private var began: Instant?
    private var now: Instant = 0
    /// Payload of full packets whose sequel is still to come.
    private var joined: [UInt8] = []
    private var joinedFrom: Int?

    /// Bytes that are here and not yet part of a packet that was taken.
    var pending: ArraySlice<UInt8> { buffer[used...] }

    mutating func append(_ bytes: ArraySlice<UInt8>, at time: Instant) {
        guard !bytes.isEmpty else { return }
        if used > 0, used * 2 >= buffer.count {
            buffer.removeFirst(used)
            used = 0
        }
        if began == nil { began = time }
        now = time
        buffer.append(contentsOf: bytes)
    }

    /// The next whole payload; nil while there is none.
    ///
    /// - Throws: where it is longer than anyone sends.
    mutating func next() throws(MySQLError) -> Packet? {
        while buffer.count - used >= 4 {
            let length = Int(buffer[used]) | Int(buffer[used + 1]) << 8 | Int(buffer[used + 2]) << 16
            guard buffer.count - used >= 4 + length else { return nil }
            let sequence = buffer[used + 3]
            let payload = buffer[(used + 4)..<(used + 4 + length)]
            let start = joinedFrom ?? offset
            used += 4 + length
            offset += 4 + length
            if length == Packet.payloadMax {
                joined.append(contentsOf: payload)
                joinedFrom = start
                guard joined.count <= Packet.joinedMax else { throw MySQLError("a payload is longer than 256 MiB") }
                continue
            }
            var whole = payload
            if joinedFrom != nil {
                whole = (joined + payload)[...]
                joined = []
                joinedFrom = nil
            }
            let packet = Packet(
                payload: whole, sequence: sequence, offset: start, end: offset, began: began ?? now, ended: now)
            began = used < buffer.count ? now : nil
            return packet
        }
        return nil
    }
}
