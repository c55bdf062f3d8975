import ReenactTimeline

/// The verdict on a failure that another program reported: a row of `reenact triage --stacks|--sentry|--otlp --json`.
public struct TriagedFailure: Sendable, Encodable {
    /// An exchange that shows it.
    public struct Evidence: Sendable, Encodable, Equatable {
        public var event: Int
        public var summary: String
        public var outcome: String
    }

    public var input: String
    public var id: String
    public var issue: String
    public var cause: String
    /// The keys of the version before: history that was kept under them is this failure's as well.
    public var former: [String]
    /// Issue and cause after near misses were joined; `joined` says why where they differ from the fingerprints.
    public var group: String
    public var causeGroup: String
    public var joined: String?
    public var exceptionType: String
    public var message: String
    public var tier: Int
    public var causeClass: String
    public var responsibility: String
    /// Who misbehaved first; empty when that is not known.
    public var firstComponent: String
    public var evidence: [Evidence]
    public var counterEvidence: [Evidence]
    public var confidence: Double
    public var sentence: String
    public var rule: String
    public var trace: String
    public var service: String

    /// What grouping compares, and the place in the trace: not shown.
    let parts: [String]
    let causeParts: [String]
    let span: String
    /// The user's rule that holds for it.
    let ruled: GroupingRules.Match?

    enum CodingKeys: String, CodingKey {
        case input, id, issue, cause, former, group, causeGroup, joined, exceptionType, message, tier, causeClass
        case responsibility, firstComponent, evidence, counterEvidence, confidence, sentence, rule, trace, service
    }

    /// - Parameter rules: the user's own, of what belongs together.
    public init(_ foreign: ForeignFailure, rules: GroupingRules = GroupingRules()) {
        var book = FingerprintBook()
        self.init(foreign, rules: rules, book: &book)
    }

    /// - Parameter book: what is known of other failures.
    init(_ foreign: ForeignFailure, rules: GroupingRules, book: inout FingerprintBook) {
        let failure = foreign.failure
        let look = Look(failure)
        let verdict = Triage.verdict(for: look)
        let made = FingerprintParts(look, verdict, names: foreign.names, book: &book)
        let (fingerprint, before) = (made.fingerprint, made.former)
        func shown(_ ids: [Int]) -> [Evidence] {
            ids.compactMap { failure.event($0) }.map {
                Evidence(event: $0.id, summary: $0.summary, outcome: $0.outcome.rawValue)
            }
        }
        input = foreign.source
        id = foreign.name.isEmpty ? failure.id : foreign.name
        issue = fingerprint.issue
        cause = fingerprint.cause
        former = [before.issue, before.cause]
        group = fingerprint.issue
        causeGroup = fingerprint.cause
        joined = nil
        exceptionType = failure.signature.exceptionType
        message = failure.signature.message.cut(500)
        tier = verdict.tier.rawValue
        causeClass = verdict.causeClass
        responsibility = verdict.responsibility.rawValue
        firstComponent = Component.first(foreign, verdict)
        evidence = shown(verdict.evidence)
        counterEvidence = shown(verdict.counterEvidence)
        confidence = verdict.confidence
        sentence = verdict.sentence
        rule = verdict.rule
        trace = foreign.trace
        service = foreign.service
        span = foreign.span
        ruled =
            rules.isEmpty
            ? nil
            : rules.match(
                .init(
                    types: [failure.signature.exceptionType] + failure.signature.causeTypes,
                    message: failure.signature.message, frames: Self.frames(failure),
                    operation: failure.signature.operation, outcome: failure.signature.outcome.rawValue,
                    causeClass: verdict.causeClass))
        parts = made.issue
        causeParts = made.cause
    }

    /// The innermost calls, as rules of the user's name them.
    private static func frames(_ failure: Case) -> [String] {
        (failure.exceptions.last?.frames ?? []).reversed().prefix(12).map { "\($0.function) \($0.file)" }
    }
}
