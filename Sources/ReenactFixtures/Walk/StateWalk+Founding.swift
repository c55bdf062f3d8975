/// Rows of a group that hangs on a chain of keys of several columns: the chain is made where it is not there.
extension StateWalk {
    /// A column of a reference, and the key at the top of the chain that it comes from.
    private struct Chain {
        var table: Int
        var key: ForeignKey
        var column: Int
        var top: Place
    }

    /// What the wide references of a table lead to.
    private func chains(_ table: Int) -> [Chain] {
        var found: [Chain] = []
        for key in schema.tables[table].foreign where key.columns.count > 1 {
            for column in key.columns {
                var place = Place(table: table, column: column)
                for _ in 0..<8 {
                    let next = schema.tables[place.table].foreign.first { $0.columns.contains(place.column) }
                    guard let next, let (parent, targets) = schema.target(next),
                        let part = next.columns.firstIndex(of: place.column)
                    else { break }
                    place = Place(table: parent, column: targets[part])
                }
                if place.table != table, schema.tables[place.table].keys.contains([place.column]) {
                    found.append(.init(table: table, key: key, column: column, top: place))
                }
            }
        }
        return found
    }

    /// Rows come, or leave other groups, for an answer that is named after the top of such a chain.
    func founded(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard right.count == items[index].count, let cells,
            let chain = dice.one(of: tables[index].flatMap(chains)),
            let value = named(chain.top, index, right, cells)
        else { return nil }
        var edits: Edits = [:]
        let moves = dice.share() < 0.4
        for _ in 0..<many(wrong, right) {
            guard var row = culprit(chain.table, dice.share() < 0.5 ? right : wrong).flatMap({ rows[$0] }) else {
                return nil
            }
            var slot = rows.count + edits.values.filter { $0.old == nil }.count
            if moves {
                guard let own = dice.one(of: byTable[chain.table]), edits[own] == nil, let old = rows[own],
                    old.values[chain.column] != value
                else { continue }
                (slot, row) = (own, old)
            } else if !renamed(&row, index, right, edits.values.sorted { $0.slot < $1.slot }) {
                return nil
            }
            row.values[chain.column] = value
            guard let (parent, columns) = schema.target(chain.key) else { return nil }
            // Rather where there is something already.
            if dice.share() < 0.3 || !refer(&row, chain.key, by: chain.column) {
                let own = chain.key.columns.map { row.values[$0] }
                if own.contains(where: { $0?.isNull ?? true }) { return nil }
                guard raise(parent, columns, own, &edits) else { return nil }
                if !moves { slot = rows.count + edits.values.filter { $0.old == nil }.count }
            }
            if moves {
                guard follow(slot, row, &edits) else { return nil }
            } else {
                guard isPossible(row) else { return nil }
                edits[slot] = RowEdit(slot: slot, old: nil, new: row)
            }
        }
        guard isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// The key at the top that the answer shows, or that has what it shows beside it.
    private func named(_ top: Place, _ index: Int, _ right: [SQLValue], _ cells: PlanTables) -> SQLValue? {
        var columns: [Int] = []
        var own: [Int] = []
        for (item, place) in items[index].enumerated() {
            guard let place else { continue }
            if place.table == top.table {
                columns.append(place.column)
                own.append(item)
            } else if schema.tables[place.table].foreign.contains(where: { $0.columns.contains(place.column) }),
                isThere(top, right[item])
            {
                return right[item]
            }
        }
        if columns.isEmpty { return nil }
        return slots(top.table, columns, own.map { right[$0] }).first.flatMap { rows[$0]?.values[top.column] }
    }

    func isComing(_ table: Int, _ columns: [Int], _ own: [SQLValue?], _ edits: Edits) -> Bool {
        edits.values.contains { edit in
            edit.new.map { new in new.table == table && columns.map { new.values[$0] } == own } ?? false
        }
    }

    /// Gives the row keys that no other has.
    func renamed(_ row: inout FixtureRow, _ index: Int, _ right: [SQLValue], _ before: [RowEdit]) -> Bool {
        for key in schema.tables[row.table].keys {
            if key.count == 1 {
                guard let fresh = newKey(Place(table: row.table, column: key[0]), index, right, before) else {
                    return false
                }
                row.values[key[0]] = fresh
            } else if !free(&row, key, index, right, before) {
                return false
            }
        }
        return !hasPartialKeys[row.table] || freePartly(&row, index, right, before)
    }

    func newKey(
        _ place: Place, _ index: Int, _ right: [SQLValue], _ before: [RowEdit]
    ) -> SQLValue? {
        let table = schema.tables[place.table]
        if let key = table.foreign.first(where: { $0.columns == [place.column] }) {
            guard let (parent, columns) = schema.target(key) else { return nil }
            return slot(parent, right).flatMap { rows[$0]?.values[columns[0]] }
        }
        let more = before.compactMap { $0.new?.table == place.table ? $0.new?.values[place.column] : nil }
        func isTaken(_ value: SQLValue) -> Bool { more.contains(value) || isThere(place, value) }
        if let seen = shown[place], !seen.isEmpty {
            let first = dice.below(seen.count)
            for step in 0..<min(seen.count, 60) {
                let value = seen[(first + step) % seen.count]
                if !isTaken(value) { return value }
            }
        }
        let column = table.columns[place.column]
        for count in 1...200 {
            let value = Values.numbered(column, Int64(count + dice.below(1000)), dialect).loosened
            if !isTaken(value), !facts.speaks(of: value) { return value }
        }
        return nil
    }
}
