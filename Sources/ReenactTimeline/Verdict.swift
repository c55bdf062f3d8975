/// What Reenact makes of a case.
public struct Verdict: Codable, Sendable, Equatable {
    /// How the case was, or is to be, settled.
    public enum Tier: Int, Codable, Sendable {
        /// Same as a known issue.
        case known = 1
        /// The cause is self-evident from what was captured.
        case selfEvident = 2
        /// The link is unclear: re-enact.
        case reenact = 3
        /// To a person.
        case person = 4
    }

    /// Where the fault lies.
    public enum Responsibility: String, Codable, Sendable {
        case defect, configuration, resource, dependency, input, interaction, unclear
    }

    public var tier: Tier
    /// A stable word: `dependency-error-status`, `unexpected-null`, `missing-row`, `unclear`.
    public var causeClass: String
    public var responsibility: Responsibility
    /// Ids of the events that show it, the most telling first.
    public var evidence: [Int]
    /// Ids of events that speak against it.
    public var counterEvidence: [Int]
    /// From 0 to 1.
    public var confidence: Double
    /// One sentence that a tired person understands.
    public var sentence: String
    /// The rule that said so.
    public var rule: String

    public init(
        tier: Tier, causeClass: String, responsibility: Responsibility, evidence: [Int], counterEvidence: [Int] = [],
        confidence: Double, sentence: String, rule: String
    ) {
        self.tier = tier
        self.causeClass = causeClass
        self.responsibility = responsibility
        self.evidence = evidence
        self.counterEvidence = counterEvidence
        self.confidence = confidence
        self.sentence = sentence
        self.rule = rule
    }
}
