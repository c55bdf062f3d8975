import ReenactTimeline

/// An answer lacks a header that the program reads, or has it in a form that it can't.
public struct ResponseHeader: Rule {
    public static let name = "response-header"
    public static let precondition =
        "the failing part reads a header of an answer, and the exception is about a missing key, nothing, or a text that can't be read"
    public static let evidence =
        "an HTTP answer shortly before lacks the header, or its value stands in message or locals"
    public static let counterEvidence = "the answers have it as it should be"

    public init() {}

    private static let answersMax = 5

    public func judge(_ look: Look) -> [Finding] {
        let isAbsent = look.missingKey != nil || look.complaint.isAboutNothing
        guard isAbsent || look.complaint.isAboutParsing else { return [] }
        let answers = look.answers.filter { $0.http?.status != nil }.prefix(Self.answersMax)
        let names = Self.names(look)
        guard !names.isEmpty else { return isAbsent ? kept(Array(answers), look) : [] }
        for name in names {
            for (distance, answer) in answers.enumerated() {
                let value = answer.header(name)
                if isAbsent, value.isEmpty {
                    let had = look.earlier.contains {
                        $0.http?.endpoint == answer.http?.endpoint && !$0.header(name).isEmpty
                    }
                    let others = answers.contains { !$0.header(name).isEmpty }
                    return [
                        finding(
                            answer, look, had ? 0.94 : others ? 0.6 : distance == 0 ? 0.87 : 0.7,
                            "dependency-missing-field",
                            "without the header \(Phrase.quote(name))" + (had ? ", which earlier answers had" : ""))
                    ]
                }
                if look.complaint.isAboutParsing, !value.isEmpty, Self.isHeld(value, look) {
                    return [
                        finding(
                            answer, look, 0.88, "malformed-answer",
                            "with \(Phrase.quote(value, 40)) in the header \(Phrase.quote(name)), which can't be read")
                    ]
                }
            }
        }
        return []
    }

    /// What clients keep of a header they call as it is called: `self._total` of `X-Total`. Only one that answers of the
    /// same endpoint had before.
    private func kept(_ answers: [Answer], _ look: Look) -> [Finding] {
        guard look.complaint.isAboutNothing, let last = answers.first, let frame = look.throwFrames.first else {
            return []
        }
        let members = ReadPath.all(in: frame.expression ?? frame.source).compactMap { path -> String? in
            guard case .key(let key) = path.steps.last else { return nil }
            return Self.plain(key)
        }
        for like in look.earlier where like.http?.endpoint == last.http?.endpoint {
            for (name, value) in like.headers where !value.isEmpty && last.header(name).isEmpty {
                let plain = Self.plain(name.lowercased().hasPrefix("x-") ? String(name.dropFirst(2)) : name)
                guard plain.count >= 4, members.contains(plain) else { continue }
                return [
                    finding(
                        last, look, 0.9, "dependency-missing-field",
                        "without the header \(Phrase.quote(name)), which earlier answers had")
                ]
            }
        }
        return []
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// `res.headers['x-total']`, `response.headers.get("Retry-After")`, `resp.getheader('ETag')`.
    private static func names(_ look: Look) -> [String] {
        var names: [String] = []
        for frame in look.throwFrames.prefix(3) + [look.site].compactMap(\.self) {
            let source = frame.expression ?? frame.source
            guard source.lowercased().contains("header") || source.contains("links") else { continue }
            // A request's own headers are another matter.
            guard !RequestNotation.reads(in: source).contains(where: { $0.path.root.lowercased().contains("req") })
            else { continue }
            for path in ReadPath.all(in: source) {
                let keys = path.steps.compactMap { if case .key(let key) = $0 { key } else { nil } }
                if let place = keys.firstIndex(where: { $0.lowercased() == "headers" }), keys.count > place + 1 {
                    names.append(keys[place + 1])
                } else if path.root.lowercased() == "headers", let key = keys.first {
                    names.append(key)
                } else if keys.contains("links") {
                    names.append("Link")
                }
            }
            for call in ["getheader(", "getHeader(", "header("] {
                guard let range = source.range(of: call) else { continue }
                if let name = SourceText.quoted(String(source[range.upperBound...])).first { names.append(name) }
            }
        }
        if let key = look.missingKey, !names.contains(where: { Inputs.isSame($0, key) || $0 == "Link" }) { return [] }
        return names
    }

    private static func isHeld(_ value: String, _ look: Look) -> Bool {
        look.message.contains(value)
            || look.throwFrames.prefix(2).flatMap(\.locals).contains { SourceText.unquoted($0.value) == value }
    }

    private func finding(
        _ answer: Answer, _ look: Look, _ confidence: Double, _ causeClass: String, _ what: String
    ) -> Finding {
        Finding(
            causeClass, .dependency, evidence: [answer.event.id], confidence: confidence,
            "\(Phrase.call(answer, look.failure)) answered \(answer.http?.status ?? 200) \(what); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }
}
