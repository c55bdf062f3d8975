import ReenactTimeline

/// Everything that triage says of one case, looked at once.
public struct Judged: Sendable {
    public let verdict: Verdict
    public let fingerprint: Fingerprint
    /// The keys that the version before gave the same failure.
    public let former: Fingerprint

    public init(_ failure: Case) {
        let look = Look(failure)
        verdict = Triage.verdict(for: look)
        let parts = FingerprintParts(look, verdict)
        fingerprint = parts.fingerprint
        former = parts.former
    }
}
