/// Rows get values of which the statement makes what it should show.
extension StateWalk {
    /// Gives the row what the answer says of it by expressions; false where no value is known for that.
    func compute(_ row: inout FixtureRow, _ index: Int, _ answer: [SQLValue]) -> Bool {
        for one in computed[index] where one.place.table == row.table && isFree(one.place) {
            guard let now = row.values[one.place.column] else { continue }
            if one.suits(now, answer) { continue }
            if one.isKey {
                guard let fresh = one.fresh(for: answer, dice.below(100_000)) else { return false }
                row.values[one.place.column] = fresh
                continue
            }
            let fitting = one.values(for: answer) { candidates(one.place, index) }
            guard let value = dice.one(of: fitting) else { return false }
            row.values[one.place.column] = value
        }
        return true
    }

    /// The same for a row that may as well be another.
    func computeMostly(_ row: inout FixtureRow, _ index: Int, _ answer: [SQLValue]) {
        guard !computed[index].isEmpty, answer.count == items[index].count, dice.share() < 0.7 else { return }
        _ = compute(&row, index, answer)
    }

    /// Rows of which an answer may be made, as far as expressions over their columns tell.
    func computing(_ slots: [Int], _ index: Int, _ table: Int, _ answer: [SQLValue]) -> [Int] {
        let own = computed[index].filter { $0.place.table == table && !$0.items.isEmpty }
        if own.isEmpty { return slots }
        return slots.filter { slot in
            own.allSatisfy { one in
                rows[slot]?.values[one.place.column].map { one.suits($0, answer) } ?? false
            }
        }
    }

    /// Whether expressions over columns of that table are shown.
    func isComputed(_ index: Int, _ table: Int) -> Bool {
        computed[index].contains { $0.place.table == table && !$0.items.isEmpty && isFree($0.place) }
    }

    /// Values that might stand in a column: those known, those beside what statements compare with, and a few thousand more.
    private func candidates(_ place: Place, _ index: Int) -> [SQLValue] {
        let column = schema.tables[place.table].columns[place.column]
        let there = byTable[place.table].compactMap { rows[$0]?.values[place.column] }
        var list = (shown[place] ?? []) + (facts.constants[place] ?? []) + there.prefix(500) + literals[index]
        if !column.isNotNull { list.append(.null) }
        switch column.kind {
        case .integer, .real, .decimal:
            let known = list.filter { $0.double != nil }.prefix(300)
            for value in known {
                list.append(Values.stepped(value, column.kind, up: true))
                list.append(Values.stepped(value, column.kind, up: false))
            }
            for item in Set(computed[index].filter { $0.place == place }.flatMap(\.items)) {
                // Classes are mostly divisions.
                for row in (statements[index].recorded.rows ?? []).prefix(200) {
                    guard item < row.count, let number = row[item].double, abs(number) < 1e9 else { continue }
                    for scale in [1.0, 10, 60, 100, 1000, 3600] {
                        list.append(Self.plain(number * scale, column.kind))
                        list.append(Self.plain((number + 0.5) * scale, column.kind))
                    }
                }
            }
            list += (0...400).map { Self.plain(Double($0), column.kind) }
        default:
            let moments = list.compactMap { value -> String? in
                guard case .text(let text) = value, Days.number(text) != nil else { return nil }
                return text
            }
            if let first = moments.first ?? (column.kind == .date ? "2000-01-01" : nil) {
                list += dates(like: first, moments, index).map(SQLValue.text)
            } else {
                list += "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".map { .text(String($0)) }
            }
        }
        var seen: Set<SQLValue> = []
        return list.filter { value in
            guard seen.insert(value).inserted, column.domain?.allows(value) ?? true else { return false }
            if value.isNull { return !column.isNotNull }
            return fits(value, column.kind) || there.first.map { Self.isAlike($0, value) } ?? false
        }
    }

    private static func isAlike(_ one: SQLValue, _ other: SQLValue) -> Bool {
        switch (one, other) {
        case (.int, .int), (.real, .real), (.int, .real), (.real, .int), (.text, .text), (.number, .number): true
        default: false
        }
    }

    private static func plain(_ number: Double, _ kind: ColumnKind) -> SQLValue {
        kind == .real ? .real(number) : number.rounded() == number ? .int(Int64(number)) : .real(number)
    }

    /// Days of all the years that are spoken of, and hours of some.
    private func dates(like text: String, _ known: [String], _ index: Int) -> [String] {
        var years: Set<Int> = Set(known.compactMap { Int($0.prefix(4)) })
        let named = (statements[index].recorded.rows ?? []).prefix(200).joined() + literals[index]
        for value in named {
            switch value {
            case .int(let number) where (1900...2100).contains(number): years.insert(Int(number))
            case .text(let text):
                if let year = Int(text.prefix(4)), (1900...2100).contains(year) { years.insert(year) }
            default: break
            }
        }
        let rest = String(text.dropFirst(10))
        var list: [String] = []
        for year in years.sorted().prefix(24) {
            for month in 1...12 {
                for day in stride(from: 1, through: 28, by: years.count > 8 ? 3 : 1) {
                    list.append("\(Days.padded(year, 4))-\(Days.padded(month, 2))-\(Days.padded(day, 2))\(rest)")
                }
            }
        }
        guard rest.utf8.count >= 6 else { return list }
        for moment in known.prefix(40) {
            for hour in 0..<24 { list.append("\(moment.prefix(11))\(Days.padded(hour, 2))\(moment.dropFirst(13))") }
        }
        return list
    }
}
