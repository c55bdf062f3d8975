/// A value that goes past others in an order that is right pushes them on before it, so that the order stays.
extension StateWalk {
    /// The edits with those that keep the rows in order that are sorted by a changed column.
    func pushed(_ edits: [RowEdit]) -> [RowEdit] {
        guard edits.count == 1, let edit = edits.first, let old = edit.old, let new = edit.new else { return edits }
        for column in old.values.indices where old.values[column] != new.values[column] {
            let place = Place(table: new.table, column: column)
            guard sorting.contains(place), isFree(place), let from = old.values[column], let to = new.values[column],
                !from.isNull, !to.isNull
            else { continue }
            return edits + pushes(place, from, to, but: edit.slot)
        }
        return edits
    }

    private func pushes(_ place: Place, _ from: SQLValue, _ to: SQLValue, but one: Int) -> [RowEdit] {
        let isUp = from.sorts(before: to)
        let kind = schema.tables[place.table].columns[place.column].kind
        func isBefore(_ left: SQLValue, _ right: SQLValue) -> Bool {
            isUp ? left.sorts(before: right) : right.sorts(before: left)
        }
        let ahead = byTable[place.table].compactMap { slot -> (slot: Int, value: SQLValue)? in
            guard slot != one, let value = rows[slot]?.values[place.column], isBefore(from, value) else { return nil }
            return (slot, value)
        }.sorted { isBefore($0.value, $1.value) }
        var edits: [RowEdit] = []
        var (last, before) = (to, from)
        for (slot, value) in ahead {
            if isBefore(last, value) { break }
            // What stood level stays level.
            let isLevel = !edits.isEmpty && value == before
            let next = isLevel ? last : Values.stepped(last, kind, up: isUp)
            guard edits.count < 100, let edit = changed(slot, place.column, next) else { break }
            edits.append(edit)
            (last, before) = (next, value)
        }
        return edits
    }
}
