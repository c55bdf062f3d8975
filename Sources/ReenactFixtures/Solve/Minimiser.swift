extension Solver {
    /// Leaves out every row without which all that is satisfied stays so: chunks first, then one by one.
    func minimised(_ standing: Standing) throws(FixtureError) -> FixtureState {
        var best = standing
        var rows = best.state.rows
        // Rows that a statement returned by key can't go; the others are few.
        var open = removable(rows)
        var chunk = max(1, open.count / 2)
        while !open.isEmpty, !isOverdue {
            var start = 0
            var changed = false
            while start < open.count, !isOverdue {
                let part = Set(open[start..<min(start + chunk, open.count)])
                let kept = rows.indices.filter { !part.contains($0) }
                let state = FixtureState(rows: kept.map { rows[$0] }, counters: counters)
                if part.isEmpty || !isClosed(state.rows) {
                    start += chunk
                    continue
                }
                let next = try stand(state)
                if next.failures.count <= best.failures.count, next.distance <= best.distance,
                    next.refusedRows.count <= best.refusedRows.count
                {
                    best = next
                    rows = state.rows
                    open = removable(rows)
                    changed = true
                } else {
                    start += chunk
                }
            }
            if chunk == 1, !changed { break }
            chunk = max(1, chunk / 2)
        }
        return best.state
    }

    private func removable(_ rows: [FixtureRow]) -> [Int] {
        var returned: Set<FixtureKey> = []
        for row in tableau.rows where row.into == nil && row.born == nil && !row.isInvented {
            guard let column = schema.tables[row.table].primary.first,
                let key = tableau.value(row.cells[column])
            else { continue }
            returned.insert(FixtureKey(table: row.table, value: key))
        }
        return rows.indices.filter { index in
            guard let column = schema.tables[rows[index].table].primary.first, let key = rows[index].values[column]
            else {
                return true
            }
            return !returned.contains(FixtureKey(table: rows[index].table, value: key))
        }
    }

    /// True where every reference finds its parent, in the fixture or among what the recording inserts.
    private func isClosed(_ rows: [FixtureRow]) -> Bool {
        var present: Set<FixtureKey> = []
        for row in rows {
            for (column, value) in row.values.enumerated() {
                if let value, schema.tables[row.table].keys.contains([column]) {
                    present.insert(FixtureKey(table: row.table, column: column, value: value))
                }
            }
        }
        func isThere(_ table: Int, _ key: ForeignKey, _ value: SQLValue?) -> Bool {
            guard key.columns.count == 1, let value, !value.isNull, let (parent, columns) = schema.target(key) else {
                return true
            }
            return present.contains(FixtureKey(table: parent, column: columns[0], value: value))
        }
        for row in rows {
            for key in schema.tables[row.table].foreign where !isThere(row.table, key, row.values[key.columns[0]]) {
                return false
            }
        }
        // References of rows that the recording itself makes.
        for row in tableau.rows where row.into == nil {
            for key in schema.tables[row.table].foreign where key.columns.count == 1 {
                var cells = row.writes.filter { $0.column == key.columns[0] }.map(\.variable)
                if row.born != nil { cells.append(row.cells[key.columns[0]]) }
                for cell in cells where !isThere(row.table, key, tableau.value(cell)) {
                    guard let value = tableau.value(cell), let (parent, columns) = schema.target(key) else { continue }
                    let isBorn = tableau.byTable[parent].contains {
                        tableau.rows[$0].born != nil
                            && tableau.value(tableau.rows[$0].cells[columns[0]])?.matches(value) == true
                    }
                    if !isBorn { return false }
                }
            }
        }
        return true
    }
}

private struct FixtureKey: Hashable {
    var table: Int
    var column = -1
    var value: SQLValue
}
