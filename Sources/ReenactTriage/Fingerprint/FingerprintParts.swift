import ReenactTimeline

/// What a failure's fingerprints are made of, put together once: this version's and those of the version before.
struct FingerprintParts: Sendable {
    let issue: [String]
    let cause: [String]
    let fingerprint: Fingerprint
    /// Version 3: names and messages as runtimes of fewer languages write them.
    let former: Fingerprint

    init(_ look: Look, _ verdict: Verdict) {
        var book = FingerprintBook()
        self.init(look, verdict, book: &book)
    }

    /// - Parameters:
    ///   - names: those of the exceptions' stacks, where they are known already.
    ///   - book: what is known of other failures.
    init(_ look: Look, _ verdict: Verdict, names: [StackNames]? = nil, book: inout FingerprintBook) {
        let failure = look.failure
        let templates = book.templates(of: failure.exceptions.last?.message ?? failure.signature.message)
        issue = Fingerprint.issueParts(failure, isFormer: false, names: names, template: templates.now)
        let spoken = Names.formerlySpoken(failure)
        cause = Fingerprint.causeParts(look, verdict: verdict, names: Names.spoken(failure, former: spoken))
        fingerprint = Fingerprint(issue: book.hash(issue), cause: book.hash(issue + cause))
        let parts = Fingerprint.issueParts(failure, isFormer: true, names: names, template: templates.former)
        let why = Fingerprint.causeParts(look, verdict: verdict, names: spoken, isFormer: true)
        former = Fingerprint(issue: book.hash(parts, version: 3), cause: book.hash(parts + why, version: 3))
    }
}
