/// References of several columns of which only some are known, or none.
extension Solver {
    /// What is open of such a reference leans on a parent that has what is known of it; that parent is made where there is none.
    ///
    /// - Returns: false where more is asked of the open cells than a lean can keep.
    func leanWide(
        _ row: Tableau.Row, _ key: ForeignKey, _ parent: Int, _ columns: [Int], _ cells: [Int]
    ) throws(Conflict) -> Bool {
        let table = schema.tables[row.table]
        var open: [Int] = []
        for (place, cell) in cells.enumerated() where tableau.value(cell) == nil {
            let known = tableau.variables[tableau.root(cell)]
            let isAlone = table.foreign.filter { $0.columns.contains(key.columns[place]) }.count == 1
            guard isOpen(known), !known.isShared, isAlone else { return false }
            open.append(place)
        }
        guard !open.isEmpty else { return false }
        func fits(_ other: Int) -> Bool {
            let content = tableau.rows[other]
            guard content.table == parent, content.into == nil, content.born == nil, content.died != Int.min else {
                return false
            }
            return cells.indices.allSatisfy { place in
                guard let value = tableau.value(cells[place]) else { return true }
                return tableau.value(standing(content.cells[columns[place]]))?.matches(value) ?? false
            }
        }
        let leans = open.map { tableau.variables[tableau.root(cells[$0])].lean }
        if let first = leans[0], first.row < tableau.rows.count, fits(tableau.live(first.row)),
            zip(open, leans).allSatisfy({ $1?.column == columns[$0] && $1?.row == first.row })
        {
            return true
        }
        var target = tableau.byTable[parent].first { fits($0) && !collides(row, key, $0, columns) }
        if target == nil {
            let made = invented(parent)
            for (column, cell) in zip(columns, cells) {
                if let value = tableau.value(cell) { try tableau.bind(tableau.rows[made].cells[column], value) }
            }
            try merger.merge(from: made)
            target = tableau.live(made)
        }
        guard let target else { return false }
        for place in open {
            tableau.change(tableau.root(cells[place])) { $0.lean = .init(row: target, column: columns[place]) }
        }
        return true
    }

    /// The class of a cell, or of the one that it leans on.
    func standing(_ cell: Int) -> Int {
        var root = tableau.root(cell)
        for _ in 0..<8 {
            let known = tableau.variables[root]
            guard known.value == nil, known.unique == nil, let lean = known.lean, lean.row < tableau.rows.count else {
                return root
            }
            root = tableau.root(tableau.rows[tableau.live(lean.row)].cells[lean.column])
        }
        return root
    }
}
