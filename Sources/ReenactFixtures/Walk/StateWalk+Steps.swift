import Glibc

/// One step of the walk: made, looked at, kept or undone.
extension StateWalk {
    /// True where the change was kept.
    func step(_ edits: [RowEdit], _ target: Int) throws(FixtureError) -> Bool {
        var edits = edits
        if !sorting.isEmpty, dice.share() < 0.4 { edits = pushed(edits) }
        if dice.share() < 0.4 { edits = balanced(edits, target) }
        if cells != nil, dice.share() < 0.1 { return try dare(edits, target) }
        // How much farther off is let pass: seldom more than a little.
        let kind = dice.share()
        let heat = kind < 0.6 ? 3.0 : kind < 0.93 ? 120.0 : 1000.0
        return try step(edits, target, room: Int(-log(max(dice.share(), 1e-9)) * heat * 10))
    }

    /// True where the change was kept.
    ///
    /// - Parameter least: how much nearer the statement has to come, where it has to.
    func step(_ edits: [RowEdit], _ target: Int, room: Int, least: Int? = nil) throws(FixtureError) -> Bool {
        // A row changes once in a trial.
        var edits = edits
        if dialect == .postgres {
            for place in edits.indices { edits[place].new = edits[place].new?.withMoments(schema) }
        }
        guard areOfDifferentRows(edits), let edits = completed(edits), dialect == .sqlite || areOfTypes(edits) else {
            return false
        }
        // One row that a CHECK refuses, and the engine takes nothing of what was found since.
        if edits.contains(where: { $0.new.map { isChecked[$0.table] && !isPossible($0) } ?? false }) { return false }
        let touched = affected(edits)
        guard !touched.isEmpty else { return false }
        if let cells, !cells.apply(edits) || !keysHold(edits, cells) {
            cells.drop()
            return false
        }
        var trial = Trial(room: room, least: least)
        let isGood = try look(touched, touched.contains(target) ? target : touched[0], edits, &trial)
        guard isGood, trial.room >= 0 else {
            cells?.drop()
            for (index, _) in trial.costs { plans[index]?.drop() }
            if trial.isAsked { try editor.drop() }
            return false
        }
        cells?.keep()
        for (index, _) in trial.costs { plans[index]?.keep() }
        keep(edits, trial)
        if trial.isAsked { try editor.keep() }
        return true
    }

    static func cost(_ verdict: Comparison.Verdict) -> Int {
        guard case .different(let mismatch) = verdict else { return 0 }
        let (missing, extra) = (mismatch.missing.count, mismatch.extra.count)
        return mismatch.distance + StatementPlan.cost(missing, extra) - (missing + extra) * 1000
    }

    struct Trial {
        /// How much farther off the whole may still come.
        var room: Int
        /// How much nearer the first statement has to come, where that is asked for.
        var least: Int?
        var costs: [(index: Int, cost: Int)] = []
        var mismatches: [(index: Int, mismatch: Comparison.Mismatch)] = []
        /// The engine holds the change.
        var isAsked = false
    }

    /// False as soon as the change is not worth it.
    private func look(
        _ touched: [Int], _ first: Int, _ edits: [RowEdit], _ trial: inout Trial
    ) throws(FixtureError) -> Bool {
        guard try see(first, edits, &trial) else { return false }
        // What changes nothing there is seldom worth a look at the others.
        let gain = costs[first] - trial.costs[0].cost
        if let least = trial.least {
            if gain < least { return false }
        } else if gain <= 0, dice.share() > (gain == 0 ? 0.35 : 0.06) {
            return false
        }
        // Without the engine first.
        let others = touched.filter { $0 != first }.sorted {
            let (left, right) = (plans[$0] == nil, plans[$1] == nil)
            return left != right ? right : (costs[$0], weights[$1]) < (costs[$1], weights[$0])
        }
        // What those still to come could gain at most.
        var hope = others.reduce(0) { $0 + costs[$1] * weights[$1] }
        if trial.room + hope < 0 { return false }
        for index in others {
            hope -= costs[index] * weights[index]
            guard try see(index, edits, &trial), trial.room + hope >= 0 else { return false }
        }
        return true
    }

    private func see(_ index: Int, _ edits: [RowEdit], _ trial: inout Trial) throws(FixtureError) -> Bool {
        let cost: Int
        if let plan = plans[index] {
            cost = plan.cost()
        } else {
            guard let outcome = try ask(index, edits, &trial) else { return false }
            if case .refused = outcome { return false }
            let verdict = Comparison.compare(statements[index], outcome, schema, pairs: 600)
            cost = Self.cost(verdict)
            if case .different(let mismatch) = verdict { trial.mismatches.append((index, mismatch)) }
        }
        trial.room -= (cost - costs[index]) * weights[index]
        trial.costs.append((index, cost))
        return true
    }

    /// What the engine says; it is told first what was kept since it was last asked.
    private func ask(_ index: Int, _ edits: [RowEdit], _ trial: inout Trial) throws(FixtureError) -> Outcome? {
        if trial.isAsked { return try editor.ask([index]).first }
        if !pending.isEmpty {
            guard try editor.attempt(pending.values.sorted { $0.slot < $1.slot }, []) != nil else {
                isLost = true
                return nil
            }
            try editor.keep()
            pending = [:]
            seen = rows
        }
        guard let outcomes = try editor.attempt(edits, [index]) else { return nil }
        trial.isAsked = true
        return outcomes.first
    }

    func keep(_ edits: [RowEdit], _ trial: Trial) {
        keptSinceLoad += 1
        for (index, cost) in trial.costs {
            costs[index] = cost
            mismatches[index] = nil
        }
        for (index, mismatch) in trial.mismatches { mismatches[index] = mismatch }
        note(edits)
        for edit in edits {
            while edit.slot >= rows.count { rows.append(nil) }
            if edit.old == nil, let new = edit.new { byTable[new.table].append(edit.slot) }
            if let old = edit.old, edit.new == nil { byTable[old.table].removeAll { $0 == edit.slot } }
            rows[edit.slot] = edit.new
            if !trial.isAsked {
                let old = pending[edit.slot].map(\.old) ?? edit.old
                pending[edit.slot] =
                    old == nil && edit.new == nil ? nil : .init(slot: edit.slot, old: old, new: edit.new)
            }
        }
    }

    func areOfDifferentRows(_ edits: [RowEdit]) -> Bool {
        if edits.count > 12 { return Set(edits.map(\.slot)).count == edits.count }
        for place in edits.indices {
            for other in 0..<place where edits[other].slot == edits[place].slot { return false }
        }
        return true
    }

    /// Keys stay different, and what can't be NULL is not.
    func keysHold(_ edits: [RowEdit], _ cells: PlanTables) -> Bool {
        for edit in edits {
            guard let new = edit.new else { continue }
            for column in filled[new.table] where new.values[column]?.isNull == true { return false }
            for key in keys[new.table] {
                if let old = edit.old, key.allSatisfy({ old.values[$0] == new.values[$0] }) { continue }
                if cells.isTaken(key, new.table, of: edit.slot) { return false }
            }
            if hasPartialKeys[new.table], !partialKeysHold(edit, edits, cells) { return false }
        }
        return true
    }

    /// The statements that such a change can touch.
    func affected(_ edits: [RowEdit]) -> [Int] {
        var marks = [Bool](repeating: false, count: statements.count)
        for edit in edits {
            if let old = edit.old, let new = edit.new {
                for column in old.values.indices where old.values[column] != new.values[column] {
                    for index in columnReaders[old.table][column] { marks[index] = true }
                }
            } else if let row = edit.old ?? edit.new {
                for index in readers[row.table] { marks[index] = true }
            }
        }
        return marks.indices.filter { marks[$0] }
    }
}
