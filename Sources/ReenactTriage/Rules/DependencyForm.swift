import ReenactTimeline

/// A good answer was not in the form that the program reads: HTML, text or broken JSON where JSON was expected.
public struct DependencyForm: Rule {
    public static let name = "dependency-form"
    public static let precondition = "the exception is about reading JSON, and an answer of status below 400 is no JSON"
    public static let evidence = "the answer is the last one of its kind, or the text that was read came from it"
    public static let counterEvidence = "the request's own body is no JSON and the text that was read came from there"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard look.complaint.isAboutDecoding else { return [] }
        for (index, answer) in look.answers.prefix(20).enumerated() {
            guard let text = text(answer) else { continue }
            let start = text.trimmingPrefix(while: \.isWhitespace).prefix(24)
            let reached = start.count >= 4 && look.holdings.contains { $0.value.contains(start) }
            let fromInput = look.trigger?.http.map { !$0.requestBody.isEmpty && $0.requestJSON == nil } ?? false
            if fromInput && !reached { continue }
            let confidence = reached ? 0.95 : index == 0 ? 0.9 : index <= 3 ? 0.75 : 0.55
            return [
                Finding(
                    "dependency-unexpected-form", .dependency, evidence: [answer.event.id], confidence: confidence,
                    "\(Phrase.call(answer, look.failure)) answered \(shape(answer, text)); \(Phrase.doing(look)) expected JSON."
                )
            ]
        }
        return []
    }

    /// What a JSON reader would have choked on; nil where this answer is fine or was no text.
    private func text(_ answer: Answer) -> String? {
        switch answer.content {
        case .http(let http):
            guard (http.status ?? 500) < 400, http.json == nil, !http.isTruncated, http.status != 304 else {
                return nil
            }
            return http.body
        case .redis(let redis):
            guard ["GET", "HGET", "LPOP", "RPOP", "BLPOP", "BRPOP", "LINDEX", "GETDEL"].contains(redis.command) else {
                return nil
            }
            guard let text = redis.reply.string ?? redis.reply.array?.last?.string, JSONParser.parse(text) == nil else {
                return nil
            }
            return text
        default: return nil
        }
    }

    private func shape(_ answer: Answer, _ text: String) -> String {
        answer.http.map(Phrase.httpResult) ?? "with \(Phrase.quote(text, 40)), which is no JSON"
    }
}

extension String {
    func trimmingPrefix(while predicate: (Character) -> Bool) -> Substring { drop(while: predicate) }
}
