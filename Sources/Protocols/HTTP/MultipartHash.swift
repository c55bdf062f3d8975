import ReenactWire

/// The hash of a multipart body without its boundary, which clients draw at random. Source: RFC 2046, 5.1.
struct MultipartHash: Sendable {
    private let boundary: [UInt8]
    private var hash = StableHash()
    /// The end of what came, where a boundary may have begun.
    private var carry: [UInt8] = []

    /// - Parameter boundary: as the header names it, without the leading `--`; not empty.
    init(boundary: [UInt8]) { self.boundary = boundary }

    mutating func update(_ piece: ArraySlice<UInt8>) {
        let window = carry + piece
        var start = 0
        var index = 0
        while index + boundary.count <= window.count {
            if window[index] == boundary[0], window[index..<index + boundary.count].elementsEqual(boundary) {
                hash.update(window[start..<index])
                hash.update([0])
                index += boundary.count
                start = index
            } else {
                index += 1
            }
        }
        hash.update(window[start..<index])
        carry = Array(window[index...])
    }

    var hex: String {
        var end = hash
        end.update(carry[...])
        return end.hex
    }

    /// The boundary that a `Content-Type: multipart/…` field names.
    static func boundary(in head: HTTPHead) -> [UInt8]? {
        guard head.contentType.hasPrefix("multipart/"),
            let field = head.fields.first(where: { $0.name == "content-type" })
        else { return nil }
        for part in ASCII.split(field.valueRange, in: head.bytes, at: ASCII.semicolon) {
            let range = ASCII.trimmed(part, in: head.bytes)
            guard ASCII.lowercased(head.bytes[range].prefix(9)) == "boundary=" else { continue }
            let value = head.bytes[range].dropFirst(9).filter { $0 != ASCII.quote }
            return (1...200).contains(value.count) ? Array(value) : nil
        }
        return nil
    }
}
