/// Rows that come.
extension StateWalk {
    /// A row like one that is there, under a key of its own, with a cell or two that the statement asks for.
    func insertion(_ index: Int, _ right: [SQLValue], _ before: [RowEdit]) -> [RowEdit]? {
        guard let table = before.first?.new?.table ?? dice.one(of: tables[index]),
            case let model = like(table, right).flatMap({ rows[$0] }),
            var row = model ?? blank(table, index, right)
        else { return nil }
        let next = rows.count + before.count
        let definition = schema.tables[table]
        for key in definition.keys {
            if key.count == 1 {
                guard let fresh = newKey(Place(table: table, column: key[0]), index, right, before) else { return nil }
                row.values[key[0]] = fresh
            } else if !free(&row, key, index, right, before) {
                return nil
            }
        }
        if hasPartialKeys[table], !freePartly(&row, index, right, before) { return nil }
        for place in open[index] where place.table == table && dice.share() < 0.4 {
            if definition.isInKey(place.column) { continue }
            if row.values[place.column] != nil, let made = value(place, index, right) {
                row.values[place.column] = made
            }
        }
        if dice.share() < 0.5 { suit(&row, index) }
        computeMostly(&row, index, right)
        for key in definition.foreign where key.columns.count > 1 {
            if !refer(&row, key) { return nil }
        }
        let domains = zip(definition.columns, row.values)
        if domains.contains(where: { column, value in value.map { column.domain?.allows($0) == false } ?? false })
            || !definition.failing(row.values, dialect).isEmpty
        {
            return nil
        }
        for key in definition.foreign where schema.place(key.parent) == table && key.columns.count == 1 {
            let edit = RowEdit(slot: next, old: nil, new: row)
            if isCircular(edit, key.columns[0]) { return nil }
        }
        let edits = [RowEdit(slot: next, old: nil, new: row)]
        guard let model, dice.share() < 0.3 else { return edits }
        return edits + offspring(of: model, for: row, index, before + edits)
    }

    /// Gives the row a key of several columns that no other row has; false where none came to mind.
    func free(
        _ row: inout FixtureRow, _ key: [Int], _ index: Int, _ right: [SQLValue], _ before: [RowEdit]
    ) -> Bool {
        for _ in 0..<8 {
            let column = key[dice.below(key.count)]
            for column in dice.share() < 0.5 ? key : [column] {
                guard let made = value(Place(table: row.table, column: column), index, right) else { continue }
                row.values[column] = made
            }
            let own = key.map { row.values[$0] }
            let isTaken =
                !slots(row.table, key, own).isEmpty
                || before.contains { edit in
                    edit.new.map { new in new.table == row.table && key.map { new.values[$0] } == own } ?? false
                }
            if !isTaken { return true }
        }
        return false
    }

    /// The first row of a table. What it refers to comes with it, where there is nothing of the kind yet.
    private func blank(_ table: Int, _ index: Int, _ right: [SQLValue]) -> FixtureRow? {
        let definition = schema.tables[table]
        var values = definition.columns.indices.map { column -> SQLValue? in
            if definition.columns[column].isGenerated { return nil }
            let place = Place(table: table, column: column)
            let domain = definition.columns[column].domain
            if let made = value(place, index, right), domain?.allows(made) ?? true { return made }
            if !definition.columns[column].isNotNull { return .null }
            return domain.flatMap { dice.one(of: $0.candidates()) }
                ?? Values.plain(definition.columns[column].kind, dialect).loosened
        }
        for key in definition.foreign where key.columns.count == 1 {
            guard let value = values[key.columns[0]], !value.isNull, let (parent, columns) = schema.target(key) else {
                continue
            }
            if byTable[parent].isEmpty, parent != table {
                guard let fresh = newKey(Place(table: parent, column: columns[0]), index, right, []) else { return nil }
                values[key.columns[0]] = fresh
                continue
            }
            if referred(key, FixtureRow(table: table, values: values)) == nil { return nil }
        }
        return FixtureRow(table: table, values: values)
    }
}
