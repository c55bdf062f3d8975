import ReenactTimeline

/// What an experiment showed to be the cause of a case: a line of `causes.jsonl` beside the case files.
public struct ConfirmedCause: Codable, Sendable, Equatable {
    /// A recorded condition with which the failure went away.
    public struct Condition: Codable, Sendable, Equatable {
        /// As `reenact why` calls it: `answer`, `field`, `row`, `cell`, `fault`, `variable`, `input`, `time`, `timing`.
        public var kind: String
        public var recorded: String
        public var changed: String
        public var event: Int?

        public init(kind: String, recorded: String, changed: String, event: Int?) {
            self.kind = kind
            self.recorded = recorded
            self.changed = changed
            self.event = event
        }
    }

    public var `case`: String
    public var conditions: [Condition]
    public var sentence: String
    public var attempts: Int
    /// The conditions alone make the failure come, all else healthy; nil where that was not tried.
    public var isSufficient: Bool?

    public init(case id: String, conditions: [Condition], sentence: String, attempts: Int, isSufficient: Bool? = nil) {
        self.case = id
        self.conditions = conditions
        self.sentence = sentence
        self.attempts = attempts
        self.isSufficient = isSufficient
    }

    /// Where triage accuses the same event by itself: two that know nothing of each other agree.
    private static let agreed = 0.95
    /// As often as what was determined proved right in trials that were blind (`docs/results.md`): a change may make a
    /// failure go by leading the program around it.
    private var confidence: Double { isSufficient == true && conditions.count == 1 ? 0.8 : 0.65 }

    /// The verdict in view of the experiment: what triage could not tell is told, what it told alike is confirmed, and
    /// what it was not sure of gives way.
    public func verdict(_ verdict: Verdict) -> Verdict {
        guard let first = conditions.first else { return verdict }
        let events = conditions.compactMap(\.event)
        var result = verdict
        let isUnclear = verdict.responsibility == .unclear
        if !isUnclear, !Set(events).isDisjoint(with: verdict.evidence) {
            result.confidence = max(verdict.confidence, Self.agreed)
            result.sentence = verdict.sentence + " Confirmed by experiment: " + Self.lowered(sentence)
            return result
        }
        guard isUnclear || verdict.confidence < confidence else { return verdict }
        // A known issue stays one.
        if verdict.tier != .known { result.tier = .reenact }
        let kind = Self.cause(first)
        result.causeClass = kind.causeClass
        result.responsibility = kind.responsibility
        result.counterEvidence = isUnclear ? [] : verdict.evidence.filter { !events.contains($0) }
        result.evidence = events
        result.confidence = confidence
        result.sentence = sentence
        result.rule = "experiment"
        return result
    }

    private static func lowered(_ sentence: String) -> String {
        sentence.hasPrefix("It ") ? "it " + sentence.dropFirst(3) : sentence
    }

    private static func cause(
        _ condition: Condition
    ) -> (causeClass: String, responsibility: Verdict.Responsibility) {
        let recorded = condition.recorded
        let isNothing = recorded.hasSuffix(" was null") || recorded.hasSuffix(" was NULL") || recorded.hasSuffix("nil")
        switch condition.kind {
        case "field":
            if recorded.contains(" had no ") { return ("dependency-missing-field", .dependency) }
            return (isNothing ? "dependency-null-field" : "malformed-answer", .dependency)
        case "cell": return (isNothing ? "unexpected-null" : "malformed-answer", .interaction)
        case "row": return (recorded.contains("found no row") ? "missing-row" : "unexpected-row", .interaction)
        case "answer":
            let isRefusal = recorded.contains("answered http:4") || recorded.contains("answered http:5")
            return (isRefusal ? "dependency-error-status" : "dependency-unexpected-form", .dependency)
        case "fault": return ("dependency-unavailable", .dependency)
        case "variable", "file": return ("wrong-configuration", .configuration)
        case "input": return ("malformed-input", .input)
        case "time": return ("time-dependent", .interaction)
        case "timing": return ("order-dependent", .interaction)
        default: return ("unclear", .unclear)
        }
    }
}
