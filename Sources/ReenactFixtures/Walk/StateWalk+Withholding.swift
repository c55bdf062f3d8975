/// Rows that a statement must not see: one comes that NOT IN or NOT EXISTS finds.
extension StateWalk {
    /// Tables of one statement: rows of `child` that refer to one of `parent` keep it out of the answer.
    struct Withheld: Hashable {
        var parent: Int
        var child: Int
        var key: Int
    }

    static func withheld(
        _ statement: ReadyStatement, _ tables: [Int], _ schema: Schema, _ dialect: SQLDialect
    )
        -> [Withheld]
    {
        let tokens = SQLLexer.tokens(statement.recorded.sql, dialect)
        let pairs = Set(zip(tokens, tokens.dropFirst()).map { "\($0.upper) \($1.upper)" })
        let isOuter = tokens.contains { $0.upper == "LEFT" } && pairs.contains("IS NULL")
        guard
            isOuter || pairs.contains("NOT IN") || pairs.contains("NOT EXISTS")
                || tokens.contains(where: { $0.upper == "EXCEPT" })
        else { return [] }
        return tables.flatMap { child in
            schema.tables[child].foreign.enumerated().compactMap { number, key in
                guard let (parent, _) = schema.target(key), tables.contains(parent) else { return nil }
                return Withheld(parent: parent, child: child, key: number)
            }
        }
    }

    /// Rows that should not have come, one or all, get what keeps them out.
    func excluded(_ index: Int, _ wrong: [SQLValue]) -> [RowEdit]? {
        guard let way = dice.one(of: withheld[index]), let plan = plans[index] else { return nil }
        let wrongs = dice.share() < 0.5 ? [wrong] : Array((mismatch(index)?.extra ?? []).prefix(40))
        var edits: [RowEdit] = []
        var seen: Set<Int> = []
        for wrong in wrongs {
            let those = plan.behind(wrong, &dice, all: true).filter { $0.table == way.parent }
            guard let one = dice.one(of: those)?.slot, seen.insert(one).inserted, let row = rows[one] else { continue }
            guard let child = child(way, of: row, index, edits) else { continue }
            edits.append(RowEdit(slot: rows.count + edits.count, old: nil, new: child))
        }
        return edits
    }

    /// New rows with what keeps them out of statements that would show them.
    func withholding(_ edits: [RowEdit], _ index: Int) -> [RowEdit] {
        var edits = edits
        let tables = Set(edits.compactMap { $0.old == nil ? $0.new?.table : nil })
        let ways = withheld.indices.filter { $0 != index }.flatMap { withheld[$0] }
            .filter { tables.contains($0.parent) }
        guard let way = dice.one(of: ways) else { return edits }
        for edit in edits where edit.old == nil {
            guard let row = edit.new, row.table == way.parent, let child = child(way, of: row, index, edits) else {
                continue
            }
            let next = rows.count + edits.filter { $0.old == nil }.count
            edits.append(RowEdit(slot: next, old: nil, new: child))
        }
        return edits
    }

    /// A row that refers to that one; what else it refers to is there, or is made before the step is judged.
    private func child(_ way: Withheld, of row: FixtureRow, _ index: Int, _ before: [RowEdit]) -> FixtureRow? {
        let definition = schema.tables[way.child]
        let key = definition.foreign[way.key]
        guard let (_, columns) = schema.target(key) else { return nil }
        let earlier = before.last { $0.old == nil && $0.new?.table == way.child }?.new
        guard var made = earlier ?? dice.one(of: byTable[way.child]).flatMap({ rows[$0] }) ?? sketched(way.child)
        else { return nil }
        for (column, target) in zip(key.columns, columns) { made.values[column] = row.values[target] }
        for unique in definition.keys {
            let others = unique.filter { !key.columns.contains($0) }
            if others.isEmpty {
                if isTaken(unique, made, before) { return nil }
            } else if unique.count == 1, !definition.foreign.contains(where: { $0.columns == unique }) {
                let place = Place(table: way.child, column: unique[0])
                guard let fresh = newKey(place, index, [], before) else { return nil }
                made.values[unique[0]] = fresh
            } else if isTaken(unique, made, before), !vary(&made, unique, others, index, before) {
                return nil
            }
        }
        return isPossible(made) ? made : nil
    }

    /// Another row has that key, or gets it in the same step.
    private func isTaken(_ key: [Int], _ row: FixtureRow, _ before: [RowEdit]) -> Bool {
        let own = key.map { row.values[$0] }
        if own.contains(where: { $0?.isNull ?? true }) { return false }
        return !slots(row.table, key, own).isEmpty
            || before.contains { edit in
                edit.new.map { new in new.table == row.table && key.map { new.values[$0] } == own } ?? false
            }
    }

    /// Makes a key of several columns another by one of those, or by NULL, which is like no other.
    private func vary(
        _ row: inout FixtureRow, _ key: [Int], _ among: [Int], _ index: Int, _ before: [RowEdit]
    ) -> Bool {
        let table = schema.tables[row.table]
        if let open = among.first(where: { !table.columns[$0].isNotNull && !table.primary.contains($0) }) {
            row.values[open] = .null
            return true
        }
        for _ in 0..<8 {
            guard let column = dice.one(of: among),
                let made = value(Place(table: row.table, column: column), index, [])
            else { continue }
            row.values[column] = made
            if !isTaken(key, row, before) { return true }
        }
        return false
    }

    /// The first row of a table; what it refers to need not be there yet.
    private func sketched(_ table: Int) -> FixtureRow? {
        if let row = first(of: table) { return row }
        let definition = schema.tables[table]
        let values = definition.columns.enumerated().map { number, column -> SQLValue? in
            if !column.isNotNull, !definition.isInKey(number) { return .null }
            let place = Place(table: table, column: number)
            if let seen = dice.one(of: shown[place] ?? facts.constants[place] ?? []) { return seen }
            return column.domain.flatMap { dice.one(of: $0.candidates()) }
                ?? Values.numbered(column, Int64(dice.below(1000)), dialect).loosened
        }
        return FixtureRow(table: table, values: values)
    }
}
