extension Solver {
    /// A CHECK that wants one of several references: the first that may be there is.
    func refer(_ row: Tableau.Row) {
        let table = schema.tables[row.table]
        guard !table.checks.isEmpty, !table.foreign.isEmpty else { return }
        let foreign = Set(table.foreign.flatMap(\.columns))
        guard table.checks.contains(where: { !foreign.isDisjoint(with: $0.columns) }) else { return }
        // A reference is something of its own, whatever it is.
        func placeholder(_ column: Int) -> SQLValue { .int(Int64(-7 - column)) }
        var values = row.cells.enumerated().map { column, cell -> SQLValue? in
            let known = tableau.variables[tableau.root(cell)]
            if let value = known.value { return value }
            guard foreign.contains(column) else { return nil }
            return known.isNotNull || known.unique != nil || known.lean != nil ? placeholder(column) : .null
        }
        for columns in table.failing(values, inverter.dialect) {
            let failing = table.failing(values, inverter.dialect).count
            let free = columns.filter { column in
                let known = tableau.variables[tableau.root(row.cells[column])]
                return foreign.contains(column) && values[column] == .null && known.value == nil
            }
            // One whose parents are there needs no more rows.
            let parents = Dictionary(
                table.foreign.flatMap { key in
                    key.columns.map { ($0, schema.target(key).map { !tableau.byTable[$0.table].isEmpty } ?? false) }
                }, uniquingKeysWith: { first, _ in first })
            for column in free.sorted(by: { (parents[$0] ?? false ? 0 : 1, $0) < (parents[$1] ?? false ? 0 : 1, $1) }) {
                var changed = values
                changed[column] = placeholder(column)
                guard table.failing(changed, inverter.dialect).count < failing else { continue }
                values = changed
                tableau.change(tableau.root(row.cells[column])) { $0.isNotNull = true }
                break
            }
        }
    }
}
