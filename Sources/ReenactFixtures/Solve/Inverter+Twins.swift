/// Rows with the key of another.
extension Inverter {
    /// A row made for this combination has the key of one that is there: it would become that one. One that was there before may
    /// become another, unless they hold what can't be both.
    func hasTwin(_ scope: Scope, _ first: Int) -> Bool {
        for case (_, .row(let row)) in scope.sources {
            for key in schema.tables[tableau.rows[row].table].keys
            where hasTwin(row, key, where: { row >= first || differ(row, $0) }) { return true }
        }
        return false
    }

    private func differ(_ row: Int, _ other: Int) -> Bool {
        zip(tableau.rows[row].cells, tableau.rows[other].cells).contains { mine, theirs in
            guard let a = tableau.value(mine), let b = tableau.value(theirs) else { return false }
            return !a.matches(b)
        }
    }

    private func hasTwin(_ row: Int, _ key: [Int], where isRival: (Int) -> Bool) -> Bool {
        let mine = tableau.rows[row]
        let roots = key.map { tableau.root(mine.cells[$0]) }
        let values = roots.map { tableau.variables[$0].value }
        // Of several columns the one that fewest rows share tells most.
        guard
            let part = key.indices.min(by: {
                tableau.holders.weight(roots[$0], values[$0]) < tableau.holders.weight(roots[$1], values[$1])
            })
        else { return false }
        return tableau.holders.contains(roots[part], values[part]) { other in
            guard other != row, other < tableau.rows.count, tableau.rows[other].table == mine.table,
                tableau.exists(other, at: time)
            else { return false }
            return isRival(other)
                && key.indices.allSatisfy { place in
                    let cell = tableau.root(tableau.rows[other].cells[key[place]])
                    if cell == roots[place] { return true }
                    guard let a = tableau.variables[cell].value, let b = values[place] else { return false }
                    return a.matches(b) && !a.isNull
                }
        }
    }
}
