/// UPDATEs that take what they write from other tables.
extension Solver {
    /// Rows that were read after such an UPDATE, and hold what it may have written: each gets what it was written from.
    func settleJoined(_ writes: Writes) {
        let all = inverter.options
        defer { (inverter.options, inverter.evaluator.time) = (all, statements.count) }
        for (index, statement) in statements.enumerated() {
            guard case .update(let update)? = statement.parsed, !update.from.isEmpty, statement.recorded.error == nil,
                let table = schema.place(update.table), let count = statement.recorded.rowCount,
                (1...200).contains(count),
                !isOverdue
            else { continue }
            let columns = update.assignments.compactMap { schema.tables[table].place($0.column) }
            guard columns.count == update.assignments.count else { continue }
            tableau.statement = index
            var left = count
            for row in tableau.byTable[table] where left > 0 && tableau.rows[row].into == nil {
                guard tableau.rows[row].born == nil, tableau.exists(row, at: index),
                    !tableau.rows[row].writes.contains(where: { columns.contains($0.column) }),
                    // What a write leaves NULL says nothing of where it came from.
                    columns.contains(where: { tableau.value(tableau.rows[row].cells[$0]).map { !$0.isNull } ?? false })
                else { continue }
                if write(update, columns, row, index, writes) { left -= 1 }
            }
            // Rows that nobody read.
            while left > 0, write(update, columns, nil, index, writes) { left -= 1 }
        }
    }

    /// Makes the sources of one row's new values. False where that can't be.
    private func write(_ update: SQLUpdate, _ columns: [Int], _ known: Int?, _ time: Int, _ writes: Writes) -> Bool {
        guard let table = schema.place(update.table) else { return false }
        let mark = tableau.mark
        let first = tableau.rows.count
        let row = known ?? tableau.newRow(table, time: time)
        var outputs: [Term] = []
        for column in columns {
            let seen = known == nil ? tableau.newVariable(table, column) : tableau.rows[row].cells[column]
            let before = known == nil ? tableau.rows[row].cells[column] : tableau.newVariable(table, column)
            tableau.changeRow(row) {
                $0.cells[column] = before
                $0.writes.append(.init(time: time, column: column, variable: seen))
            }
            outputs.append(.variable(seen))
        }
        var select = SQLSelect(from: [SQLSource(what: .table(update.table), alias: update.alias)] + update.from)
        select.items = update.assignments.map { SQLItem(expression: $0.value) }
        select.condition = update.condition
        inverter.evaluator.time = time
        inverter.commons = [:]
        inverter.steps = 0
        inverter.options = .init()
        inverter.options.existential = true
        inverter.options.reuse = .partners
        inverter.options.pattern = [.row(row)]
        inverter.options.accepts = { [tableau] scopes in
            guard case .row(let own)? = scopes.first?.sources.first?.binding else { return false }
            return tableau.live(own) == tableau.live(row)
        }
        do {
            // The row itself stands; its sources may be there.
            let outputs = outputs.map { tableau.value($0).map(Term.value) ?? $0 }
            try inverter.instance(select, outputs, [])
            try merger.merge(from: first)
            return true
        } catch {
            tableau.undo(to: mark)
            return false
        }
    }
}
