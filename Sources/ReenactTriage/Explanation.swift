import ReenactTimeline

/// A decision with everything that went into it: made from the case alone, so that it comes out the same at any time.
public struct Explanation: Sendable, Encodable {
    /// One rule's part in it.
    public struct Part: Sendable, Encodable {
        public var rule: String
        /// `decided`, `found` (another was surer), `too-unsure`, `abstained`.
        public var state: String
        public var causeClass: String?
        public var confidence: Double?
        public var evidence: [Int]
        public var counterEvidence: [Int]
        public var sentence: String?
        /// What the rule needs before it speaks; for those that abstained.
        public var precondition: String
    }

    /// A recorded value, and what ties it to the failure.
    public struct Tied: Sendable, Encodable {
        public var event: Int?
        public var path: String
        public var name: String
        /// Empty where it is not there, or holds others.
        public var value: String
        public var likelihood: Double
        public var signs: [String]
    }

    public var id: String
    public var verdict: Verdict
    public var issue: String
    public var cause: String
    public var issueParts: [String]
    public var causeParts: [String]
    public var rules: [Part]
    /// The values that are tied most closely to it, whatever the rules say.
    public var ties: [Tied]
    /// What the case does not hold.
    public var holes: [String]
    public var triageVersion: Int

    /// - Parameter ties: how many of the tied values are told.
    public init(_ failure: Case, known: KnownIssue? = nil, ties limit: Int = 8) {
        let look = Look(failure)
        let verdict = Triage.verdict(for: look, known: known)
        let parts = FingerprintParts(look, verdict)
        id = failure.id
        self.verdict = verdict
        issue = parts.fingerprint.issue
        cause = parts.fingerprint.cause
        issueParts = parts.issue
        causeParts = parts.cause
        holes = failure.holes.map(\.what)
        triageVersion = Triage.version
        ties = Ties(look, limit: limit).all.map { tie in
            Tied(
                event: tie.event, path: tie.path, name: tie.name, value: tie.text,
                likelihood: (tie.likelihood * 10_000).rounded() / 10_000, signs: tie.signs.map(\.rawValue).sorted())
        }
        rules = (Triage.rules + Triage.fallbacks).flatMap { rule -> [Part] in
            let findings = rule.init().judge(look)
            guard !findings.isEmpty else {
                return [
                    Part(
                        rule: rule.name, state: "abstained", evidence: [], counterEvidence: [],
                        precondition: rule.precondition)
                ]
            }
            return findings.map { finding in
                let isDecisive =
                    rule.name == verdict.rule && finding.causeClass == verdict.causeClass
                    && finding.evidence == verdict.evidence
                let isSure = finding.confidence >= Triage.confidenceMin
                return Part(
                    rule: rule.name, state: isDecisive ? "decided" : isSure ? "found" : "too-unsure",
                    causeClass: finding.causeClass, confidence: (finding.confidence * 100).rounded() / 100,
                    evidence: finding.evidence, counterEvidence: finding.counterEvidence, sentence: finding.sentence,
                    precondition: rule.precondition)
            }
        }
    }
}
