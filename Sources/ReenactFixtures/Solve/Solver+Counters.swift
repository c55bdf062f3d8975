/// What the numbers that inserted rows got tell of those given out before.
extension Solver {
    func noteCounter(_ parsed: SQLStatement, _ recorded: RecordedStatement) {
        if dialect == .postgres { noteSequences(parsed, recorded) }
        guard case .insert(let insert) = parsed, let table = schema.place(insert.table), counters[table] == nil,
            let counter = schema.tables[table].counter,
            !insert.columns.contains(where: { schema.tables[table].place($0) == counter })
        else { return }
        if refused[table, default: 0] < 0 { return }
        let row = tableau.byTable[table].first { tableau.rows[$0].born == inverter.time }
        if recorded.error == nil, let row, case .int(let first)? = tableau.value(tableau.rows[row].cells[counter]) {
            counters[table] = first - 1 - refused[table, default: 0]
        } else if dialect == .postgres, recorded.error?.contains("is aborted") != true {
            // A number that a refused row took is gone.
            refused[table, default: 0] += recorded.error == nil ? Int64(max(1, recorded.rowCount ?? 1)) : 1
        }
    }

    /// With the numbers behind those of the rows that are there, where an INSERT takes one of which nobody speaks: of a
    /// blank schema it would take the first.
    func counted(_ state: FixtureState) -> FixtureState {
        if numbering.isEmpty { return state }
        var state = state
        for row in state.rows where numbering.contains(row.table) && counters[row.table] == nil {
            guard let counter = schema.tables[row.table].counter, case .int(let id)? = row.values[counter], id > 0
            else {
                continue
            }
            state.counters[row.table] = max(id, state.counters[row.table] ?? 0)
        }
        return state
    }

    /// Tables of PostgreSQL for which some INSERT draws a number.
    func tablesThatNumber() -> Set<Int> {
        guard dialect == .postgres else { return [] }
        return Set(
            statements.compactMap { statement in
                guard case .insert(let insert)? = statement.parsed, let table = schema.place(insert.table),
                    let counter = schema.tables[table].counter, schema.tables[table].sequence != nil,
                    insert.columns.isEmpty
                        || !insert.columns.contains(where: { schema.tables[table].place($0) == counter })
                else { return nil }
                return table
            })
    }
}
