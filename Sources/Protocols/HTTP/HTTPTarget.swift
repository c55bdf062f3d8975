/// The parts of a request target and the host it is meant for. Source: RFC 9112, 3.2 and 3.3.
struct HTTPTarget: Sendable {
    /// In lower case, without a default port: `api.example.com`, `127.0.0.1:8080`.
    let host: String
    /// Places in the head's bytes.
    let path: Range<Int>
    let query: Range<Int>?
    /// What stands between `//` and `@`.
    let userInfo: Range<Int>?

    init(_ head: HTTPHead) {
        let bytes = head.bytes
        let target = head.targetRange
        var start = target.lowerBound
        var authority: Range<Int>?
        if head.method == "CONNECT" {
            authority = target
            start = target.upperBound
        } else if let scheme = Self.schemeEnd(of: target, in: bytes) {
            // Absolute form, as proxies get it: its host counts, not the header's.
            let end = bytes[scheme..<target.upperBound].firstIndex { $0 == 0x2f || $0 == 0x3f } ?? target.upperBound
            authority = scheme..<end
            start = end
        }
        var user: Range<Int>?
        if let range = authority, let at = bytes[range].lastIndex(of: 0x40) {
            user = range.lowerBound..<at
            authority = at + 1..<range.upperBound
        }
        let mark = bytes[start..<target.upperBound].firstIndex(of: 0x3f)
        path = start..<(mark ?? target.upperBound)
        query = mark.map { $0 + 1..<target.upperBound }
        userInfo = user
        let name = authority.map { head.text($0) } ?? head.value("host") ?? ""
        host = head.method == "CONNECT" ? name.lowercased() : Self.normalized(name)
    }

    private static func schemeEnd(of target: Range<Int>, in bytes: [UInt8]) -> Int? {
        for scheme in ["http://", "https://"] {
            let count = scheme.utf8.count
            if target.count > count, ASCII.lowercased(bytes[target].prefix(count)) == scheme {
                return target.lowerBound + count
            }
        }
        return nil
    }

    /// Both default ports, as a stream does not say whether it ran inside TLS.
    private static func normalized(_ host: String) -> String {
        let lower = host.lowercased()
        for port in [":80", ":443"] where lower.hasSuffix(port) { return String(lower.dropLast(port.utf8.count)) }
        return lower
    }

    /// The target from that place on, for people: values of secrets are left out.
    static func shown(_ head: HTTPHead, from start: Int, hiding secrets: [HTTPSecrets.Found]) -> String {
        let hidden = secrets.map(\.range).filter { $0.lowerBound >= start }
        return HTTPSecrets.masked(head.bytes, in: start..<head.targetRange.upperBound, hiding: hidden)
    }
}
