import ReenactTimeline

/// Credentials that had been good had run out: a token, a session, a signed address.
public struct ExpiredToken: Rule {
    public static let name = "expired-token"
    public static let precondition =
        "a call was turned down (400, 401, 403) and its answer speaks of expiry, or the exception itself does"
    public static let evidence =
        "the words of the answer's body or of its WWW-Authenticate field; the same peer took earlier calls"
    public static let counterEvidence =
        "it is a certificate that expired, or a cache entry; nothing says that it ran out: then it may never have been good"

    public init() {}

    private static let phrases = [
        "token has expired", "token is expired", "token expired", "expired token", "expiredtoken", "token_expired",
        "expired_token", "tokenexpired", "jwt expired", "jwt is expired", "signature has expired", "expiredsignature",
        "session has expired", "session expired", "session_expired", "credentials have expired", "expired credentials",
        "expiredcredentials", "access token is no longer valid", "token is no longer valid",
        "authorization has expired",
        "link has expired", "request has expired", "security token included in the request is expired",
        "refresh token has expired", "api key expired", "api key has expired", "ticket expired",
    ]

    public func judge(_ look: Look) -> [Finding] {
        for answer in look.answers.prefix(20) {
            guard let http = answer.http, let status = http.status, [400, 401, 403, 419, 440].contains(status) else {
                continue
            }
            guard says(http, answer) else { continue }
            let host = http.host
            let later = look.answers.filter {
                $0.event.id > answer.event.id && $0.http?.endpoint == http.endpoint && ($0.http?.status ?? 500) < 400
            }
            let earlier = (look.answers + look.earlier).filter {
                $0.event.id < answer.event.id && $0.http?.host == host && ($0.http?.status ?? 500) < 400
            }
            let isLast = look.distance(answer.event) == 0
            let isNamed = SourceText.contains(look.words, word: "\(status)") || look.complaint.mentions(Self.phrases)
            // A client that asked for a new token and went on has dealt with it.
            guard later.isEmpty, isLast || isNamed else { continue }
            let before = earlier.isEmpty ? "" : ", after \(earlier.count == 1 ? "a call" : "calls") that it took"
            return [
                Finding(
                    "expired-token", .configuration,
                    evidence: [answer.event.id] + earlier.prefix(1).map(\.event.id),
                    // More than what is said of the status alone: the answer says why.
                    confidence: isNamed || isLast && look.isBlind ? 0.97 : 0.96,
                    "\(Phrase.call(answer, look.failure)) answered \(status): the token has expired\(before); \(Phrase.doing(look)) could not go on."
                )
            ]
        }
        return spoken(look)
    }

    private func says(_ http: HTTPAnswer, _ answer: Answer) -> Bool {
        let field = answer.header("WWW-Authenticate")
        return Wording(String(http.body.prefix(4000)) + "\n" + field).contains(any: Self.phrases)
    }

    /// The program checked a token itself: the one that came with the request, where there was a request.
    private func spoken(_ look: Look) -> [Finding] {
        guard look.isTold(Self.phrases), !look.complaint.mentions(["certificate"]) else { return [] }
        let turnedDown = look.answers.contains { ($0.http?.status ?? 0) >= 400 }
        guard !turnedDown else { return [] }
        let fromInput = look.trigger?.http != nil && look.answers.allSatisfy { $0.http == nil }
        return [
            Finding(
                "expired-token", fromInput ? .input : .configuration,
                evidence: fromInput ? [look.trigger?.event.id].compactMap { $0 } : [], confidence: 0.85,
                "A token has expired; \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
        ]
    }
}

extension Answer {
    /// The fields of the answer's head.
    var headers: [(name: String, value: String)] {
        (event.detail["responseHeaders"]?.array ?? []).compactMap { field in
            (field["name"] ?? field[0])?.string.map { ($0, (field["value"] ?? field[1])?.string ?? "") }
        }
    }

    /// A field of the answer's head, letter case aside; empty where there is none.
    func header(_ name: String) -> String {
        for field in event.detail["responseHeaders"]?.array ?? []
        where (field["name"] ?? field[0])?.string?.lowercased() == name.lowercased() {
            return (field["value"] ?? field[1])?.string ?? ""
        }
        return ""
    }
}
