/// A state in PostgreSQL that is changed row by row inside one transaction, each trial behind a savepoint.
final class PostgresEditor: StateEditor {
    private let connection: PostgresConnection
    private let schema: Schema
    let statements: [ReadyStatement]
    let isNear = false
    private var places: [Int: String] = [:]
    private var placesBefore: [Int: String] = [:]
    private var isOpen = false
    private var isPrepared = false
    /// What is sent before the next query.
    private var waiting: [String] = []

    init(_ connection: PostgresConnection, _ schema: Schema, _ statements: [ReadyStatement]) {
        (self.connection, self.schema, self.statements) = (connection, schema, statements)
    }

    func load(_ rows: [FixtureRow?]) throws(FixtureError) -> Bool {
        try leave()
        if !isPrepared {
            let made = statements.indices.map { index in
                "PREPARE walk_\(index) AS \(PostgresEngine.bound(statements[index].recorded))"
            }
            let answers = try connection.run(["BEGIN"] + made + ["COMMIT"])
            isPrepared = true
            if answers.contains(where: { $0.error != nil }) { return false }
        }
        try connection.must("BEGIN; SET LOCAL session_replication_role=replica; SET LOCAL statement_timeout='500ms'")
        isOpen = true
        places = [:]
        let slots = rows.indices.filter { rows[$0] != nil }
        var at = 0
        while at < slots.count {
            let first = at
            let table = rows[slots[at]]?.table
            while at < slots.count, rows[slots[at]]?.table == table, at - first < 400 { at += 1 }
            let answers = try connection.run(
                FixtureScript.inserts(slots[first..<at].compactMap { rows[$0] }, schema, atMost: 400)
                    .map { $0 + " RETURNING ctid" })
            if answers.contains(where: { $0.error != nil }) { return false }
            for (slot, row) in zip(slots[first..<at], answers.flatMap(\.rows)) { places[slot] = Self.text(row) }
        }
        return true
    }

    func settled(_ rows: [FixtureRow?]) throws(FixtureError) -> [FixtureRow?] {
        func lacks(_ row: FixtureRow) -> Bool {
            zip(schema.tables[row.table].columns, row.values).contains { !$0.isGenerated && $1 == nil }
        }
        let open = Set(rows.compactMap { $0.flatMap { lacks($0) ? $0.table : nil } })
        guard !open.isEmpty, try load(rows) else { return rows }
        var settled = rows
        for table in open {
            let definition = schema.tables[table]
            let names = definition.columns.map { quotedName($0.name) }.joined(separator: ",")
            let answer = try connection.run(["SELECT ctid,\(names) FROM \(quotedName(definition.name))"])[0]
            var found: [String: [SQLValue]] = [:]
            for row in answer.rows { found[Self.text(row)] = PostgresEngine.values(row, answer.columns) }
            for (slot, row) in rows.enumerated() where row?.table == table {
                guard let values = places[slot].flatMap({ found[$0] }) else { continue }
                for (column, definition) in definition.columns.enumerated() where !definition.isGenerated {
                    if row?.values[column] == nil { settled[slot]?.values[column] = values[column + 1] }
                }
            }
        }
        try leave()
        return settled
    }

    func attempt(_ edits: [RowEdit], _ indexes: [Int]) throws(FixtureError) -> [Outcome]? {
        var queries = waiting + ["SAVEPOINT walk"]
        waiting = []
        placesBefore = places
        var added: [(slot: Int, query: Int)] = []
        var inserts: [RowEdit] = []
        for edit in edits {
            guard let old = edit.old else {
                inserts.append(edit)
                continue
            }
            guard let place = places[edit.slot] else { return nil }
            let table = schema.tables[old.table]
            let name = quotedName(table.name)
            let changed = edit.new.map { new in table.columns.indices.filter { old.values[$0] != new.values[$0] } }
            if let new = edit.new, let changed, !changed.contains(where: { table.isInKey($0) }) {
                if changed.isEmpty { continue }
                let cells = changed.map {
                    "\(quotedName(table.columns[$0].name))=\(new.values[$0]?.literal(.postgres) ?? "DEFAULT")"
                }
                added.append((edit.slot, queries.count))
                queries.append(
                    "UPDATE \(name) SET \(cells.joined(separator: ", ")) WHERE ctid='\(place)' RETURNING ctid")
            } else {
                queries.append("DELETE FROM \(name) WHERE ctid='\(place)'")
                places[edit.slot] = nil
                if edit.new != nil { inserts.append(edit) }
            }
        }
        for edit in inserts {
            guard let new = edit.new else { continue }
            added.append((edit.slot, queries.count))
            queries += FixtureScript.inserts([new], schema, atMost: 1).map { $0 + " RETURNING ctid" }
        }
        let first = queries.count
        let answers = try connection.run(queries + indexes.map { "EXECUTE walk_\($0)" })
        if answers[..<first].contains(where: { $0.error != nil }) {
            try drop()
            return nil
        }
        for (slot, query) in added { places[slot] = answers[query].rows.first.map(Self.text) }
        return try spared(answers[first...].map { PostgresEngine.outcome($0) })
    }

    func ask(_ indexes: [Int]) throws(FixtureError) -> [Outcome] {
        let queries = waiting + indexes.map { "EXECUTE walk_\($0)" }
        let first = waiting.count
        waiting = []
        return try connection.run(queries)[first...].map { PostgresEngine.outcome($0) }
    }

    /// A statement that fails on what was tried takes the trial with it.
    private func spared(_ outcomes: [Outcome]) throws(FixtureError) -> [Outcome]? {
        for outcome in outcomes {
            if case .refused = outcome {
                try drop()
                return nil
            }
        }
        return outcomes
    }

    func keep() throws(FixtureError) { waiting.append("RELEASE walk") }

    func drop() throws(FixtureError) {
        waiting.append("ROLLBACK TO walk; RELEASE walk")
        places = placesBefore
    }

    func leave() throws(FixtureError) {
        if isOpen { try connection.must("ROLLBACK") }
        isOpen = false
        waiting = []
    }

    func close() throws(FixtureError) {
        try leave()
        if isPrepared { _ = try connection.run(statements.indices.map { "DEALLOCATE walk_\($0)" }) }
        isPrepared = false
    }

    private static func text(_ row: [[UInt8]?]) -> String { String(decoding: (row.first ?? nil) ?? [], as: UTF8.self) }
}
