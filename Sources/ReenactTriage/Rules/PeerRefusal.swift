import ReenactTimeline

/// A peer of whose protocol only the bytes are known refused in its own words, and the exception repeats them.
public struct PeerRefusal: Rule {
    public static let name = "peer-refusal"
    public static let precondition = "an answer of a protocol that nobody reads, and an exception with a message"
    public static let evidence = "a line of the answer, twelve characters or more, stands in the exception's message"
    public static let counterEvidence = "the request holds the line too: then the peer only repeated it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard !look.message.isEmpty else { return [] }
        for answer in look.answers.prefix(20) {
            guard let message = answer.message else { continue }
            for line in message.lines {
                guard let words = Self.words(of: line), look.message.contains(words), !message.request.contains(words)
                else { continue }
                let distance = look.distance(answer.event)
                return [
                    Finding(
                        "peer-refused", .dependency, evidence: [answer.event.id],
                        confidence: distance <= 1 ? 0.9 : 0.75,
                        "\(Phrase.peer(answer.event, look.failure)) answered \(Phrase.quote(line)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                    )
                ]
            }
        }
        return []
    }

    /// The line without a leading code (`554`, `-ERR`): libraries give that by itself.
    private static func words(of line: String) -> String? {
        var words = Substring(line)
        if let space = words.firstIndex(where: { $0 == " " || $0 == "-" && words.first != "-" }),
            words[..<space].allSatisfy({ $0.isNumber || $0.isUppercase || $0 == "-" || $0 == "+" })
        {
            words = words[words.index(after: space)...]
        }
        let text = words.trimmed(of: " '\"")
        return text.count >= 12 && text.contains(" ") ? String(text) : nil
    }
}
