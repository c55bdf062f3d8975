/// Means tell how many rows there are: seven rows of whole numbers have a mean in sevenths.
extension StateWalk {
    /// As many rows come to a group, or leave it, as its mean asks for; those that stay get the numbers later.
    func counted(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], wrong.count == items[index].count, right.count == wrong.count,
            let total = dice.one(of: plainTotals[index].filter { $0.isMean && wrong[$0.item] != right[$0.item] }),
            let want = right[total.item].double, steps(total.place) != nil, let cells
        else { return nil }
        let table = total.place.table
        let members = plan.behind(wrong, &dice, all: true).filter { member in
            member.table == table && rows[member.slot]?.values[total.place.column]?.isNull == false
        }.map(\.slot)
        let count = members.count
        func fits(_ count: Int) -> Bool { isWhole(want, total.place, count) }
        if count == 0 || fits(count) { return nil }
        let less = (1..<count).reversed().first(where: fits)
        let more = (count + 1...count * 2 + 24).first(where: fits)
        guard let aim = less == nil || (more != nil && dice.share() < 0.5) ? more : less else { return nil }
        let shown = shown(table, index)
        var edits: [RowEdit] = []
        let mode = dice.share()
        if aim < count {
            let others = (statements[index].recorded.rows ?? []).filter { $0 != right && $0.count == right.count }
            var left = members
            for _ in 0..<(count - aim) {
                let slot = left.remove(at: dice.below(left.count))
                guard let old = rows[slot] else { return nil }
                if mode < 0.5 {
                    if hasChildren(table, old) { return nil }
                    edits.append(RowEdit(slot: slot, old: old, new: nil))
                    continue
                }
                var new = old
                guard let answer = dice.one(of: others), assign(&new, shown, answer, cells), isPossible(new) else {
                    return nil
                }
                if new != old { edits.append(RowEdit(slot: slot, old: old, new: new)) }
            }
            return isSound(edits) ? edits : nil
        }
        let isMember = Set(members)
        for _ in 0..<(aim - count) {
            if mode < 0.5 {
                guard let model = dice.one(of: members).flatMap({ rows[$0] }),
                    let new = copied(model, index, right, edits)
                else { return nil }
                edits.append(RowEdit(slot: rows.count + edits.count, old: nil, new: new))
            } else {
                guard let slot = dice.one(of: byTable[table]), !isMember.contains(slot), let old = rows[slot],
                    !edits.contains(where: { $0.slot == slot })
                else { continue }
                var new = old
                guard assign(&new, shown, right, cells), isPossible(new), new != old else { return nil }
                edits.append(RowEdit(slot: slot, old: old, new: new))
            }
        }
        return isSound(edits) ? edits : nil
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
