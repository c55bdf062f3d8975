import ReenactTimeline

/// What a failure's fingerprints are made of, put together once: this version's and those of the version before.
struct FingerprintParts: Sendable {
    let issue: [String]
    let cause: [String]
    let fingerprint: Fingerprint
    /// Version 1: the operation in every issue; neither endpoints nor names in causes.
    let former: Fingerprint

    init(_ look: Look, _ verdict: Verdict) {
        let failure = look.failure
        issue = Fingerprint.issueParts(failure)
        cause = Fingerprint.causeParts(look, verdict: verdict)
        fingerprint = Fingerprint(issue: Fingerprint.hash(issue), cause: Fingerprint.hash(issue + cause))
        let hasFrames = issue.contains { $0.hasPrefix("frame ") }
        let parts = hasFrames ? issue + [Fingerprint.operationPart(failure)] : issue
        let told = verdict.evidence.first.flatMap { failure.event($0) } ?? look.answers.first?.event
        let why = ["outcome \(told?.outcome.rawValue ?? "none")", "cause \(verdict.causeClass)"]
        former = Fingerprint(
            issue: Fingerprint.hash(parts, version: 1), cause: Fingerprint.hash(parts + why, version: 1))
    }
}
