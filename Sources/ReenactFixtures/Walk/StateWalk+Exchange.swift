/// Totals over numbers that are settled: which rows are of a group is what is left to choose.
extension StateWalk {
    /// Rows of a group change places with others, one pair or two, so that the group's sum or mean is right to the last digit.
    func tradedPlaces(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], wrong.count == items[index].count, right.count == wrong.count,
            let total = dice.one(of: plainTotals[index].filter { wrong[$0.item] != right[$0.item] }),
            let want = right[total.item].double, let got = wrong[total.item].double
        else { return nil }
        let (table, column) = (total.place.table, total.place.column)
        // Either the numbers change hands, or all that makes a row one of the group.
        let places = open[index].filter { $0.table == table && !schema.tables[table].keys.contains([$0.column]) }
        let others = places.filter { $0.column != column }.map(\.column)
        let isOfNumbers = others.isEmpty || (dice.share() < 0.4 && isFree(total.place))
        guard isOfNumbers || !others.isEmpty else { return nil }
        let moving = isOfNumbers ? [column] : others
        var inside: [(slot: Int, number: Double)] = []
        var isInside: Set<Int> = []
        for member in plan.behind(wrong, &dice, all: true) where member.table == table {
            guard let number = rows[member.slot]?.values[column]?.double else { continue }
            inside.append((member.slot, number))
            isInside.insert(member.slot)
        }
        var outside: [(slot: Int, number: Double)] = []
        for slot in byTable[table] where !isInside.contains(slot) {
            if let number = rows[slot]?.values[column]?.double { outside.append((slot, number)) }
        }
        if inside.isEmpty || outside.isEmpty { return nil }
        shuffle(&inside)
        shuffle(&outside)
        inside = Array(inside.prefix(60))
        outside = Array(outside.prefix(160))
        let off = (want - got) * (total.isMean ? Double(isInside.count) : 1)
        let scale = max(1, abs(want)) * Double(total.isMean ? isInside.count : 1)
        let grain = max(1e-6, scale * 1e-10)
        func bin(_ value: Double) -> Int { Int((value / grain / 4).rounded()) }
        let most = (inside + outside).reduce(abs(off)) { max($0, abs($1.number)) }
        guard most / grain < 1e15 else { return nil }
        var byStep: [Int: (one: Int, other: Int)] = [:]
        for (one, own) in inside.enumerated() {
            for (other, theirs) in outside.enumerated() {
                let step = theirs.number - own.number
                if abs(step - off) <= grain {
                    return traded([(own.slot, theirs.slot)], moving)
                }
                // One other pair makes up for what this one is off.
                for near in -1...1 {
                    guard let pair = byStep[bin(off - step) + near], pair.one != one, pair.other != other else {
                        continue
                    }
                    let more = outside[pair.other].number - inside[pair.one].number
                    if abs(step + more - off) > grain { continue }
                    return traded(
                        [(own.slot, theirs.slot), (inside[pair.one].slot, outside[pair.other].slot)], moving)
                }
                if byStep.count < 20_000 { byStep[bin(step)] = (one, other) }
            }
        }
        return nil
    }

    func traded(_ pairs: [(Int, Int)], _ columns: [Int]) -> [RowEdit]? {
        var edits: [RowEdit] = []
        for (one, other) in pairs {
            guard let a = rows[one], let b = rows[other] else { return nil }
            var (first, second) = (a, b)
            for column in columns {
                (first.values[column], second.values[column]) = (b.values[column], a.values[column])
            }
            for (new, old) in [(first, a), (second, b)] {
                for key in schema.tables[new.table].foreign where key.columns.count > 1 {
                    if !key.columns.contains(where: { new.values[$0] != old.values[$0] }) { continue }
                    guard let (parent, targets) = schema.target(key) else { return nil }
                    let own = key.columns.map { new.values[$0] }
                    if own.contains(where: { $0?.isNull ?? true }) { continue }
                    if slots(parent, targets, own).isEmpty { return nil }
                }
            }
            guard isPossible(first), isPossible(second) else { return nil }
            for (slot, old, new) in [(one, a, first), (other, b, second)] {
                let edit = RowEdit(slot: slot, old: old, new: new)
                if columns.contains(where: { isCircular(edit, $0) }) { return nil }
                if old != new { edits.append(edit) }
            }
        }
        return edits
    }

    private func shuffle<Element>(_ list: inout [Element]) {
        guard list.count > 1 else { return }
        for place in stride(from: list.count - 1, to: 0, by: -1) { list.swapAt(place, dice.below(place + 1)) }
    }
}
