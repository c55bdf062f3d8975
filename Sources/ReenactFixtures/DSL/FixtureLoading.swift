extension FixtureBinding {
    /// Loads the rows in the real engine and looks whether the facts of absence hold.
    ///
    /// - Throws: `FixtureError.document` with the line of the row or fact that can't be.
    func load(
        _ state: FixtureState, _ places: [FixtureDocument.Place], _ document: FixtureDocument,
        _ engine: any FixtureEngine
    ) throws(FixtureError) {
        let whole = try engine.run(state, [])
        if !whole.refusedRows.isEmpty, let orphan = orphan(state) { throw failure(places[orphan.row], orphan.what) }
        if let why = whole.refusedRows.first {
            let first = try firstRefused(state, engine)
            throw failure(first.map { places[$0] } ?? places.last ?? .init(), "the engine refuses the row: \(why)")
        }
        let script = FixtureScript.text(state, schema, dialect)
        let loaded = try engine.prove(script, [])
        if let why = loaded.refusedRows.first {
            throw failure(places.last ?? .init(), "the engine refuses the fixture: \(why)")
        }
        if !loaded.foreignKeysHold {
            let orphan = orphan(state)
            throw failure(
                orphan.map { places[$0.row] } ?? places.last ?? .init(),
                orphan?.what ?? "a row refers to a row that is not there")
        }
        for (fact, count) in zip(document.absences, try counts(document.absences, in: state, engine)) {
            _ = try place(of: fact.table, fact.place)
            guard let count else {
                throw failure(fact.place, "the engine does not understand: \(fact.condition ?? "")")
            }
            if count > 0 {
                throw failure(
                    fact.place,
                    "contradicts the rows above: \(count) of \(fact.table) "
                        + (fact.condition.map { "pass \($0)" } ?? "are there"))
            }
        }
    }

    /// The part of a state that the engine takes: where a recording contradicts itself, what was seen first.
    func accepted(_ state: FixtureState, _ engine: any FixtureEngine) throws(FixtureError) -> FixtureState {
        var state = distinct(state)
        for _ in 0..<100 {
            guard try !engine.run(state, []).refusedRows.isEmpty, let place = try firstRefused(state, engine) else {
                break
            }
            state.rows.remove(at: place)
        }
        return state
    }

    /// How many rows pass each fact's condition; nil where the engine refuses the question.
    func counts(
        _ facts: [FixtureDocument.Absence], in state: FixtureState, _ engine: any FixtureEngine
    ) throws(FixtureError) -> [Int?] {
        guard !facts.isEmpty else { return [] }
        let questions = facts.map { fact in
            var sql = "SELECT COUNT(*) FROM \(quotedName(fact.table))"
            if let alias = fact.alias { sql += " AS \(quotedName(alias))" }
            if let condition = fact.condition { sql += " WHERE (\(condition))" }
            let recorded = RecordedStatement(
                sql: sql, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: "may be refused")
            return ReadyStatement(recorded: recorded)
        }
        return try engine.run(state, questions).outcomes.map { outcome in
            guard case .rows(let rows, _, _) = outcome, case .int(let count)?? = rows.first?.first.map(Optional.some)
            else { return nil }
            return Int(count)
        }
    }

    /// The row at which loading fails: by halving, as engines tell no more than that one was refused.
    func firstRefused(_ state: FixtureState, _ engine: any FixtureEngine) throws(FixtureError) -> Int? {
        var low = 0
        var high = state.rows.count
        while low < high {
            let middle = (low + high) / 2
            let part = FixtureState(rows: Array(state.rows[...middle]), counters: [:])
            if try engine.run(part, []).refusedRows.isEmpty { low = middle + 1 } else { high = middle }
        }
        return low < state.rows.count ? low : nil
    }

    /// The first row that refers to one that is not there.
    private func orphan(_ state: FixtureState) -> (row: Int, what: String)? {
        for (number, row) in state.rows.enumerated() {
            for key in schema.tables[row.table].foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                let values = key.columns.compactMap { row.values[$0] }
                guard values.count == key.columns.count, !values.contains(.null) else { continue }
                let isThere = state.rows.contains { other in
                    other.table == parent
                        && zip(columns, values).allSatisfy { other.values[$0]?.matches($1) ?? false }
                }
                if !isThere {
                    let names = key.columns.map { schema.tables[row.table].columns[$0].name }.joined(separator: ", ")
                    let list = values.map(FixtureText.value).joined(separator: ", ")
                    return (
                        number,
                        "\(schema.tables[row.table].name).\(names) refers to \(list) in "
                            + "\(schema.tables[parent].name), which has no such row"
                    )
                }
            }
        }
        return nil
    }
}
