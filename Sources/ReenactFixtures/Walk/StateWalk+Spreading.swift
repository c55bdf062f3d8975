/// Rows that go over to a group whose sum stays: what they bring, others of the group give up. The only way where the sum is of
/// a part of a key, which no number beside it makes good.
extension StateWalk {
    func spread(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], wrong.count == items[index].count, let cells,
            let total = dice.one(of: plainTotals[index].filter { !$0.isMean && isFree($0.place) })
        else { return nil }
        let (table, column) = (total.place.table, total.place.column)
        let shown = shown(table, index)
        if shown.own.isEmpty, shown.parents.isEmpty { return nil }
        func isOther(_ answer: [SQLValue]) -> Bool {
            answer.count == wrong.count
                && items[index].indices.contains { items[index][$0] != nil && answer[$0] != wrong[$0] }
        }
        let others = (statements[index].recorded.rows ?? []).filter(isOther)
        guard let answer = isOther(right) && dice.share() < 0.4 ? right : dice.one(of: others),
            let want = answer[total.item].double
        else { return nil }
        var members = plan.behind(wrong, &dice, all: true).filter { $0.table == table && rows[$0.slot] != nil }
            .map(\.slot)
        let there = standings(table, shown, answer, cells, most: 400).filter { !members.contains($0) }
        guard !members.isEmpty, !there.isEmpty else { return nil }
        func number(_ slot: Int) -> Double? { rows[slot]?.values[column]?.double }
        let least = there.compactMap(number).min() ?? 0
        var sum = there.compactMap(number).reduce(0, +)
        var edits: Edits = [:]
        for _ in 0..<min(members.count, dice.share() < 0.5 ? 1 : dice.below(12) + 1) {
            let slot = members.remove(at: dice.below(members.count))
            guard var new = rows[slot], assign(&new, shown, answer, cells, isWide: false) else { return nil }
            let brings =
                dice.share() < 0.3 ? number(slot) : dice.share() < 0.6 ? least : dice.one(of: there).flatMap(number)
            guard let brings, let value = self.number(brings, at: total.place) else { return nil }
            new.values[column] = value
            sum += brings
            guard stand(slot, new, &edits) else { return nil }
        }
        // The largest gives up first, down to the least that stays.
        var off = want - sum
        let byNumber = there.sorted { (number($0) ?? 0, $1) > (number($1) ?? 0, $0) }
        for slot in byNumber where abs(off) > 1e-9 {
            guard var new = rows[slot], let own = number(slot) else { continue }
            let step = off < 0 ? max(off, least - own) : off
            if step == 0 { continue }
            guard let value = self.number(own + step, at: total.place) else { return nil }
            new.values[column] = value
            off -= step
            guard stand(slot, new, &edits) else { return nil }
        }
        guard isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// The row is that from now on, and what it refers to by several columns is there, or comes.
    private func stand(_ slot: Int, _ new: FixtureRow, _ edits: inout Edits) -> Bool {
        guard let old = rows[slot], isPossible(new) else { return false }
        for key in schema.tables[new.table].foreign where key.columns.count > 1 {
            let own = key.columns.map { new.values[$0] }
            if own == key.columns.map({ old.values[$0] }) || own.contains(where: { $0?.isNull ?? true }) { continue }
            guard let (parent, columns) = schema.target(key), raise(parent, columns, own, &edits) else { return false }
        }
        if new != old { edits[slot] = RowEdit(slot: slot, old: old, new: new) }
        return true
    }
}
