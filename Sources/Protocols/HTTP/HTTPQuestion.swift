import ReenactWire

/// What a request asks, in the form by which recorded and live requests are compared.
///
/// Recorder and stub use this same code, so that equal requests have equal keys.
struct HTTPQuestion: Sendable {
    let head: HTTPHead
    let framing: HTTPFraming
    var body: HTTPBody
    let host: String
    /// Of `CONNECT`, empty.
    let path: Range<Int>
    /// Without its question mark.
    let query: Range<Int>?
    /// Only what framing needs is known.
    let isOutline: Bool

    init(_ head: HTTPHead, isOutline: Bool = false) throws(HTTPError) {
        self.head = head
        self.isOutline = isOutline
        framing = try HTTPFraming.ofRequest(head)
        guard !isOutline else {
            body = HTTPBody(isHashed: false, isCounted: true)
            (host, path, query) = ("", 0..<0, nil)
            return
        }
        body = HTTPBody(isHashed: true, boundary: MultipartHash.boundary(in: head))
        let target = HTTPTarget(head)
        (host, path, query) = (target.host, target.path, target.query)
    }

    /// Where the live program, or the recorded one, waits for leave to send the body. RFC 9110, 10.1.1.
    var expectsContinue: Bool {
        framing != .none && head.minorVersion > 0 && head.list("expect").contains("100-continue")
    }

    private var shownTarget: String {
        HTTPTarget.shown(head, from: path.lowerBound, hiding: HTTPSecrets.inTarget(head))
    }

    var asksUpgrade: Bool { head.list("connection").contains("upgrade") && head.value("upgrade") != nil }

    /// `GET /pnpm/latest?limit=5`, secrets left out.
    var summary: String {
        let text = "\(head.method) \(head.method == "CONNECT" ? host : shownTarget)"
        return text.utf8.count <= 240 ? text : String(text.prefix(200)) + "…"
    }

    // MARK: keys

    /// How much of the body was there to be compared.
    enum BodyState: Sendable {
        case complete
        /// Cut by the end of the connection or an early answer.
        case cut
    }

    /// The key, and what it is without parts of the request: the order is from least to most left out.
    func keys(_ state: BodyState) -> (key: String, relaxed: [RelaxedKey]) {
        let body = HTTPBodyKey(self, state)
        let query = queryKey()
        let key = key(query: query.exact, body: body.exact)
        let volatilePlace = volatilePlace
        var relaxed: [RelaxedKey] = []
        if let volatile = body.volatile {
            relaxed.append(.init("volatile values in body", key: self.key(query: query.exact, body: volatile)))
        }
        if let volatile = query.volatile {
            relaxed.append(.init("volatile values in query", key: self.key(query: volatile, body: body.exact)))
        }
        if let bodyVolatile = body.volatile, let queryVolatile = query.volatile {
            relaxed.append(
                .init("volatile values in body and query", key: self.key(query: queryVolatile, body: bodyVolatile)))
        }
        // Names of objects and of things made anew stand in paths.
        if let place = volatilePlace {
            relaxed.append(
                .init("volatile values in path", key: self.key(place: place, query: query.exact, body: body.exact)))
            let isElsewhere = query.volatile != nil || body.volatile != nil
            if isElsewhere {
                relaxed.append(
                    .init(
                        "volatile values in path, query and body",
                        key: self.key(
                            place: place, query: query.volatile ?? query.exact, body: body.volatile ?? body.exact)))
            }
        }
        if framing != .none {
            relaxed.append(.init("body", key: self.key(query: query.exact, body: "* \(body.operation)")))
            if let place = volatilePlace {
                relaxed.append(
                    .init(
                        "volatile values in path, and body",
                        key: self.key(place: place, query: query.exact, body: "* \(body.operation)")))
            }
        }
        // A tunnel to another host is another question.
        guard head.method != "CONNECT" else { return (key, []) }
        relaxed.append(.init("host", key: self.key(host: "*", query: query.exact, body: body.exact)))
        return (key, relaxed)
    }

    /// The key of the question before its body is known.
    var keyOfHead: String { key(query: queryKey().exact, body: "…") }
    /// The key of a request that was answered while the client still waited to send its body.
    var keyUnsent: String { key(query: queryKey().exact, body: "unsent") }

    /// The path with a marker for each UUID and each segment that is a token; nil where there is none.
    private var volatilePlace: String? {
        guard head.method != "CONNECT" else { return nil }
        var isChanged = false
        let parts = head.bytes[path].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
            // `a3f….json`: what stands before the dot.
            let stem = part.prefix { $0 != UInt8(ascii: ".") }
            if let marker = Volatile.marker(for: Array(stem)) ?? Self.stamp(stem) {
                isChanged = true
                return marker + ASCII.text(part[stem.endIndex...])
            }
            if let text = Volatile.embedded(in: Array(part)) {
                isChanged = true
                return text
            }
            return ASCII.text(part)
        }
        return isChanged ? Self.bounded(parts.joined(separator: "/")) : nil
    }

    /// `20261121081502`: a name for a moment.
    private static func stamp(_ bytes: ArraySlice<UInt8>) -> String? {
        bytes.count == 14 && bytes.allSatisfy(ASCII.isDigit) && bytes.starts(with: "20".utf8) ? "<time>" : nil
    }

    private func key(host: String? = nil, place: String? = nil, query: String, body: String) -> String {
        let place =
            place ?? (path.isEmpty && head.method != "CONNECT" ? "/" : Self.bounded(ASCII.text(head.bytes[path])))
        var text = "\(head.method) \(host ?? self.host)\(place)\(query.isEmpty ? "" : "?" + query)"
        if !body.isEmpty { text += " \(body)" }
        // Of the header, only what changes the question itself.
        for name in ["range", "x-amz-target", "soapaction"] {
            if let value = head.value(name) { text += " \(name)=\(Self.bounded(value))" }
        }
        return text
    }

    private func queryKey() -> (exact: String, volatile: String?) {
        guard let query else { return ("", nil) }
        let pairs = FormPairs(head.bytes, in: query)
        return (
            Self.bounded(ASCII.text(pairs.canonical[...])),
            pairs.canonicalWithoutVolatile(byName: true).map { Self.bounded(ASCII.text($0[...])) }
        )
    }

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > 512 else { return text }
        return String(text.prefix(100)) + "…" + StableHash.hex(Array(text.utf8)[...])
    }
}
