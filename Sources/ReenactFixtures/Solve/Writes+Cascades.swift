/// Keys that are changed, and references that follow them.
extension Writes {
    /// The rows that refer to this one, of those that are known.
    func cascade(_ row: Int, _ columns: Set<Int>) {
        let parent = tableau.rows[row].table
        for (child, table) in schema.tables.enumerated() {
            for key in table.foreign where key.cascades {
                guard let (target, places) = schema.target(key), target == parent,
                    places.contains(where: columns.contains)
                else { continue }
                for other in tableau.byTable[child] where tableau.exists(other, at: time) {
                    let refers = zip(key.columns, places).allSatisfy {
                        isSame(tableau.cell(other, $0, at: time), tableau.cell(row, $1, at: time))
                    }
                    guard refers else { continue }
                    var followed: Set<Int> = []
                    for (column, place) in zip(key.columns, places) where columns.contains(place) {
                        if tableau.rows[other].writes.contains(where: { $0.time == time && $0.column == column }) {
                            continue
                        }
                        followed.insert(column)
                        let written = tableau.cell(row, place, at: time + 1)
                        tableau.changeRow(other) {
                            $0.writes.append(.init(time: time, column: column, variable: written))
                        }
                    }
                    if !followed.isEmpty { cascade(other, followed) }
                }
            }
        }
    }

    private func isSame(_ left: Int, _ right: Int) -> Bool {
        if tableau.root(left) == tableau.root(right) { return true }
        guard let a = tableau.value(left), let b = tableau.value(right) else { return false }
        return !a.isNull && a.matches(b)
    }

    /// Rows seen for the first time after a key was changed: the one with the new key is the one that had the old, and what
    /// refers to the new key referred to the old.
    func followKeys(from first: Int) throws(Conflict) {
        if renaming.isEmpty { return }
        for row in first..<max(first, tableau.rows.count) where tableau.rows[row].born == nil {
            let definition = schema.tables[tableau.rows[row].table]
            for key in definition.foreign where key.cascades {
                guard let (parent, places) = schema.target(key) else { continue }
                let cells = key.columns.map { tableau.rows[row].cells[$0] }
                for other in renamed(parent, places)
                where zip(cells, places).allSatisfy({ cell, place in
                    isSame(cell, tableau.cell(other, place, at: time))
                }) {
                    try lead(row, key.columns, other, places)
                    break
                }
            }
            guard tableau.rows[row].into == nil else { continue }
            for key in definition.keys {
                let found = renamed(tableau.rows[row].table, key).first { other in
                    other != row
                        && key.allSatisfy { isSame(tableau.rows[row].cells[$0], tableau.cell(other, $0, at: time)) }
                }
                if let found {
                    try merger.unite(row, found)
                    break
                }
            }
        }
    }

    /// The reference goes back through the keys that the row had.
    private func lead(_ row: Int, _ columns: [Int], _ other: Int, _ places: [Int]) throws(Conflict) {
        for (column, place) in zip(columns, places) {
            let writes = tableau.rows[other].writes.filter { $0.column == place && $0.time < time }
            guard !writes.isEmpty else { continue }
            let before = tableau.newVariable(tableau.rows[row].table, column)
            try tableau.unify(before, tableau.rows[other].cells[place])
            try tableau.unify(tableau.rows[row].cells[column], tableau.cell(other, place, at: time))
            tableau.changeRow(row) {
                $0.cells[column] = before
                $0.writes += writes.map { .init(time: $0.time, column: column, variable: $0.variable) }
            }
        }
    }

    /// Rows of which one of those columns was changed.
    private func renamed(_ table: Int, _ columns: [Int]) -> [Int] {
        guard renaming.contains(table) else { return [] }
        return tableau.byTable[table].filter { row in
            tableau.exists(row, at: time)
                && tableau.rows[row].writes.contains { $0.time < time && columns.contains($0.column) }
        }
    }
}

extension Solver {
    /// The columns of keys that statements change, by table.
    var changedKeys: [Int: Set<Int>] {
        var found: [Int: Set<Int>] = [:]
        for statement in statements {
            let (name, assignments): (String, [SQLAssignment])
            switch statement.parsed {
            case .update(let update): (name, assignments) = (update.table, update.assignments)
            case .insert(let insert): (name, assignments) = (insert.table, insert.upsert?.assignments ?? [])
            default: continue
            }
            guard let table = schema.place(name) else { continue }
            for assignment in assignments {
                guard let column = schema.tables[table].place(assignment.column),
                    schema.tables[table].isInKey(column)
                else { continue }
                found[table, default: []].insert(column)
            }
        }
        // What follows is a change of its own.
        var isMore = !found.isEmpty
        while isMore {
            isMore = false
            for (child, table) in schema.tables.enumerated() {
                for key in table.foreign where key.cascades {
                    guard let (parent, places) = schema.target(key), let changed = found[parent] else { continue }
                    for (column, place) in zip(key.columns, places) where changed.contains(place) {
                        if found[child, default: []].insert(column).inserted { isMore = true }
                    }
                }
            }
        }
        return found
    }

    /// References follow one of those keys: then the search must look at references, too.
    func follows(_ changed: [Int: Set<Int>]) -> Bool {
        !changed.isEmpty
            && schema.tables.contains { table in
                table.foreign.contains { key in
                    guard key.cascades, let (parent, places) = schema.target(key) else { return false }
                    return places.contains { changed[parent]?.contains($0) ?? false }
                }
            }
    }

    /// A row of the parents got that key by an UPDATE.
    func isRenamed(_ parent: Int, _ columns: [Int], _ values: [SQLValue]) -> Bool {
        tableau.byTable[parent].contains { row in
            let content = tableau.rows[row]
            guard content.into == nil, content.died != Int.min, !content.writes.isEmpty else { return false }
            return content.writes.contains { write in
                guard columns.contains(write.column) else { return false }
                return zip(columns, values).allSatisfy { column, value in
                    tableau.value(tableau.cell(row, column, at: write.time + 1))?.matches(value) ?? false
                }
            }
        }
    }
}
