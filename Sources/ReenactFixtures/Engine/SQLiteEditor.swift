/// A state in SQLite that is changed row by row, each trial behind a savepoint.
final class SQLiteEditor: StateEditor {
    private let engine: SQLiteEngine
    let statements: [ReadyStatement]
    let isNear = true
    /// Values are told apart as far as both engines agree on them.
    private let isStandIn: Bool
    /// Where each slot's row is in its table.
    private var ids: [Int: Int64] = [:]
    private var idsBefore: [Int: Int64] = [:]
    private var commands: [[Int]: String] = [:]
    /// Tables without a rowid: their rows are found by their keys.
    private var bare: Set<Int> = []

    /// For questions: rows do nothing but lie there. Nil where some could not be found again.
    init?(schema sql: String, _ statements: [ReadyStatement], isStandIn: Bool = false) throws(FixtureError) {
        self.isStandIn = isStandIn
        engine = try SQLiteEngine(schema: sql, enforcesKeys: false)
        self.statements = statements
        engine.dropTriggers()
        for (number, table) in engine.schema.tables.enumerated() {
            guard case .refused = engine.execute("SELECT rowid FROM \(quotedName(table.name)) LIMIT 0", []) else {
                continue
            }
            if table.primary.isEmpty { return nil }
            bare.insert(number)
        }
        // Joins along references are what is asked most; an order that nothing asked for is looked at again elsewhere.
        for (number, table) in engine.schema.tables.enumerated() {
            for key in table.foreign where !table.keys.contains(where: { $0.starts(with: key.columns) }) {
                let names = key.columns.map { quotedName(table.columns[$0].name) }.joined(separator: ",")
                engine.script("CREATE INDEX walk_\(number)_\(key.columns[0]) ON \(quotedName(table.name))(\(names))")
            }
        }
        if isStandIn { engine.script("PRAGMA case_sensitive_like=ON") }
        engine.script("BEGIN")
    }

    var tables: [String] { engine.schema.tables.map(\.name) }

    func load(_ rows: [FixtureRow?]) throws(FixtureError) -> Bool {
        leave()
        engine.script("BEGIN")
        ids = [:]
        for (slot, row) in rows.enumerated() { if let row, !insert(slot, row) { return false } }
        return true
    }

    func settled(_ rows: [FixtureRow?]) throws(FixtureError) -> [FixtureRow?] {
        guard rows.contains(where: { $0?.values.contains(nil) ?? false }), try load(rows) else { return rows }
        return rows.enumerated().map { slot, row in
            guard var row, row.values.contains(nil), let id = ids[slot] else { return row }
            let table = engine.schema.tables[row.table]
            let names = table.columns.map { quotedName($0.name) }.joined(separator: ",")
            let sql = "SELECT \(names) FROM \(quotedName(table.name)) WHERE \(which(row.table))"
            guard case .rows(let found, _, _) = engine.execute(sql, handle(row, id)), let values = found.first else {
                return row
            }
            for (column, definition) in table.columns.enumerated() where !definition.isGenerated {
                row.values[column] = row.values[column] ?? values[column]
            }
            return row
        }
    }

    func attempt(_ edits: [RowEdit], _ indexes: [Int]) throws(FixtureError) -> [Outcome]? {
        engine.script("SAVEPOINT walk")
        idsBefore = ids
        guard apply(edits) else {
            drop()
            return nil
        }
        return ask(indexes)
    }

    func ask(_ indexes: [Int]) -> [Outcome] {
        engine.limited(seconds: 0.3) {
            indexes.map {
                let outcome = engine.execute(statements[$0].recorded.sql, statements[$0].recorded.parameters)
                guard isStandIn, case .rows(let rows, let count, let last) = outcome else { return outcome }
                return .rows(rows.map { $0.map(StandIn.plain) }, count: count, lastRow: last)
            }
        }
    }

    func keep() { engine.script("RELEASE walk") }

    func drop() {
        engine.script("ROLLBACK TO walk; RELEASE walk")
        ids = idsBefore
    }

    func leave() { engine.script("ROLLBACK") }

    func close() { leave() }

    /// The condition that finds one row of that table, and what it takes.
    private func which(_ table: Int) -> String {
        guard bare.contains(table) else { return "rowid=?" }
        let definition = engine.schema.tables[table]
        return definition.primary.map { quotedName(definition.columns[$0].name) + "=?" }.joined(separator: " AND ")
    }

    private func handle(_ row: FixtureRow, _ id: Int64) -> [SQLValue] {
        guard bare.contains(row.table) else { return [.int(id)] }
        return engine.schema.tables[row.table].primary.map { row.values[$0] ?? .null }
    }

    private func insert(_ slot: Int, _ row: FixtureRow) -> Bool {
        let isNumbered = bare.contains(row.table) || engine.schema.tables[row.table].counter != nil
        guard case .rows(_, _, let id?) = engine.load(row, id: isNumbered ? nil : Int64(slot + 1)) else { return false }
        ids[slot] = id
        return true
    }

    private func apply(_ edits: [RowEdit]) -> Bool {
        var added: [RowEdit] = []
        for edit in edits {
            guard let row = edit.old ?? edit.new else { continue }
            let table = engine.schema.tables[row.table]
            if let old = edit.old {
                guard let id = ids[edit.slot] else { return false }
                let changed = edit.new.map { new in
                    table.columns.indices.filter { old.values[$0] != new.values[$0] }
                }
                if let changed, let new = edit.new,
                    !changed.contains(where: { table.isInKey($0) || new.values[$0] == nil })
                {
                    if changed.isEmpty { continue }
                    let key = [row.table] + changed
                    let sql =
                        commands[key]
                        ?? "UPDATE \(quotedName(table.name)) SET "
                        + changed.map { quotedName(table.columns[$0].name) + "=?" }.joined(separator: ",")
                        + " WHERE " + which(row.table)
                    commands[key] = sql
                    if case .refused = engine.execute(sql, changed.compactMap { new.values[$0] } + handle(old, id)) {
                        return false
                    }
                    continue
                }
                let delete =
                    commands[[row.table]] ?? "DELETE FROM \(quotedName(table.name)) WHERE \(which(row.table))"
                commands[[row.table]] = delete
                if case .refused = engine.execute(delete, handle(old, id)) { return false }
                ids[edit.slot] = nil
            }
            if edit.new != nil { added.append(edit) }
        }
        return added.allSatisfy { edit in edit.new.map { insert(edit.slot, $0) } ?? true }
    }
}
