import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// A change of what set the failing code off.
enum InputEdit: Sendable, Equatable {
    /// A part of the path, counted from 0.
    case path(Int, String)
    /// A field of the query; nil takes it out.
    case query(String, String?)
    case body([AnswerEdit.Step], JSONValue?)
    /// Other bytes in a range of a body that is neither JSON nor a form.
    case splice(Range<Int>, [UInt8])
    /// A field of a form.
    case form(String, String?)
    case header(String, String?)
    /// A field of the query that came several times comes once.
    case once(String)
    /// A member of the JSON message on a connection that had been upgraded.
    case message([AnswerEdit.Step], JSONValue?)
    /// An argument of the command line, counted from 0: the program itself.
    case argument(Int, String)

    /// Where in the body it is made, where that counts.
    var offset: Int { if case .splice(let range, _) = self { range.lowerBound } else { 0 } }

    /// The place in the body that it is about, and its new value.
    var member: (path: [AnswerEdit.Step], value: JSONValue?)? {
        switch self {
        case .body(let path, let value), .message(let path, let value): (path, value)
        default: nil
        }
    }

    /// The request with the change; nil where it cannot be made in it.
    func applied(to request: [UInt8]) -> [UInt8]? {
        guard let message = HTTPMessage(request, side: .client) else { return nil }
        switch self {
        case .path(let index, let value):
            var target = Target(message.target)
            guard target.parts.indices.contains(index) else { return nil }
            target.parts[index] = value
            return message.written(startLine: "\(message.method) \(target.text) HTTP/1.1", body: message.body)
        case .query(let name, let value):
            var target = Target(message.target)
            target.query = FormFields.replacing(name, by: value, in: target.query ?? "")
            return message.written(startLine: "\(message.method) \(target.text) HTTP/1.1", body: message.body)
        case .body(let path, let value):
            return message.replacing(path, by: value).map { message.written(body: $0) }
        case .splice(let range, let bytes):
            return message.splicing([(range, bytes)]).map { message.written(body: $0) }
        case .form(let name, let value):
            let body = FormFields.replacing(name, by: value, in: String(decoding: message.body, as: UTF8.self))
            return message.written(body: Array((body ?? "").utf8))
        case .header(let name, let value):
            return value.map { message.written(body: message.body, with: (name, $0)) }
                ?? message.written(body: message.body, without: name)
        case .once(let name):
            var target = Target(message.target)
            guard let query = target.query, let only = FormFields.once(name, in: query) else { return nil }
            target.query = only
            return message.written(startLine: "\(message.method) \(target.text) HTTP/1.1", body: message.body)
        case .argument, .message: return nil
        }
    }

    /// A request's target in its parts.
    struct Target: Equatable {
        var parts: [String]
        var query: String?
        init(_ text: String) {
            let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            parts = halves[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            query = halves.count > 1 ? String(halves[1]) : nil
        }
        var text: String { parts.joined(separator: "/") + (query.map { $0.isEmpty ? "" : "?\($0)" } ?? "") }
    }
}

/// Fields of a form or a query, `a=1&b=2`, kept as they were written but for the one that changes.
enum FormFields {
    static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    static func replacing(_ name: String, by value: String?, in text: String) -> String? {
        var isThere = false
        var pairs: [String] = text.split(separator: "&").compactMap { pair in
            let own = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard decoded(own[0]) == name else { return String(pair) }
            isThere = true
            return value.map { "\(own[0])=\(encoded($0))" }
        }
        if !isThere, let value { pairs.append("\(encoded(name))=\(encoded(value))") }
        return pairs.joined(separator: "&")
    }

    /// Without the second and later fields of that name; nil where there are none.
    static func once(_ name: String, in text: String) -> String? {
        var isThere = false
        let all = text.split(separator: "&")
        let kept = all.filter { pair in
            guard decoded(pair.prefix { $0 != "=" }) == name else { return true }
            defer { isThere = true }
            return !isThere
        }
        return kept.count == all.count ? nil : kept.joined(separator: "&")
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(32)
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 128,
                Character(scalar).isLetter || Character(scalar).isNumber || "-_.~".contains(Character(scalar))
            {
                result.unicodeScalars.append(scalar)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                result += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return result
    }
}
