/// What the engine did with a statement.
enum Outcome: Sendable, Equatable {
    case rows([[SQLValue]], count: Int, lastRow: Int64?)
    case refused(String)
    /// Transaction control: the prover keeps its own.
    case skipped
}

/// A row to be loaded; nil leaves the column to its default.
struct FixtureRow: Sendable, Hashable {
    var table: Int
    var values: [SQLValue?]
}

/// The state before the first statement.
struct FixtureState: Sendable, Equatable {
    var rows: [FixtureRow] = []
    /// The last id given out, by table.
    var counters: [Int: Int64] = [:]
}

/// A statement made ready: its kind is known, and how to compare.
struct ReadyStatement: Sendable {
    var recorded: RecordedStatement
    var parsed: SQLStatement?
    /// What it is, in the words of the recording.
    var clause = Clause.name(nil)
    var control: SQLControl?
}

/// What a run gave.
struct EngineRun: Sendable {
    var outcomes: [Outcome]
    /// Rows that the engine did not take.
    var refusedRows: [String]
    /// False where a foreign key points nowhere.
    var foreignKeysHold: Bool
    /// The statements that were run; the outcomes of the others are those of the session's last run. Nil: all.
    var again: Set<Int>?
}

/// A real database engine with the blank schema in it. Every run leaves it blank again.
protocol FixtureEngine: AnyObject {
    var dialect: SQLDialect { get }
    var schema: Schema { get }
    /// Loads the state and runs the statements in order.
    func run(_ state: FixtureState, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun
    /// The same for the search, quicker where the engine can: `tables` are those that each statement names, `session` tells
    /// one timeline from the next.
    func search(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun
    /// The same from the text of a fixture, as a user would load it, with foreign keys looked at.
    func prove(_ script: String, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun
    /// For a search that tries many small changes; nil where the engine can't do that with this schema.
    func editor(_ statements: [ReadyStatement]) throws(FixtureError) -> (any StateEditor)?
}

extension FixtureEngine {
    func search(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun {
        try run(state, statements)
    }
}
