/// Steps that answers name themselves: a row that stands behind what came goes to where it would stand behind what should have
/// come.
extension StateWalk {
    /// What an answer says of a row of one table, and of the rows it refers to.
    struct Shown {
        var own: [(column: Int, item: Int)] = []
        var parents: [(key: ForeignKey, parent: Int, target: Int, columns: [Int], items: [Int])] = []
    }

    func shown(_ table: Int, _ index: Int) -> Shown {
        var found = Shown()
        for (item, place) in items[index].enumerated() {
            if let place, place.table == table, isFree(place) { found.own.append((place.column, item)) }
        }
        for key in schema.tables[table].foreign where key.columns.count == 1 {
            guard isFree(Place(table: table, column: key.columns[0])), let (parent, targets) = schema.target(key) else {
                continue
            }
            let those = items[index].enumerated().filter { $0.element?.table == parent }
            if those.isEmpty || parent == table { continue }
            found.parents.append(
                (key, parent, targets[0], those.compactMap { $0.element?.column }, those.map(\.offset)))
        }
        return found
    }

    /// A row moves, changes places with one that is there already, or a row like it comes.
    func moved(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue], lacks: Int) -> [RowEdit]? {
        guard let cells, right.isEmpty || right.count == items[index].count, let table = dice.one(of: tables[index])
        else {
            return nil
        }
        let shown = shown(table, index)
        if shown.own.isEmpty, shown.parents.isEmpty, !isComputed(index, table) { return nil }
        let known = wrong.count == items[index].count
        guard let one = known ? standing(table, shown, wrong, cells, index) : slot(table, []) else {
            return nil
        }
        if right.isEmpty {
            // It goes where nothing is asked of it, or goes altogether.
            return replace(index, wrong, right)
        }
        if !known || lacks > 0, dice.share() < 0.4 { return copied(one, index, shown, right, cells) }
        guard let there = placed(one, shown, right, cells, index) else { return nil }
        if dice.share() < 0.6 { return [there] }
        guard let other = standing(table, shown, right, cells, index), other != one, let back = rows[other],
            let own = rows[one],
            let new = there.new
        else { return [there] }
        // The other takes what the first leaves behind.
        var edit = RowEdit(slot: other, old: back, new: back)
        for column in own.values.indices where own.values[column] != new.values[column] {
            edit.new?.values[column] = own.values[column]
        }
        return edit.new == back || !isAllowed(edit) ? nil : [there, edit]
    }

    /// A row that stands behind such an answer.
    private func standing(
        _ table: Int, _ shown: Shown, _ answer: [SQLValue], _ cells: PlanTables, _ index: Int
    ) -> Int? {
        if isComputed(index, table) {
            let isAll = shown.own.isEmpty && shown.parents.isEmpty
            let all = isAll ? byTable[table] : standings(table, shown, answer, cells, most: 200)
            return dice.one(of: computing(all, index, table, answer))
        }
        if shown.own.allSatisfy({ answer[$0.item].isNull }), shown.parents.isEmpty { return slot(table, []) }
        return dice.one(of: standings(table, shown, answer, cells, most: 200))
    }

    /// Rows that stand behind such an answer, as far as what it shows tells.
    func standings(
        _ table: Int, _ shown: Shown, _ answer: [SQLValue], _ cells: PlanTables, most: Int
    ) -> [Int] {
        var wanted: [(column: PlanColumn, cell: Cell)] = []
        let definition = schema.tables[table]
        for (column, item) in shown.own {
            guard let cell = cells.cell(answer[item], definition.columns[column]) else { return [] }
            wanted.append((cells.tables[table].columns[column], cell))
        }
        for parent in shown.parents {
            guard let slot = parentSlot(parent.parent, parent.columns, parent.items, answer, cells) else { return [] }
            let key = cells.tables[parent.parent].columns[parent.target].cells[slot]
            wanted.append((cells.tables[table].columns[parent.key.columns[0]], key))
        }
        guard let first = wanted.first(where: { !$0.cell.isNull }) else { return [] }
        var fitting: [Int] = []
        var slot = first.column.first(first.cell)
        while slot >= 0, fitting.count < most {
            let at = Int(slot)
            if wanted.allSatisfy({ $0.column.cells[at] == $0.cell || $0.column.cells[at].equals($0.cell) }) {
                fitting.append(at)
            }
            slot = first.column.next(slot)
        }
        return fitting
    }

    func parentSlot(
        _ table: Int, _ columns: [Int], _ items: [Int], _ answer: [SQLValue], _ cells: PlanTables
    ) -> Int? {
        let definition = schema.tables[table]
        var wanted: [(column: PlanColumn, cell: Cell)] = []
        for (column, item) in zip(columns, items) {
            guard let cell = cells.cell(answer[item], definition.columns[column]) else { return nil }
            wanted.append((cells.tables[table].columns[column], cell))
        }
        let fitting = cells.tables[table].live.filter { slot in
            wanted.allSatisfy { $0.column.cells[Int(slot)] == $0.cell || $0.column.cells[Int(slot)].equals($0.cell) }
        }
        return dice.one(of: fitting).map(Int.init)
    }

    /// The row with what the answer says of it.
    private func placed(
        _ slot: Int, _ shown: Shown, _ answer: [SQLValue], _ cells: PlanTables, _ index: Int
    ) -> RowEdit? {
        guard let old = rows[slot] else { return nil }
        var new = old
        for (column, item) in shown.own { new.values[column] = answer[item] }
        for parent in shown.parents {
            guard let other = parentSlot(parent.parent, parent.columns, parent.items, answer, cells) else { return nil }
            new.values[parent.key.columns[0]] = rows[other]?.values[parent.target]
        }
        if !compute(&new, index, answer) { return nil }
        let edit = RowEdit(slot: slot, old: old, new: new)
        return new == old || !isAllowed(edit) ? nil : edit
    }

    /// What other statements lack of such rows is true of a new one as well.
    func suit(_ row: inout FixtureRow, _ index: Int) {
        guard let cells else { return }
        let definition = schema.tables[row.table]
        for other in failures where other != index && tables[other].contains(row.table) && dice.share() < 0.7 {
            guard let mismatch = mismatch(other), !mismatch.missing.isEmpty, let answer = lacking(mismatch),
                answer.count == items[other].count
            else { continue }
            let shown = shown(row.table, other)
            for (column, item) in shown.own where !definition.keys.contains([column]) {
                row.values[column] = answer[item]
            }
            for parent in shown.parents {
                guard let slot = parentSlot(parent.parent, parent.columns, parent.items, answer, cells) else {
                    continue
                }
                row.values[parent.key.columns[0]] = rows[slot]?.values[parent.target]
            }
        }
    }

    private func isAllowed(_ edit: RowEdit) -> Bool {
        guard let old = edit.old, let new = edit.new else { return false }
        let table = schema.tables[new.table]
        for column in new.values.indices where old.values[column] != new.values[column] {
            if let value = new.values[column], table.columns[column].domain?.allows(value) == false { return false }
            // References of several columns move as a whole, elsewhere.
            if table.foreign.contains(where: { $0.columns.count > 1 && $0.columns.contains(column) }) { return false }
            if isCircular(edit, column) { return false }
        }
        return table.failing(new.values, dialect).isEmpty
    }

    /// A row like that one, under a key of its own, with what the answer says of it.
    private func copied(
        _ slot: Int, _ index: Int, _ shown: Shown, _ answer: [SQLValue], _ cells: PlanTables
    ) -> [RowEdit]? {
        guard let like = rows[slot] else { return nil }
        let edit = placed(slot, shown, answer, cells, index)
        guard var new = edit?.new ?? rows[slot] else { return nil }
        for key in schema.tables[like.table].keys {
            if key.count > 1 {
                if isTaken(schema.tables[like.table], like.table, new, but: -1),
                    !free(&new, key, index, answer, [])
                {
                    return nil
                }
                continue
            }
            let place = Place(table: like.table, column: key[0])
            // What the answer says of a key stays.
            if edit != nil, new.values[key[0]] != like.values[key[0]] { continue }
            guard let fresh = newKey(place, index, answer, []) else { return nil }
            new.values[key[0]] = fresh
        }
        return [RowEdit(slot: rows.count, old: nil, new: new)]
    }
}
