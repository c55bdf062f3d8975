extension Solver {
    /// Gives every reference its parent; what is merely referred to becomes a row with that key and nothing else.
    ///
    /// - Parameters:
    ///   - only: rows that have changed; nil looks at all.
    ///   - isLenient: a reference that can't be closed stays open, and the others are closed.
    func closeForeignKeys(_ only: [Int]? = nil, isLenient: Bool = false) throws(Conflict) {
        seats = Seats()
        var place = only == nil ? 0 : tableau.rows.count
        var waiting: [Int] = only ?? []
        while place < tableau.rows.count || !waiting.isEmpty {
            if isOverdue { throw Conflict(what: "the time was over") }
            var row = place
            if place < tableau.rows.count { place += 1 } else { row = waiting.removeLast() }
            let content = tableau.rows[row]
            guard content.into == nil, content.died != Int.min else { continue }
            refer(content)
            for key in schema.tables[content.table].foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                let mark = tableau.mark
                do throws(Conflict) {
                    try close(row, key, parent, columns, key.columns.map { content.cells[$0] }, isFirst: true)
                } catch {
                    guard isLenient else { throw error }
                    tableau.undo(to: mark)
                }
                seats.seat(row, key, self)
                for write in content.writes where key.columns == [write.column] {
                    try close(row, key, parent, columns, [write.variable], isFirst: false)
                }
            }
        }
    }

    private func close(
        _ place: Int, _ key: ForeignKey, _ parent: Int, _ columns: [Int], _ cells: [Int], isFirst: Bool
    ) throws(Conflict) {
        let row = tableau.rows[place]
        let values = cells.compactMap { tableau.value($0) }
        // With one part that is NULL it refers to nothing.
        if values.contains(.null) { return }
        if values.count == cells.count {
            let time = row.born ?? (isFirst ? 0 : Int.max - 1)
            if merger.find(parent, columns, values, at: time) != nil { return }
            // A parent that the recording inserted serves rows that came after it.
            if row.born != nil || !isFirst,
                merger.find(parent, columns, values, at: Int.max - 1) != nil || isRenamed(parent, columns, values)
            {
                return
            }
            let made = invented(parent)
            for (column, value) in zip(columns, values) { try tableau.bind(tableau.rows[made].cells[column], value) }
            try merger.merge(only: [made])
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
        if cells.count == 1, isLeaning(cells[0], parent) { return }
        let isUnique = keys(of: row).contains { Set($0).isSubset(of: Set(key.columns)) }
        if cells.count > 1, !isUnique, parent != row.table, try leanWide(row, key, parent, columns, cells) { return }
        let known = cells.contains { tableau.value($0) != nil || tableau.variables[tableau.root($0)].isShared }
        var target = -1
        if adopts, !known, let free = adoptable(parent, columns, row, key, isUnique) {
            target = free
            adopted = true
        } else if !isUnique, !known, let shared = sharedParents[parent], shared < tableau.rows.count {
            let shared = tableau.live(shared)
            if tableau.rows[shared].table == parent, tableau.rows[shared].isInvented, tableau.rows[shared].born == nil,
                tableau.rows[shared].died != Int.min,
                !collides(row, key, shared, columns)
            {
                target = shared
            } else if !schema.tables[row.table].apart.isEmpty {
                target = adoptable(parent, columns, row, key, isUnique) ?? -1
            }
        }
        let leans =
            !known && cells.count == 1 && !schema.tables[row.table].isInKey(key.columns[0])
            && isOpen(tableau.variables[tableau.root(cells[0])])
        if target >= 0, leans {
            return tableau.change(tableau.root(cells[0])) { $0.lean = .init(row: target, column: columns[0]) }
        }
        if target >= 0 {
            // What is known of the reference may not be true of that parent.
            let mark = tableau.mark
            do throws(Conflict) {
                for (column, cell) in zip(columns, cells) {
                    try tableau.unify(tableau.rows[target].cells[column], cell)
                }
                return try known ? merger.merge(from: target) : merger.merge(only: [target, place])
            } catch { tableau.undo(to: mark) }
        }
        target = invented(parent)
        if !isUnique, !known { sharedParents[parent] = target }
        if leans {
            tableau.change(tableau.root(cells[0])) { $0.lean = .init(row: target, column: columns[0]) }
            return try merger.merge(only: [target])
        }
        for (column, cell) in zip(columns, cells) { try tableau.unify(tableau.rows[target].cells[column], cell) }
        try known ? merger.merge(from: target) : merger.merge(only: [target, place])
    }

    /// Nothing is asked of its value.
    func isOpen(_ known: Tableau.Variable) -> Bool {
        known.value == nil && known.low == nil && known.high == nil && known.not.isEmpty && known.like == nil
            && known.rank == nil && known.unique == nil && known.links.isEmpty
    }

    /// The reference goes to a row that is there, until more is known of it.
    private func isLeaning(_ cell: Int, _ parent: Int) -> Bool {
        let root = tableau.root(cell)
        let known = tableau.variables[root]
        guard let lean = known.lean else { return false }
        let row = lean.row < tableau.rows.count ? tableau.rows[tableau.live(lean.row)] : nil
        if let row, row.table == parent, row.born == nil, row.died != Int.min, isOpen(known) { return true }
        tableau.change(root) { $0.lean = nil }
        return false
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
        func serves(_ place: Int) -> Bool {
            let row = tableau.rows[place]
            guard row.into == nil, row.born == nil, row.died == nil || row.died == Int.max else { return false }
            if !isUnique { return !collides(child, key, place, columns) }
            let root = tableau.root(row.cells[columns[0]])
            let value = tableau.value(root)
            return !used.contains(root) && !used.contains { value != nil && tableau.value($0) == value }
        }
        // A child of one that other statements ask for would be seen there.
        func suits(_ place: Int) -> Bool { !inverter.isAskedFor(place, by: table) && serves(place) }
        let parents = tableau.byTable[parent]
        // Where those without children are asked for, one that has some takes the next as well.
        if !isUnique, columns.count == 1, facts.sparing.contains(table) {
            let settled = parents.first { place in
                suits(place)
                    && !seats.rows(table, key.columns[0], stand(tableau.rows[place].cells[columns[0]]), self).isEmpty
            }
            if let settled { return settled }
        }
        // Those before the last one taken were taken already.
        let start = min(seats.last[[table] + key.columns] ?? 0, parents.count)
        let found = parents[start...].firstIndex(where: suits) ?? parents[..<start].suffix(100).firstIndex(where: suits)
        seats.last[[table] + key.columns] = found ?? parents.count
        return found.map { parents[$0] }
    }

    func invented(_ table: Int) -> Int {
        let row = tableau.newRow(table, time: 0)
        tableau.changeRow(row) {
            $0.isInvented = true
            $0.mode = .fence
        }
        return row
    }
}
