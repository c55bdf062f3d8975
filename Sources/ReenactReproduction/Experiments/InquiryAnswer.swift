import ReenactTimeline

extension Inquiry {
    /// One attempt with its changes.
    public struct Experiment: Codable, Sendable, Equatable {
        public var changes: [String]
        /// `still-fails`, `gone`, `unknown`.
        public var result: String
        public var reason: String
        public var milliseconds: Double
        /// In a program that had been through other experiments; what is told was seen in fresh ones.
        public var isWarm: Bool
        /// Where the time went; nil where nothing was tried.
        public var phases: RunResult.Phases?
        /// How often the program came through the place of the recorded failure; nil where nobody watched it.
        public var passes: Int?

        public init(
            changes: [String], result: String, reason: String, milliseconds: Double, isWarm: Bool = false,
            phases: RunResult.Phases? = nil, passes: Int? = nil
        ) {
            self.changes = changes
            self.result = result
            self.reason = reason
            self.milliseconds = milliseconds
            self.isWarm = isWarm
            self.phases = phases
            self.passes = passes
        }
    }

    /// A condition that the failure needs.
    public struct Cause: Codable, Sendable, Equatable {
        /// `answer`, `field`, `row`, `cell`, `fault`, `variable`, `input`, `time`, `timing`.
        public var kind: Condition.Kind
        public var recorded: String
        /// What it was changed to when the failure was gone.
        public var changed: String
        public var event: Int?
        /// The event that wrote what the condition is about, where the recording holds it.
        public var producer: Producer?
    }

    /// Who made a necessary condition what it was.
    public struct Producer: Codable, Sendable, Equatable {
        public var event: Int
        public var summary: String
        /// The request or job that caused it, where known.
        public var trigger: String?
    }

    /// What came of it.
    public struct Answer: Codable, Sendable, Equatable {
        /// `determined`, `not-determined`.
        public var state: String
        /// Why nothing could be determined: `not-reproduced`, `unstable`, `nothing-to-change`, `no-effect`, `budget`,
        /// `unknown`; nil where it was determined.
        public var obstacle: String?
        public var necessary: [String]
        /// Events of the necessary conditions.
        public var events: [Int]
        /// The necessary conditions and the alternatives, with what they were changed to.
        public var causes: [Cause]
        /// True where these conditions alone, all other suspicious ones changed, still make it fail; nil where that was
        /// not tried, or could not be told.
        public var isSufficient: Bool?
        /// The decisive experiments were repeated, and agreed.
        public var isConfirmed: Bool
        /// The earliest necessary condition.
        public var origin: String?
        public var unknown: [String]
        /// Groups of which any one is enough.
        public var alternatives: [[String]]
        public var experiments: [Experiment]
        /// How many conditions could be changed.
        public var conditions: Int
        /// The most attempts that were allowed.
        public var budget: Int
        /// The wall-clock time of all of it.
        public var milliseconds: Double
        public var sentence: String
        /// Where nothing was determined: what was changed when the failure was gone, though that was not confirmed.
        public var unconfirmed: [String]
    }
}

/// The answer in words.
struct AnswerWording {
    let cuts: [[Condition]]
    let isSufficient: Bool?
    let unknown: [Condition]
    /// Changed when the failure was gone, but not confirmed.
    let unconfirmed: [Condition]
    /// How many attempts were made, where more were not allowed.
    let attempts: Int?

    var sentence: String {
        guard !cuts.isEmpty else {
            if let hint { return hint }
            let open =
                unknown.isEmpty
                ? "" : "; of \(unknown.count) it could not be told, since the program then went another way"
            return "Not determined: no recorded condition that could be changed makes the failure go away\(open)."
        }
        if cuts.count == 1, cuts[0].count == 1 {
            let only = cuts[0][0]
            let alone = isSufficient == true ? " It alone is enough." : ""
            // A whole answer is told by where it stands: `as in event 16`.
            let how = only.changed.hasPrefix("as in ") ? only.changed : "with \(only.changed) instead"
            return "It fails because \(only.recorded): \(how), the failure is gone.\(alone)"
        }
        let parts = cuts.map { cut in
            cut.count == 1 ? cut[0].recorded : "(" + cut.map(\.recorded).joined(separator: " or ") + ")"
        }
        let isOr = cuts.count == 1
        let end =
            isOr
            ? ": either is enough, and with all of them changed the failure is gone."
            : ": with any of them changed, the failure is gone."
        let alone = isSufficient == true && !isOr ? " Together they are enough." : ""
        return "It fails because \(parts.joined(separator: " and "))\(end)\(alone)"
    }

    /// What was seen, though not often enough to be told as the cause.
    private var hint: String? {
        guard let first = unconfirmed.first else { return nil }
        let end = attempts.map { "the \($0) attempts that were allowed ended before" } ?? "not"
        if unconfirmed.count == 1 {
            let rest = attempts == nil ? "that could not be confirmed" : "\(end) that was confirmed"
            return
                "Not determined: with \(first.changed) in place of \(first.recorded), the failure was gone, but \(rest)."
        }
        let more = unconfirmed.count - 1
        let rest =
            attempts == nil ? "which of them does it could not be told" : "\(end) it was known which of them does it"
        return
            "Not determined: with \(first.changed) in place of \(first.recorded), and \(more) more changed, the failure "
            + "was gone, but \(rest)."
    }
}
