/// Rows with the key of another.
extension Inverter {
    /// A row made for this combination has the key of one that is there: it would become that one.
    func hasTwin(_ scope: Scope, _ first: Int) -> Bool {
        for case (_, .row(let row)) in scope.sources where row >= first {
            for key in schema.tables[tableau.rows[row].table].keys where hasTwin(row, key) { return true }
        }
        return false
    }

    private func hasTwin(_ row: Int, _ key: [Int]) -> Bool {
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
            return key.indices.allSatisfy { place in
                let cell = tableau.root(tableau.rows[other].cells[key[place]])
                if cell == roots[place] { return true }
                guard let a = tableau.variables[cell].value, let b = values[place] else { return false }
                return a.matches(b) && !a.isNull
            }
        }
    }
}
