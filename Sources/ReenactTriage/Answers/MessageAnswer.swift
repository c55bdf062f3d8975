import ReenactTimeline

/// A turn in a protocol that nobody reads (NATS, SMTP, gRPC…): what of it is text or JSON speaks all the same.
public struct MessageAnswer: Sendable {
    public let request: String
    /// The answer's printable lines.
    public let lines: [String]
    /// The JSON object or list that stands whole in the answer; of several messages, the list of theirs.
    public let json: JSONValue?

    init(_ detail: JSONValue) {
        request = String(decoding: Self.bytes(detail["request"]), as: UTF8.self)
        let answer = Self.bytes(detail["response"])
        lines = Self.lines(of: answer)
        json = Self.document(in: answer)
    }

    private static func bytes(_ value: JSONValue?) -> [UInt8] {
        value?["text"]?.string.map { Array($0.utf8) } ?? value?["base64"]?.string.flatMap(Base64.decode) ?? []
    }

    /// Runs of four printable characters or more.
    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split { $0 < 0x20 || $0 == 0x7f }.compactMap { run in
            guard run.count >= 4, let text = String(validating: run, as: UTF8.self) else { return nil }
            return text
        }
    }

    /// Beginnings that are tried: text is full of brackets.
    private static let attemptsMax = 64

    private static func document(in bytes: [UInt8]) -> JSONValue? {
        var found: [JSONValue] = []
        var place = 0
        var attempts = 0
        while attempts < attemptsMax, let start = bytes[place...].firstIndex(where: { $0 == 0x7b || $0 == 0x5b }) {
            attempts += 1
            place = start + 1
            guard let end = end(of: bytes, from: start), end - start > 2,
                let value = JSONParser.parse(bytes[start..<end])
            else { continue }
            found.append(value)
            place = end
        }
        return found.count > 1 ? .array(found) : found.first
    }

    /// The place behind the bracket that closes the one at `start`; nil where none does.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var (depth, isQuoted, index) = (0, false, start)
        while index < bytes.count {
            switch bytes[index] {
            case 0x22: isQuoted.toggle()
            case 0x5c where isQuoted: index += 1
            case 0x7b, 0x5b: if !isQuoted { depth += 1 }
            case 0x7d, 0x5d: if !isQuoted { depth -= 1 }
            default: break
            }
            index += 1
            if depth == 0 { return index }
        }
        return nil
    }
}
