/// Rows that a group is named after: one that should not be there becomes the one that should.
extension StateWalk {
    /// Columns of one table that an answer shows, or refers to.
    private struct Name {
        var table: Int
        var columns: [Int] = []
        var items: [Int] = []
    }

    private func names(_ index: Int) -> [Name] {
        var found: [Name] = []
        for (item, place) in items[index].enumerated() {
            guard let place else { continue }
            if let at = found.firstIndex(where: { $0.table == place.table }) {
                found[at].columns.append(place.column)
                found[at].items.append(item)
            } else {
                found.append(Name(table: place.table, columns: [place.column], items: [item]))
            }
            for key in schema.tables[place.table].foreign where key.columns.contains(place.column) {
                guard let (parent, columns) = schema.target(key), let part = key.columns.firstIndex(of: place.column)
                else { continue }
                found.append(Name(table: parent, columns: [columns[part]], items: [item]))
                // Up the chain of keys, to what it is all named after.
                var (table, column) = (parent, columns[part])
                for _ in 0..<6 {
                    guard let above = schema.tables[table].foreign.first(where: { $0.columns.contains(column) }),
                        let (top, targets) = schema.target(above), let part = above.columns.firstIndex(of: column),
                        top != table
                    else { break }
                    (table, column) = (top, targets[part])
                    found.append(Name(table: table, columns: [column], items: [item]))
                }
            }
        }
        return found
    }

    /// A row of a wrong answer takes the name of one that did not come; where a row has that name already, both become one.
    func united(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let cells, wrong.count == items[index].count, let name = dice.one(of: names(index)) else { return nil }
        let recorded = statements[index].recorded.rows ?? []
        guard let answer = right.count == wrong.count && dice.share() < 0.7 ? right : dice.one(of: recorded),
            answer.count == wrong.count, name.items.contains(where: { answer[$0] != wrong[$0] }),
            !name.items.contains(where: { answer[$0].isNull }),
            let one = parentSlot(name.table, name.columns, name.items, wrong, cells), var row = rows[one]
        else { return nil }
        if let other = parentSlot(name.table, name.columns, name.items, answer, cells), other != one,
            let its = rows[other]
        {
            // One key stays, and what the one that was asked for has beside it.
            if dice.share() < 0.5 { return become(one, other) }
            guard let edits = repointed(name.table, its, row, [one, other]) else { return nil }
            let kept = row
            for column in row.values.indices where !referred[name.table].contains(column) {
                row.values[column] = its.values[column]
            }
            for column in name.columns.indices { row.values[name.columns[column]] = answer[name.items[column]] }
            if name.columns.contains(where: referred[name.table].contains) || !isPossible(row) { return nil }
            let gone = RowEdit(slot: other, old: its, new: nil)
            return edits + [gone] + (row == kept ? [] : [RowEdit(slot: one, old: kept, new: row)])
        }
        for (column, item) in zip(name.columns, name.items) { row.values[column] = answer[item] }
        var edits: Edits = [:]
        guard follow(one, row, &edits), isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// What refers to the first row refers to the other; the first goes.
    private func become(_ one: Int, _ other: Int) -> [RowEdit]? {
        guard let a = rows[one], let b = rows[other], let edits = repointed(a.table, a, b, [one, other]) else {
            return nil
        }
        return unrepeated(edits) + [RowEdit(slot: one, old: a, new: nil)]
    }

    /// Rows whose keys are there already go instead, or refer to something else beside it.
    func unrepeated(_ edits: [RowEdit]) -> [RowEdit] {
        let leave = dice.share() < 0.5
        return edits.map { edit in
            guard let old = edit.old, let new = edit.new,
                isTaken(schema.tables[new.table], new.table, new, but: edit.slot)
            else { return edit }
            if leave, let other = beside(new, old, edits) { return RowEdit(slot: edit.slot, old: old, new: other) }
            return hasChildren(old.table, old) ? edit : RowEdit(slot: edit.slot, old: old, new: nil)
        }
    }

    /// The row with another value in that part of its key which did not change.
    private func beside(_ row: FixtureRow, _ old: FixtureRow, _ edits: [RowEdit]) -> FixtureRow? {
        let table = schema.tables[row.table]
        for key in table.keys where key.count > 1 {
            let parts = key.filter { column in
                // Mostly no statement names it.
                row.values[column] == old.values[column]
                    && Self.isOpen(Place(table: row.table, column: column), schema)
                    && !table.foreign.contains { $0.columns.count > 1 && $0.columns.contains(column) }
            }
            guard let part = dice.one(of: parts) else { continue }
            for _ in 0..<8 {
                var new = row
                if let reference = table.foreign.first(where: { $0.columns == [part] }) {
                    guard let (parent, columns) = schema.target(reference),
                        let other = dice.one(of: byTable[parent]).flatMap({ rows[$0] })
                    else { break }
                    new.values[part] = other.values[columns[0]]
                } else {
                    new.values[part] = dice.one(of: byTable[row.table]).flatMap { rows[$0]?.values[part] ?? nil }
                }
                let own = key.map { new.values[$0] }
                let isComing = edits.contains { edit in
                    edit.new.map { other in other.table == row.table && key.map { other.values[$0] } == own } ?? false
                }
                if !isComing, isPossible(new), !isTaken(table, row.table, new, but: -1) { return new }
            }
        }
        return nil
    }
}
