/// Which rows refer to what: a parent is asked for its children over and over while references are closed.
struct Seats {
    /// What a cell stands for: its value, or the class of cells that it is one of.
    enum Stand: Hashable {
        case value(SQLValue)
        case cells(Int)
    }

    private var rows: [Place: [Stand: [Int]]] = [:]
    /// The place among the parents of the one that such a reference, of that table and those columns, was given last.
    var last: [[Int]: Int] = [:]

    /// Rows whose cell stood for that when the reference was closed.
    mutating func rows(_ table: Int, _ column: Int, _ stand: Stand, _ solver: Solver) -> [Int] {
        let place = Place(table: table, column: column)
        if rows[place] == nil {
            var seated: [Stand: [Int]] = [:]
            for row in solver.tableau.byTable[table] {
                seated[solver.stand(solver.tableau.rows[row].cells[column]), default: []].append(row)
            }
            rows[place] = seated
        }
        return rows[place]?[stand] ?? []
    }

    /// The reference of that row was closed.
    mutating func seat(_ row: Int, _ key: ForeignKey, _ solver: Solver) {
        let table = solver.tableau.rows[row].table
        for column in key.columns {
            let place = Place(table: table, column: column)
            guard rows[place] != nil else { continue }
            rows[place]?[solver.stand(solver.tableau.rows[row].cells[column]), default: []].append(row)
        }
    }
}

extension Solver {
    func stand(_ cell: Int) -> Seats.Stand {
        let root = standing(cell)
        return tableau.value(root).map(Seats.Stand.value) ?? .cells(root)
    }

    /// The unique keys that the row counts for, or may.
    func keys(of row: Tableau.Row) -> [[Int]] {
        let table = schema.tables[row.table]
        if table.partialKeys.isEmpty { return table.keys }
        return table.keys(of: { self.tableau.value(self.standing(row.cells[$0])) }, dialect)
    }

    /// True where that parent would give two rows one key, or one row the same in two columns that a CHECK keeps apart.
    func collides(_ row: Tableau.Row, _ key: ForeignKey, _ parent: Int, _ columns: [Int]) -> Bool {
        for (one, other) in schema.tables[row.table].apart {
            for (mine, theirs) in [(one, other), (other, one)] {
                guard let place = key.columns.firstIndex(of: mine) else { continue }
                let (a, b) = (standing(tableau.rows[parent].cells[columns[place]]), standing(row.cells[theirs]))
                if a == b { return true }
                if let a = tableau.value(a), let b = tableau.value(b), a.matches(b) { return true }
            }
        }
        let wide = keys(of: row).filter { unique in
            unique.count > 1 && !Set(unique).isDisjoint(with: key.columns)
        }
        if wide.isEmpty { return false }
        func cell(_ column: Int) -> Int {
            key.columns.firstIndex(of: column).map { tableau.rows[parent].cells[columns[$0]] } ?? row.cells[column]
        }
        for unique in wide {
            let mine = unique.map { standing(cell($0)) }
            guard let column = unique.first(where: key.columns.contains) else { continue }
            for other in seats.rows(row.table, column, stand(cell(column)), self) {
                let content = tableau.rows[other]
                if content.into != nil || content.cells == row.cells || content.died == Int.min { continue }
                let same = zip(unique, mine).allSatisfy { column, root in
                    let theirs = standing(content.cells[column])
                    if theirs == root { return true }
                    guard let a = tableau.value(theirs), let b = tableau.value(root) else {
                        // Of a few values one is likely to come twice.
                        return schema.tables[row.table].columns[column].domain?.values != nil
                    }
                    return a.matches(b)
                }
                if same { return true }
            }
        }
        return false
    }
}
