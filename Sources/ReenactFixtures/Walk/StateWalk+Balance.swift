/// What a step does to sums and means is made good in numbers beside it before the step is judged.
extension StateWalk {
    func balanced(_ edits: [RowEdit], _ target: Int) -> [RowEdit] {
        guard let cells else { return edits }
        var edits = edits
        for index in affected(edits) where !sums[index].isEmpty && !numbers[index].isEmpty {
            guard let plan = plans[index], costs[index] == 0 || index == target else { continue }
            for _ in 0..<2 {
                guard let next = fit(index, edits, plan, cells) else { break }
                edits = next
            }
        }
        return edits
    }

    /// What the statement makes of the edits; nothing of it stays.
    private func tried<Result>(
        _ edits: [RowEdit], _ plan: StatementPlan, _ cells: PlanTables, _ look: (Int) -> Result?
    ) -> Result? {
        defer {
            cells.drop()
            plan.drop()
        }
        guard areOfDifferentRows(edits), cells.apply(edits), keysHold(edits, cells) else { return nil }
        return look(plan.cost())
    }

    private struct Off {
        var right: [SQLValue]
        var wrong: [SQLValue]
        var item: Int
        var behind: [(table: Int, slot: Int)]
    }

    private func isSameGroup(_ one: [SQLValue], _ other: [SQLValue], _ index: Int) -> Bool {
        one.indices.allSatisfy { sums[index].contains($0) || one[$0] == other[$0] }
    }

    /// The edits with one number more that sets one total right; nil where none did.
    private func fit(_ index: Int, _ edits: [RowEdit], _ plan: StatementPlan, _ cells: PlanTables) -> [RowEdit]? {
        let before = costs[index]
        let off: Off? = tried(edits, plan, cells) { cost in
            if cost == 0 || (before == 0 && cost > 20_000) { return nil }
            let mismatch = plan.mismatch()
            if mismatch.missing.isEmpty || mismatch.missing.count > 60 { return nil }
            let first = dice.below(mismatch.missing.count)
            for step in mismatch.missing.indices {
                let right = mismatch.missing[(first + step) % mismatch.missing.count]
                guard let wrong = mismatch.extra.first(where: { isSameGroup($0, right, index) }),
                    let item = sums[index].first(where: { $0 < right.count && right[$0] != wrong[$0] })
                else { continue }
                return Off(right: right, wrong: wrong, item: item, behind: plan.behind(wrong, &dice))
            }
            return nil
        }
        guard let off, let want = off.right[off.item].double, let got = off.wrong[off.item].double else { return nil }
        let places = numbers[index].filter { place in off.behind.contains { $0.table == place.table } }
        guard let place = dice.one(of: places) else { return nil }
        var those = off.behind.filter { $0.table == place.table }.map(\.slot)
        let own = those.filter { slot in edits.contains { $0.slot == slot } }
        if !own.isEmpty, dice.share() < 0.6 { those = own }
        guard let slot = dice.one(of: those), let row = row(slot, edits), let value = row.values[place.column]?.double
        else { return nil }
        let kind = schema.tables[place.table].columns[place.column].kind
        let step = kind == .integer ? 1 : max(1, (abs(value) / 8).rounded())
        guard let number = self.number(value + step, at: place), let trial = with(edits, slot, place, number) else {
            return nil
        }
        let now: Double?? = tried(trial, plan, cells) { _ in
            let those = plan.mismatch().extra.filter { isSameGroup($0, off.right, index) }
            return .some(those.compactMap { $0[off.item].double }.first { $0 != got })
        }
        guard let now else { return nil }
        // It may have come out right.
        guard let now else { return nil }
        let aim = value + (want - got) / (now - got) * step
        guard aim.isFinite, abs(aim) < 1e14,
            let fitting = self.number(aim, at: place, within: dice.share() < 0.5 ? 1e-8 : 1e-13)
        else {
            return nil
        }
        return with(edits, slot, place, fitting)
    }

    private func row(_ slot: Int, _ edits: [RowEdit]) -> FixtureRow? {
        if let edit = edits.first(where: { $0.slot == slot }) { return edit.new }
        return slot < rows.count ? rows[slot] : nil
    }

    private func with(_ edits: [RowEdit], _ slot: Int, _ place: Place, _ value: SQLValue) -> [RowEdit]? {
        guard var new = row(slot, edits) else { return nil }
        new.values[place.column] = value
        guard isPossible(new) else { return nil }
        var edits = edits
        if let at = edits.firstIndex(where: { $0.slot == slot }) {
            edits[at].new = new
        } else {
            edits.append(RowEdit(slot: slot, old: rows[slot], new: new))
        }
        return edits
    }
}
