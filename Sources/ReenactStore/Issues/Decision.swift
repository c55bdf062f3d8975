import ReenactTimeline

/// Something that was decided about an issue: a line of `issues.jsonl`.
///
/// The file only grows. What holds is found by going through it from the start, so that everything can be explained
/// and taken back.
public struct Decision: Codable, Sendable, Equatable {
    public enum Action: String, Codable, Sendable {
        /// Made by the store: an issue or a cause was there for the first time. Keeps what it is called across
        /// versions of fingerprints and after its case files have gone.
        case seen
        /// Made by the store: it came again after it had been resolved.
        case regression
        case resolve, reopen, ignore, assign, merge, split, undo
    }

    /// From 1, in the order of the file.
    public var number: Int
    /// ISO 8601, UTC.
    public var time: String
    /// Who decided; `reenact` for the store.
    public var by: String
    public var action: Action
    /// The key of the issue that it is about; for `undo` empty.
    public var issue: String
    /// `seen`: other keys of the same issue, of other versions. `merge`: keys of the issues that were put into it.
    public var keys: [String]
    /// `seen`: keys of the cause. `split`: causes that were taken out into an issue of their own.
    public var causes: [String]
    /// `seen` and `regression`: the case.
    public var caseID: String
    /// Why; for `assign` to whom.
    public var text: String
    /// For `undo` the number of the decision that no longer counts.
    public var undoes: Int?

    public init(
        _ action: Action, issue: String = "", keys: [String] = [], causes: [String] = [], caseID: String = "",
        text: String = "", undoes: Int? = nil, time: String, by: String, number: Int = 0
    ) {
        self.number = number
        self.time = time
        self.by = by
        self.action = action
        self.issue = issue
        self.keys = keys
        self.causes = causes
        self.caseID = caseID
        self.text = text
        self.undoes = undoes
    }

    /// For `split`: the key of the issue that it makes.
    public var splitKey: String { "split:\(causes.min() ?? "")" }

    /// True for what people decide and may take back.
    public var isByHand: Bool { ![.seen, .regression, .undo].contains(action) }
}
