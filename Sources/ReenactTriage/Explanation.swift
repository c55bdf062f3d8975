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

    public var id: String
    public var verdict: Verdict
    public var issue: String
    public var cause: String
    public var issueParts: [String]
    public var causeParts: [String]
    public var rules: [Part]
    /// What the case does not hold.
    public var holes: [String]
    public var triageVersion: Int

    public init(_ failure: Case, known: KnownIssue? = nil) {
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
        rules = Triage.rules.flatMap { rule -> [Part] in
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
