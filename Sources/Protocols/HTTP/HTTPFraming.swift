/// How a message says where its body ends. Source: RFC 9112, 6.3.
enum HTTPFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
    /// Answers only.
    case untilClose

    static func ofRequest(_ head: HTTPHead) throws(HTTPError) -> HTTPFraming {
        let codings = head.list("transfer-encoding")
        if !codings.isEmpty {
            guard codings.last == "chunked" else { throw HTTPError("a request whose body has no end") }
            return .chunked
        }
        return try length(head).map { $0 == 0 ? .none : .length($0) } ?? .none
    }

    static func ofAnswer(_ head: HTTPHead, to method: String) throws(HTTPError) -> HTTPFraming {
        if method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304 { return .none }
        if method == "CONNECT", head.status < 300 { return .none }
        let codings = head.list("transfer-encoding")
        if !codings.isEmpty { return codings.last == "chunked" ? .chunked : .untilClose }
        return try length(head).map { $0 == 0 ? .none : .length($0) } ?? .untilClose
    }

    /// Equal repetitions are one length; different ones are an attack or a fault (RFC 9112, 6.3, 5).
    private static func length(_ head: HTTPHead) throws(HTTPError) -> Int? {
        if let plain = head.plainLength { return plain }
        var length: Int?
        for text in head.list("content-length") {
            guard text.utf8.count <= 18, text.utf8.allSatisfy(ASCII.isDigit), let value = Int(text),
                length == nil || length == value
            else { throw HTTPError("Content-Length \(text.prefix(40))") }
            length = value
        }
        return length
    }
}
