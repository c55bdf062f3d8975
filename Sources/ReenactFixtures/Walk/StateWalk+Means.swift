/// Means tell how many rows there are: seven rows of whole numbers have a mean in sevenths.
extension StateWalk {
    /// As many rows come to a group, or leave it, as its mean asks for; those that stay get the numbers later.
    func counted(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], wrong.count == items[index].count, right.count == wrong.count,
            let total = dice.one(of: plainTotals[index].filter { $0.isMean && wrong[$0.item] != right[$0.item] }),
            let want = right[total.item].double, steps(total.place) != nil, let cells
        else { return nil }
        let table = total.place.table
        let all = plan.behind(wrong, &dice, all: true).filter { $0.table == table }.map(\.slot)
        func isHollow(_ slot: Int) -> Bool { rows[slot]?.values[total.place.column]?.isNull ?? true }
        let members = all.filter { !isHollow($0) }
        let count = members.count
        func fits(_ count: Int) -> Bool { isWhole(want, total, count) }
        if count == 0 || fits(count) { return nil }
        let less = (1..<count).reversed().first(where: fits)
        let more = (count + 1...count * 2 + 24).first(where: fits)
        guard let aim = less == nil || (more != nil && dice.share() < 0.5) ? more : less else { return nil }
        let off = aim - count
        // A row without a number is of the group, and not of its mean.
        if dice.share() < 0.3, !filled[table].contains(total.place.column) {
            return off < 0 ? emptied(members, -off, total) : numbered(all.filter(isHollow), off, total, want)
        }
        if off < 0 { return left(members, -off, total, index, right, cells) }
        let edits = joined(members, off, total, index, right, cells)
        guard let edits, isSound(edits) else { return nil }
        return dice.share() < 0.3 ? withholding(edits, index) : edits
    }

    private func emptied(_ members: [Int], _ count: Int, _ total: PlainTotal) -> [RowEdit]? {
        let first = dice.below(members.count)
        return (0..<count).compactMap {
            changed(members[(first + $0) % members.count], total.place.column, .null)
        }
    }

    private func numbered(_ hollow: [Int], _ count: Int, _ total: PlainTotal, _ mean: Double) -> [RowEdit]? {
        let kind = schema.tables[total.place.table].columns[total.place.column].kind
        guard hollow.count >= count,
            let value = number(kind == .integer ? mean.rounded() : mean, at: total.place, within: 1e-8)
        else { return nil }
        let first = dice.below(hollow.count)
        return (0..<count).compactMap { changed(hollow[(first + $0) % hollow.count], total.place.column, value) }
    }

    /// Some of a group's rows leave it.
    private func left(
        _ members: [Int], _ count: Int, _ total: PlainTotal, _ index: Int, _ right: [SQLValue], _ cells: PlanTables
    ) -> [RowEdit]? {
        let table = total.place.table
        let shown = shown(table, index)
        let others = (statements[index].recorded.rows ?? []).filter { $0 != right && $0.count == right.count }
        let beside = membership(total, index)
        let isMember = Set(members)
        var edits: [RowEdit] = []
        let mode = dice.share()
        var members = members
        for _ in 0..<count {
            let slot = members.remove(at: dice.below(members.count))
            guard let old = rows[slot] else { return nil }
            if mode < 0.4 {
                if hasChildren(table, old) { return nil }
                edits.append(RowEdit(slot: slot, old: old, new: nil))
                continue
            }
            var new = old
            if mode < 0.6 {
                guard nullify(&new, shown) else { return nil }
            } else if others.isEmpty || mode < 0.7 {
                guard let model = stranger(table, isMember).flatMap({ rows[$0] }) else { return nil }
                for column in beside { new.values[column] = model.values[column] }
            } else {
                guard let answer = dice.one(of: others), assign(&new, shown, answer, cells) else { return nil }
            }
            guard isPossible(new) else { return nil }
            if new != old { edits.append(RowEdit(slot: slot, old: old, new: new)) }
        }
        return isSound(edits) ? edits : nil
    }

    /// Rows come to a group: new ones, or ones that were not of it.
    private func joined(
        _ members: [Int], _ count: Int, _ total: PlainTotal, _ index: Int, _ right: [SQLValue], _ cells: PlanTables
    ) -> [RowEdit]? {
        let table = total.place.table
        let shown = shown(table, index)
        let beside = membership(total, index)
        let isMember = Set(members)
        let isAlike = (shown.own.isEmpty && shown.parents.isEmpty) || dice.share() < 0.2
        let comes = dice.share() < 0.5
        var edits: [RowEdit] = []
        for _ in 0..<count {
            if comes {
                guard let model = dice.one(of: members).flatMap({ rows[$0] }),
                    let new = copied(model, index, right, edits)
                else { return nil }
                edits.append(RowEdit(slot: rows.count + edits.count, old: nil, new: new))
                continue
            }
            guard let slot = stranger(table, isMember), let old = rows[slot],
                !edits.contains(where: { $0.slot == slot })
            else { continue }
            var new = old
            if isAlike {
                // What makes a row one of those that are added up is asked in no answer.
                guard let model = dice.one(of: members).flatMap({ rows[$0] }) else { return nil }
                for column in beside { new.values[column] = model.values[column] }
            } else if !assign(&new, shown, right, cells) {
                return nil
            }
            guard isPossible(new), new != old else { return nil }
            edits.append(RowEdit(slot: slot, old: old, new: new))
        }
        return edits
    }

    /// The columns that may decide whether a row is one of those that are added up.
    private func membership(_ total: PlainTotal, _ index: Int) -> [Int] {
        let keys = schema.tables[total.place.table].keys
        return open[index].filter { $0.table == total.place.table && !keys.contains([$0.column]) }.map(\.column)
            .filter { $0 != total.place.column }
    }

    private func stranger(_ table: Int, _ isMember: Set<Int>) -> Int? {
        for _ in 0..<6 {
            if let slot = dice.one(of: byTable[table]), !isMember.contains(slot) { return slot }
        }
        return nil
    }

    func steps(_ place: Place) -> Double? {
        schema.tables[place.table].columns[place.column].kind == .integer ? 1 : grid[place]
    }

    /// A row like that under keys of its own.
    func copied(
        _ model: FixtureRow, _ index: Int, _ right: [SQLValue], _ before: [RowEdit]
    ) -> FixtureRow? {
        var row = model
        guard renamed(&row, index, right, before) else { return nil }
        for key in schema.tables[model.table].foreign where key.columns.count > 1 && !refer(&row, key) { return nil }
        return isPossible(row) ? row : nil
    }
}
