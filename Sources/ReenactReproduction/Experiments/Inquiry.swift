import ReenactTimeline

/// The cause of a failure by experiment: one recorded condition after the other is changed, and the case re-enacted.
///
/// A condition without which the failure does not come is necessary. Groups of conditions that change nothing together
/// are done with in one attempt. Where the program asked for something that was never recorded the answer is unknown.
public struct Inquiry: Sendable {
    /// One attempt with its changes.
    public struct Experiment: Codable, Sendable, Equatable {
        public var changes: [String]
        /// `still-fails`, `gone`, `unknown`.
        public var result: String
        public var reason: String
        public var milliseconds: Double
    }

    /// What came of it.
    public struct Answer: Codable, Sendable, Equatable {
        /// `determined`, `not-determined`.
        public var state: String
        public var necessary: [String]
        /// Events of the necessary conditions.
        public var events: [Int]
        /// True where these conditions alone, all others changed, still make it fail; nil where that was not tried.
        public var isSufficient: Bool?
        public var unknown: [String]
        /// Groups of which any one is enough.
        public var alternatives: [[String]]
        public var experiments: [Experiment]
        public var conditions: Int
        public var sentence: String
    }

    /// Runs the case with these changes.
    typealias Attempt = @Sendable (_ changes: [Condition]) async throws -> Experiment

    private let attempt: Attempt
    private let conditions: [Condition]
    private let budget: Int
    private var experiments: [Experiment] = []
    private var necessary: [Condition] = []
    private var unknown: [Condition] = []
    /// Groups of which none is necessary alone, and without all of which it does not fail: any one is enough.
    private var alternatives: [[Condition]] = []

    init(_ conditions: [Condition], budget: Int?, attempt: @escaping Attempt) {
        self.conditions = conditions
        self.budget = min(budget ?? .max, conditions.count / 2 + 10)
        self.attempt = attempt
    }

    /// The cause of a case.
    public static func ask(
        _ failure: Case, options: ReproductionOptions, healthy: [Case] = [], budget: Int? = nil
    ) async throws -> Answer {
        var inquiry = Inquiry(Condition.all(in: failure, healthy: healthy), budget: budget) { changes in
            var (value, options) = (failure, options)
            options.attempts = 1
            for condition in changes {
                switch condition.change {
                case .answer(let event, let bytes): value = value.answering(event, with: bytes)
                case .variable(let name, let text): options.variables[name] = text
                }
            }
            let result = try await Reproduction(case: value, options: options).run()
            return Experiment(
                changes: changes.map { "\($0.recorded) → \($0.changed)" }, result: word(result), reason: result.reason,
                milliseconds: result.phases.total)
        }
        return try await inquiry.run()
    }

    /// The oracle: the same exception at the same place. What was never recorded proves nothing, whatever came then.
    static func word(_ result: RunResult) -> String {
        if result.outcome == .reproduced { return "still-fails" }
        guard result.misses.isEmpty else { return "unknown" }
        if let seen = result.seen, !seen.site.isEmpty, !result.expected.site.isEmpty {
            let isSame = seen.type == result.expected.type && seen.site == result.expected.site
            return isSame ? "still-fails" : "gone"
        }
        return result.outcome == .notReproduced ? "gone" : "unknown"
    }

    mutating func run() async throws -> Answer {
        let control = try await attempt([])
        experiments.append(control)
        guard control.result == "still-fails" else {
            return answer("Not determined: unchanged, the case does not fail again (\(control.reason))")
        }
        guard !conditions.isEmpty else { return answer("Not determined: nothing that was recorded can be changed.") }
        try await narrow(conditions)
        var isSufficient: Bool?
        let rest = conditions.filter { !necessary.contains($0) && !unknown.contains($0) }
        if !necessary.isEmpty, unknown.isEmpty {
            isSufficient = true
            if !rest.isEmpty, experiments.count < budget {
                isSufficient = try await tried(rest) == "still-fails"
            }
        }
        if necessary.isEmpty, let group = alternatives.first {
            let causes = group.map(\.recorded).joined(separator: " or ")
            return answer("Not determined which: one of these is enough to make it fail: \(causes).")
        }
        guard !necessary.isEmpty else {
            let open =
                unknown.isEmpty
                ? "" : "; \(unknown.count) could not be told, since the program then asked for what was never recorded"
            return answer("Not determined: no single recorded condition makes the failure go away\(open).")
        }
        let causes = necessary.map(\.recorded).joined(separator: " and ")
        let alone = isSufficient == true ? " It alone is enough." : ""
        return answer("It fails because \(causes): changed, the failure is gone.\(alone)", isSufficient)
    }

    /// Halves of what matters, until single conditions are left.
    private mutating func narrow(_ group: [Condition]) async throws {
        guard experiments.count < budget else {
            unknown += group
            return
        }
        let result = try await tried(group)
        if result == "still-fails" { return }
        guard group.count > 1 else {
            if result == "gone" { necessary += group } else { unknown += group }
            return
        }
        let before = necessary.count + unknown.count + alternatives.count
        try await narrow(Array(group.prefix(group.count / 2)))
        try await narrow(Array(group.dropFirst(group.count / 2)))
        if result == "gone", necessary.count + unknown.count + alternatives.count == before {
            alternatives.append(group)
        }
    }

    private mutating func tried(_ group: [Condition]) async throws -> String {
        let experiment = try await attempt(group)
        experiments.append(experiment)
        return experiment.result
    }

    private func answer(_ sentence: String, _ isSufficient: Bool? = nil) -> Answer {
        Answer(
            state: necessary.isEmpty ? "not-determined" : "determined", necessary: necessary.map(\.recorded),
            events: necessary.compactMap(\.event), isSufficient: isSufficient, unknown: unknown.map(\.recorded),
            alternatives: alternatives.map { $0.map(\.recorded) }, experiments: experiments,
            conditions: conditions.count, sentence: sentence)
    }
}
