import ReenactTimeline
import ReenactWire

/// Where the secrets of a message stand.
enum HTTPSecrets {
    /// A secret with its place in a head's or a body's bytes.
    struct Found: Sendable, Equatable {
        var kind: String
        var range: Range<Int>
    }

    /// More in one message is not credible, and would only cost.
    private static let countMax = 4096

    /// Of header fields and target.
    static func inHead(_ head: HTTPHead) -> [Found] {
        var found = head.method.isEmpty ? [] : inTarget(head)
        for field in head.fields where !field.valueRange.isEmpty && found.count < countMax {
            switch field.name {
            case "authorization", "proxy-authorization":
                found.append(Found(kind: "authorization", range: credentials(field.valueRange, in: head.bytes)))
            case "cookie":
                for pair in ASCII.split(field.valueRange, in: head.bytes, at: ASCII.semicolon) {
                    found += cookie(ASCII.trimmed(pair, in: head.bytes), in: head.bytes)
                }
            case "set-cookie":
                let end = head.bytes[field.valueRange].firstIndex(of: ASCII.semicolon) ?? field.valueRange.upperBound
                found += cookie(
                    ASCII.trimmed(field.valueRange.lowerBound..<end, in: head.bytes), in: head.bytes)
            default:
                if let name = SecretName(field.name.utf8) {
                    found.append(Found(kind: name.rawValue, range: field.valueRange))
                }
            }
        }
        return found
    }

    /// Passwords before the host, addresses that are secrets themselves, and parameters of the query.
    static func inTarget(_ head: HTTPHead) -> [Found] {
        let target = HTTPTarget(head)
        var found = PathSecrets.ranges(in: head.bytes, target.path).map { Found(kind: "token", range: $0) }
        if let user = target.userInfo, let colon = head.bytes[user].firstIndex(of: ASCII.colon) {
            found.append(Found(kind: "password", range: colon + 1..<user.upperBound))
        }
        if let query = target.query { found += inForm(head.bytes, query) }
        return found
    }

    /// Of the kept beginning of a body, unpacked.
    static func inBody(_ view: HTTPBodyView, of head: HTTPHead) -> [Found] {
        guard !view.bytes.isEmpty, !view.isOpaque else { return [] }
        let bytes = view.bytes
        let type = head.contentType
        guard !["image/", "video/", "audio/", "font/"].contains(where: type.hasPrefix) else { return [] }
        var found: [Found] = []
        let first = bytes.first { $0 > ASCII.space }
        // curl says form of whatever it is given.
        let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        if type == "application/x-www-form-urlencoded", !isJSON {
            found = inForm(bytes, bytes.indices)
        } else if ASCII.isJSON(type) || isJSON {
            JSONFields.forEach(in: bytes) { name, value in
                if found.count < countMax, !value.isEmpty, let kind = SecretName(bytes[name]) {
                    found.append(Found(kind: kind.rawValue, range: value))
                }
            }
        }
        for shape in SecretShapes.ranges(in: bytes).prefix(countMax)
        where !found.contains(where: { $0.range.overlaps(shape) }) {
            found.append(Found(kind: "token", range: shape))
        }
        for card in CardNumbers.ranges(in: bytes).prefix(countMax)
        where !found.contains(where: { $0.range.overlaps(card) }) {
            found.append(Found(kind: "card", range: card))
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private static func inForm(_ bytes: [UInt8], _ range: Range<Int>) -> [Found] {
        let form = FormPairs(bytes, in: range)
        return form.pairs.prefix(countMax).compactMap { pair in
            guard !pair.value.isEmpty, let kind = SecretName(form.name(pair).utf8) else { return nil }
            return Found(kind: kind.rawValue, range: pair.value)
        }
    }

    /// What follows the scheme: `Bearer abc`. RFC 9110, 11.4.
    private static func credentials(_ value: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        guard let blank = bytes[value].firstIndex(where: ASCII.isBlank) else { return value }
        return ASCII.trimmed(blank..<value.upperBound, in: bytes)
    }

    /// RFC 6265, 4: the value of `name=value`; a pair without a name is all value.
    private static func cookie(_ pair: Range<Int>, in bytes: [UInt8]) -> [Found] {
        let start = bytes[pair].firstIndex(of: ASCII.equals).map { $0 + 1 } ?? pair.lowerBound
        return start < pair.upperBound ? [Found(kind: "cookie", range: start..<pair.upperBound)] : []
    }

    /// The secrets of one message.
    struct Message: Sendable {
        var head: [Found] = []
        /// Places in `view`.
        var body: [Found] = []
        let view: HTTPBodyView?

        init(_ head: HTTPHead, _ body: HTTPBody?) {
            self.head = inHead(head)
            view = body.map { HTTPBodyView($0, of: head) }
            self.body = view.map { inBody($0, of: head) } ?? []
        }

        /// As places in the stream.
        func inStream(_ head: HTTPHead, _ body: HTTPBody, from side: Side) -> [Secret] {
            self.head.map {
                Secret(
                    kind: $0.kind, side: side,
                    range: StreamRange(offset: head.offset + $0.range.lowerBound, length: $0.range.count))
            }
                + bodySecrets(body, from: side)
        }

        /// A secret in a packed body can't be taken out of it: then all of the body is one.
        private func bodySecrets(_ body: HTTPBody, from side: Side) -> [Secret] {
            guard let view, view.isUnpacked, let first = self.body.first else {
                return self.body.flatMap { found in
                    body.streamRanges(of: found.range).map { Secret(kind: found.kind, side: side, range: $0) }
                }
            }
            let inner = self.body.map { Array(view.bytes[$0.range]) }
            return body.streamRanges(of: body.beginning.indices).map {
                Secret(kind: first.kind, side: side, range: $0, inner: inner)
            }
        }
    }

    /// The text of a range for people: `<redacted 12>` stands for a secret of 12 bytes.
    static func masked(_ bytes: [UInt8], in range: Range<Int>, hiding secrets: [Range<Int>]) -> String {
        ASCII.text(maskedBytes(bytes, in: range, hiding: secrets)[...])
    }

    static func maskedBytes(_ bytes: [UInt8], in range: Range<Int>, hiding secrets: [Range<Int>]) -> [UInt8] {
        var result: [UInt8] = []
        var place = range.lowerBound
        for secret in secrets.sorted(by: { $0.lowerBound < $1.lowerBound })
        where secret.lowerBound >= place && secret.upperBound <= range.upperBound {
            result.append(contentsOf: bytes[place..<secret.lowerBound])
            result.append(contentsOf: "<redacted \(secret.count)>".utf8)
            place = secret.upperBound
        }
        result.append(contentsOf: bytes[place..<range.upperBound])
        return result
    }
}
