import ReenactTimeline
import ReenactTriage

/// One case of a store, as `reenact list --json` shows it: docs/commands.md.
public struct StoredCase: Codable, Sendable, Equatable {
    public struct Site: Codable, Sendable, Equatable {
        public var function: String
        public var file: String
        public var line: Int
    }

    public var id: String
    /// The case file.
    public var path: String
    /// When it failed first, ISO 8601 in UTC.
    public var time: String
    /// When it failed last.
    public var lastTime: String
    /// What fired the failure rule.
    public var kind: Signature.Kind
    public var signature: Signature
    public var operation: String
    public var exceptionType: String
    public var message: String
    public var throwSite: Site?
    public var fingerprint: String
    public var causeFingerprint: String
    /// The same two as the version before made them: history that is kept under those is this one's.
    public var formerFingerprints: [String]
    /// What `reenact issues` calls the issue that it belongs to.
    public var issue = ""
    /// The first case of the same cause, where this is not the first.
    public var knownAs: String?
    /// How often it happened.
    public var count: Int
    /// Ids of the first five failures that are counted here; only the first has a file.
    public var samples: [String]
    public var verdict: Verdict
    public var trigger: Trigger
    public var outcome: OutcomeClass
    public var runtime: String

    /// Raised with the members, so that entries that are kept are made anew.
    static let version = 2

    /// The entry of a case that has just been read or recorded.
    public init(_ value: Case, path: String) {
        let judged = Judged(value)
        let (verdict, fingerprint) = (judged.verdict, judged.fingerprint)
        id = value.id
        self.path = path
        time = ISO8601.text(value.anchor.wallClock(at: value.failureTime))
        lastTime = time
        kind = value.signature.kind
        signature = value.signature
        operation = value.signature.operation
        exceptionType = value.signature.exceptionType
        message = value.signature.message
        throwSite = value.exceptions.last?.throwSite.map { Site(function: $0.function, file: $0.file, line: $0.line) }
        self.fingerprint = fingerprint.issue
        causeFingerprint = fingerprint.cause
        formerFingerprints = [judged.former.issue, judged.former.cause]
        count = 1
        samples = [value.id]
        self.verdict = verdict
        trigger = value.trigger
        outcome = value.signature.outcome
        runtime = value.environment.runtime
    }
}
