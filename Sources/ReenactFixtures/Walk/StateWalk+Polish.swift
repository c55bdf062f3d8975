/// The last digits: what plans hold for the same as what was recorded, and the engine, which adds in its own order, does not.
extension StateWalk {
    /// Rows that came beside those that were recorded, and differ from them in the last digits only.
    struct Dust {
        var pairs: [(want: [SQLValue], got: [SQLValue])] = []
        /// Rows that differ in more.
        var missing = 0
        var extra = 0
        /// By how much they are off; each counts for something.
        var distance = 0.0

        init(_ mismatch: Comparison.Mismatch) {
            var left = mismatch.extra
            if mismatch.missing.count * left.count <= 40_000 {
                for want in mismatch.missing {
                    let near = left.firstIndex { got in
                        want.count == got.count && zip(want, got).allSatisfy { Dust.off($0, $1) != nil }
                    }
                    guard let near else { continue }
                    pairs.append((want, left[near]))
                    distance += zip(want, left[near]).reduce(2) { $0 + (Dust.off($1.0, $1.1) ?? 0) }
                    left.remove(at: near)
                }
            }
            (missing, extra) = (mismatch.missing.count - pairs.count, left.count)
        }

        var isAll: Bool { missing == 0 && extra == 0 && !pairs.isEmpty }

        /// In parts of the last digits; nil: more than that.
        static func off(_ left: SQLValue, _ right: SQLValue) -> Double? {
            if left == right { return 0 }
            guard let a = left.double, let b = right.double else { return nil }
            let part = abs(a - b) / max(abs(a), abs(b), 1e-300)
            return part < 1e-12 ? part * 1e16 : nil
        }
    }

    /// Rows change places and amounts until the engine's own additions give the recorded digits; true where they do.
    ///
    /// The engine has seen the state. What plans see of it stays as it is.
    func polish(_ attempts: Int, _ isOverdue: () -> Bool) throws(FixtureError) -> Bool {
        guard let cells else { return dusty.isEmpty }
        for attempt in 0..<attempts where !dusty.isEmpty {
            if attempt % 16 == 15, isOverdue() { break }
            guard let index = dice.one(of: dusty.keys.sorted()),
                let pair = dusty[index].flatMap({ dice.one(of: $0.pairs) }),
                let edits = polishing(index, pair.want, pair.got), !edits.isEmpty, areOfDifferentRows(edits)
            else { continue }
            let touched = affected(edits)
            var trial = Trial(room: 0)
            var isSame = cells.apply(edits) && keysHold(edits, cells)
            for index in touched where isSame {
                guard let plan = plans[index] else { continue }
                let cost = plan.cost()
                trial.costs.append((index, cost))
                isSame = cost <= costs[index]
            }
            if isSame, let outcomes = try editor.attempt(edits, touched) {
                if let next = judged(touched, outcomes, &trial) {
                    cells.keep()
                    for (index, _) in trial.costs { plans[index]?.keep() }
                    trial.isAsked = true
                    keep(edits, trial)
                    try editor.keep()
                    seen = rows
                    dusty = next
                    continue
                }
                try editor.drop()
            }
            cells.drop()
            for (index, _) in trial.costs { plans[index]?.drop() }
        }
        return dusty.isEmpty
    }

    /// What is dusty after the change; nil where that is worse than before.
    private func judged(_ touched: [Int], _ outcomes: [Outcome], _ trial: inout Trial) -> [Int: Dust]? {
        var next = dusty
        for (index, outcome) in zip(touched, outcomes) {
            let verdict = Comparison.compare(statements[index], outcome, schema, pairs: 600)
            guard plans[index] != nil else {
                let cost = Self.cost(verdict)
                if cost > costs[index] { return nil }
                trial.costs.append((index, cost))
                continue
            }
            next[index] = nil
            guard case .different(let mismatch) = verdict else { continue }
            let dust = Dust(mismatch)
            if costs[index] == 0, !dust.isAll { return nil }
            if !dust.pairs.isEmpty { next[index] = dust }
        }
        func sum(_ all: [Int: Dust]) -> Double { all.values.reduce(0) { $0 + $1.distance } }
        let (before, after) = (sum(dusty), sum(next))
        return after <= before || (dice.share() < 0.03 && after <= before * 1.3) ? next : nil
    }

    private func polishing(_ index: Int, _ want: [SQLValue], _ got: [SQLValue]) -> [RowEdit]? {
        if running[index] != nil, dice.share() < 0.5 { return rerun(index) }
        guard let place = dice.one(of: numbers[index]) else { return nil }
        let members = plans[index]?.behind(got, &dice, all: true) ?? []
        var slots = members.filter { $0.table == place.table && rows[$0.slot] != nil }.map(\.slot)
        if slots.isEmpty {
            // Else the row that the answer names.
            let own = items[index].enumerated().filter { $0.element?.table == place.table }
            slots = byTable[place.table].filter { slot in
                own.allSatisfy { item, shown in
                    shown.flatMap { rows[slot]?.values[$0.column] }?.matches(got[item]) ?? true
                }
            }
            if own.isEmpty { slots = beneath(got, index, place.table) }
            if slots.isEmpty || dice.share() < 0.2 { slots = byTable[place.table] }
        }
        guard let one = dice.one(of: slots), let other = dice.one(of: slots) else { return nil }
        let draw = dice.share()
        if draw < 0.12, !plainTotals[index].isEmpty { return tradedPlaces(index, got, want) }
        if draw < 0.35 { return traded([(one, other)], [place.column]) }
        if draw < 0.65 {
            let table = schema.tables[place.table]
            let columns = table.columns.indices.filter { column in
                isFree(Place(table: place.table, column: column)) && !table.isInKey(column)
                    && !table.foreign.contains { $0.columns.count > 1 && $0.columns.contains(column) }
            }
            return traded([(one, other)], columns)
        }
        guard let value = rows[one]?.values[place.column]?.double else { return nil }
        let kind = schema.tables[place.table].columns[place.column].kind
        if draw < 0.8 {
            // What one row has less another has more of: that changes what is left over on the way.
            guard one != other, let theirs = rows[other]?.values[place.column]?.double else { return nil }
            let step = kind == .integer ? 1 : 1 / (grid[place] ?? 100)
            let amount = step * Double(dice.below(40) + 1)
            guard let less = number(value - amount, at: place), let more = number(theirs + amount, at: place),
                let there = changed(one, place.column, less), let back = changed(other, place.column, more)
            else { return nil }
            return [there, back]
        }
        // A trace that no answer shows.
        guard kind != .integer,
            let off = zip(want, got).compactMap({ want, got in
                want == got ? nil : want.double.flatMap { a in got.double.map { a - $0 } }
            }).first
        else { return nil }
        let times = dice.share() < 0.5 ? 1.0 : Double(slots.count)
        return changed(one, place.column, .real(value + off * times)).map { [$0] }
    }
}
