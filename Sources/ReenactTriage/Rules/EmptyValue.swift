import ReenactTimeline

/// Nothing but an empty text stood where something had to be read, and the complaint says so.
public struct EmptyValue: Rule {
    public static let name = "empty-value"
    public static let precondition =
        "the complaint quotes an empty text that can't be read, or a text where a number had to be"
    public static let evidence =
        "an answer or the input brought an empty text in a field that the lines on the way to the throw spell"
    public static let counterEvidence = "several fields are empty, and the lines spell none or several of them"

    public init() {}

    private static let answersMax = 6
    private static let framesMax = 6

    private struct Candidate {
        var leaf: Leaf
        var answer: Answer?
        var part: Inputs.Part?
        var score = 0.0
    }

    public func judge(_ look: Look) -> [Finding] {
        guard !look.chain.isEmpty, Self.isAboutEmpty(look) else { return [] }
        let lines = look.frames.prefix(Self.framesMax).map(\.source).filter { !$0.isEmpty }
        let words = lines.prefix(2).flatMap { SourceText.words($0) }.filter { $0.count >= Self.stemMin }
        var candidates: [Candidate] = []
        for answer in look.answers.prefix(Self.answersMax)
        where (answer.http?.status ?? 200) < 400 && answer.sql?.error == nil && !answer.waits {
            let own = answer.documents.flatMap { Leaf.all(in: $0) } + (answer.sql == nil ? [] : answer.leaves)
            candidates += Set(own.filter { $0.value == .string("") && $0.name.count > 1 }.map(\.path)).sorted()
                .compactMap { path in own.first { $0.path == path && $0.value == .string("") } }
                .map { Candidate(leaf: $0, answer: answer) }
        }
        for part in look.inputs.parts where part.kind != "headers" {
            candidates += Leaf.all(in: part.document).filter { $0.value == .string("") && $0.name.count > 1 }
                .map { Candidate(leaf: $0, part: part) }
        }
        let odd = Set(OddValue.all(look).filter { $0.value == .string("") }.map(\.path))
        for index in candidates.indices {
            let leaf = candidates[index].leaf
            let name = leaf.name
            if lines.contains(where: { SourceText.contains($0, word: name) }) {
                candidates[index].score = 0.8
            } else if words.contains(where: { $0.hasPrefix(name.prefix(Self.stemMin)) }), name.count >= Self.stemMin {
                candidates[index].score = 0.66
            } else if odd.contains(leaf.path) {
                candidates[index].score = 0.62
            }
        }
        // The only one that came last.
        if let last = look.answers.first, candidates.allSatisfy({ $0.score == 0 }) {
            let own = candidates.indices.filter { candidates[$0].answer?.event.id == last.event.id }
            if own.count == 1 { candidates[own[0]].score = 0.58 }
        }
        guard let most = candidates.map(\.score).max(), most > 0 else { return [] }
        let best = candidates.filter { $0.score == most }
        guard let first = best.first, Set(best.map(\.leaf.name)).count == 1 else { return [] }
        // Of siblings that are empty alike it may be any.
        return [finding(first, most - (best.count > 1 ? 0.06 : 0), look)]
    }

    /// So long a beginning has a variable in common with the field that it is made of.
    private static let stemMin = 6

    private static func isAboutEmpty(_ look: Look) -> Bool {
        let lines = look.messages.prefix(2).map { String($0.prefix { $0 != "\n" }.prefix(400)) }
        let complaint = look.complaint
        if lines.contains(where: { $0.contains("''") || $0.contains("\"\"") || $0.hasSuffix(": ") }) {
            return complaint.isAboutParsing || complaint.isAboutType || complaint.isAboutUnknownValue
                || complaint.mentions(["does not match", "empty string", "could not convert"])
        }
        return lines.contains { line in
            line.contains("string given") && (line.contains("int|float") || line.contains("type int"))
                || line.contains("empty string") || line.contains("cannot parse empty")
        }
    }

    private func finding(_ one: Candidate, _ confidence: Double, _ look: Look) -> Finding {
        let place = Phrase.quote(one.leaf.path)
        let tail = "\(Phrase.doing(look)) raised \(Phrase.exception(look))."
        guard let answer = one.answer else {
            return Finding(
                "malformed-input", .input, evidence: one.part?.event.map { [$0] } ?? [], confidence: confidence,
                "\(Phrase.input(look)) brought an empty text in \(place); \(tail)")
        }
        let verb =
            answer.http.map { "answered \($0.status ?? 200) with" } ?? (answer.sql == nil ? "answered" : "returned")
        return Finding(
            "malformed-answer", .dependency, evidence: [answer.event.id], confidence: confidence,
            "\(Phrase.call(answer, look.failure)) \(verb) an empty text in \(place); \(tail)")
    }
}
