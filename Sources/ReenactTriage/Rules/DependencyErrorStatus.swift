import ReenactTimeline

/// A service that the program called answered with an error status, and the program failed on it.
public struct DependencyErrorStatus: Rule {
    public static let name = "dependency-error-status"
    public static let precondition = "an HTTP call before the throw was answered 4xx or 5xx"
    public static let evidence = "it was the last exchange, or status, host or body turn up in message or locals"
    public static let counterEvidence =
        "the same endpoint was answered alike earlier without harm, or well later; for 4xx: nothing links it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let findings = look.answers.prefix(30).compactMap { judge($0, look) }
        return findings.max { $0.confidence < $1.confidence }.map { [$0] } ?? []
    }

    private func judge(_ answer: Answer, _ look: Look) -> Finding? {
        guard let http = answer.http, let status = http.status, status >= 400 else { return nil }
        let isServerError = status >= 500 || status == 429
        let endpoint = http.endpoint
        func alike(_ other: Answer) -> Bool { other.http?.endpoint == endpoint }
        let later = look.answers.filter { $0.event.id > answer.event.id && alike($0) && ($0.http?.status ?? 500) < 400 }
        let tolerated = look.earlier.filter { alike($0) && $0.http?.status == status }
        let distance = look.distance(answer.event)
        let link = link(answer, http, status, look)
        let failsOnContent =
            look.complaint.isAboutDecoding || look.complaint.isAboutNothing || look.missingKey != nil
        var confidence =
            switch (link, isServerError) {
            case (.strong, _): 0.95
            case (.weak, true): distance == 0 ? 0.92 : 0.75
            case (.weak, false): distance == 0 ? 0.8 : 0.55
            case (.none, true): distance == 0 ? (failsOnContent || look.isBlind ? 0.85 : 0.7) : 0
            case (.none, false): distance == 0 && (failsOnContent || look.isBlind) ? 0.65 : 0
            }
        if link == .none, distance > 0, distance <= 2, failsOnContent, isServerError { confidence = 0.6 }
        if !later.isEmpty { confidence -= 0.45 }
        if !tolerated.isEmpty { confidence -= link == .strong ? 0.1 : 0.35 }
        guard confidence >= Triage.confidenceMin else { return nil }
        let attempts = look.answers.filter { alike($0) && $0.http?.status == status && $0.http?.target == http.target }
        return Finding(
            Self.causeClass(status), Self.responsibility(status), evidence: attempts.prefix(5).map(\.event.id),
            counterEvidence: (later + tolerated).prefix(5).map(\.event.id), confidence: confidence,
            sentence(answer, http, look, attempts.count))
    }

    private enum Link { case none, weak, strong }

    private func link(_ answer: Answer, _ http: HTTPAnswer, _ status: Int, _ look: Look) -> Link {
        // This machine's own address stands everywhere: only with its port it is a peer's.
        let name = String(http.host.prefix { $0 != ":" })
        let host = name == "localhost" || name.allSatisfy { $0.isNumber || $0 == "." } ? http.host : name
        let path = String(http.target.prefix { $0 != "?" })
        let texts = look.holdings(near: 4)
        let namesStatus = texts.contains { SourceText.contains($0.value, word: "\(status)") }
        let namesPeer = texts.contains { text in
            (host.count > 3 && text.value.contains(host)) || (path.count > 4 && text.value.contains(path))
        }
        if namesStatus,
            namesPeer || texts.contains(where: { $0.depth == nil && SourceText.contains($0.value, word: "\(status)") })
        {
            return .strong
        }
        if namesStatus && look.distance(answer.event) == 0 { return .strong }
        if namesStatus || namesPeer { return .weak }
        if http.body.count >= 8, texts.contains(where: { $0.value.contains(http.body.prefix(60)) }) { return .strong }
        return ValueFlow.hits(answer.leaves, in: texts, limit: 1).isEmpty ? .none : .weak
    }

    static func causeClass(_ status: Int) -> String {
        switch status {
        case 429: "rate-limited"
        case 401, 403, 407: "credentials-rejected"
        default: "dependency-error-status"
        }
    }

    static func responsibility(_ status: Int) -> Verdict.Responsibility {
        switch status {
        case 429: .resource
        case 401, 403, 407: .configuration
        default: .dependency
        }
    }

    private func sentence(_ answer: Answer, _ http: HTTPAnswer, _ look: Look, _ attempts: Int) -> String {
        let times = attempts > 1 ? " (\(attempts) times)" : ""
        let came = "\(Phrase.call(answer, look.failure)) answered \(Phrase.httpResult(http))\(times)"
        let complaint = look.complaint
        if look.isBlind {
            return "\(came); \(look.failure.signature.operation) then failed (\(look.failure.signature.outcome))."
        }
        if complaint.isAboutDecoding, http.json == nil { return "\(came); \(Phrase.doing(look)) expected JSON." }
        if let key = look.missingKey {
            return "\(came); \(Phrase.doing(look)) looked for \(Phrase.quote(key)) in it."
        }
        return "\(came); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
    }
}
