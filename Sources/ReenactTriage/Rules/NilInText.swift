import ReenactTimeline

/// A line of a protocol that nobody reads says `NIL` where its likes say something.
public struct NilInText: Rule {
    public static let name = "nil-in-text"
    public static let precondition = "the exception is about null, and a peer whose bytes are text answered just before"
    public static let evidence =
        "one line of that answer holds the word for nothing where others of its kind hold a value"
    public static let counterEvidence = "several lines do, in several places"

    public init() {}

    private static let words: Set<String> = ["NIL", "nil", "NULL", "null", "None", "(nil)"]
    private static let answersMax = 2

    public func judge(_ look: Look) -> [Finding] {
        guard look.complaint.isAboutNull, !look.nullTrail.isSeen else { return [] }
        for answer in look.answers.prefix(Self.answersMax) {
            guard let message = answer.message, message.json == nil else { continue }
            let lines = message.lines.prefix(500).map { Self.parts($0) }
            var found: [(line: Int, name: String, isOdd: Bool)] = []
            for (number, parts) in lines.enumerated() {
                for (place, part) in parts.enumerated() where Self.words.contains(part) {
                    let name = place > 0 ? parts[place - 1] : ""
                    let likes = lines.enumerated().filter { other, words in
                        other != number && words.indices.contains(place) && place > 0 && words[place - 1] == name
                    }
                    let isOdd = !likes.isEmpty && likes.allSatisfy { !Self.words.contains($0.element[place]) }
                    found.append((number, name, isOdd))
                }
            }
            let odd = found.filter(\.isOdd)
            guard let first = odd.first ?? found.first, odd.count == 1 || odd.isEmpty && found.count == 1 else {
                continue
            }
            let after = first.name.isEmpty ? "" : " for \(Phrase.quote(first.name, 40))"
            return [
                Finding(
                    "dependency-null-field", .dependency, evidence: [answer.event.id],
                    confidence: first.isOdd ? 0.7 : 0.56,
                    "\(Phrase.peer(answer.event, look.failure)) answered \(Phrase.quote(message.lines[first.line], 100)), with nothing\(after); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            ]
        }
        return []
    }

    /// Words, texts in quotes taken for one.
    private static func parts(_ line: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(line.prefix(1000))
        while let first = rest.first {
            if first == "\"" {
                parts.append(SourceText.takeLiteral(from: &rest))
            } else if first.isWhitespace || "(),;[]".contains(first) {
                rest = rest.dropFirst()
            } else {
                let word = rest.prefix { !$0.isWhitespace && !"(),;[]\"".contains($0) }
                parts.append(String(word))
                rest = rest.dropFirst(word.count)
            }
        }
        return parts
    }
}
