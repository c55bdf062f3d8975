extension Solver {
    /// Leaves out every row without which all that is satisfied stays so: kinds of rows first, many at a time, then one by
    /// one; of rows that are alike one speaks for all.
    func minimised(_ standing: Standing) throws(FixtureError) -> Standing {
        var best = standing
        let all = best.state.rows
        var alive = Set(all.indices)
        let links = References(self, all)
        func goes(_ part: Set<Int>) throws(FixtureError) -> Bool {
            guard !isOverdue, links.canGo(part, alive) else { return false }
            let kept = all.indices.filter { alive.contains($0) && !part.contains($0) }
            let next = try stand(FixtureState(rows: kept.map { all[$0] }, counters: counters))
            guard next.failures.count <= best.failures.count, next.distance <= best.distance,
                next.refusedRows.count <= best.refusedRows.count
            else { return false }
            best = next
            alive.subtract(part)
            return true
        }
        // Rows that a statement returned by key can't go; the others are few. Children go before their parents.
        var kinds = Array(alike(removable(all), all, links).reversed())
        var changed = true
        while changed, !isOverdue {
            changed = false
            var chunk = max(1, kinds.count / 2)
            while !kinds.isEmpty, !isOverdue {
                var start = 0
                while start < kinds.count, !isOverdue {
                    let end = min(start + chunk, kinds.count)
                    if try goes(Set(kinds[start..<end].joined())) {
                        kinds.removeSubrange(start..<end)
                        changed = true
                    } else {
                        start = end
                    }
                }
                if chunk == 1 { break }
                chunk = max(1, chunk / 2)
            }
            for place in kinds.indices where kinds[place].count > 1 {
                var step = 1
                while step > 0, !isOverdue {
                    guard step < kinds[place].count, try goes(Set(kinds[place].suffix(step))) else {
                        step /= 2
                        continue
                    }
                    kinds[place].removeLast(step)
                    changed = true
                    step *= 2
                }
            }
        }
        return best
    }

    /// Rows of one table that differ in nothing but keys and references that the recording does not name.
    private func alike(_ open: [Int], _ rows: [FixtureRow], _ links: References) -> [[Int]] {
        var places: [[SQLValue]: Int] = [:]
        var kinds: [[Int]] = []
        for index in open {
            let row = rows[index]
            let table = schema.tables[row.table]
            var mark: [SQLValue] = [.int(Int64(row.table)), .int(Int64(links.count(index)))]
            for (column, value) in row.values.enumerated() {
                guard let value else {
                    mark.append(.text("default"))
                    continue
                }
                let isLoose =
                    table.isInKey(column) || table.foreign.contains { $0.columns.contains(column) }
                mark.append(isLoose && !value.isNull && !facts.speaks(of: value) ? .text("any") : value)
            }
            if let place = places[mark] {
                kinds[place].append(index)
            } else {
                places[mark] = kinds.count
                kinds.append([index])
            }
        }
        return kinds
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
            guard key.columns.count == 1, let value, !value.isNull, let (parent, columns) = schema.target(key) else {
                return nil
            }
            return places[FixtureKey(table: parent, column: columns[0], value: value)]
        }
        for (place, row) in rows.enumerated() {
            for key in schema.tables[row.table].foreign {
                if let parent = target(key, row.values[key.columns[0]]), parent != place {
                    from[parent, default: []].append(place)
                }
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

    func canGo(_ part: Set<Int>, _ alive: Set<Int>) -> Bool {
        !part.isEmpty
            && part.allSatisfy { row in
                !pinned.contains(row) && (from[row] ?? []).allSatisfy { part.contains($0) || !alive.contains($0) }
            }
    }

    /// How many rows refer to it.
    func count(_ row: Int) -> Int { from[row]?.count ?? 0 }
}

private struct FixtureKey: Hashable {
    var table: Int
    var column = -1
    var value: SQLValue
}
