/// SQLite for the search: keeps what is loaded from one run to the next, changes only the rows that differ, and runs only
/// the statements that these can touch. Foreign keys are off; what comes of it is proven elsewhere.
final class SQLiteScratch {
    private let engine: SQLiteEngine
    private var held: [Int: [Int64: FixtureRow]] = [:]
    /// What was last asked for, by table.
    private var asked: [Int: [FixtureRow]] = [:]
    private var refused: [Int: [String]] = [:]
    private var counters: [Int: Int64] = [:]
    private var session = -1
    private var outcomes: [Outcome] = []
    /// Tables without a rowid are loaded anew whenever they change.
    private let bare: Set<Int>

    /// Rows do nothing but lie there: for statements that set off no trigger.
    init(schema sql: String) throws(FixtureError) {
        let engine = try SQLiteEngine(schema: sql, enforcesKeys: false)
        self.engine = engine
        engine.dropTriggers()
        bare = Set(
            engine.schema.tables.indices.filter {
                let name = quotedName(engine.schema.tables[$0].name)
                if case .refused = engine.execute("SELECT rowid FROM \(name) LIMIT 0", []) { return true }
                return false
            })
    }

    func run(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun {
        let changed = load(state)
        var again = Set(statements.indices)
        if session == self.session, outcomes.count == statements.count { again = affected(statements, tables, changed) }
        self.session = session
        if !again.isEmpty {
            let run = try engine.played(statements, only: again)
            if again.count == statements.count {
                outcomes = run
            } else {
                for index in again { outcomes[index] = run[index] }
            }
        }
        return EngineRun(
            outcomes: outcomes, refusedRows: refused.sorted { $0.key < $1.key }.flatMap(\.value), foreignKeysHold: true,
            again: again)
    }

    private func affected(_ statements: [ReadyStatement], _ tables: [Set<Int>], _ changed: Set<Int>) -> Set<Int> {
        if changed.isEmpty { return [] }
        var dirty = changed
        var writes: Set<Int> = []
        var reads: Set<Int> = []
        for (index, statement) in statements.enumerated() {
            switch statement.parsed {
            case .select: if !tables[index].isDisjoint(with: dirty) { reads.insert(index) }
            case .control: writes.insert(index)
            default:
                writes.insert(index)
                if !tables[index].isDisjoint(with: dirty) { dirty.formUnion(tables[index]) }
            }
        }
        return reads.union(writes)
    }

    /// Makes what is loaded that state; returns the tables that changed.
    private func load(_ state: FixtureState) -> Set<Int> {
        var byTable: [Int: [FixtureRow]] = [:]
        for row in state.rows { byTable[row.table, default: []].append(row) }
        var changed: Set<Int> = []
        engine.script("BEGIN")
        defer { engine.script("COMMIT") }
        for table in Set(byTable.keys).union(held.keys).union(asked.keys).sorted() {
            let rows = byTable[table] ?? []
            if asked[table] == rows { continue }
            asked[table] = rows
            if change(table, rows) { changed.insert(table) }
        }
        for table in Set(state.counters.keys).union(counters.keys).union(changed) {
            let definition = engine.schema.tables[table]
            guard definition.hasSequenceRow, changed.contains(table) || counters[table] != state.counters[table] else {
                continue
            }
            let name = SQLValue.text(definition.name)
            _ = engine.execute("DELETE FROM sqlite_sequence WHERE name=?", [name])
            if let last = state.counters[table] ?? held[table]?.keys.max() {
                _ = engine.execute("INSERT INTO sqlite_sequence(name,seq) VALUES(?,?)", [name, .int(last)])
            }
            changed.insert(table)
        }
        counters = state.counters
        return changed
    }

    private func change(_ table: Int, _ rows: [FixtureRow]) -> Bool {
        let definition = engine.schema.tables[table]
        let name = quotedName(definition.name)
        var wanted: [Int64: FixtureRow] = [:]
        var isWhole = bare.contains(table)
        for (place, row) in rows.enumerated() {
            var id = Int64(place + 1)
            if let counter = definition.counter {
                guard case .int(let number)? = row.values[counter], wanted[number] == nil else {
                    isWhole = true
                    break
                }
                id = number
            }
            wanted[id] = row
        }
        if isWhole || (held[table] == nil && refused[table] != nil) {
            _ = engine.execute("DELETE FROM \(name)", [])
            var refusals: [String] = []
            for row in rows { if case .refused(let why) = engine.load(row) { refusals.append(why) } }
            refused[table] = refusals
            held[table] = nil
            return true
        }
        let before = held[table] ?? [:]
        if before == wanted {
            refused[table] = []
            return false
        }
        for (id, row) in before where wanted[id] != row {
            _ = engine.execute("DELETE FROM \(name) WHERE rowid=?", [.int(id)])
        }
        var refusals: [String] = []
        var now = wanted
        // In the order of the state, so that what depends on it is the same in every run.
        for (place, row) in rows.enumerated() {
            let id: Int64
            if let counter = definition.counter, case .int(let number)? = row.values[counter] {
                id = number
            } else {
                id = Int64(place + 1)
            }
            if before[id] == row { continue }
            if case .refused(let why) = engine.load(row, id: definition.counter == nil ? id : nil) {
                refusals.append(why)
                now[id] = nil
            }
        }
        // A refused row is tried again next time.
        held[table] = now
        refused[table] = refusals
        return true
    }
}
