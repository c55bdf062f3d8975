extension Solver {
    /// Only questions, and none that failed: then any change to the state shows at once.
    var isWalkable: Bool {
        statements.allSatisfy {
            if case .select? = $0.parsed { return $0.recorded.error == nil && $0.recorded.rows != nil }
            return false
        }
    }

    /// Goes on from a state by local search; nil where that leads no further.
    func walked(_ standing: Standing, seed: Int) throws(FixtureError) -> Standing? {
        guard !standing.isDone, standing.state.rows.count <= 4000 else { return nil }
        if !isWalkable { return try walkedBesideWrites(standing, seed: seed) }
        var best = standing
        if !standing.refusedRows.isEmpty {
            verdictsOfLast = []
            best = try stand(loadable(standing.state))
            guard best.refusedRows.isEmpty else { return nil }
        }
        var walk = try walkOnEngine(best.state, seed)
        if dialect == .postgres, let there = walk, !there.isPlanned {
            try there.close()
            try walkInStandIn(&best, there.rows.compactMap { $0 }, seed: seed)
            walk = best.isDone || isOverdue ? nil : try walkOnEngine(best.state, seed)
        }
        if let walk { try go(walk, &best) }
        return best.isBetter(than: standing) ? best : nil
    }

    private func walkOnEngine(_ state: FixtureState, _ seed: Int) throws(FixtureError) -> StateWalk? {
        guard let editor = try engine.editor(statements) else { return nil }
        return try StateWalk(self, state, dialect == .postgres ? LooseEditor(editor, schema) : editor, seed: seed)
    }

    /// Where the server would have to be asked again and again.
    private func walkInStandIn(_ best: inout Standing, _ rows: [FixtureRow], seed: Int) throws(FixtureError) {
        guard let editor = try StandIn.editor(schema, statements, rows),
            let walk = try StateWalk(self, FixtureState(rows: rows), editor, seed: seed)
        else { return }
        // Only where both see the same.
        if walk.failures == best.failures { try go(walk, &best) } else { try walk.close() }
    }

    /// Questions that no write can have changed are walked to by themselves; what that does to the others shows.
    private func walkedBesideWrites(_ standing: Standing, seed: Int) throws(FixtureError) -> Standing? {
        guard let questions = Solver(questionsOf: self), questions.places.contains(where: standing.failures.contains),
            case _ = questions.ask(lastIds(standing.state)),
            case let asked = try questions.stand(standing.state), !asked.isDone,
            let found = try questions.walked(asked, seed: seed)
        else { return nil }
        verdictsOfLast = []
        var state = found.state
        state.counters = standing.state.counters
        let next = try stand(state)
        return next.isBetter(than: standing) ? next : nil
    }

    /// What ids given out later rest on, as questions: the last one there is.
    private func lastIds(_ state: FixtureState) -> [RecordedStatement] {
        counters.sorted { $0.key < $1.key }.compactMap { number, last in
            guard dialect == .sqlite else { return nil }
            let table = schema.tables[number]
            guard !table.hasSequenceRow, let counter = table.counter else { return nil }
            let ids = state.rows.compactMap { row -> Int64? in
                guard row.table == number, case .int(let id)? = row.values[counter] else { return nil }
                return id
            }
            guard ids.max() == last else { return nil }
            return RecordedStatement(
                sql: "SELECT MAX(\(quotedName(table.columns[counter].name))) FROM \(quotedName(table.name))",
                parameters: [], rows: [[.int(last)]], rowCount: nil, lastRow: nil, error: nil)
        }
    }

    /// The state without rows that the engine refuses, and with no reference that points nowhere.
    private func loadable(_ state: FixtureState) -> FixtureState {
        var state = dialect == .postgres ? ofTypes(state) : state
        state = withoutRepeatedKeys(state)
        // A row that goes may be referred to.
        for _ in 0..<8 {
            let before = state.rows
            point(&state)
            if state.rows == before { break }
        }
        return state
    }

    /// The state without values that the types of its columns refuse.
    private func ofTypes(_ state: FixtureState) -> FixtureState {
        var state = state
        for row in state.rows.indices {
            for (place, column) in schema.tables[state.rows[row].table].columns.enumerated() {
                guard let value = state.rows[row].values[place], !value.loosened.isTaken(by: column) else { continue }
                // A day is taken for a moment.
                if case .text(let text) = value, text.utf8.count == 10,
                    column.kind == .timestamp || column.kind == .timestampZone
                {
                    continue
                }
                state.rows[row].values[place] = column.isNotNull ? Values.plain(column.kind, dialect) : .null
            }
        }
        return state
    }

    /// References that find no row become NULL, or go to the first row there is; rows go whose references can do neither.
    private func point(_ state: inout FixtureState) {
        var present: [[Int]: [SQLValue: [[SQLValue]]]] = [:]
        func targets(_ parent: Int, _ columns: [Int]) -> [SQLValue: [[SQLValue]]] {
            if let known = present[[parent] + columns] { return known }
            var made: [SQLValue: [[SQLValue]]] = [:]
            for row in state.rows where row.table == parent {
                let own = columns.compactMap { row.values[$0] }
                if own.count == columns.count, !own.contains(where: \.isNull) { made[own[0], default: []].append(own) }
            }
            present[[parent] + columns] = made
            return made
        }
        state.rows = state.rows.compactMap { row in
            var row = row
            let table = schema.tables[row.table]
            for key in table.foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                let own = key.columns.compactMap { row.values[$0] }
                if own.count < key.columns.count || own.contains(where: \.isNull) { continue }
                let there = targets(parent, columns)
                if there[own[0]]?.contains(own) ?? false { continue }
                if there.values.joined().contains(where: { zip($0, own).allSatisfy { $0.matches($1) } }) { continue }
                if let open = key.columns.first(where: { !table.columns[$0].isNotNull && !table.isInKey($0) }) {
                    row.values[open] = .null
                } else if !key.columns.contains(where: table.isInKey), parent != row.table,
                    let first = state.rows.first(where: { $0.table == parent })
                {
                    for (column, target) in zip(key.columns, columns) { row.values[column] = first.values[target] }
                } else {
                    return nil
                }
            }
            return row
        }
    }

    /// Of rows with the same key the engine took only the first.
    private func withoutRepeatedKeys(_ state: FixtureState) -> FixtureState {
        var state = state
        var seen: Set<[SQLValue]> = []
        state.rows.removeAll { row in
            let definition = schema.tables[row.table]
            if zip(definition.columns, row.values).contains(where: { $0.isNotNull && $1?.isNull == true })
                || !definition.failing(row.values, dialect).isEmpty
                || zip(definition.columns, row.values).contains(where: { column, value in
                    value.map { column.domain?.allows($0) == false } ?? false
                })
            {
                return true
            }
            let keys = schema.tables[row.table].keys.enumerated().compactMap { number, key -> [SQLValue]? in
                let own = key.compactMap { row.values[$0] }
                if own.count < key.count || own.contains(where: \.isNull) { return nil }
                return [.int(Int64(row.table)), .int(Int64(number))] + own
            }
            if keys.contains(where: seen.contains) { return true }
            seen.formUnion(keys)
            return false
        }
        return state
    }

    private func go(_ walk: StateWalk, _ best: inout Standing) throws(FixtureError) {
        var state = try walk.run {
            lane?.advance(1)
            return isOverdue
        }
        state.counters = best.state.counters
        verdictsOfLast = []
        let next = try stand(state)
        if next.isBetter(than: best) { best = next }
    }

    /// For each statement the columns that it shows as they are; nil for what is computed.
    func shownColumns() -> [[Place?]] {
        statements.map { statement in
            guard case .select(let query)? = statement.parsed, let select = query.first else { return [] }
            return select.items.map { inverter.column($0.expression, select) }
        }
    }

    /// For each column what answers showed of it as it is.
    func shownValues() -> [Place: [SQLValue]] {
        var found: [Place: [SQLValue]] = [:]
        var known: [Place: Set<SQLValue>] = [:]
        func see(_ query: SQLQuery, _ rows: [[SQLValue]]) {
            switch query.body {
            case .values: return
            case .combine(_, _, let left, let right):
                see(left, rows)
                see(right, rows)
            case .select(let select):
                for (place, item) in select.items.enumerated() {
                    guard let column = inverter.column(item.expression, select) else { continue }
                    for row in rows where row.count == select.items.count && !row[place].isNull {
                        if known[column, default: []].insert(row[place]).inserted {
                            found[column, default: []].append(row[place])
                        }
                    }
                }
            }
        }
        for statement in statements {
            if case .select(let query)? = statement.parsed { see(query, statement.recorded.rows ?? []) }
        }
        return found
    }

    /// Every column that the statement names, of any of its tables.
    func columnsOf(_ index: Int) -> Set<Place> {
        let tables = tablesOf(index)
        var found: Set<Place> = []
        let tokens = tokens(of: index)
        for (place, token) in tokens.enumerated() {
            if token.text == "*", place > 0, ["SELECT", "DISTINCT", "ALL", ",", "."].contains(tokens[place - 1].upper) {
                for table in tables {
                    for column in schema.tables[table].columns.indices {
                        found.insert(Place(table: table, column: column))
                    }
                }
            }
            if token.upper == "NATURAL" || token.upper == "ROWID" {
                for table in tables {
                    for column in schema.tables[table].columns.indices {
                        found.insert(Place(table: table, column: column))
                    }
                }
            }
            guard token.kind == .word || token.kind == .quotedWord else { continue }
            for table in tables {
                if let column = schema.tables[table].place(token.text) {
                    found.insert(Place(table: table, column: column))
                }
            }
        }
        return found
    }
}
