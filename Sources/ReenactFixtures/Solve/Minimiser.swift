extension Solver {
    /// Leaves out every row without which all that is satisfied stays so: chunks first, then one by one.
    func minimised(_ standing: Standing) throws(FixtureError) -> FixtureState {
        var best = standing
        var rows = best.state.rows
        // Rows that a statement returned by key can't go; the others are few.
        var open = removable(rows)
        var links = References(self, rows)
        var chunk = max(1, open.count / 2)
        while !open.isEmpty, !isOverdue {
            var start = 0
            var changed = false
            while start < open.count, !isOverdue {
                let part = Set(open[start..<min(start + chunk, open.count)])
                if !links.canGo(part) {
                    start += chunk
                    continue
                }
                let kept = rows.indices.filter { !part.contains($0) }
                let state = FixtureState(rows: kept.map { rows[$0] }, counters: counters)
                let next = try stand(state)
                if next.failures.count <= best.failures.count, next.distance <= best.distance,
                    next.refusedRows.count <= best.refusedRows.count
                {
                    best = next
                    rows = state.rows
                    open = removable(rows)
                    links = References(self, rows)
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
}

/// Which rows of a state others refer to.
private struct References {
    /// Rows that refer to a row, by their places.
    private var from: [Int: [Int]] = [:]
    /// Rows that the recording's own rows refer to.
    private var pinned: Set<Int> = []

    init(_ solver: Solver, _ rows: [FixtureRow]) {
        let (schema, tableau) = (solver.schema, solver.tableau)
        var places: [FixtureKey: Int] = [:]
        for (place, row) in rows.enumerated() {
            for (column, value) in row.values.enumerated() {
                if let value, schema.tables[row.table].keys.contains([column]) {
                    places[FixtureKey(table: row.table, column: column, value: value)] = place
                }
            }
        }
        func target(_ key: ForeignKey, _ value: SQLValue?) -> Int? {
            guard key.columns.count == 1, let value, !value.isNull, let (parent, columns) = schema.target(key) else { return nil }
            return places[FixtureKey(table: parent, column: columns[0], value: value)]
        }
        for (place, row) in rows.enumerated() {
            for key in schema.tables[row.table].foreign {
                if let parent = target(key, row.values[key.columns[0]]), parent != place { from[parent, default: []].append(place) }
            }
        }
        for row in tableau.rows where row.into == nil && (row.born != nil || !row.writes.isEmpty) {
            for key in schema.tables[row.table].foreign where key.columns.count == 1 {
                var cells = row.writes.filter { $0.column == key.columns[0] }.map(\.variable)
                if row.born != nil { cells.append(row.cells[key.columns[0]]) }
                for cell in cells { if let parent = target(key, tableau.value(cell)) { pinned.insert(parent) } }
            }
        }
    }

    func canGo(_ part: Set<Int>) -> Bool {
        !part.isEmpty && part.allSatisfy { row in !pinned.contains(row) && (from[row] ?? []).allSatisfy(part.contains) }
    }
}

private struct FixtureKey: Hashable {
    var table: Int
    var column = -1
    var value: SQLValue
}
