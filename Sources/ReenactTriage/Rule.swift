import ReenactTimeline

/// What one rule has to say on a case.
public struct Finding: Sendable, Equatable {
    public var causeClass: String
    public var responsibility: Verdict.Responsibility
    /// Ids of events, the most telling first.
    public var evidence: [Int]
    public var counterEvidence: [Int]
    /// From 0 to 1; calibrated to mean "right so often".
    public var confidence: Double
    public var sentence: String

    public init(
        _ causeClass: String, _ responsibility: Verdict.Responsibility, evidence: [Int], counterEvidence: [Int] = [],
        confidence: Double, _ sentence: String
    ) {
        self.causeClass = causeClass
        self.responsibility = responsibility
        self.evidence = evidence
        self.counterEvidence = counterEvidence
        self.confidence = confidence
        self.sentence = sentence
    }
}

/// One self-evident kind of cause.
///
/// A rule is a pure function of a case: no clock, no I/O, no state. It knows protocols, runtimes and widely used
/// libraries, never a certain application. It finds nothing rather than guessing.
public protocol Rule: Sendable {
    /// A stable word, the file's name in small letters.
    static var name: String { get }
    /// What must be there before the rule says anything.
    static var precondition: String { get }
    /// What it takes as evidence.
    static var evidence: String { get }
    /// What speaks against it: makes it abstain, or lowers its confidence.
    static var counterEvidence: String { get }

    init()
    func judge(_ look: Look) -> [Finding]
}
