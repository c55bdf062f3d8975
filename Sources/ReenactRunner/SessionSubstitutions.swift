import ReenactHTTP
import ReenactTimeline

/// Cookies and tokens that the live program gave in place of recorded ones.
///
/// A recorded request carries the session that the recorded program opened; the live program knows only its own.
/// Whatever text an earlier answer held in the same place (a cookie's value, a string of a JSON body) is taken for it.
struct SessionSubstitutions: Equatable {
    /// Texts shorter than this stand for themselves: replacing `1` or `en` would hit what was not meant.
    static let lengthMin = 8
    static let countMax = 256

    private(set) var pairs: [(old: [UInt8], new: [UInt8])] = []

    static func == (a: Self, b: Self) -> Bool {
        a.pairs.elementsEqual(b.pairs) { $0.old == $1.old && $0.new == $1.new }
    }

    /// Learns from an answer, recorded and live.
    mutating func learn(recorded: [UInt8], live: [UInt8]) {
        let old = Self.read(recorded)
        let new = Self.read(live)
        let oldCookies = Self.cookies(old)
        for (name, value) in Self.cookies(new) {
            if let before = oldCookies[name] { add(before, value) }
        }
        if let before = JSONParser.parse(old.bodyBeginning),
            let after = JSONParser.parse(new.bodyBeginning)
        {
            learn(before, after, depth: 0)
        }
    }

    /// The request with the live texts in it, and its length told anew where that changed.
    func apply(to request: [UInt8]) -> [UInt8] {
        guard !pairs.isEmpty else { return request }
        guard let end = Self.headEnd(of: request) else { return replaced(in: request) }
        let head = replaced(in: Array(request[..<end]))
        let body = replaced(in: Array(request[end...]))
        let whole = head + body
        guard body.count != request.count - end else { return whole }
        return HTTPRequestRewriter.replacing(["content-length": "\(body.count)"], in: whole) ?? whole
    }

    private mutating func learn(_ old: JSONValue, _ new: JSONValue, depth: Int) {
        guard depth < 16 else { return }
        switch (old, new) {
        case (.string(let before), .string(let after)): add(before, after)
        case (.object(let before), .object(let after)):
            for (name, value) in before.sorted(by: { $0.key < $1.key }) {
                if let other = after[name] { learn(value, other, depth: depth + 1) }
            }
        case (.array(let before), .array(let after)):
            for (value, other) in zip(before, after).prefix(100) { learn(value, other, depth: depth + 1) }
        default: break
        }
    }

    private mutating func add(_ old: String, _ new: String) {
        let old = Array(old.utf8)
        guard old.count >= Self.lengthMin, Array(new.utf8) != old, pairs.count < Self.countMax else { return }
        // The latest answer counts; and a text that was replaced once is no longer in any later request.
        pairs.removeAll { $0.old == old }
        pairs.append((old, Array(new.utf8)))
        // A longer text may hold a shorter one.
        pairs.sort { $0.old.count > $1.old.count }
    }

    private func replaced(in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        scan: while index < bytes.count {
            for pair in pairs where bytes[index] == pair.old[0] && bytes[index...].starts(with: pair.old) {
                result += pair.new
                index += pair.old.count
                continue scan
            }
            result.append(bytes[index])
            index += 1
        }
        return result
    }

    private static func read(_ answer: [UInt8]) -> HTTPMessageReader {
        var reader = HTTPMessageReader(requestMethod: "GET")
        reader.received(answer[...])
        return reader
    }

    private static func cookies(_ answer: HTTPMessageReader) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value) in answer.headers where name.lowercased() == "set-cookie" {
            let pair = value.prefix { $0 != ";" }
            guard let equals = pair.firstIndex(of: "=") else { continue }
            result[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return result
    }

    private static func headEnd(of request: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        return request.indices.first { request[$0] == 13 && request[$0...].starts(with: mark) }.map { $0 + 4 }
    }
}
