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
        json = EmbeddedJSON.document(of: EmbeddedJSON.find(in: answer))
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
}
