import ReenactCoding

/// The kept beginning of a body as a person reads it: unpacked where it was packed for its way.
struct HTTPBodyView: Sendable {
    let bytes: [UInt8]
    /// `bytes` is all of it.
    let isWhole: Bool
    /// `bytes` are not those of the stream.
    let isUnpacked: Bool
    /// Nothing can be read here: packed in a way that is unknown, or damaged.
    let isOpaque: Bool

    init(_ body: HTTPBody, of head: HTTPHead) {
        guard let coding = head.value("content-encoding"), coding != "identity", body.length > 0 else {
            (bytes, isWhole, isUnpacked, isOpaque) = (body.beginning, body.isWhole, false, false)
            return
        }
        guard let plain = ContentCoding.decode(body.beginning, coding: coding, limit: HTTP.bodyBytesKept * 4) else {
            (bytes, isWhole, isUnpacked, isOpaque) = (body.beginning, body.isWhole, false, true)
            return
        }
        (bytes, isWhole, isUnpacked, isOpaque) = (plain.bytes, body.isWhole && plain.isWhole, true, false)
    }
}
