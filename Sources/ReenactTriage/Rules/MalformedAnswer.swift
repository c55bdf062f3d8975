import ReenactTimeline

/// A value came in an answer, and the program could not read it as what it should be: a date, a number, a digest.
public struct MalformedAnswer: Rule {
    public static let name = "malformed-answer"
    public static let precondition =
        "the message is about reading a value, and an answer before it holds what the message names"
    public static let evidence =
        "the message quotes the value, or it is the only value of the last answer, or the length that it names is an answer's"
    public static let counterEvidence =
        "the value came with the request, or was what the program had asked for; the throwing line writes it itself"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        if let short = short(look) { return [short] }
        let complaint = look.complaint
        guard complaint.isAboutParsing, !complaint.isAboutNothing else { return [] }
        for answer in look.answers.prefix(20) where (answer.http?.status ?? 200) < 400 && answer.sql?.error == nil {
            if let finding = quoted(answer, look) { return [finding] }
        }
        return unnamed(look)
    }

    /// The code read beyond the end of what came: the length that the runtime names is that of an answer.
    private func short(_ look: Look) -> Finding? {
        guard let (wanted, length) = Self.bounds(look.message) else { return nil }
        for answer in look.answers.prefix(3) {
            guard let http = answer.http, (http.status ?? 500) < 300, http.bodyLength == length,
                !http.bodyIsUnknown, http.method != "HEAD"
            else { continue }
            let size = length == 1 ? "1 byte" : "\(length) bytes"
            return Finding(
                "malformed-answer", .dependency, evidence: [answer.event.id],
                confidence: look.distance(answer.event) == 0 ? 0.85 : 0.6,
                "\(Phrase.call(answer, look.failure)) answered \(http.status ?? 200) with \(size) only; \(Phrase.doing(look)) read on to \(wanted) (\(Phrase.exception(look)))."
            )
        }
        return nil
    }

    /// The place that was read, and the length that there was: Go's `slice bounds out of range [16:2]`, `[:16] with
    /// capacity 2`, `index out of range [5] with length 2`.
    private static func bounds(_ message: String) -> (wanted: Int, length: Int)? {
        guard message.contains("out of range"), let open = message.firstIndex(of: "["),
            let close = message[open...].firstIndex(of: "]")
        else { return nil }
        let inside = message[open...].prefix { $0 != "]" }.dropFirst()
        let numbers = inside.split(separator: ":").compactMap { Int($0) }
        for word in [" with length ", " with capacity "] {
            guard let range = message[close...].firstRange(of: word), let wanted = numbers.first,
                let length = Int(message[range.upperBound...].prefix { $0.isNumber })
            else { continue }
            return (wanted, length)
        }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }

    /// The message names the value.
    private func quoted(_ answer: Answer, _ look: Look) -> Finding? {
        let asked = Set(
            (answer.sql?.params ?? []).map { Leaf(path: "", name: "", value: $0).text }
                + (answer.redis?.arguments ?? []))
        let quoted = Set(look.messages.flatMap { SourceText.quoted($0) })
        for leaf in answer.leaves where !leaf.text.isEmpty && leaf.text.count <= 200 {
            let isQuoted = leaf.text.count >= 2 && quoted.contains(leaf.text)
            // A number is named by many a message for other reasons.
            let isNamed =
                isQuoted
                || (leaf.value.string != nil && !SourceText.isTrivial(leaf.text) && !leaf.text.allSatisfy(\.isNumber)
                    && look.holdings.contains { $0.depth == nil && ValueFlow.occurs(leaf.text, in: $0) })
            guard isNamed, !look.writesItself(leaf.text), !asked.contains(leaf.text), !isInput(leaf.text, look) else {
                continue
            }
            var confidence = isQuoted ? 0.86 : 0.66
            // A good form that is none of the known values is another matter: UnknownValue.
            if look.complaint.isAboutUnknownValue { confidence -= 0.09 }
            if look.distance(answer.event) > 3 { confidence -= 0.1 }
            return finding(answer, leaf, confidence, look)
        }
        return nil
    }

    /// The message does not say what could not be read, and the last answer was one short text.
    private func unnamed(_ look: Look) -> [Finding] {
        let isStrict = look.complaint.mentions(["malformed", "parse", "invalid", "format", "decod", "unmarshal"])
        guard isStrict, let last = look.answers.first, last.http?.json == nil, (last.http?.status ?? 500) < 300,
            let leaf = last.leaves.first, last.leaves.count == 1, leaf.path == "body"
        else { return [] }
        return [finding(last, leaf, look.isBlind ? 0.6 : 0.55, look)]
    }

    private func isInput(_ text: String, _ look: Look) -> Bool {
        look.trigger?.http.map { $0.target.contains(text) || $0.requestBody.contains(text) } ?? false
    }

    private func finding(_ answer: Answer, _ leaf: Leaf, _ confidence: Double, _ look: Look) -> Finding {
        let verb = answer.http.map { "answered \($0.status ?? 200) with" } ?? "returned"
        let place = leaf.path == "body" || leaf.name.isEmpty ? "" : "\(Phrase.clean(leaf.name)) "
        return Finding(
            "malformed-answer", .dependency, evidence: [answer.event.id], confidence: confidence,
            "\(Phrase.call(answer, look.failure)) \(verb) \(place)\(Phrase.quote(leaf.text)); \(Phrase.doing(look)) can't read that (\(Phrase.exception(look)))."
        )
    }
}
