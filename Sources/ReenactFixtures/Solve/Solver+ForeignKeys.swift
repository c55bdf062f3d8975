extension Solver {
    /// Gives every reference its parent; what is merely referred to becomes a row with that key and nothing else.
    ///
    /// - Parameter only: rows that have changed; nil looks at all.
    func closeForeignKeys(_ only: [Int]? = nil) throws(Conflict) {
        var place = only == nil ? 0 : tableau.rows.count
        var waiting: [Int] = only ?? []
        while place < tableau.rows.count || !waiting.isEmpty {
            var row = place
            if place < tableau.rows.count { place += 1 } else { row = waiting.removeLast() }
            let content = tableau.rows[row]
            guard content.into == nil, content.died != Int.min else { continue }
            for key in schema.tables[content.table].foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                try close(content, key, parent, columns, key.columns.map { content.cells[$0] }, isFirst: true)
                for write in content.writes where key.columns == [write.column] {
                    try close(content, key, parent, columns, [write.variable], isFirst: false)
                }
            }
        }
    }

    private func close(
        _ row: Tableau.Row, _ key: ForeignKey, _ parent: Int, _ columns: [Int], _ cells: [Int], isFirst: Bool
    ) throws(Conflict) {
        let values = cells.compactMap { tableau.value($0) }
        if values.count == cells.count {
            if values.contains(.null) { return }
            let time = row.born ?? (isFirst ? 0 : Int.max - 1)
            if merger.find(parent, columns, values, at: time) != nil { return }
            // A parent that the recording inserted serves rows that came after it.
            if row.born != nil || !isFirst, merger.find(parent, columns, values, at: Int.max - 1) != nil { return }
            let made = invented(parent)
            for (column, value) in zip(columns, values) { try tableau.bind(tableau.rows[made].cells[column], value) }
            try merger.merge(from: made)
            return
        }
        guard isFirst, row.born == nil,
            zip(key.columns, cells).allSatisfy({
                tableau.variables[tableau.root($1)].isNotNull || tableau.value($1) != nil
            })
        else { return }
        for other in tableau.byTable[parent]
        where tableau.rows[other].into == nil && tableau.rows[other].died != Int.min {
            let same = zip(columns, cells).allSatisfy {
                tableau.root(tableau.rows[other].cells[$0]) == tableau.root($1)
            }
            if same { return }
        }
        let isUnique = schema.tables[row.table].keys.contains { Set($0).isSubset(of: Set(key.columns)) }
        let known = cells.contains { tableau.value($0) != nil || tableau.variables[tableau.root($0)].isShared }
        var target = -1
        if adopts, !known, let free = adoptable(parent, columns, row, key, isUnique) {
            target = free
        } else if !isUnique, !known, let shared = sharedParents[parent], shared < tableau.rows.count {
            let shared = tableau.live(shared)
            if tableau.rows[shared].table == parent, tableau.rows[shared].isInvented, tableau.rows[shared].born == nil,
                tableau.rows[shared].died != Int.min,
                !collides(row, key, shared, columns)
            {
                target = shared
            }
        }
        if target >= 0 {
            // What is known of the reference may not be true of that parent.
            let mark = tableau.mark
            do throws(Conflict) {
                for (column, cell) in zip(columns, cells) {
                    try tableau.unify(tableau.rows[target].cells[column], cell)
                }
                return try merger.merge(from: target)
            } catch { tableau.undo(to: mark) }
        }
        target = invented(parent)
        if !isUnique, !known { sharedParents[parent] = target }
        for (column, cell) in zip(columns, cells) { try tableau.unify(tableau.rows[target].cells[column], cell) }
        try merger.merge(from: target)
    }

    /// A parent that is there: the first, or where only one may refer to it, one that nobody refers to.
    private func adoptable(
        _ parent: Int, _ columns: [Int], _ child: Tableau.Row, _ key: ForeignKey, _ isUnique: Bool
    ) -> Int? {
        let table = child.table
        var used: Set<Int> = []
        if isUnique, key.columns.count == 1 {
            for other in tableau.byTable[table] where tableau.rows[other].into == nil {
                used.insert(tableau.root(tableau.rows[other].cells[key.columns[0]]))
            }
        }
        return tableau.byTable[parent].first {
            let row = tableau.rows[$0]
            guard row.into == nil, row.born == nil, row.died == nil || row.died == Int.max else { return false }
            if !isUnique { return !collides(child, key, $0, columns) }
            let root = tableau.root(row.cells[columns[0]])
            let value = tableau.value(root)
            return !used.contains(root) && !used.contains { value != nil && tableau.value($0) == value }
        }
    }

    /// True where that parent would give two rows one key.
    private func collides(_ row: Tableau.Row, _ key: ForeignKey, _ parent: Int, _ columns: [Int]) -> Bool {
        let wide = schema.tables[row.table].keys.filter { unique in
            unique.count > 1 && !Set(unique).isDisjoint(with: key.columns)
        }
        if wide.isEmpty { return false }
        func cell(_ column: Int) -> Int {
            key.columns.firstIndex(of: column).map { tableau.rows[parent].cells[columns[$0]] } ?? row.cells[column]
        }
        for unique in wide {
            let mine = unique.map { tableau.root(cell($0)) }
            for other in tableau.byTable[row.table] {
                let content = tableau.rows[other]
                if content.into != nil || content.cells == row.cells || content.died == Int.min { continue }
                let same = zip(unique, mine).allSatisfy { column, root in
                    let theirs = tableau.root(content.cells[column])
                    if theirs == root { return true }
                    guard let a = tableau.value(theirs), let b = tableau.value(root) else { return false }
                    return a.matches(b)
                }
                if same { return true }
            }
        }
        return false
    }

    private func invented(_ table: Int) -> Int {
        let row = tableau.newRow(table, time: 0)
        tableau.changeRow(row) {
            $0.isInvented = true
            $0.mode = .fence
        }
        return row
    }

    /// References of a state that find no row: the search's engine does not look at them.
    func dangling(_ state: FixtureState) -> [String] {
        struct Target: Hashable {
            var table: Int
            var columns: [Int]
        }
        var present: [Target: Set<[SQLValue]>] = [:]
        var outgoing: [Int: [(columns: [Int], parent: Target)]] = [:]
        for (table, definition) in schema.tables.enumerated() {
            for key in definition.foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                let target = Target(table: parent, columns: columns)
                outgoing[table, default: []].append((key.columns, target))
                present[target] = []
            }
        }
        let incoming = Dictionary(grouping: present.keys, by: \.table)
        for row in state.rows {
            for target in incoming[row.table] ?? [] {
                let values = target.columns.compactMap { row.values[$0] }
                if values.count == target.columns.count { present[target]?.insert(values) }
            }
        }
        var found: [String] = []
        for row in state.rows {
            for (columns, parent) in outgoing[row.table] ?? [] {
                let values = columns.compactMap { row.values[$0] }
                guard values.count == columns.count, !values.contains(.null), present[parent]?.contains(values) != true,
                    present[parent]?.contains(where: { zip($0, values).allSatisfy { $0.matches($1) } }) != true
                else { continue }
                found.append("a reference of \(schema.tables[row.table].name) points nowhere")
            }
        }
        return found
    }
}
