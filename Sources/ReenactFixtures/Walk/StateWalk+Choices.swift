/// Which statement, rows and values a step of the walk looks at.
extension StateWalk {
    /// A failing statement, the heavier the likelier.
    func chosen() -> Int? {
        let failing = failures
        let sum = failing.reduce(0) { $0 + weights[$1] }
        guard sum > 0 else { return nil }
        var left = dice.below(sum)
        for index in failing {
            left -= weights[index]
            if left < 0 { return index }
        }
        return failing.last
    }

    func place(_ index: Int) -> Place? { dice.one(of: open[index]) }

    /// A row of that table, rather one that holds, or refers to one that holds, some of the values.
    func slot(_ table: Int, _ values: [SQLValue]) -> Int? {
        let all = byTable[table]
        guard !all.isEmpty else { return nil }
        if !values.isEmpty, dice.share() < 0.75, let one = holding(table, values) { return one }
        return all[dice.below(all.count)]
    }

    private func holding(_ table: Int, _ values: [SQLValue]) -> Int? {
        guard let cells else {
            let all = byTable[table]
            var fitting: [Int] = []
            let first = dice.below(all.count)
            for step in 0..<min(all.count, 400) {
                let slot = all[(first + step) % all.count]
                if holds(slot, values) { fitting.append(slot) }
                if fitting.count >= 6 { break }
            }
            return dice.one(of: fitting)
        }
        for _ in 0..<3 {
            guard let value = dice.one(of: values), !value.isNull, let cell = cells.pool.cell(value) else { continue }
            let foreign = schema.tables[table].foreign
            if foreign.isEmpty || dice.share() < 0.7 {
                if let one = having(cell, table, cells) { return one }
            }
            guard let key = dice.one(of: foreign), key.columns.count == 1, let (parent, columns) = schema.target(key),
                let other = having(cell, parent, cells)
            else { continue }
            let target = cells.tables[parent].columns[columns[0]].cells[other]
            if let one = found(target, cells.tables[table].columns[key.columns[0]]) { return one }
        }
        return nil
    }

    /// A row of that table with the value in one of its columns.
    private func having(_ cell: Cell, _ table: Int, _ cells: PlanTables) -> Int? {
        let columns = cells.tables[table].columns
        let first = dice.below(columns.count)
        for step in columns.indices {
            if let one = found(cell, columns[(first + step) % columns.count]) { return one }
        }
        return nil
    }

    private func found(_ cell: Cell, _ column: PlanColumn) -> Int? {
        var fitting: [Int] = []
        var slot = column.first(cell)
        while slot >= 0, fitting.count < 64 {
            if column.cells[Int(slot)].equals(cell) { fitting.append(Int(slot)) }
            slot = column.next(slot)
        }
        return dice.one(of: fitting)
    }

    /// The rows of a table with those values in those columns.
    func slots(_ table: Int, _ columns: [Int], _ values: [SQLValue?]) -> [Int] {
        guard let cells, let value = values.first ?? nil, let cell = cells.pool.cell(value) else {
            return byTable[table].filter { slot in columns.map { rows[slot]?.values[$0] ?? nil } == values }
        }
        let column = cells.tables[table].columns[columns[0]]
        var found: [Int] = []
        var slot = column.first(cell)
        while slot >= 0 {
            if let row = rows[Int(slot)], zip(columns, values).allSatisfy({ row.values[$0] == $1 }) {
                found.append(Int(slot))
            }
            slot = column.next(slot)
        }
        return found
    }

    /// Whether a row has that value in that column.
    func isThere(_ place: Place, _ value: SQLValue) -> Bool { !slots(place.table, [place.column], [value]).isEmpty }

    private func holds(_ slot: Int, _ values: [SQLValue]) -> Bool {
        guard let row = rows[slot] else { return false }
        func has(_ row: FixtureRow) -> Bool {
            row.values.contains { $0.map { !$0.isNull && values.contains($0) } ?? false }
        }
        if has(row) { return true }
        for key in schema.tables[row.table].foreign {
            if let other = referred(key, row), let parent = rows[other], has(parent) { return true }
        }
        return false
    }

    /// What may stand in a column.
    func value(_ place: Place, _ index: Int, _ wanted: [SQLValue]) -> SQLValue? {
        let table = schema.tables[place.table]
        let column = table.columns[place.column]
        if let key = table.foreign.first(where: { $0.columns == [place.column] }),
            let (parent, columns) = schema.target(key)
        {
            if !column.isNotNull, !table.primary.contains(place.column), dice.share() < 0.1 { return .null }
            // One that is not there comes with the reference.
            if dice.share() < 0.06 { return newKey(Place(table: parent, column: columns[0]), index, wanted, []) }
            return slot(parent, wanted).flatMap { rows[$0]?.values[columns[0]] }
        }
        if let key = wide(place), let (parent, columns) = schema.target(key),
            let part = key.columns.firstIndex(of: place.column)
        {
            if !column.isNotNull, dice.share() < 0.1 { return .null }
            return slot(parent, wanted).flatMap { rows[$0]?.values[columns[part]] }
        }
        if !column.isNotNull, !table.primary.contains(place.column), dice.share() < 0.1 { return .null }
        if let few = Self.fewValues(column), dice.share() < 0.3, let one = dice.one(of: few) { return one.loosened }
        let seen = shown[place] ?? []
        if !wanted.isEmpty, dice.share() < 0.5,
            let fitting = dice.one(of: wanted.filter { seen.contains($0) || fits($0, column.kind) })
        {
            return fitting
        }
        if dice.share() < 0.25, let value = dice.one(of: literals[index].filter { fits($0, column.kind) }) {
            return dice.share() < 0.5 ? beside(value, column.kind) : value
        }
        let named = facts.constants[place] ?? []
        switch dice.share() {
        case ..<0.35: if let value = dice.one(of: seen) { return value }
        case ..<0.6:
            if let value = dice.one(of: named + (facts.compared[place] ?? [])), !value.isNull {
                return dice.below(3) < 2 ? beside(value, column.kind) : value
            }
        default: break
        }
        let there = dice.one(of: byTable[place.table]).flatMap { rows[$0]?.values[place.column] }
        guard let there, !there.isNull else { return dice.share() < 0.7 ? invented(column, index) : there }
        guard dice.share() < 0.35 else { return there }
        // Beside one that is there, or like none.
        return dice.below(3) < 2
            ? beside(there, column.kind) : Values.numbered(column, Int64(dice.below(100_000)), dialect).loosened
    }

    /// All that a column can hold, where that is a handful.
    private static func fewValues(_ column: SchemaColumn) -> [SQLValue]? {
        if case .label(let labels) = column.kind { return labels.map(SQLValue.text) }
        return column.domain?.values
    }

    /// A value near that one. Mostly the next; but where many different ones are asked for, on the same side of a bound, they
    /// have to be drawn.
    private func beside(_ value: SQLValue, _ kind: ColumnKind) -> SQLValue {
        let up = dice.share() < 0.5
        guard dice.share() < 0.5 else { return Values.stepped(value, kind, up: up) }
        let stride = dice.below(dice.share() < 0.5 ? 12 : 400) + 1
        switch value {
        case .int(let number): return .int(up ? number &+ Int64(stride) : number &- Int64(stride))
        case .real(let number): return .real(up ? number + Double(stride) : number - Double(stride))
        case .text(let text)
        where (kind == .timestamp || kind == .timestampZone) && text.utf8.count >= 19 && dice.share() < 0.4:
            // The same day at another time.
            let second = dice.below(86_400)
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
            let clock = [second / 3600, second / 60 % 60, second % 60].map(two).joined(separator: ":")
            return .text(text.prefix(11) + clock + text.dropFirst(19))
        case .text(let text) where [.date, .timestamp, .timestampZone].contains(kind):
            return Days.shifted(text, by: up ? stride : -stride).map(SQLValue.text)
                ?? Values.stepped(value, kind, up: up)
        case .text(let text) where text.utf8.count < 60 && kind == .text && up:
            return .text(text + String(stride, radix: 36))
        default: return Values.stepped(value, kind, up: up)
        }
    }

    /// A value that nothing tells of.
    private func invented(_ column: SchemaColumn, _ index: Int) -> SQLValue? {
        if let domain = column.domain {
            if let one = dice.one(of: domain.candidates()) { return one }
        }
        // Next to what the statement compares with, or anywhere.
        if dice.share() < 0.5, let near = dice.one(of: literals[index].filter { fits($0, column.kind) }) {
            return Values.stepped(near, column.kind, up: dice.share() < 0.5)
        }
        return Values.numbered(column, Int64(dice.below(1000)), dialect).loosened
    }

    func fits(_ value: SQLValue, _ kind: ColumnKind) -> Bool {
        if dialect == .postgres {
            switch (value, kind) {
            case (.int, .decimal), (.real, .decimal): return true
            case (.int(let number), .boolean): return number == 0 || number == 1
            default: break
            }
        }
        return Self.fits(value, kind)
    }

    static func fits(_ value: SQLValue, _ kind: ColumnKind) -> Bool {
        switch (value, kind) {
        case (.int, .integer), (.real, .real), (.number, .decimal), (.int, .real), (.text, .text), (.bool, .boolean),
            (_, .any):
            true
        case (.text(let text), .date): text.utf8.count == 10 && text.utf8.first.map { $0 < 0x3A } ?? false
        default: false
        }
    }

    func changed(_ slot: Int, _ column: Int, _ value: SQLValue?) -> RowEdit? {
        guard let old = rows[slot], let value, let before = old.values[column], before != value,
            schema.tables[old.table].columns[column].domain?.allows(value) ?? true
        else { return nil }
        var new = old
        new.values[column] = value
        if let key = wide(Place(table: old.table, column: column)), !value.isNull, !refer(&new, key, by: column) {
            return nil
        }
        guard schema.tables[old.table].failing(new.values, dialect).isEmpty else { return nil }
        let edit = RowEdit(slot: slot, old: old, new: new)
        return isCircular(edit, column) ? nil : edit
    }

    /// The reference of several columns that a column is a part of.
    private func wide(_ place: Place) -> ForeignKey? {
        schema.tables[place.table].foreign.first { $0.columns.count > 1 && $0.columns.contains(place.column) }
    }

    /// Makes a reference of several columns go to a row that is there: one with what stands in `column`, if that is given; false
    /// where there is none.
    func refer(_ row: inout FixtureRow, _ key: ForeignKey, by column: Int? = nil) -> Bool {
        guard let (parent, columns) = schema.target(key) else { return false }
        let own = key.columns.map { row.values[$0] }
        if own.contains(where: { $0?.isNull ?? true }) { return true }
        var fitting: [Int] = []
        for slot in byTable[parent] {
            guard let other = rows[slot] else { continue }
            let target = columns.map { other.values[$0] }
            if target == own { return true }
            let part = column.flatMap(key.columns.firstIndex)
            if part.map({ target[$0] == own[$0] }) ?? true { fitting.append(slot) }
        }
        guard let other = dice.one(of: fitting).flatMap({ rows[$0] }) else { return false }
        for (column, target) in zip(key.columns, columns) { row.values[column] = other.values[target] }
        return true
    }

    /// A row that would come to lie below itself.
    func isCircular(_ edit: RowEdit, _ column: Int) -> Bool {
        guard let row = edit.new,
            let key = schema.tables[row.table].foreign.first(where: { $0.columns == [column] }),
            let (parent, columns) = schema.target(key), parent == row.table, let own = row.values[columns[0]]
        else { return false }
        var next = row.values[column]
        // The first row of a table refers to none as well.
        for _ in 0..<byTable[parent].count + 1 {
            guard let value = next, !value.isNull else { return false }
            if value == own { return true }
            next = keyed[Place(table: parent, column: columns[0])]?[value].flatMap { rows[$0]?.values[column] }
        }
        return true
    }
}
