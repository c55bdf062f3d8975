extension Solver {
    /// Leaves out every row without which all that is satisfied stays so: kinds of rows first, many at a time, then one by
    /// one, until no single row can go; of rows that are alike the first and the last speak for all.
    func minimised(_ standing: Standing) throws(FixtureError) -> Standing {
        var best = standing
        let all = best.state.rows
        var alive = Set(all.indices)
        let links = References(self, all)
        let satisfied = standing.verdicts.indices.filter { standing.verdicts[$0] == .same }
        func goes(_ part: Set<Int>) throws(FixtureError) -> Bool {
            guard !isOverdue, links.canGo(part, alive) else { return false }
            let kept = all.indices.filter { alive.contains($0) && !part.contains($0) }
            let next = try stand(FixtureState(rows: kept.map { all[$0] }, counters: best.state.counters))
            guard next.refusedRows.count <= best.refusedRows.count, next.distance <= best.distance,
                satisfied.allSatisfy({ next.verdicts[$0] == .same })
            else { return false }
            best = next
            alive.subtract(part)
            return true
        }
        let proven = Needed(self, standing).rows(all, schema)
        let open = all.indices.filter { !proven.contains($0) }
        // Children go before their parents.
        var kinds = Array(links.kinds(open, all, facts).reversed())
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
            for place in kinds.indices.reversed() where kinds[place].count > 1 {
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
                while kinds[place].count > 1, !isOverdue, try goes([kinds[place][0]]) {
                    kinds[place].removeFirst()
                    changed = true
                }
            }
        }
        return best
    }
}

/// Rows that an answer shows to be there: it holds a column of theirs that is a key, as it is.
private struct Needed {
    private var keys: Set<FixtureKey> = []

    init(_ solver: Solver, _ standing: Solver.Standing) {
        let schema = solver.schema
        var written: Set<Int> = []
        for (index, statement) in solver.statements.enumerated() {
            guard case .select(let query)? = statement.parsed, case .select(let select) = query.body,
                standing.verdicts[index] == .same
            else {
                if case .select? = statement.parsed { continue }
                written.formUnion(solver.tablesOf(index))
                continue
            }
            let commons = Set(query.commons.map { $0.name.lowercased() })
            for source in select.from {
                guard case .table(let name) = source.what, !commons.contains(name.lowercased()),
                    let table = schema.place(name), !written.contains(table)
                else { continue }
                for key in schema.tables[table].keys {
                    let places = key.compactMap { column in
                        Self.place(schema.tables[table].columns[column].name, source, select)
                    }
                    guard places.count == key.count else { continue }
                    for row in statement.recorded.rows ?? [] where row.count == select.items.count {
                        let values = places.map { row[$0] }
                        if values.contains(.null) { continue }
                        keys.insert(FixtureKey(table: table, columns: key, values: values))
                    }
                }
            }
        }
    }

    private static func place(_ column: String, _ source: SQLSource, _ select: SQLSelect) -> Int? {
        select.items.firstIndex { item in
            guard case .column(let alias, let name, _) = item.expression, name.lowercased() == column.lowercased()
            else {
                return false
            }
            return alias.map { Evaluator.same($0, source.alias) } ?? (select.from.count == 1)
        }
    }

    func rows(_ rows: [FixtureRow], _ schema: Schema) -> Set<Int> {
        let places = Set(keys.map { FixtureKey(table: $0.table, columns: $0.columns, values: []) })
        return Set(
            rows.indices.filter { index in
                schema.tables[rows[index].table].keys.contains { key in
                    let values = key.compactMap { rows[index].values[$0] }
                    return places.contains(FixtureKey(table: rows[index].table, columns: key, values: []))
                        && keys.contains(FixtureKey(table: rows[index].table, columns: key, values: values))
                }
            })
    }
}

struct FixtureKey: Hashable {
    var table: Int
    var columns: [Int]
    var values: [SQLValue]
}
