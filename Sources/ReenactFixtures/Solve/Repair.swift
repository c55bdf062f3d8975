extension Solver {
    /// Tries, for one failing statement after another, what could mend it, and keeps what the engine says is better.
    func repair(_ standing: inout Standing) throws(FixtureError) {
        var hopeless: Set<Int> = []
        while !isOverdue {
            guard let index = standing.failures.first(where: { !hopeless.contains($0) }),
                case .different(let mismatch) = standing.verdicts[index]
            else { return }
            var mended = false
            for move in moves(index, mismatch) {
                if isOverdue { break }
                if let next = try attempt(move, index, standing) {
                    standing = next
                    mended = true
                    break
                }
            }
            inverter.options = .init()
            if mended { hopeless = [] } else { hopeless.insert(index) }
        }
    }

    /// Rows that fill counts lean on parents that are there; only where that does not help do they get new ones.
    private func attempt(_ move: RepairMove, _ index: Int, _ standing: Standing) throws(FixtureError) -> Standing? {
        defer { adopts = false }
        switch move {
        case .count, .groups, .add:
            adopts = true
            if let next = try attemptOnce(move, index, standing) { return next }
            adopts = false
        default: break
        }
        return try attemptOnce(move, index, standing)
    }

    /// Where the recording stands after the move; nil where that is no better, and nothing has changed.
    private func attemptOnce(_ move: RepairMove, _ index: Int, _ standing: Standing) throws(FixtureError) -> Standing? {
        let mark = tableau.mark
        let first = tableau.rows.count
        inverter.evaluator.time = index
        tableau.statement = index
        inverter.commons = [:]
        inverter.steps = 0
        do {
            try apply(move)
            try merger.merge(from: first)
            try closeForeignKeys()
        } catch {
            tableau.undo(to: mark)
            return nil
        }
        let next = try prove()
        if next.isBetter(than: standing) { return next }
        tableau.undo(to: mark)
        return nil
    }

    private func moves(_ index: Int, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        guard let parsed = statements[index].parsed else { return [] }
        switch parsed {
        case .select(let query):
            if let inner = counted(query), let select = query.first {
                return counts(index, select, inner, mismatch)
            }
            if let select = query.first, select.isAggregate { return groups(index, select, mismatch) }
            var list: [RepairMove] = []
            if !mismatch.missing.isEmpty {
                let first = query.first?.from.first?.alias
                let fresh: Set<String> = first.map { [$0] } ?? []
                list += Self.ways(fresh: fresh).map { .add(query, rows: mismatch.missing, $0) }
            }
            if !mismatch.extra.isEmpty { list += removals(index) }
            if mismatch.isOrderOnly { list.append(.reorder(query, rows: statements[index].recorded.rows ?? [])) }
            return list
        case .insert(let insert):
            guard let table = schema.place(insert.table) else { return [] }
            var list: [RepairMove] = []
            if mismatch.identityOff, let counter = schema.tables[table].counter, let last = counters[table], last > 0 {
                list.append(.last(table: table, column: counter, last))
            }
            return list + removals(index)
        case .update, .delete: return mismatch.countOff < 0 ? removals(index) : []
        case .control: return []
        }
    }

    /// The query inside `SELECT COUNT(*) FROM (query)`.
    private func counted(_ query: SQLQuery) -> SQLQuery? {
        guard let select = query.first, select.from.count == 1, case .query(let inner) = select.from[0].what,
            select.condition == nil, select.groups.isEmpty, select.items.count == 1,
            case .call(let call) = select.items[0].expression, call.name == "COUNT"
        else { return nil }
        return inner
    }

    private func counts(
        _ index: Int, _ select: SQLSelect, _ inner: SQLQuery, _ mismatch: Comparison.Mismatch
    ) -> [RepairMove] {
        guard let wanted = mismatch.missing.first, wanted.count == 1 else { return removals(index) }
        let count = shortage(select, .init(wanted: wanted, got: mismatch.extra.first))
        guard count > 0, count <= 5000 else { return removals(index) }
        let fresh = inner.first?.from.first.map { Set([$0.alias]) } ?? []
        return Self.ways(fresh: fresh).map { .count(inner, count, $0) }
    }

    /// Groups and totals that are short of rows, or whose sums are off.
    private func groups(_ index: Int, _ select: SQLSelect, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        let keys = select.items.indices.filter { !select.items[$0].expression.hasAggregate }
        var short: [RepairMove.Group] = []
        for wanted in mismatch.missing where wanted.count == select.items.count {
            let got = mismatch.extra.first { other in keys.allSatisfy { other[$0] == wanted[$0] } }
            short.append(.init(wanted: wanted, got: got))
        }
        let ways = Self.ways(fresh: freshSources(select))
        var list: [RepairMove] = []
        if short.count > 1 { list += ways.map { .groups(select, short, $0) } }
        let sums = select.items.contains { ["SUM", "TOTAL"].contains(Self.aggregate($0.expression)?.name) }
        for group in short.prefix(50) {
            for way in ways {
                for nudge in sums ? [0, 1, -1] : [0] {
                    var way = way
                    way.nudge = nudge
                    list.append(.groups(select, [group], way))
                }
            }
            if let last = select.from.last?.alias {
                list.append(.groups(select, [group], .init(reuse: .partners, mode: .plain, fresh: [last])))
            }
        }
        return list + (mismatch.extra.isEmpty ? [] : removals(index))
    }

    /// The sources whose rows are counted: those of the counted column, else the first.
    private func freshSources(_ select: SQLSelect) -> Set<String> {
        for item in select.items {
            guard let call = Self.aggregate(item.expression), let argument = call.arguments.first else { continue }
            var alias: String?
            argument.walk { if case .column(let table?, _, _) = $0 { alias = alias ?? table } }
            if let alias { return [alias] }
        }
        return select.from.first.map { [$0.alias] } ?? []
    }

    // MARK: rows too many

    /// Changes free cells that conditions look at, row by row, or leaves invented rows out.
    private func removals(_ index: Int) -> [RepairMove] {
        var list: [RepairMove] = []
        for table in tablesOf(index) {
            let rows = tableau.byTable[table].filter { isOurs($0) }
            let columns = schema.tables[table].columns.indices.filter {
                let place = Place(table: table, column: $0)
                return facts.conditions.contains(place) || facts.compared[place] != nil
            }
            if rows.count > 60 { continue }
            for row in rows.reversed() {
                for column in columns where tableau.value(tableau.rows[row].cells[column]) == nil {
                    list += alternatives(table, column).map { .pin(row: row, column: column, $0) }
                }
                guard tableau.rows[row].isInvented else { continue }
                for mode in FillMode.allCases where mode != tableau.rows[row].mode {
                    list.append(.mode(row: row, mode))
                }
                list.append(.drop(row: row))
            }
        }
        return Array(list.prefix(400))
    }

    private func isOurs(_ row: Int) -> Bool {
        let content = tableau.rows[row]
        return content.into == nil && content.born == nil && content.died != Int.min
    }

    private func alternatives(_ table: Int, _ column: Int) -> [SQLValue] {
        let definition = schema.tables[table].columns[column]
        var list: [SQLValue] = definition.isNotNull ? [] : [.null]
        if definition.kind == .boolean {
            list += [Values.boolean(true, dialect), Values.boolean(false, dialect)]
        } else if !schema.tables[table].foreign.contains(where: { $0.columns.contains(column) }) {
            list.append(Values.numbered(definition, 7_919, dialect))
        }
        let met = facts.compared[Place(table: table, column: column)] ?? []
        var seen: Set<SQLValue> = []
        for value in met where !value.isNull && seen.count < 4 && seen.insert(value).inserted {
            list.append(Values.stepped(value, definition.kind, up: true))
            list.append(Values.stepped(value, definition.kind, up: false))
        }
        return list
    }

    func tablesOf(_ index: Int) -> [Int] {
        var found: Set<Int> = []
        for token in SQLLexer.tokens(statements[index].recorded.sql, dialect)
        where token.kind == .word || token.kind == .quotedWord {
            if let table = schema.place(token.text) { found.insert(table) }
        }
        return found.sorted()
    }
}
