import ReenactTimeline

/// Failures that belong together, as `reenact issues --json` shows them: docs/commands.md.
public struct StoredIssue: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        case open
        /// It was resolved and came back.
        case regressed
        case resolved, ignored
    }

    /// One reason for which it fails.
    public struct Cause: Codable, Sendable, Equatable {
        public var cause: String
        public var causeClass: String
        public var tier: Verdict.Tier
        public var confidence: Double
        public var sentence: String
        public var count: Int
        /// Ids of the cases that have a file.
        public var cases: [String]
    }

    /// What people write to name it: eight hexadecimal digits.
    public var id: String
    /// The key under which it is kept.
    public var key: String
    public var state: State
    /// Empty where it is nobody's.
    public var assignee: String
    /// Of the case that came last.
    public var exceptionType: String
    public var message: String
    public var operation: String
    public var site: String
    public var count: Int
    public var firstTime: String
    public var lastTime: String
    /// The most frequent one first.
    public var causes: [Cause]
    /// Every fingerprint that is in it, of any version.
    public var fingerprints: [String]
    /// Why these are together, beyond equal fingerprints.
    public var joined: [String]
    /// What was decided about it, with what was taken back.
    public var decisions: [Decision]

    /// The issue of these cases, which are not empty and all belong to `key`.
    init(_ key: String, _ cases: [StoredCase], _ book: IssueBook, _ all: [Decision]) {
        let last = cases.max { ($0.lastTime, $0.id) < ($1.lastTime, $1.id) } ?? cases[0]
        id = IssueName.short(key)
        self.key = key
        exceptionType = last.exceptionType
        message = last.message
        operation = last.operation
        site = last.throwSite.map { "\($0.function) (\($0.file):\($0.line))" } ?? ""
        count = cases.reduce(0) { $0 + $1.count }
        firstTime = cases.map(\.time).min() ?? last.time
        lastTime = last.lastTime
        fingerprints = Set(cases.flatMap(\.issueKeys)).sorted()
        var joined: [String] = []
        for reason in cases.flatMap({ book.reasons($0) }) where !joined.contains(reason) { joined.append(reason) }
        self.joined = joined
        let standing = book.standing.filter { $0.action != .seen && book.root($0.issue) == key }
        (state, assignee) = Self.state(standing, lastTime: last.lastTime)
        decisions = book.decisions(all, about: key)
        causes = Dictionary(grouping: cases, by: { book.cause(of: $0) }).sorted { $0.key < $1.key }.map {
            cause, cases in
            let first = cases.min { ($0.time, $0.id) < ($1.time, $1.id) } ?? cases[0]
            return Cause(
                cause: cause, causeClass: first.verdict.causeClass, tier: first.verdict.tier,
                confidence: first.verdict.confidence, sentence: first.verdict.sentence,
                count: cases.reduce(0) { $0 + $1.count }, cases: cases.map(\.id).sorted())
        }.sorted { ($1.count, $0.cause) < ($0.count, $1.cause) }
    }

    /// What the decisions come to. A failure after it was resolved reopens it.
    static func state(_ decisions: [Decision], lastTime: String) -> (State, assignee: String) {
        var state = State.open
        var assignee = ""
        var resolved = ""
        for decision in decisions {
            switch decision.action {
            case .resolve: (state, resolved) = (.resolved, decision.time)
            case .reopen: state = .open
            case .ignore: state = .ignored
            case .regression: if state == .resolved { state = .regressed }
            case .assign: assignee = decision.text
            case .seen, .merge, .split, .undo: break
            }
        }
        if state == .resolved, lastTime > resolved { state = .regressed }
        return (state, assignee)
    }
}
