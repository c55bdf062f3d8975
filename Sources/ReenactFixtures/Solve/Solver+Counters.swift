/// What the numbers that inserted rows got tell of those given out before.
extension Solver {
    func noteCounter(_ parsed: SQLStatement, _ recorded: RecordedStatement) {
        guard case .insert(let insert) = parsed, let table = schema.place(insert.table), counters[table] == nil,
            let counter = schema.tables[table].counter,
            !insert.columns.contains(where: { schema.tables[table].place($0) == counter })
        else { return }
        let row = tableau.byTable[table].first { tableau.rows[$0].born == inverter.time }
        if recorded.error == nil, let row, case .int(let first)? = tableau.value(tableau.rows[row].cells[counter]) {
            counters[table] = first - 1 - refused[table, default: 0]
        } else if dialect == .postgres, recorded.error?.contains("is aborted") != true {
            // A number that a refused row took is gone.
            refused[table, default: 0] += 1
        }
    }
}
