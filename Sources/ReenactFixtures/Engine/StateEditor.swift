/// A row that changes: one of the two is nil where it comes or goes.
struct RowEdit {
    /// Which row of those that were loaded, or came since.
    var slot: Int
    var old: FixtureRow?
    var new: FixtureRow?
}

/// A loaded state that is changed row by row and asked at once, for a search that tries thousands of changes. Foreign keys
/// are not looked at.
protocol StateEditor: AnyObject {
    /// The statements with what they should give.
    var statements: [ReadyStatement] { get }
    /// To ask twice costs no more than to ask for two things at once.
    var isNear: Bool { get }
    /// Loads the state in place of what was there; the slots are the places of the rows.
    ///
    /// - Returns: false where a row was refused.
    func load(_ rows: [FixtureRow?]) throws(FixtureError) -> Bool
    /// The rows with what the engine puts into columns that are left to their defaults, where that can be told.
    func settled(_ rows: [FixtureRow?]) throws(FixtureError) -> [FixtureRow?]
    /// Makes changes on trial and runs statements on them; nil where the engine refused one, and nothing has changed.
    func attempt(_ edits: [RowEdit], _ indexes: [Int]) throws(FixtureError) -> [Outcome]?
    /// Runs further statements on what is there.
    func ask(_ indexes: [Int]) throws(FixtureError) -> [Outcome]
    /// The changes stay.
    func keep() throws(FixtureError)
    /// The changes are undone.
    func drop() throws(FixtureError)
    /// Leaves the blank schema behind, for good.
    func close() throws(FixtureError)
}

extension StateEditor {
    func settled(_ rows: [FixtureRow?]) throws(FixtureError) -> [FixtureRow?] { rows }
}
