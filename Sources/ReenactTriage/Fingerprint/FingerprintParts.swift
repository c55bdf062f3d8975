import ReenactTimeline

/// What a failure's fingerprints are made of, put together once: this version's and those of the version before.
struct FingerprintParts: Sendable {
    let issue: [String]
    let cause: [String]
    let fingerprint: Fingerprint
    /// Version 2: every number out of every name, fewer kinds of values out of messages.
    let former: Fingerprint

    init(_ look: Look, _ verdict: Verdict) {
        let failure = look.failure
        issue = Fingerprint.issueParts(failure)
        cause = Fingerprint.causeParts(look, verdict: verdict)
        fingerprint = Fingerprint(issue: Fingerprint.hash(issue), cause: Fingerprint.hash(issue + cause))
        let parts = Fingerprint.issueParts(failure, isFormer: true)
        former = Fingerprint(
            issue: Fingerprint.hash(parts, version: 2), cause: Fingerprint.hash(parts + cause, version: 2))
    }
}
