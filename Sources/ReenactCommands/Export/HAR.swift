import ReenactTimeline

/// The HTTP exchanges of a case as an HTTP Archive.
///
/// Source: http://www.softwareishard.com/blog/har-12-spec/ (HAR 1.2). Members that begin with `_` are ours.
enum HAR {
    static func document(_ failure: Case) -> JSONValue {
        let events = failure.events.filter { event in
            guard event.protocolName == "http", event.detail["method"] != nil else { return false }
            return event.kind == .call
                || (event.kind == .request && (event.id == failure.trigger.event || event.phase == .failing))
        }
        return [
            "log": [
                "version": "1.2",
                "creator": ["name": "reenact", "version": .string(Reenact.version)],
                "comment": .string("case \(failure.id)"),
                "entries": .array(events.map { entry($0, failure) }),
            ]
        ]
    }

    /// The same archive with another comment.
    static func annotated(_ document: JSONValue, _ comment: String) -> JSONValue {
        guard case .object(var all) = document, case .object(var log)? = all["log"] else { return document }
        log["comment"] = .string(comment)
        all["log"] = .object(log)
        return .object(all)
    }

    private static func entry(_ event: Event, _ failure: Case) -> JSONValue {
        let timings = timings(event, failure)
        return [
            "startedDateTime": .string(ISO8601.text(failure.anchor.wallClock(at: event.start))),
            "time": .number(timings.reduce(0) { $0 + max($1.milliseconds, 0) }),
            "request": request(event, failure), "response": response(event), "cache": [:],
            "timings": .object(Dictionary(uniqueKeysWithValues: timings.map { ($0.name, .number($0.milliseconds)) })),
            "serverIPAddress": .string(address(event.peer)),
            "connection": .string(event.connection.map { "\($0)" } ?? ""),
            "_event": .integer(Int64(event.id)), "_phase": .string(event.phase.rawValue),
            "_direction": event.kind == .request ? "inbound" : "outbound",
        ]
    }

    private static func address(_ peer: String) -> String {
        peer.lastIndex(of: ":").map { String(peer[..<$0].filter { $0 != "[" && $0 != "]" }) } ?? peer
    }

    private static func request(_ event: Event, _ failure: Case) -> JSONValue {
        let detail = event.detail
        let (target, host) = (detail["target"]?.string ?? "/", detail["host"]?.string ?? "")
        let isTLS = event.connection.flatMap { failure.connection($0)?.tls } != nil || event.peer.hasSuffix(":443")
        let scheme = detail["scheme"]?.string ?? (isTLS ? "https" : "http")
        let url =
            target.contains("://") ? target : "\(scheme)://\(host)\(target.hasPrefix("/") ? target : "/" + target)"
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        var members: [String: JSONValue] = [
            "method": detail["method"] ?? "GET", "url": .string(url), "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": headers(detail["requestHeaders"]),
            "queryString": .array(
                query.split(separator: "&").map { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return [
                        "name": .string(String(parts[0])), "value": .string(parts.count > 1 ? String(parts[1]) : ""),
                    ]
                }),
            "headersSize": -1, "bodySize": detail["requestBody"]?["length"] ?? 0,
        ]
        if let body = detail["requestBody"], (body["length"]?.integer ?? 0) > 0 {
            var data: [String: JSONValue] = ["mimeType": body["contentType"] ?? "", "text": body["text"] ?? ""]
            if let bytes = body["base64"] {
                // HAR has no encoding for posted bytes; the specification's own extension point is the comment.
                data["text"] = bytes
                data["comment"] = "base64"
            }
            members["postData"] = .object(data)
        }
        return .object(members)
    }

    private static func response(_ event: Event) -> JSONValue {
        let detail = event.detail
        let headers = headers(detail["responseHeaders"])
        let body = detail["responseBody"] ?? .null
        var content: [String: JSONValue] = [
            "size": body["length"] ?? 0, "mimeType": body["contentType"] ?? "", "text": body["text"] ?? "",
        ]
        if let bytes = body["base64"] {
            content["text"] = bytes
            content["encoding"] = "base64"
        }
        if body["truncated"]?.bool == true { content["comment"] = "not all of it was recorded" }
        let location = headers.array?.first { $0["name"]?.string?.lowercased() == "location" }?["value"] ?? ""
        return [
            // 0 is what browsers write where no answer came.
            "status": detail["status"] ?? 0, "statusText": detail["reason"] ?? "", "httpVersion": "HTTP/1.1",
            "cookies": [], "headers": headers, "content": .object(content), "redirectURL": location,
            "headersSize": -1, "bodySize": body["length"] ?? 0,
            "_outcome": .string(event.outcome.rawValue),
        ]
    }

    /// Both shapes in which recorders write headers.
    private static func headers(_ value: JSONValue?) -> JSONValue {
        let fields = value?.array ?? []
        return .array(
            fields.compactMap { field in
                guard let name = field["name"] ?? field[0] else { return nil }
                return ["name": name, "value": field["value"] ?? field[1] ?? ""]
            })
    }

    /// send, wait and receive, from the segments where they are known.
    private static func timings(_ event: Event, _ failure: Case) -> [(name: String, milliseconds: Double)] {
        let end = event.end ?? event.start
        var sent = event.start
        var first = end
        if let connection = event.connection.flatMap({ failure.connection($0) }) {
            let (asking, answering): (Side, Side) = (.client, .server)
            if let range = event.request {
                sent =
                    connection.segments.last {
                        $0.side == asking && $0.offset < range.end && $0.offset + $0.bytes.count > range.offset
                    }?.time ?? sent
            }
            if let range = event.response {
                first =
                    connection.segments.first { $0.side == answering && $0.offset + $0.bytes.count > range.offset }?
                    .time ?? first
            }
        }
        sent = min(max(sent, event.start), end)
        first = min(max(first, sent), end)
        func milliseconds(_ duration: Instant) -> Double { Double(duration) / 1_000_000 }
        return [
            ("send", milliseconds(sent - event.start)), ("wait", milliseconds(first - sent)),
            ("receive", milliseconds(end - first)),
        ]
    }
}
