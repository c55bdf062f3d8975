/// Inserts that change a row where one is there, and inserts of what a query gives.
extension Writes {
    /// The row that an upsert found; nil where it inserted one, or nothing tells.
    func met(
        _ insert: SQLInsert, _ upsert: SQLUpsert, _ table: Int, _ given: [Int: SQLValue], _ recorded: RecordedStatement,
        _ returned: [SQLValue]?
    ) throws(Conflict) -> Int? {
        if let old = existing(table, given) { return old }
        let definition = schema.tables[table]
        var isMet = inverter.met.contains(time) || (recorded.rowCount == 0 && recorded.rows?.isEmpty ?? true)
        // The first INSERT of a connection leaves a row id behind.
        if recorded.lastRow == 0, inverter.dialect == .sqlite, definition.counter != nil { isMet = true }
        if let returned {
            for (column, place) in plain(insert.returning, table) where place < returned.count {
                if let value = given[column], !value.matches(returned[place]) { isMet = true }
            }
        }
        for (item, value) in zip(insert.returning, returned ?? []) where foundByTransaction(item.expression, value) {
            isMet = true
        }
        if let counter = definition.counter, given[counter] == nil,
            let last = identity(insert, counter, table, recorded, 0, 1),
            merger.find(table, [counter], [last], at: time) != nil
        {
            isMet = true
        }
        guard isMet else { return nil }
        let target = upsert.target.compactMap(definition.place)
        let keys = definition.keys.filter { Set($0) == Set(target) } + definition.keys
        guard let key = keys.first(where: { $0.allSatisfy { given[$0].map { !$0.isNull } ?? false } }) else {
            return nil
        }
        let row = tableau.newRow(table, time: time)
        for column in key {
            if let value = given[column] { try tableau.bind(tableau.rows[row].cells[column], value) }
        }
        return row
    }

    func update(
        _ row: Int, _ upsert: SQLUpsert, _ insert: SQLInsert, _ given: [Int: SQLValue], _ recorded: RecordedStatement,
        _ returned: [SQLValue]?
    ) throws(Conflict) {
        let definition = schema.tables[tableau.rows[row].table]
        func meant(_ expression: SQLExpr) -> SQLExpr {
            expression.mapped { part in
                guard case .column(let alias?, let name, _) = part, Evaluator.same(alias, "excluded"),
                    let value = definition.place(name).flatMap({ given[$0] })
                else { return nil }
                return .value(value)
            }
        }
        if let condition = upsert.condition.map(meant) {
            let scopes = [Scope(sources: [(insert.alias, .row(row))])]
            if recorded.rowCount == 0 || recorded.rows?.isEmpty == true {
                return try inverter.requireFalse(condition, scopes)
            }
            try inverter.require(condition, scopes)
        }
        let assignments = upsert.assignments.map { SQLAssignment(column: $0.column, value: meant($0.value)) }
        assign(assignments, row, insert.alias)
        guard let returned else { return }
        try shows(row, insert.returning, returned, insert.alias, at: time + 1)
        for assignment in assignments { before(assignment, row, insert.alias, at: time) }
    }

    /// What RETURNING tells of the inserted columns, row by row.
    func returnedValues(
        _ insert: SQLInsert, _ columns: [Int], _ table: Int, _ recorded: RecordedStatement
    ) -> [[SQLValue?]] {
        let plain = self.plain(insert.returning, table)
        return (insert.returning.isEmpty ? [] : recorded.rows ?? []).map { row in
            columns.map { column in plain[column].flatMap { $0 < row.count ? row[$0] : nil } }
        }
    }

    /// What INSERT … SELECT read, one list for each row that it inserted; rows that are not there are made.
    func sources(
        _ query: SQLQuery, _ recorded: RecordedStatement, _ returned: [[SQLValue?]]
    ) throws(Conflict) -> [[Term]] {
        let count = recorded.rows?.count ?? recorded.rowCount ?? 0
        guard count > 0, count <= 1000, let select = query.first else { return [] }
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        func terms(_ scope: Scope) -> [Term] {
            select.items.flatMap { item -> [Term] in
                guard case .star(let only) = item.expression else {
                    return [inverter.evaluator.term(item.expression, [scope])]
                }
                return scope.sources.filter { source in only.map { Evaluator.same($0, source.alias) } ?? true }
                    .flatMap { inverter.evaluator.starTerms($0.binding) }
            }
        }
        guard case .select = query.body, !select.isAggregate, select.groups.isEmpty else {
            return Array(repeating: terms(Scope()), count: count)
        }
        var looking = inverter.evaluator
        looking.isLenient = true
        var known = looking.combinations(select, []) ?? []
        defer { inverter.options = .init() }
        return try (0..<count).map { (place) throws(Conflict) -> [Term] in
            let wanted = place < returned.count ? returned[place] : []
            let found = known.firstIndex { scope in
                zip(terms(scope), wanted).allSatisfy { term, value in
                    value.map { tableau.value(term)?.matches($0) ?? false } ?? true
                }
            }
            if let found { return terms(known.remove(at: found)) }
            inverter.options = .init()
            inverter.steps = 0
            let outputs = wanted.isEmpty ? nil : wanted.map { $0.map(Term.value) ?? .unknown }
            return terms(try inverter.instance(select, outputs, [])[0])
        }
    }
}

extension Solver {
    /// States presence; where what was read shows that an upsert found a row, once more with that row there.
    func stateAll() {
        let begin = tableau.mark
        let (problems, contradictions, counters, facts) = (problems, contradictions, counters, facts)
        for _ in 0..<4 {
            statePresence()
            let met = merger.doubted.filter { index in
                if case .insert(let insert)? = statements[index].parsed { insert.upsert != nil } else { false }
            }
            .subtracting(inverter.met)
            // A later solver takes the row for an inserted one all the same.
            if met.isEmpty || variation % 2 == 1 || isOverdue { return }
            inverter.met.formUnion(met)
            tableau.undo(to: begin)
            (merger.doubted, merger.waiting) = ([], [])
            (self.problems, self.contradictions, self.counters, self.facts) = (
                problems, contradictions, counters, facts
            )
        }
        statePresence()
    }
}
