/// What a step of the walk may be.
extension StateWalk {
    /// A change that might bring the statement nearer to what was recorded; nil where none came to mind.
    func proposal(_ index: Int) -> [RowEdit]? {
        guard let mismatch = mismatch(index) else { return nil }
        let aim = mismatch.isOrderOnly ? aimAtOrder(index) : aim(mismatch)
        let (wrong, right, lacks) = (aim.wrong, aim.right, aim.lacks)
        trace(index, wrong)
        if !bound[index].isEmpty || !joint[index].isEmpty {
            let draw = dice.share()
            if draw < 0.06, !bound[index].isEmpty { return rekeyed(index, wrong, right) }
            if draw > 0.94, !joint[index].isEmpty { return planted(index, wrong, right) }
            if draw > 0.9, !joint[index].isEmpty || wrong.isEmpty,
                let edits = founded(index, wrong, right), !edits.isEmpty
            {
                return edits
            }
        }
        if dice.share() < 0.06, let edits = united(index, wrong, right), !edits.isEmpty {
            return edits
        }
        if mismatch.isOrderOnly, !orderKeys[index].isEmpty, dice.share() < 0.5,
            let edits = reordered(index), !edits.isEmpty
        {
            return edits
        }
        if !plainTotals[index].isEmpty, dice.share() < 0.08, let edits = counted(index, wrong, right), !edits.isEmpty {
            return edits
        }
        if !plainTotals[index].isEmpty, dice.share() < 0.3, let edits = hollowed(index, wrong, right) { return edits }
        if !plainTotals[index].isEmpty, dice.share() < 0.04,
            let edits = tradedPlaces(index, wrong, right), !edits.isEmpty
        {
            return edits
        }
        if running[index] != nil, dice.share() < 0.2, let edits = rerun(index) { return edits }
        if isOfGroups[index], dice.share() < 0.12, let edits = regrouped(index, wrong, right), !edits.isEmpty {
            return edits
        }
        if isOfGroups[index], dice.share() < (wrong.isEmpty ? 0.2 : 0.05), !right.isEmpty,
            let edits = gathered(index, wrong, right), !edits.isEmpty
        {
            return edits
        }
        if isOfGroups[index], !plainTotals[index].isEmpty, dice.share() < 0.1,
            let edits = spread(index, wrong, right), !edits.isEmpty
        {
            return edits
        }
        if !extremes[index].isEmpty, !right.isEmpty, dice.share() < 0.08,
            let edits = clamped(index, wrong, right), !edits.isEmpty
        {
            return edits
        }
        if !withheld[index].isEmpty, !wrong.isEmpty, dice.share() < 0.12,
            let edits = excluded(index, wrong), !edits.isEmpty
        {
            return edits
        }
        if !kinship.groups.isEmpty, !wrong.isEmpty, dice.share() < 0.06, let edits = renamed(index, wrong, right),
            !edits.isEmpty
        {
            return edits
        }
        if looksThrough[index] || wrong.contains(where: \.isNull), dice.share() < 0.04,
            let edits = swept(index, wrong, right), !edits.isEmpty
        {
            return edits
        }
        if !sums[index].isEmpty, !numbers[index].isEmpty, dice.share() < 0.2,
            let edits = fitted(index, wrong, right)
        {
            return edits
        }
        let draw = dice.share()
        switch draw {
        case ..<0.08: return corrected(index, wrong, right)
        case ..<0.22: return moved(index, wrong, right, lacks: lacks)
        case ..<0.38: return exchange(index, wrong, right)
        case ..<0.52: return replace(index, wrong, right)
        case ..<0.63: return shift(index, wrong, right)
        case ..<0.78:
            let adds = lacks == 0 ? dice.share() < 0.5 : (lacks > 0) == (dice.share() < 0.75)
            var edits: [RowEdit] = []
            for _ in 0..<many(wrong, right) {
                guard let more = adds ? insertion(index, right, edits) : deletion(index, wrong, edits) else { break }
                edits += more
            }
            return edits
        case ..<0.84: return exchangeRows(index, wrong, right)
        case ..<0.92: return union(index, wrong)
        default:
            // Two changes at once lead where neither does alone.
            guard let first = dice.share() < 0.5 ? exchange(index, wrong, right) : replace(index, wrong, right),
                let second = dice.share() < 0.5 ? exchange(index, [], right) : replace(index, [], right),
                Set(first.map(\.slot)).isDisjoint(with: second.map(\.slot))
            else { return nil }
            return first + second
        }
    }

    /// The row that most likely came in place of that one.
    func counterpart(of right: [SQLValue], _ mismatch: Comparison.Mismatch) -> [SQLValue] {
        guard !right.isEmpty, dice.share() < 0.75 else { return dice.one(of: mismatch.extra) ?? [] }
        func alike(_ row: [SQLValue]) -> Int { zip(row, right).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) } }
        guard let best = mismatch.extra.prefix(100).max(by: { alike($0) < alike($1) }) else { return [] }
        if alike(best) > 0 || mismatch.extra.count == 1 { return best }
        return dice.one(of: mismatch.extra) ?? []
    }

    /// How many rows at once: as many as a count is off, or fewer.
    func many(_ wrong: [SQLValue], _ right: [SQLValue]) -> Int {
        guard dice.share() < 0.25 else { return 1 }
        var off = 1
        if wrong.isEmpty {
            // A group that is not there at all.
            for case .int(let want) in right where want < 60 { off = max(off, Int(want)) }
            return off
        }
        for case (.int(let got), .int(let want)) in zip(wrong, right) {
            let (gap, overflows) = got.subtractingReportingOverflow(want)
            if !overflows, gap.magnitude < 200 { off = max(off, Int(gap.magnitude)) }
        }
        return dice.share() < 0.2 ? min(off, 60) : dice.below(min(off, 12)) + 1
    }

    // MARK: changes

    /// A cell that was shown gets what should have been shown, or changes places with one that has it.
    private func corrected(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard wrong.count == right.count, wrong.count == items[index].count else { return replace(index, wrong, right) }
        let off = items[index].indices.filter { wrong[$0] != right[$0] && items[index][$0].map(isFree) == true }
        guard let item = dice.one(of: off), let place = items[index][item] else { return exchange(index, wrong, right) }
        let column = place.column
        // As many of the other values shown stand in the same row as can be.
        func agrees(_ slot: Int) -> Int {
            items[index].indices.reduce(0) { sum, other in
                guard let own = items[index][other], own.table == place.table else { return sum }
                return sum + (rows[slot]?.values[own.column] == wrong[other] ? 1 : 0)
            }
        }
        let holding = byTable[place.table].filter { rows[$0]?.values[column] == wrong[item] }
        guard let best = holding.map(agrees).max(), let one = dice.one(of: holding.filter { agrees($0) == best }) else {
            return nil
        }
        if dice.share() < 0.5 { return changed(one, column, right[item]).map { [$0] } }
        let having = byTable[place.table].filter { rows[$0]?.values[column] == right[item] }
        guard let other = dice.one(of: having), let there = changed(one, column, right[item]),
            let back = changed(other, column, wrong[item])
        else { return nil }
        return [there, back]
    }

    /// Two rows exchange their values in one column.
    private func exchange(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = place(index), let one = culprit(place.table, wrong), let other = slot(place.table, right),
            one != other, let first = changed(one, place.column, rows[other]?.values[place.column]),
            let second = changed(other, place.column, rows[one]?.values[place.column])
        else { return nil }
        return [first, second]
    }

    /// Two rows exchange all that is not their key, or some of it; what refers to them stays, or follows.
    private func exchangeRows(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = place(index), let one = culprit(place.table, wrong), let other = slot(place.table, right),
            one != other, let a = rows[one], let b = rows[other]
        else { return nil }
        var (first, second) = (a, b)
        let table = schema.tables[place.table]
        let follows = dice.share() < 0.5
        let isPartial = !follows && dice.share() < 0.5
        for column in table.columns.indices where isFree(Place(table: place.table, column: column)) {
            if table.keys.contains([column]) || (isPartial && dice.share() < 0.5) { continue }
            if table.foreign.contains(where: { $0.columns.count > 1 && $0.columns.contains(column) }) { continue }
            if table.foreign.contains(where: { $0.columns == [column] && schema.place($0.parent) == place.table }) {
                continue
            }
            (first.values[column], second.values[column]) = (b.values[column], a.values[column])
        }
        var edits: [RowEdit] = []
        if a != first { edits = [.init(slot: one, old: a, new: first), .init(slot: other, old: b, new: second)] }
        if follows {
            guard let there = repointed(place.table, a, b, [one, other]),
                let back = repointed(place.table, b, a, [one, other])
            else { return nil }
            edits += there + back
        }
        return edits
    }

    /// What refers to one row refers to another instead; nil where that is more than a trial should touch.
    func repointed(
        _ table: Int, _ row: FixtureRow, _ other: FixtureRow, _ without: Set<Int>
    ) -> [RowEdit]? {
        var edits: [RowEdit] = []
        var more: Edits = [:]
        for child in schema.tables.indices {
            for key in schema.tables[child].foreign {
                guard let (parent, columns) = schema.target(key), parent == table else { continue }
                let own = columns.map { row.values[$0] }
                let new = columns.map { other.values[$0] }
                let isEnd = referred[child].isDisjoint(with: key.columns)
                for slot in slots(child, key.columns, own) {
                    if without.contains(slot) || child == table || edits.contains(where: { $0.slot == slot })
                        || more[slot] != nil
                    {
                        return nil
                    }
                    guard let old = rows[slot] else { continue }
                    var changed = old
                    for (column, value) in zip(key.columns, new) { changed.values[column] = value }
                    if isEnd {
                        edits.append(.init(slot: slot, old: old, new: changed))
                    } else if !follow(slot, changed, &more) {
                        return nil
                    }
                }
                if edits.count > 200 { return nil }
            }
        }
        if more.isEmpty { return edits }
        // A row that was to change already would change twice.
        if more.keys.contains(where: { slot in without.contains(slot) || edits.contains { $0.slot == slot } }) {
            return nil
        }
        return edits + more.values.sorted { $0.slot < $1.slot }
    }

    /// Two rows become one: what refers to the one that goes refers to the other.
    private func union(_ index: Int, _ wrong: [SQLValue]) -> [RowEdit]? {
        guard let table = dice.one(of: tables[index]), let one = culprit(table, wrong), let a = rows[one] else {
            return nil
        }
        // Rather one that looks like it.
        var other = slot(table, [])
        func alike(_ slot: Int) -> Int {
            zip(rows[slot]?.values ?? [], a.values).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
        }
        if dice.share() < 0.6 {
            let some = (0..<min(40, byTable[table].count)).compactMap { _ in dice.one(of: byTable[table]) }
            other = some.filter { $0 != one }.max { alike($0) < alike($1) }
        }
        guard let other, other != one, let b = rows[other], let edits = repointed(table, a, b, [one, other]) else {
            return nil
        }
        return unrepeated(edits) + [RowEdit(slot: one, old: a, new: nil)]
    }

    func isFree(_ place: Place) -> Bool { free.contains(place) }

    func replace(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = place(index) else { return nil }
        var edits: [RowEdit] = []
        let chosen = value(place, index, right)
        let isSame = dice.share() < 0.5
        for _ in 0..<many(wrong, right) {
            guard let one = culprit(place.table, wrong), !edits.contains(where: { $0.slot == one }),
                let edit = changed(one, place.column, isSame ? chosen : value(place, index, right))
            else { continue }
            edits.append(edit)
        }
        return edits
    }

    /// A number moves by what a total is off, alone or against another row's.
    private func shift(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = dice.one(of: numbers[index]), let one = culprit(place.table, wrong + right),
            let old = rows[one]?.values[place.column], !old.isNull
        else { return nil }
        var steps: [SQLValue] = []
        for (want, got) in zip(right, wrong) where want != got {
            if let step = Arithmetic.apply("-", want, got), !step.isNull { steps.append(step) }
        }
        let kind = schema.tables[place.table].columns[place.column].kind
        var step = dice.one(of: steps) ?? .int(Int64(dice.below(9)) + 1)
        // Of a mean as much as all rows behind it make.
        let times = dice.share() < 0.3 ? byTable[place.table].count : dice.below(40) + 1
        if dice.share() < 0.4, let more = Arithmetic.apply("*", step, .int(Int64(times))) { step = more }
        if kind == .integer {
            guard let number = step.double, abs(number) < 1e15 else { return nil }
            step = .int(Int64(number.rounded()))
        }
        func plain(_ value: SQLValue?) -> SQLValue? {
            // Without the last digits that additions leave behind.
            guard case .real(let number)? = value else { return value }
            if grid[place] != nil { return self.number(number, at: place, within: 1e-13) }
            return Self.number(number, .real, dialect, within: 1e-13)
        }
        guard let edit = changed(one, place.column, plain(Arithmetic.apply("+", old, step))) else { return nil }
        if dice.share() < 0.5 { return [edit] }
        guard let other = slot(place.table, right), other != one, let theirs = rows[other]?.values[place.column],
            !theirs.isNull, let back = changed(other, place.column, plain(Arithmetic.apply("-", theirs, step)))
        else { return nil }
        return [edit, back]
    }

    /// A row goes, and with it the few that refer to it.
    private func deletion(_ index: Int, _ wrong: [SQLValue], _ before: [RowEdit]) -> [RowEdit]? {
        guard let table = before.first?.old?.table ?? dice.one(of: tables[index]),
            let one = culprit(table, wrong), let row = rows[one], !before.contains(where: { $0.slot == one })
        else { return nil }
        let children = children(table, row).filter { $0 != one }
        guard children.count <= (dice.share() < 0.3 ? 6 : 0) else { return nil }
        var edits: [RowEdit] = []
        for child in children {
            guard let old = rows[child], !before.contains(where: { $0.slot == child }),
                self.children(old.table, old).isEmpty
            else { return nil }
            edits.append(RowEdit(slot: child, old: old, new: nil))
        }
        return edits + [RowEdit(slot: one, old: row, new: nil)]
    }

    func hasChildren(_ table: Int, _ row: FixtureRow) -> Bool { !children(table, row).isEmpty }

    /// The rows that refer to a row.
    private func children(_ table: Int, _ row: FixtureRow) -> [Int] {
        var found: [Int] = []
        for (child, other) in schema.tables.enumerated() {
            for key in other.foreign {
                guard let (parent, columns) = schema.target(key), parent == table else { continue }
                let own = columns.map { row.values[$0] }
                for slot in slots(child, key.columns, own) where !found.contains(slot) { found.append(slot) }
            }
        }
        return found
    }
}
