/// Rows that go from one group to another, many at a time: one alone may bring nothing nearer.
extension StateWalk {
    /// A sum or a mean of a column itself.
    struct PlainTotal {
        var item: Int
        var isMean: Bool
        var place: Place
        /// It is rounded to so many digits.
        var digits: Int?
    }

    static func plainTotals(_ statement: ReadyStatement, _ inverter: Inverter) -> [PlainTotal] {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body else { return [] }
        return select.items.enumerated().compactMap { item, shown in
            var (expression, digits): (SQLExpr, Int?) = (shown.expression, nil)
            // What stands around it, as people write it.
            while case .call(let call) = expression, let first = call.arguments.first {
                if call.name == "ROUND" {
                    digits = 0
                    if call.arguments.count == 2 {
                        guard case .value(.int(let places)) = call.arguments[1], (0...9).contains(places) else { break }
                        digits = Int(places)
                    }
                } else if call.name != "COALESCE", call.name != "IFNULL" {
                    break
                }
                expression = first
            }
            guard case .call(let call) = expression, !call.isWindow, !call.isDistinct, call.filter == nil,
                ["SUM", "AVG", "TOTAL"].contains(call.name), call.arguments.count == 1,
                let place = inverter.column(call.arguments[0], select)
            else { return nil }
            return PlainTotal(item: item, isMean: call.name == "AVG", place: place, digits: digits)
        }
    }

    /// Whether what is shown is groups, or comes from some that are made before.
    static func isOfGroups(_ query: SQLQuery) -> Bool {
        guard let select = query.first else { return false }
        if !select.groups.isEmpty { return true }
        return select.from.contains { source in
            switch source.what {
            case .query(let inner): inner.first.map { !$0.groups.isEmpty } ?? false
            case .table(let name):
                query.commons.contains { common in
                    common.name.lowercased() == name.lowercased()
                        && common.query.first.map { !$0.groups.isEmpty } ?? false
                }
            case .function: false
            }
        }
    }

    /// Rows behind a wrong group become rows of one that should be there, or of none.
    func regrouped(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], wrong.count == items[index].count, let cells else { return nil }
        let members = plan.behind(wrong, &dice, all: true)
        guard let table = dice.one(of: tables[index]) else { return nil }
        var slots = members.filter { $0.table == table && rows[$0.slot] != nil }.map(\.slot)
        let shown = shown(table, index)
        // Of groups that are made before they are shown the rows are not known, but what they refer to is.
        if slots.isEmpty, members.isEmpty { slots = standings(table, shown, wrong, cells, most: 200) }
        if slots.isEmpty || (shown.own.isEmpty && shown.parents.isEmpty && !isComputed(index, table)) { return nil }
        let recorded = statements[index].recorded.rows ?? []
        let isWanted = recorded.contains { row in
            items[index].indices.allSatisfy { items[index][$0] == nil || row[$0] == wrong[$0] }
        }
        let count =
            !isWanted && dice.share() < 0.6
            ? slots.count : min(slots.count, dice.below(max(1, min(12, slots.count / 2 + 1))) + 1)
        if count > 150 { return nil }
        let leaves = dice.share() < 0.25
        let isOneTarget = dice.share() < 0.6
        let isNeutral = dice.share() < 0.7
        let target = right.count == wrong.count && dice.share() < 0.5 ? right : dice.one(of: recorded)
        var edits: [RowEdit] = []
        let first = dice.below(slots.count)
        for step in 0..<count {
            let slot = slots[(first + step) % slots.count]
            guard let old = rows[slot] else { continue }
            var new = old
            if leaves {
                guard nullify(&new, shown) else { return nil }
            } else {
                guard let answer = isOneTarget ? target : dice.one(of: recorded), answer.count == items[index].count,
                    assign(&new, shown, answer, cells), compute(&new, index, answer)
                else { return nil }
                if isNeutral { makeNeutral(&new, index, answer) }
            }
            if new == old || !isPossible(new) { continue }
            edits.append(RowEdit(slot: slot, old: old, new: new))
        }
        return edits
    }

    func nullify(_ row: inout FixtureRow, _ shown: Shown) -> Bool {
        let definition = schema.tables[row.table]
        for column in shown.own.map(\.column) + shown.parents.map({ $0.key.columns[0] })
        where !definition.columns[column].isNotNull && !definition.isInKey(column) {
            row.values[column] = .null
            return true
        }
        return false
    }

    /// The row gets what the answer says of it; false where it would refer to what is not there.
    func assign(
        _ row: inout FixtureRow, _ shown: Shown, _ answer: [SQLValue], _ cells: PlanTables, isWide: Bool = true
    ) -> Bool {
        let definition = schema.tables[row.table]
        for (column, item) in shown.own {
            row.values[column] = answer[item]
            if answer[item].isNull { continue }
            for key in definition.foreign where key.columns.contains(column) {
                if key.columns.count > 1 {
                    if isWide, !refer(&row, key, by: column) { return false }
                } else if let (parent, columns) = schema.target(key), slots(parent, columns, [answer[item]]).isEmpty {
                    return false
                }
            }
        }
        for parent in shown.parents {
            guard let slot = parentSlot(parent.parent, parent.columns, parent.items, answer, cells) else {
                return false
            }
            row.values[parent.key.columns[0]] = rows[slot]?.values[parent.target]
        }
        return true
    }

    /// What leaves the group's totals as they are.
    private func makeNeutral(_ row: inout FixtureRow, _ index: Int, _ answer: [SQLValue]) {
        for total in plainTotals[index] where total.place.table == row.table && numbers[index].contains(total.place) {
            let kind = schema.tables[row.table].columns[total.place.column].kind
            guard let want = answer[total.item].double else { continue }
            // Sums and means pass over what is NULL.
            if dice.share() < 0.5, !filled[row.table].contains(total.place.column) {
                row.values[total.place.column] = .null
                continue
            }
            let value = total.isMean ? (kind == .integer ? want.rounded() : want) : 0
            if let number = number(value, at: total.place) { row.values[total.place.column] = number }
        }
    }

    func isPossible(_ row: FixtureRow) -> Bool {
        let definition = schema.tables[row.table]
        for (column, value) in zip(definition.columns, row.values) {
            if let value, column.domain?.allows(value) == false { return false }
            if column.isNotNull, value?.isNull == true { return false }
        }
        return definition.failing(row.values, dialect).isEmpty
    }
}
