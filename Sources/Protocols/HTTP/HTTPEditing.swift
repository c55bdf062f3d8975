import ReenactCoding
import ReenactTimeline
import ReenactWire

extension HTTP {
    /// Changes an answer's status, header fields, or members of a JSON body that is not encoded.
    ///
    /// - Returns: nil where the answer is not whole, or its body is not JSON.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        let method = detail["method"]?.string ?? "GET"
        var answer = answer
        // Ranges are those of the recorded body: the last ones are exchanged first.
        let splices = edits.compactMap { edit -> (range: Range<Int>, bytes: [UInt8])? in
            if case .splice(let range, let bytes) = edit { (range, bytes) } else { nil }
        }.sorted { $0.range.lowerBound > $1.range.lowerBound }
        if !splices.isEmpty {
            guard let message = HTTPMessage(answer, side: .server, method: method),
                let body = message.splicing(splices)
            else { return nil }
            answer = message.written(body: body)
        }
        for edit in edits {
            switch edit {
            case .whole(let bytes): answer = bytes
            case .status(let status):
                guard let message = HTTPMessage(answer, side: .server, method: method) else { return nil }
                answer = message.written(startLine: "HTTP/1.1 \(status) OK", body: message.body)
            case .member(let path, let value):
                guard let message = HTTPMessage(answer, side: .server, method: method),
                    let body = message.replacing(path, by: value)
                else { return nil }
                answer = message.written(startLine: nil, body: body)
            case .header(let name, let value):
                guard let message = HTTPMessage(answer, side: .server, method: method) else { return nil }
                answer =
                    value.map { message.written(body: message.body, with: (name, $0)) }
                    ?? message.written(body: message.body, without: name)
            case .splice: break
            case .success, .cell, .insertRow, .removeRow, .bytes: return nil
            }
        }
        return answer
    }
}

/// One whole message in its parts, to be written again with another body.
public struct HTTPMessage: Sendable {
    public let method: String
    public let target: String
    /// Names as they came.
    public let fields: [(name: String, value: String)]
    /// Without the framing of chunks.
    public let body: [UInt8]
    private let startLine: String

    /// - Parameters:
    ///   - bytes: a request or an answer; interim answers in front of it are left out.
    ///   - method: of the request that an answer belongs to.
    /// - Returns: nil where the bytes are no whole message.
    public init?(_ bytes: [UInt8], side: Side, method: String = "GET") {
        var parser = HTTPParser(side: side)
        var input = bytes[...]
        var head: HTTPHead?
        var body: [UInt8] = []
        var isWhole = false
        while !isWhole, let event = try? parser.next(&input) {
            switch event {
            case .head(let found):
                guard let framing = try? Self.framing(of: found, side, method) else { return nil }
                parser.frame(framing)
                if side == .client || found.status >= 200 || found.status == 101 { head = found }
            case .body(let piece, _): body += piece
            case .end: isWhole = head != nil
            }
        }
        guard let head, isWhole || parser.isUntilClose else { return nil }
        self.method = head.method
        target = head.target
        fields = head.fields.map { (head.text($0.nameRange), head.text($0.valueRange)) }
        startLine = String(decoding: head.bytes.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        self.body = body
    }

    private static func framing(of head: HTTPHead, _ side: Side, _ method: String) throws -> HTTPFraming {
        side == .client ? try .ofRequest(head) : try .ofAnswer(head, to: method)
    }

    /// The value of the first field of that name, whatever its case.
    public subscript(field: String) -> String? {
        fields.first { $0.name.lowercased() == field.lowercased() }?.value
    }

    /// The body, unpacked where it was packed; nil where that cannot be done.
    public var plainBody: [UInt8]? {
        let coding = self["content-encoding"] ?? "identity"
        guard coding != "identity" else { return body }
        return ContentCoding.decode(body, coding: coding, limit: Self.bodyBytesMax).flatMap {
            $0.isWhole ? $0.bytes : nil
        }
    }

    /// The unpacked body with other bytes in these ranges, the last one first; nil where they are not in it.
    public func splicing(_ splices: [(range: Range<Int>, bytes: [UInt8])]) -> [UInt8]? {
        guard var body = plainBody else { return nil }
        var end = body.count
        for splice in splices {
            guard splice.range.lowerBound >= 0, splice.range.upperBound <= end else { return nil }
            body.replaceSubrange(splice.range, with: splice.bytes)
            end = splice.range.lowerBound
        }
        return body
    }

    /// The body as JSON, unpacked where it was packed; nil where it is none.
    public var json: JSONValue? {
        guard !body.isEmpty,
            let plain = ContentCoding.decode(
                body, coding: self["content-encoding"] ?? "identity", limit: Self.bodyBytesMax),
            plain.isWhole
        else { return nil }
        return JSONParser.parse(plain.bytes)
    }

    private static let bodyBytesMax = 16 << 20

    /// The JSON body with another value at that place.
    public func replacing(_ path: [AnswerEdit.Step], by value: JSONValue?) -> [UInt8]? {
        guard let json, let changed = AnswerEdit.replacing(path[...], in: json, by: value),
            let text = try? JSONText.encode(changed)
        else { return nil }
        return Array(text.utf8)
    }

    /// The message with these parts in place of its own, and its length told anew.
    ///
    /// - Parameter without: a field to leave out; `with`: one to add or exchange.
    public func written(
        startLine: String? = nil, body: [UInt8], without: String? = nil, with: (name: String, value: String)? = nil
    ) -> [UInt8] {
        var dropped: Set<String> = ["content-length", "transfer-encoding", "trailer"]
        // A new body is not packed.
        if body != self.body { dropped.insert("content-encoding") }
        var text = (startLine ?? self.startLine) + "\r\n"
        var isExchanged = false
        for field in fields where !dropped.contains(field.name.lowercased()) {
            let name = field.name.lowercased()
            if let without, name == without.lowercased() { continue }
            if let with, name == with.name.lowercased() {
                // What came several times comes once.
                if !isExchanged { text += "\(field.name): \(with.value)\r\n" }
                isExchanged = true
            } else {
                text += "\(field.name): \(field.value)\r\n"
            }
        }
        if let with, !isExchanged { text += "\(with.name): \(with.value)\r\n" }
        if !body.isEmpty || fields.contains(where: { dropped.contains($0.name.lowercased()) }) {
            text += "Content-Length: \(body.count)\r\n"
        }
        return Array((text + "\r\n").utf8) + body
    }
}
