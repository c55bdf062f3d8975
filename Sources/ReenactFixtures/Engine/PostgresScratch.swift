/// PostgreSQL for the search: keeps what is loaded in an open transaction, changes only the rows that differ, and runs only
/// the statements that these can touch. Triggers, and with them foreign keys, do not look at what is loaded; what comes of
/// it is proven elsewhere.
final class PostgresScratch {
    /// What a table holds: the rows asked for, and those that were taken with their places in it.
    private struct Held {
        var wanted: [FixtureRow] = []
        var rows: [FixtureRow] = []
        var places: [String] = []
        var refusals: [String] = []
    }

    private let connection: PostgresConnection
    private let schema: Schema
    private let resets: String
    /// Tables of several parts, where a row's place says nothing: they are loaded anew whenever they change.
    private let divided: Set<Int>
    private let hasTriggers: Bool
    private var held: [Int: Held] = [:]
    private var counters: [Int: Int64] = [:]
    private var session = -1
    private var outcomes: [Outcome] = []
    private var isOpen = false
    private var runs = 0
    /// Statements that this session has prepared.
    private var prepared: Set<Int> = []
    private var unpreparable: Set<Int> = []
    /// Triggers stay asleep while statements run: they write nothing that one would act on.
    private var sleeps = false
    /// Statements that draw from sequences, or tell what these hold.
    private var drawing: Set<Int> = []

    init(_ engine: PostgresEngine, _ connection: PostgresConnection, resets: String) throws(FixtureError) {
        (self.connection, self.resets) = (connection, resets)
        schema = engine.schema
        var divided: Set<Int> = []
        for row in try engine.ask("SELECT relname FROM pg_class WHERE relkind = 'p'") {
            if case .text(let name) = row[0], let table = schema.place(name) { divided.insert(table) }
        }
        self.divided = divided
        hasTriggers = try engine.ask("SELECT 1 FROM pg_trigger WHERE NOT tgisinternal LIMIT 1") != []
    }

    func run(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun {
        runs += 1
        let isNew = session != self.session
        // Rows that are gone leave their space behind until the transaction ends.
        if isNew || runs % 500 == 0 { try leave() }
        if isNew {
            if !prepared.isEmpty { try connection.must("DEALLOCATE ALL") }
            (prepared, unpreparable, outcomes) = ([], [], [])
            drawing = Set(statements.indices.filter { Solver.draws(statements[$0].recorded) })
            sleeps = !hasTriggers && statements.allSatisfy { !wakes($0) }
        }
        if !isOpen {
            try connection.must(sleeps ? "BEGIN; SET LOCAL session_replication_role=replica" : "BEGIN")
            isOpen = true
        }
        var changed = try load(state)
        for (table, last) in state.counters where counters[table] != last { changed.insert(table) }
        counters = state.counters
        self.session = session
        let again =
            outcomes.count == statements.count
            ? affected(statements, tables, changed) : Set(statements.indices)
        if !again.isEmpty { try play(statements, again, isFirst: isNew) }
        return EngineRun(
            outcomes: outcomes, refusedRows: held.sorted { $0.key < $1.key }.flatMap(\.value.refusals),
            foreignKeysHold: true, again: again)
    }

    /// Ends the transaction; the blank schema is left.
    func leave() throws(FixtureError) {
        if isOpen { try connection.must("ROLLBACK") }
        (held, counters, isOpen) = ([:], [:], false)
    }

    /// Rows do nothing but lie there, each at a place of its own.
    var isPlain: Bool { !hasTriggers && divided.isEmpty }

    // MARK: statements

    /// A statement that could set off a trigger of a reference: what it deletes, or renames, others refer to.
    private func wakes(_ statement: ReadyStatement) -> Bool {
        func isReferred(_ name: String, _ columns: [String]?) -> Bool {
            schema.tables.contains { table in
                table.foreign.contains { key in
                    guard let (parent, own) = schema.target(key), schema.place(name) == parent else { return false }
                    return columns.map { $0.contains { schema.tables[parent].place($0).map(own.contains) ?? true } }
                        ?? true
                }
            }
        }
        return switch statement.parsed {
        case .select, .insert, .control: false
        case .update(let update): isReferred(update.table, update.assignments.map(\.column))
        case .delete(let delete): isReferred(delete.table, nil)
        case nil: statement.recorded.rows == nil
        }
    }

    private func play(
        _ statements: [ReadyStatement], _ again: Set<Int>, isFirst: Bool
    ) throws(FixtureError) {
        // Planning a join takes longer than running it on a few rows.
        if !isFirst { try prepare(statements, again) }
        var (queries, places) = PostgresEngine.queries(statements, only: again, prepared: prepared)
        let writes =
            !drawing.isDisjoint(with: again)
            || again.contains { if case .select? = statements[$0].parsed { false } else { true } }
        let begin =
            writes
            ? [
                "SAVEPOINT reenact_run" + resets,
                FixtureScript.text(FixtureState(counters: counters), schema, .postgres),
                drawing.isEmpty ? "SET CONSTRAINTS ALL DEFERRED" : "SET CONSTRAINTS ALL DEFERRED; DISCARD SEQUENCES",
            ] : ["SAVEPOINT reenact_run"]
        let end = ["ROLLBACK TO reenact_run", "RELEASE reenact_run"]
        var answers = try connection.run(begin + queries + end)
        if PostgresEngine.spoiled(statements, places, answers, begin.count) {
            (queries, places) = PostgresEngine.queries(statements, only: again, guarded: true, prepared: prepared)
            answers = try connection.run(begin + queries + end)
        }
        if outcomes.count != statements.count { outcomes = Array(repeating: .skipped, count: statements.count) }
        for index in again {
            outcomes[index] = PostgresEngine.outcome(places[index] < 0 ? nil : answers[places[index] + begin.count])
        }
    }

    private func prepare(_ statements: [ReadyStatement], _ again: Set<Int>) throws(FixtureError) {
        let fresh = again.subtracting(prepared).subtracting(unpreparable).sorted().filter {
            if case .select? = statements[$0].parsed { return statements[$0].recorded.error == nil }
            return false
        }
        if fresh.isEmpty { return }
        var queries: [String] = []
        for index in fresh {
            queries += [
                "SAVEPOINT reenact_prepare",
                "PREPARE reenact_\(index) AS \(PostgresEngine.bound(statements[index].recorded))",
                "RELEASE reenact_prepare",
            ]
        }
        let answers = try connection.run(queries)
        guard let bad = answers.indices.first(where: { answers[$0].error != nil }) else {
            prepared.formUnion(fresh)
            return
        }
        // Statements stay prepared whatever becomes of the transaction; the ones behind the refused come next time.
        try connection.must("ROLLBACK TO reenact_prepare")
        prepared.formUnion(fresh[..<(bad / 3)])
        unpreparable.insert(fresh[bad / 3])
    }

    private func affected(_ statements: [ReadyStatement], _ tables: [Set<Int>], _ changed: Set<Int>) -> Set<Int> {
        if changed.isEmpty { return [] }
        var dirty = changed
        var again: Set<Int> = []
        for (index, statement) in statements.enumerated() {
            switch statement.parsed {
            case .select: if drawing.contains(index) || !tables[index].isDisjoint(with: dirty) { again.insert(index) }
            case .control: again.insert(index)
            default:
                again.insert(index)
                if !tables[index].isDisjoint(with: dirty) { dirty.formUnion(tables[index]) }
            }
        }
        return again
    }

    // MARK: rows

    /// What makes a table hold what is wanted.
    private struct Change {
        var table: Int
        var held: Held
        var gone: [String]
        var added: [FixtureRow]
    }

    /// Makes what is loaded that state; returns the tables that changed.
    private func load(_ state: FixtureState) throws(FixtureError) -> Set<Int> {
        var byTable: [Int: [FixtureRow]] = [:]
        for row in state.rows { byTable[row.table, default: []].append(row) }
        let changed = Set(byTable.keys).union(held.keys).filter { byTable[$0] ?? [] != held[$0]?.wanted ?? [] }
        if changed.isEmpty { return [] }
        let changes = changed.sorted().map { change($0, byTable[$0] ?? []) }
        let (asleep, awake) = (
            "SET LOCAL session_replication_role=replica", "SET LOCAL session_replication_role=origin"
        )
        var queries = [sleeps ? "SAVEPOINT reenact_load" : "SAVEPOINT reenact_load; \(asleep)"]
        var inserts: [Range<Int>] = []
        for change in changes {
            if let delete = delete(change) { queries.append(delete) }
            let insert = insert(change.added)
            inserts.append(queries.count..<queries.count + insert.count)
            queries += insert
        }
        queries.append(sleeps ? "RELEASE reenact_load" : "RELEASE reenact_load; \(awake)")
        let answers = try connection.run(queries)
        if answers.last?.error == nil {
            for (change, range) in zip(changes, inserts) {
                var now = change.held
                now.rows += change.added
                now.places += answers[range].flatMap(Self.places)
                held[change.table] = now
            }
            return changed
        }
        try connection.must(sleeps ? "ROLLBACK TO reenact_load" : "ROLLBACK TO reenact_load; \(asleep)")
        for change in changes { try loadSlowly(change) }
        if !sleeps { try connection.must(awake) }
        return changed
    }

    private func change(_ table: Int, _ wanted: [FixtureRow]) -> Change {
        let before = held[table] ?? Held()
        // A few rows are loaded anew, in their order: a LIMIT without ORDER BY sees it.
        guard wanted.count > 24, !divided.contains(table) else {
            return Change(table: table, held: Held(wanted: wanted), gone: before.places, added: wanted)
        }
        var open: [FixtureRow: [Int]] = [:]
        for (place, row) in before.rows.enumerated().reversed() { open[row, default: []].append(place) }
        var now = Held(wanted: wanted)
        var added: [FixtureRow] = []
        for row in wanted {
            if let place = open[row]?.popLast() {
                now.rows.append(row)
                now.places.append(before.places[place])
            } else {
                added.append(row)
            }
        }
        let kept = Set(now.places)
        return Change(table: table, held: now, gone: before.places.filter { !kept.contains($0) }, added: added)
    }

    private func delete(_ change: Change) -> String? {
        if change.gone.isEmpty { return nil }
        let name = quotedName(schema.tables[change.table].name)
        if change.held.rows.isEmpty { return "DELETE FROM \(name)" }
        return
            "DELETE FROM \(name) WHERE ctid = ANY('{\(change.gone.map { "\"\($0)\"" }.joined(separator: ","))}'::tid[])"
    }

    private func insert(_ rows: [FixtureRow]) -> [String] {
        FixtureScript.inserts(rows, schema, atMost: 400).map { $0 + " RETURNING ctid" }
    }

    private static func places(_ answer: PostgresConnection.Answer) -> [String] {
        answer.rows.map { String(decoding: ($0.first ?? nil) ?? [], as: UTF8.self) }
    }

    /// Goes on where rows are refused: halves, until each of those stands alone.
    private func loadSlowly(_ change: Change) throws(FixtureError) {
        var now = change.held
        if let delete = delete(change) { try connection.must(delete) }
        var waiting = [change.added[...]]
        while let rows = waiting.popLast(), let first = rows.first {
            let queries = ["SAVEPOINT reenact_rows"] + insert(Array(rows)) + ["RELEASE reenact_rows"]
            let answers = try connection.run(queries)
            if answers.last?.error == nil {
                now.rows += rows
                now.places += answers.dropFirst().flatMap(Self.places)
                continue
            }
            try connection.must("ROLLBACK TO reenact_rows; RELEASE reenact_rows")
            if rows.count == 1 {
                let table = schema.tables[first.table].name
                now.refusals.append(answers.lazy.compactMap(\.error).first ?? "a row of \(table) was refused")
            } else {
                let middle = rows.startIndex + rows.count / 2
                waiting += [rows[middle...], rows[..<middle]]
            }
        }
        held[change.table] = now
    }
}
