import ReenactTimeline

/// What a peer might have answered had it been well: learned from a good answer of the same endpoint, else a plain one.
enum HealthyAnswer {
    /// Only an answer that was no success has another form; a good one is exchanged where another good one is known.
    static func http(_ event: Event, _ failure: Case, _ others: [Case]) -> (bytes: [UInt8], text: String)? {
        guard event.protocolName == "http", let method = event.detail["method"]?.string, method != "CONNECT" else {
            return nil
        }
        for source in [failure] + others {
            let learned = source.events.first {
                $0.kind == .call && $0.id != event.id && $0.outcome.rawValue.hasPrefix("http:2")
                    && endpoint($0) == endpoint(event) && $0.response != nil
            }
            if let learned, let range = learned.response, let connection = learned.connection.flatMap(source.connection)
            {
                let bytes = connection.bytes(range, from: .server)
                if bytes.count == range.length, bytes != recorded(event, failure) {
                    return (bytes, "as it was answered in event \(learned.id) of \(source.id)")
                }
            }
        }
        guard !event.outcome.rawValue.hasPrefix("http:2") else { return nil }
        let text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        return (Array(text.utf8), "200 with {}")
    }

    /// Nothing there becomes something there, and the other way round.
    static func redis(_ event: Event) -> (bytes: [UInt8], text: String)? {
        guard event.protocolName == "redis", let reply = event.detail["reply"] else { return nil }
        switch reply {
        case .null: return (Array("$1\r\n1\r\n".utf8), "\"1\"")
        case .integer(0): return (Array(":1\r\n".utf8), "1")
        case .integer(1): return (Array(":0\r\n".utf8), "0")
        default: return nil
        }
    }

    private static func recorded(_ event: Event, _ failure: Case) -> [UInt8] {
        guard let range = event.response, let connection = event.connection.flatMap(failure.connection) else {
            return []
        }
        return connection.bytes(range, from: .server)
    }

    private static func endpoint(_ event: Event) -> [String] {
        let target = event.detail["target"]?.string ?? ""
        return [event.detail["method"]?.string ?? "", event.detail["host"]?.string ?? ""]
            + target.prefix { $0 != "?" }.split(separator: "/").map {
                $0.contains(where: \.isNumber) ? "*" : String($0)
            }
    }
}
