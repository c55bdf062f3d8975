extension Inverter {
    /// Numbers without a fraction, though of columns of another kind.
    static func isWholeNumber(_ expression: SQLExpr) -> Bool {
        guard case .call(let call) = expression else { return false }
        return ["LENGTH", "CHAR_LENGTH", "OCTET_LENGTH", "ARRAY_LENGTH", "CARDINALITY", "STRPOS"].contains(call.name)
    }

    /// With that value the row would have the key of several columns of another row, which it can't be.
    func isTakenBesideOthers(_ value: SQLValue, _ place: Int) -> Bool {
        let cell = tableau.variables[tableau.root(place)]
        guard cell.owner >= 0, cell.table >= 0 else { return false }
        let table = schema.tables[cell.table]
        let mine = tableau.rows[cell.owner]
        guard let column = mine.cells.firstIndex(where: { tableau.root($0) == tableau.root(place) }) else {
            return false
        }
        for key in table.keys where key.count > 1 && key.contains(column) {
            let isAnother = tableau.byTable[cell.table].contains { row in
                let other = tableau.rows[row]
                guard row != cell.owner, other.into == nil, differ(mine, other, table) else { return false }
                return key.allSatisfy { part in
                    let wanted = part == column ? value : tableau.value(mine.cells[part])
                    guard let wanted, let theirs = tableau.value(other.cells[part]) else { return false }
                    return wanted.matches(theirs)
                }
            }
            if isAnother { return true }
        }
        return false
    }

    /// Their primary keys are known, and not the same.
    private func differ(_ left: Tableau.Row, _ right: Tableau.Row, _ table: SchemaTable) -> Bool {
        table.primary.contains { part in
            guard let a = tableau.value(left.cells[part]), let b = tableau.value(right.cells[part]) else {
                return false
            }
            return !a.matches(b)
        }
    }
}
