import ReenactTimeline

/// The structured view of an exchange, for people and rules; secrets are left out.
///
/// Members: `method`, `target`, `host`, `status`, `reason`, `requestHeaders` and `responseHeaders` (lists of name and
/// value), `requestBody` and `responseBody` (`length` on the wire, `contentType`, `contentEncoding`, unpacked `text` or
/// `base64`, `truncated`), and `tunnel` (name and port) where the answer made the connection a tunnel.
enum HTTPDetail {
    static func of(
        _ question: HTTPQuestion, _ asked: HTTPSecrets.Message, _ answer: HTTPAnswer?, _ answered: HTTPSecrets.Message?
    ) -> JSONValue {
        let head = question.head
        var members: [String: JSONValue] = [
            "method": .string(head.method),
            "target": .string(HTTPTarget.shown(head, from: head.targetRange.lowerBound, hiding: asked.head)),
            "host": .string(question.host),
            "requestHeaders": headers(head, asked),
        ]
        if question.body.length > 0 { members["requestBody"] = body(question.body, head, asked) }
        if let answer, let answered {
            members["status"] = .integer(Int64(answer.head.status))
            members["reason"] = .string(answer.head.reason)
            members["responseHeaders"] = headers(answer.head, answered)
            if answer.body.length > 0 { members["responseBody"] = body(answer.body, answer.head, answered) }
            if head.method == "CONNECT", (200..<300).contains(answer.head.status) {
                members["tunnel"] = .string(question.host)
            }
        }
        return .object(members)
    }

    private static func headers(_ head: HTTPHead, _ secrets: HTTPSecrets.Message) -> JSONValue {
        let secrets = secrets.head.map(\.range)
        return .array(
            head.fields.map { field in
                let hidden = secrets.filter {
                    field.valueRange.lowerBound <= $0.lowerBound && $0.upperBound <= field.valueRange.upperBound
                }
                return [
                    .string(head.text(field.nameRange)),
                    .string(HTTPSecrets.masked(head.bytes, in: field.valueRange, hiding: hidden)),
                ]
            })
    }

    private static func body(_ body: HTTPBody, _ head: HTTPHead, _ secrets: HTTPSecrets.Message) -> JSONValue {
        let view = secrets.view ?? HTTPBodyView(body, of: head)
        var members: [String: JSONValue] = [
            "length": .integer(Int64(body.length)),
            "contentType": .string(head.contentType),
            "truncated": .bool(!view.isWhole),
        ]
        if let coding = head.value("content-encoding") { members["contentEncoding"] = .string(coding) }
        let hidden = secrets.body.map(\.range)
        let bytes = HTTPSecrets.maskedBytes(view.bytes, in: view.bytes.indices, hiding: hidden)
        if let text = text(bytes[...], mayBeCut: !view.isWhole) {
            members["text"] = .string(text)
        } else {
            members["base64"] = .string(Base64.encode(bytes))
        }
        return .object(members)
    }

    /// Nil where the bytes are no text. A character that the limit cut is left out.
    private static func text(_ bytes: ArraySlice<UInt8>, mayBeCut: Bool) -> String? {
        guard !bytes.contains(0) else { return nil }
        for cut in 0...(mayBeCut ? min(3, bytes.count) : 0) {
            if let text = String(validating: bytes.dropLast(cut), as: UTF8.self) { return text }
        }
        return nil
    }

    /// `512 B`, `1.2 kB`, `3.4 MB`.
    static func size(_ bytes: Int) -> String {
        var value = bytes
        for unit in ["B", "kB", "MB", "GB"] {
            if unit == "B", value < 1000 { return "\(value) B" }
            if unit != "B" {
                // Tenths, rounded, without floating point.
                let tenths = (value + 50) / 100
                if tenths < 10_000 || unit == "GB" { return "\(tenths / 10).\(tenths % 10) \(unit)" }
                value = (value + 500) / 1000
            }
        }
        return "\(bytes) B"
    }
}
