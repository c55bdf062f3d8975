import ReenactTimeline

/// What a failure's fingerprints are made of, put together once: this version's and those of the version before.
struct FingerprintParts: Sendable {
    let issue: [String]
    let cause: [String]
    let fingerprint: Fingerprint
    /// Version 3: names and messages as runtimes of fewer languages write them.
    let former: Fingerprint

    /// - Parameter names: those of the exceptions' frames, where they are known already.
    init(_ look: Look, _ verdict: Verdict, names: [[CallNames]]? = nil) {
        let failure = look.failure
        issue = Fingerprint.issueParts(failure, isFormer: false, names: names)
        cause = Fingerprint.causeParts(look, verdict: verdict)
        fingerprint = Fingerprint(issue: Fingerprint.hash(issue), cause: Fingerprint.hash(issue + cause))
        let parts = Fingerprint.issueParts(failure, isFormer: true, names: names)
        let why = Fingerprint.causeParts(look, verdict: verdict, isFormer: true)
        former = Fingerprint(
            issue: Fingerprint.hash(parts, version: 3), cause: Fingerprint.hash(parts + why, version: 3))
    }
}
