/// Which rows make an answer what it is, and where they would be missed less.
extension StateWalk {
    /// What came and what should have come, of one answer or of two that exchange rows.
    struct Aim {
        var wrong: [SQLValue] = []
        var right: [SQLValue] = []
        /// Rows are lacking (above 0), or too many (below 0).
        var lacks = 0
    }

    func aim(_ mismatch: Comparison.Mismatch) -> Aim {
        var aim = Aim()
        aim.right = dice.one(of: mismatch.missing) ?? []
        aim.wrong = counterpart(of: aim.right, mismatch)
        aim.lacks = mismatch.missing.count - mismatch.extra.count
        guard aim.lacks == 0 else { return aim }
        // A count that is too small lacks rows as well.
        let direction = Self.direction(aim.wrong, aim.right)
        aim.lacks = direction
        guard direction != 0, mismatch.missing.count > 1, dice.share() < 0.4 else { return aim }
        // What one group has too many of, another has too few of.
        for _ in 0..<4 {
            guard let other = dice.one(of: mismatch.missing), other != aim.right else { continue }
            let theirs = counterpart(of: other, mismatch)
            if Self.direction(theirs, other).signum() * direction.signum() >= 0 { continue }
            if direction > 0 { aim.wrong = theirs } else { aim.right = other }
            aim.lacks = 0
            return aim
        }
        return aim
    }

    /// Two rows that may have to change places.
    func aimAtOrder(_ index: Int) -> Aim {
        var aim = Aim()
        aim.right = dice.one(of: statements[index].recorded.rows ?? []) ?? []
        aim.wrong = dice.one(of: statements[index].recorded.rows ?? []) ?? []
        return aim
    }

    private static func direction(_ wrong: [SQLValue], _ right: [SQLValue]) -> Int {
        var sum = 0
        for case (.int(let got), .int(let want)) in zip(wrong, right) where got != want { sum += want > got ? 1 : -1 }
        return sum
    }

    /// The rows that make up a wrong answer.
    func trace(_ index: Int, _ wrong: [SQLValue]) {
        behind = plans[index]?.behind(wrong, &dice) ?? []
        if behind.isEmpty, isOfGroups[index], let table = dice.one(of: tables[index]) {
            behind = beneath(wrong, index, table).prefix(60).map { (table, $0) }
        }
    }

    /// A row of that table, rather one that the wrong answer at hand comes from.
    func culprit(_ table: Int, _ wrong: [SQLValue]) -> Int? {
        if !behind.isEmpty, dice.share() < 0.6 {
            let own = behind.filter { $0.table == table }
            if let one = dice.one(of: own), rows[one.slot] != nil { return one.slot }
        }
        return slot(table, wrong)
    }

    /// A row for a new one to be like.
    func like(_ table: Int, _ right: [SQLValue]) -> Int? {
        dice.share() < 0.4 ? culprit(table, right) : slot(table, right)
    }

    /// An answer that did not come, or that counts too few.
    func lacking(_ mismatch: Comparison.Mismatch) -> [SQLValue]? {
        for _ in 0..<6 {
            guard let right = dice.one(of: mismatch.missing) else { return nil }
            if mismatch.missing.count > mismatch.extra.count { return right }
            if Self.direction(counterpart(of: right, mismatch), right) > 0 { return right }
        }
        return nil
    }

    /// Rows like the few that refer to one, for another.
    func offspring(of model: FixtureRow, for row: FixtureRow, _ index: Int, _ before: [RowEdit]) -> [RowEdit] {
        var edits: [RowEdit] = []
        for (child, definition) in schema.tables.enumerated() where child != row.table {
            for key in definition.foreign {
                guard let (parent, columns) = schema.target(key), parent == row.table else { continue }
                let those = slots(child, key.columns, columns.map { model.values[$0] })
                if those.count > 3 { continue }
                for slot in those {
                    guard var copy = rows[slot] else { continue }
                    for (column, target) in zip(key.columns, columns) { copy.values[column] = row.values[target] }
                    let isNew = definition.keys.allSatisfy { own in
                        if own.contains(where: key.columns.contains) { return true }
                        guard own.count == 1, !definition.foreign.contains(where: { $0.columns == own }),
                            let fresh = newKey(Place(table: child, column: own[0]), index, [], before + edits)
                        else { return false }
                        copy.values[own[0]] = fresh
                        return true
                    }
                    guard isNew else { continue }
                    let next = rows.count + (before + edits).filter { $0.old == nil }.count
                    edits.append(RowEdit(slot: next, old: nil, new: copy))
                }
            }
        }
        return edits
    }

    /// Rows of a table that refer, in a few steps, to those that the answer names.
    func beneath(_ answer: [SQLValue], _ index: Int, _ table: Int) -> [Int] {
        guard answer.count == items[index].count else { return [] }
        let named = Set(items[index].compactMap { $0?.table })
        for top in named.sorted() {
            let own = items[index].enumerated().filter { $0.element?.table == top }
            var those = Set(
                byTable[top].filter { slot in
                    own.allSatisfy { item, shown in
                        shown.flatMap { rows[slot]?.values[$0.column] ?? nil }?.matches(answer[item]) ?? false
                    }
                })
            var level = top
            for _ in 0..<3 where level != table && !those.isEmpty {
                let next = tables[index].lazy.compactMap { child in
                    self.schema.tables[child].foreign.first { key in
                        child != level && self.schema.target(key)?.0 == level
                    }.map { (child, $0) }
                }.first
                guard let (child, key) = next, let (_, columns) = schema.target(key) else { break }
                var below: Set<Int> = []
                for slot in those {
                    guard let row = rows[slot] else { continue }
                    below.formUnion(slots(child, key.columns, columns.map { row.values[$0] }))
                }
                (level, those) = (child, below)
            }
            if level == table, !those.isEmpty { return those.sorted() }
        }
        return []
    }
}
