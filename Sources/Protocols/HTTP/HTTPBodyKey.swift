import ReenactWire

/// The body's part of a request's key.
struct HTTPBodyKey: Sendable {
    let exact: String
    /// With markers for times and nonces; nil where there are none.
    let volatile: String?
    /// What a body asks for where the address does not say: a GraphQL operation, a JSON-RPC method, an AWS action.
    /// It stays in the key even where the body is left out.
    let operation: String

    init(_ question: HTTPQuestion, _ state: HTTPQuestion.BodyState) {
        let (head, body) = (question.head, question.body)
        guard question.framing != .none else {
            (exact, volatile, operation) = ("", nil, "")
            return
        }
        if case .cut = state {
            exact = body.length == 0 ? "unsent" : "cut:\(body.length):\(body.digest)"
            (volatile, operation) = (nil, "")
            return
        }
        let view = HTTPBodyView(body, of: head)
        let isPlain = view.isWhole && !view.isOpaque
        if isPlain, ASCII.isJSON(head.contentType), let json = CanonicalJSON(view.bytes) {
            exact = Self.text("json", json.bytes)
            volatile = json.bytesWithoutVolatile.map { Self.text("json", $0) }
            operation = Self.operation(json)
        } else if isPlain, head.contentType == "application/x-www-form-urlencoded" {
            let form = FormPairs(view.bytes, in: view.bytes.indices)
            exact = Self.text("form", form.canonical)
            volatile = form.canonicalWithoutVolatile(byName: false).map { Self.text("form", $0) }
            operation = form.value("action") ?? ""
        } else {
            (exact, volatile, operation) = ("\(body.length == 0 ? "empty" : body.digest)", nil, "")
        }
    }

    private static func text(_ kind: String, _ bytes: [UInt8]) -> String { "\(kind):\(StableHash.hex(bytes[...]))" }

    private static func operation(_ json: CanonicalJSON) -> String {
        let parts = [json.string("operationName"), json.string("query"), json.string("method")].compactMap { $0 }
        return parts.isEmpty ? "" : StableHash.hex(Array(parts.joined(separator: "\0").utf8)[...])
    }
}
