import ReenactTimeline

/// Takes finished cases: the store, in the shape that the recorder needs.
public protocol CaseSink: Sendable {
    /// Keeps the case, or counts it where it is known.
    func write(_ value: Case) throws -> CaseReceipt
}

/// What became of a case.
public struct CaseReceipt: Sendable {
    public var id: String
    public var path: String
    /// One line for the person who records.
    public var summary: String
    public var isNew: Bool
    public var count: Int
    /// What the issue is called that it belongs to; empty where the sink keeps no issues.
    public var issue = ""
    /// When that issue had been resolved, where this failure reopened it.
    public var resolved: String?
    public init(id: String, path: String, summary: String, isNew: Bool, count: Int) {
        self.id = id
        self.path = path
        self.summary = summary
        self.isNew = isNew
        self.count = count
    }
}
