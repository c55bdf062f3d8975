/// What stands in many rows and is in the way as long as it stands in one: where NOT IN meets a NULL it finds nothing, and what
/// EXCEPT, INTERSECT or DISTINCT show is shown until its last row is gone. One row less brings nothing nearer.
extension StateWalk {
    /// More rows than that are not swept at once.
    private static var mostSwept: Int { 3000 }

    /// Statements for which one value makes a difference, however often it stands there.
    static func looksThrough(_ statement: ReadyStatement, _ dialect: SQLDialect) -> Bool {
        let tokens = SQLLexer.tokens(statement.recorded.sql, dialect)
        return tokens.contains { ["EXCEPT", "INTERSECT", "UNION", "DISTINCT"].contains($0.upper) }
            || zip(tokens, tokens.dropFirst()).contains { $0.upper == "NOT" && $1.upper == "IN" }
    }

    /// All rows of a table that hold the value in the way get others; nil where there is none, or too many hold it.
    func swept(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let (place, value) = inTheWay(index, wrong, right) else { return nil }
        var places = [place]
        // What several columns are looked through for together is to go from each.
        if value.isNull, dice.share() < 0.5 {
            places += sweepable(index).filter { $0 != place && $0.table == place.table }
        }
        let others = places.map { homes($0, value, index) }
        if others[0].isEmpty { return nil }
        var edits: [RowEdit] = []
        for slot in byTable[place.table] {
            guard let old = rows[slot] else { continue }
            var new = old
            for (place, those) in zip(places, others) where old.values[place.column] == value {
                if let other = dice.one(of: those) { new.values[place.column] = other }
            }
            if new == old { continue }
            edits.append(RowEdit(slot: slot, old: old, new: new))
            if edits.count > Self.mostSwept { return nil }
        }
        return edits
    }

    /// A column, and what should stand nowhere in it.
    private func inTheWay(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> (Place, SQLValue)? {
        var found: [(Place, SQLValue)] = []
        if wrong.count == items[index].count {
            for (place, value) in zip(items[index], wrong) {
                guard let place, isSweepable(place), value.isNull || looksThrough[index] else { continue }
                found.append((place, value))
            }
        }
        if !right.isEmpty || found.isEmpty, looksThrough[index] {
            for place in sweepable(index) where byTable[place.table].contains(where: { isNull($0, place.column) }) {
                found.append((place, .null))
            }
        }
        return dice.one(of: found)
    }

    private func isNull(_ slot: Int, _ column: Int) -> Bool { rows[slot]?.values[column]?.isNull ?? false }

    private func sweepable(_ index: Int) -> [Place] {
        open[index].filter { isSweepable($0) && !filled[$0.table].contains($0.column) }
    }

    /// Nothing but its value changes with the column.
    private func isSweepable(_ place: Place) -> Bool {
        let table = schema.tables[place.table]
        return isFree(place) && !table.isInKey(place.column)
            && !table.foreign.contains {
                $0.columns.contains(place.column) && ($0.columns.count > 1 || schema.place($0.parent) == place.table)
            }
    }

    /// What may stand there instead: one value for all, a few, or any.
    private func homes(_ place: Place, _ value: SQLValue, _ index: Int) -> [SQLValue] {
        let table = schema.tables[place.table]
        var all: [SQLValue] = []
        func see(_ other: Place, _ slots: [Int]) {
            var seen: Set<SQLValue> = [value]
            for slot in slots {
                guard let one = rows[slot]?.values[other.column], !one.isNull, seen.insert(one).inserted else {
                    continue
                }
                all.append(one)
            }
        }
        if let key = table.foreign.first(where: { $0.columns == [place.column] }),
            let (parent, columns) = schema.target(key)
        {
            see(Place(table: parent, column: columns[0]), byTable[parent].filter { !isLacking($0, parent, index) })
        } else {
            let kind = table.columns[place.column].kind
            let alike = columns[index].filter {
                $0.table != place.table && schema.tables[$0.table].columns[$0.column].kind == kind
            }
            let other = dice.one(of: alike.sorted { ($0.table, $0.column) < ($1.table, $1.column) })
            let from = dice.share() < 0.5 ? other ?? place : place
            see(from, byTable[from.table])
            let column = table.columns[place.column]
            if all.isEmpty || dice.share() < 0.1 {
                all = [Values.numbered(column, Int64(dice.below(100_000)), dialect).loosened]
            }
            if let domain = column.domain { all = all.filter(domain.allows) }
        }
        let count = dice.share() < 0.5 ? 1 : dice.share() < 0.4 ? dice.below(4) + 2 : all.count
        if count >= all.count { return all }
        return (0..<count).compactMap { _ in dice.one(of: all) }
    }

    /// The row is one that should come: what refers to it would keep it out.
    private func isLacking(_ slot: Int, _ table: Int, _ index: Int) -> Bool {
        guard let missing = mismatch(index)?.missing, let row = rows[slot] else { return false }
        let own = items[index].enumerated().filter { $0.element?.table == table }
        if own.isEmpty { return false }
        return missing.contains { answer in
            answer.count == items[index].count
                && own.allSatisfy { item, place in place.map { row.values[$0.column] == answer[item] } ?? false }
        }
    }
}
