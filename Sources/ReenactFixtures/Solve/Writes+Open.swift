/// What an UPDATE left behind, where that only shows later: it tells what the row held before.
extension Writes {
    /// The operands of an assignment whose result is known.
    func before(_ assignment: SQLAssignment, _ row: Int, _ alias: String, at time: Int) {
        let table = tableau.rows[row].table
        guard let column = schema.tables[table].place(assignment.column), step(assignment.value, column, table) == nil,
            let value = tableau.value(tableau.cell(row, column, at: time + 1))
        else { return }
        let now = inverter.evaluator.time
        inverter.evaluator.time = time
        defer { inverter.evaluator.time = now }
        let scopes = [Scope(sources: [(alias, .row(row))])]
        guard tableau.value(inverter.evaluator.term(assignment.value, scopes)) == nil else { return }
        let mark = tableau.mark
        do { try inverter.assign(assignment.value, .value(value), scopes) } catch { tableau.undo(to: mark) }
    }
}

extension Solver {
    /// What was only chosen gives way to what is told.
    func overriding(_ state: () throws(Conflict) -> Void) throws(Conflict) {
        inverter.steps = 0
        tableau.overrides = true
        defer { tableau.overrides = false }
        try state()
    }

    /// Once all is read: what later readings show of UPDATEs, the last ones first, and of the numbers that INSERTs drew.
    func settleWrites(_ writes: Writes) {
        var updates: [Int: SQLUpdate] = [:]
        for (index, statement) in statements.enumerated() {
            guard case .update(let update)? = statement.parsed, statement.recorded.error == nil, update.from.isEmpty,
                update.assignments.contains(where: { if case .value = $0.value { false } else { true } })
            else { continue }
            updates[index] = update
        }
        if !updates.isEmpty {
            for row in tableau.rows.indices where tableau.rows[row].into == nil {
                for write in tableau.rows[row].writes.reversed() {
                    guard let update = updates[write.time] else { continue }
                    let table = tableau.rows[row].table
                    for assignment in update.assignments
                    where schema.tables[table].place(assignment.column) == write.column {
                        writes.before(assignment, row, update.alias, at: write.time)
                    }
                }
            }
        }
        settleJoined(writes)
        settleNumbers()
    }

    /// Numbers that INSERTs drew follow each other: one that is read later tells the others, and what was there before.
    private func settleNumbers() {
        guard dialect == .postgres else { return }
        for table in numbering.sorted() where counters[table] == nil && refused[table, default: 0] >= 0 {
            guard let counter = schema.tables[table].counter else { continue }
            // Nil: a number that was drawn for nothing.
            var drawn: [Int?] = []
            for (index, statement) in statements.enumerated() {
                guard case .insert(let insert)? = statement.parsed, schema.place(insert.table) == table else {
                    continue
                }
                let born = tableau.byTable[table].filter {
                    tableau.rows[$0].born == index && tableau.rows[$0].into == nil
                }
                drawn += born.isEmpty || statement.recorded.error != nil ? [nil] : born.map(Optional.some)
            }
            func number(_ row: Int?) -> Int64? {
                guard let row, case .int(let number)? = tableau.value(tableau.rows[row].cells[counter]) else {
                    return nil
                }
                return number
            }
            guard let place = drawn.indices.first(where: { number(drawn[$0]) != nil }), let known = number(drawn[place])
            else { continue }
            let last = known - 1 - Int64(place)
            counters[table] = last
            for case (let place, let row?) in drawn.enumerated() where number(row) == nil {
                let mark = tableau.mark
                do { try tableau.bind(tableau.rows[row].cells[counter], .int(last + 1 + Int64(place))) } catch {
                    tableau.undo(to: mark)
                }
            }
        }
    }
}
