/// Keys that others refer to: one changes together with all that refers to it, and a row that is referred to comes into being.
extension StateWalk {
    /// Rows that one step changes, by slot.
    typealias Edits = [Int: RowEdit]

    /// A key changes, and what refers to it follows.
    func rekeyed(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = dice.one(of: bound[index]), let one = culprit(place.table, wrong), var new = rows[one],
            let value = keyValue(place, new.values[place.column], index, wrong, right)
        else { return nil }
        new.values[place.column] = value
        let table = schema.tables[place.table]
        for key in table.foreign where key.columns.count > 1 && key.columns.contains(place.column) {
            if !refer(&new, key, by: place.column) { return nil }
        }
        if isTaken(table, place.table, new, but: one) { return nil }
        var edits: Edits = [:]
        guard follow(one, new, &edits) else { return nil }
        if dice.share() < 0.3, !counter(one, new, place, &edits) { return nil }
        guard isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// Another number of the column moves by as much the other way, so that their sum stays.
    private func counter(_ one: Int, _ new: FixtureRow, _ place: Place, _ edits: inout Edits) -> Bool {
        guard case .int(let now)? = new.values[place.column], case .int(let was)? = rows[one]?.values[place.column],
            let other = dice.one(of: byTable[place.table]), other != one, edits[other] == nil, var row = rows[other],
            case .int(let theirs)? = row.values[place.column]
        else { return false }
        let (sum, overflows) = theirs.subtractingReportingOverflow(now.subtractingReportingOverflow(was).partialValue)
        if overflows { return false }
        row.values[place.column] = .int(sum)
        let table = schema.tables[place.table]
        if table.foreign.contains(where: { $0.columns.contains(place.column) })
            || isTaken(table, place.table, row, but: other)
        {
            return false
        }
        return follow(other, row, &edits)
    }

    private func keyValue(
        _ place: Place, _ old: SQLValue?, _ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]
    ) -> SQLValue? {
        let table = schema.tables[place.table]
        if let key = table.foreign.first(where: { $0.columns.contains(place.column) }) {
            guard key.columns.count > 1, dice.share() < 0.5, let (parent, columns) = schema.target(key),
                let part = key.columns.firstIndex(of: place.column)
            else { return value(place, index, right) }
            // As if what it refers to were to change.
            return keyValue(Place(table: parent, column: columns[part]), old, index, wrong, right)
        }
        let steps = zip(right, wrong).compactMap { want, got in want != got ? Arithmetic.apply("-", want, got) : nil }
        if dice.share() < 0.3, let step = dice.one(of: steps), let old, let value = moved(old, step, place) {
            return value
        }
        if table.keys.contains([place.column]), dice.share() < 0.7 { return newKey(place, index, right, []) }
        return value(place, index, right)
    }

    /// A number that moves by what a total is off, or of a mean by what all rows behind it make.
    private func moved(_ old: SQLValue, _ step: SQLValue, _ place: Place) -> SQLValue? {
        let kind = schema.tables[place.table].columns[place.column].kind
        guard kind == .integer, let before = old.double, let off = step.double else {
            return Arithmetic.apply("+", old, step).flatMap { fits($0, kind) ? $0 : nil }
        }
        let times = off == off.rounded() || dice.share() < 0.3 ? 1 : dice.below(byTable[place.table].count + 40) + 1
        let value = (before + off * Double(times)).rounded()
        return abs(value) < 1e15 ? .int(Int64(value)) : nil
    }

    func isTaken(_ table: SchemaTable, _ number: Int, _ row: FixtureRow, but slot: Int) -> Bool {
        table.keys.contains { key in
            let own = key.map { row.values[$0] }
            return !own.contains { $0?.isNull ?? true } && slots(number, key, own).contains { $0 != slot }
        }
    }

    /// The row is that from now on; what refers to it refers to it still. False where that is more than a step should touch.
    func follow(_ slot: Int, _ new: FixtureRow, _ edits: inout Edits) -> Bool {
        guard let old = rows[slot], let before = edits[slot] == nil ? old : edits[slot]?.new else { return false }
        let table = schema.tables[new.table]
        for column in new.values.indices where before.values[column] != new.values[column] {
            if table.columns[column].isGenerated { return false }
            if let value = new.values[column], table.columns[column].domain?.allows(value) == false { return false }
        }
        guard edits.count < 200, table.failing(new.values, dialect).isEmpty else { return false }
        edits[slot] = RowEdit(slot: slot, old: old, new: new)
        for (child, definition) in schema.tables.enumerated() {
            for key in definition.foreign {
                guard let (parent, columns) = schema.target(key), parent == new.table else { continue }
                let was = columns.map { before.values[$0] }
                let now = columns.map { new.values[$0] }
                if was == now || was.contains(where: { $0?.isNull ?? true }) { continue }
                for other in slots(child, key.columns, columns.map { old.values[$0] }) {
                    guard var row = edits[other] == nil ? rows[other] : edits[other]?.new else { continue }
                    for (column, value) in zip(key.columns, now) { row.values[column] = value }
                    if !follow(other, row, &edits) { return false }
                }
            }
        }
        return true
    }

    func isSound(_ edits: [RowEdit]) -> Bool {
        isSound(Dictionary(edits.map { ($0.slot, $0) }, uniquingKeysWith: { $1 }))
    }

    /// Whether all that these rows refer to is there.
    func isSound(_ edits: Edits) -> Bool {
        for edit in edits.values {
            guard let row = edit.new else { continue }
            for key in schema.tables[row.table].foreign {
                let changes = edit.old.map { old in key.columns.contains { old.values[$0] != row.values[$0] } } ?? true
                if changes, !isThere(key, row, edits) { return false }
            }
        }
        return true
    }

    func isThere(_ key: ForeignKey, _ row: FixtureRow, _ edits: Edits) -> Bool {
        let own = key.columns.map { row.values[$0] }
        if own.contains(where: { $0?.isNull ?? true }) { return true }
        guard let (parent, columns) = schema.target(key) else { return false }
        if isComing(parent, columns, own, edits) { return true }
        return slots(parent, columns, own).contains { edits[$0] == nil }
    }

    /// A reference of several columns goes to a row that is made for it, where there is none.
    func planted(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let place = dice.one(of: joint[index]), let one = culprit(place.table, wrong), var new = rows[one],
            let key = schema.tables[place.table].foreign.first(where: {
                $0.columns.count > 1 && $0.columns.contains(place.column)
            }), let (parent, columns) = schema.target(key),
            let value = keyValue(place, new.values[place.column], index, wrong, right), !value.isNull
        else { return nil }
        new.values[place.column] = value
        let own = key.columns.map { new.values[$0] }
        if own.contains(where: { $0?.isNull ?? true }) { return nil }
        var edits: Edits = [:]
        guard raise(parent, columns, own, &edits), follow(one, new, &edits),
            !isTaken(schema.tables[place.table], place.table, new, but: one), isSound(edits)
        else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// Makes a row like another of the table with that key, and those that it refers to; true where it is there.
    func raise(_ table: Int, _ columns: [Int], _ own: [SQLValue?], _ edits: inout Edits) -> Bool {
        if isComing(table, columns, own, edits) || !slots(table, columns, own).isEmpty { return true }
        let slot = dice.share() < 0.4 ? idle(table, edits) : nil
        guard edits.count < 40,
            var row = (slot ?? dice.one(of: byTable[table])).flatMap({ rows[$0] }) ?? first(of: table)
        else { return false }
        for (column, value) in zip(columns, own) { row.values[column] = value }
        let definition = schema.tables[table]
        for key in definition.foreign {
            guard let (parent, targets) = schema.target(key) else { return false }
            let wanted = key.columns.map { row.values[$0] }
            if wanted.contains(where: { $0?.isNull ?? true }) { continue }
            if key.columns.count == 1 {
                // Only one that is there can take a key that nothing else is known of.
                if slots(parent, targets, wanted).isEmpty, !isComing(parent, targets, wanted, edits) {
                    guard let idle = self.idle(parent, edits), idle != slot, var other = rows[idle] else {
                        return false
                    }
                    other.values[targets[0]] = wanted[0]
                    guard isPossible(other), !isTaken(schema.tables[parent], parent, other, but: idle) else {
                        return false
                    }
                    edits[idle] = RowEdit(slot: idle, old: rows[idle], new: other)
                }
            } else if !raise(parent, targets, wanted, &edits) {
                return false
            }
        }
        for (column, value) in zip(definition.columns, row.values) {
            if let value, column.domain?.allows(value) == false { return false }
        }
        if !definition.failing(row.values, dialect).isEmpty || isTaken(definition, table, row, but: slot ?? -1) {
            return false
        }
        if let slot {
            edits[slot] = RowEdit(slot: slot, old: rows[slot], new: row)
            return true
        }
        let next = rows.count + edits.values.filter { $0.old == nil }.count
        edits[next] = RowEdit(slot: next, old: nil, new: row)
        return true
    }

    /// A row that nothing refers to may take the key: then there are as many as before.
    func idle(_ table: Int, _ edits: Edits) -> Int? {
        for _ in 0..<4 {
            guard let slot = dice.one(of: byTable[table]), edits[slot] == nil, let row = rows[slot] else { continue }
            if !hasChildren(table, row) { return slot }
        }
        return nil
    }

    /// What a table's first row may be, but for its key; what it refers to may be still to come.
    func first(of table: Int) -> FixtureRow? {
        let definition = schema.tables[table]
        var row = FixtureRow(
            table: table,
            values: definition.columns.indices.map { column in
                let known = definition.columns[column]
                if known.isGenerated { return nil }
                if !known.isNotNull, !definition.isInKey(column) { return .null }
                let place = Place(table: table, column: column)
                if let seen = dice.one(of: shown[place] ?? []), known.domain?.allows(seen) ?? true { return seen }
                return known.domain.flatMap { dice.one(of: $0.candidates()) }
                    ?? Values.numbered(known, Int64(dice.below(1000)), dialect).loosened
            })
        for key in definition.foreign where key.columns.count == 1 && row.values[key.columns[0]]?.isNull == false {
            guard let (parent, columns) = schema.target(key) else { return nil }
            if let other = dice.one(of: byTable[parent]).flatMap({ rows[$0] }) {
                row.values[key.columns[0]] = other.values[columns[0]]
            } else {
                guard parent != table, let fresh = newKey(Place(table: parent, column: columns[0]), 0, [], []) else {
                    return nil
                }
                row.values[key.columns[0]] = fresh
            }
        }
        return row
    }
}
