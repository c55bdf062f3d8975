/// Unique indexes that hold only some of the rows.
extension StateWalk {
    /// Whether no other row that such an index holds has the same key as this one.
    func partialKeysHold(_ edit: RowEdit, _ edits: [RowEdit], _ cells: PlanTables) -> Bool {
        guard let new = edit.new else { return true }
        let definition = schema.tables[new.table]
        for key in definition.partialKeys where isHeld(new, by: key, definition) {
            let columns = key.columns.map { cells.tables[new.table].columns[$0] }
            let own = columns.map { $0.cells[edit.slot] }
            if own.contains(where: \.isNull) { continue }
            var other = columns[0].first(own[0])
            while other >= 0 {
                let slot = Int(other)
                other = columns[0].next(other)
                guard slot != edit.slot, zip(columns, own).allSatisfy({ $0.cells[slot].equals($1) }) else { continue }
                let row = edits.first { $0.slot == slot }?.new ?? (slot < rows.count ? rows[slot] : nil)
                if let row, isHeld(row, by: key, definition) { return false }
            }
        }
        return true
    }

    /// Gives the row keys of its own in the indexes that hold it.
    func freePartly(_ row: inout FixtureRow, _ index: Int, _ right: [SQLValue], _ before: [RowEdit]) -> Bool {
        let definition = schema.tables[row.table]
        for key in definition.partialKeys where isHeld(row, by: key, definition) {
            let own = key.columns.map { row.values[$0] }
            if own.contains(where: { $0?.isNull ?? true }) { continue }
            let isTaken =
                !slots(row.table, key.columns, own).isEmpty
                || before.contains { edit in
                    edit.new.map { new in new.table == row.table && key.columns.map { new.values[$0] } == own } ?? false
                }
            if !isTaken { continue }
            if key.columns.count > 1 {
                guard free(&row, key.columns, index, right, before) else { return false }
            } else {
                let place = Place(table: row.table, column: key.columns[0])
                guard let fresh = newKey(place, index, right, before) else { return false }
                row.values[place.column] = fresh
            }
        }
        return true
    }

    private func isHeld(_ row: FixtureRow, by key: PartialKey, _ definition: SchemaTable) -> Bool {
        let condition = RowCondition(dialect: dialect) { name in definition.place(name).flatMap { row.values[$0] } }
        return condition.truth(key.condition) != false
    }
}
