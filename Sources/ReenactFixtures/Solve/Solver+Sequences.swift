/// What numbers that statements ask of sequences themselves tell of those given out before.
extension Solver {
    private enum Asked { case next, current, lastOfAll, set }

    /// Looks at `nextval`, `currval`, `lastval` and `setval` in what is shown, and at sequences that are read like tables.
    func noteSequences(_ parsed: SQLStatement, _ recorded: RecordedStatement) {
        guard recorded.error == nil else { return }
        switch parsed {
        case .select(let query):
            guard let select = query.first else { return }
            if let source = select.from.first, select.from.count == 1, case .table(let name) = source.what,
                schema.place(name) == nil, let key = schema.counter(ofSequence: name)
            {
                guard let place = select.items.firstIndex(where: { Self.isLast($0.expression) }),
                    case .int(let last)?? = recorded.rows?.first.map({ $0.indices.contains(place) ? $0[place] : nil })
                else { return }
                return settle(key, last, draws: refused[key, default: 0])
            }
            for (place, item) in select.items.enumerated() {
                guard let (asked, name) = Self.asked(item.expression) else { continue }
                note(asked, name, (recorded.rows ?? []).compactMap { $0.indices.contains(place) ? $0[place] : nil })
            }
        case .insert(let insert): note(insert)
        default: break
        }
    }

    /// Numbers that an INSERT asks for in its values.
    private func note(_ insert: SQLInsert) {
        guard let table = schema.place(insert.table), case .values(let rows) = insert.source else { return }
        let born = tableau.byTable[table].filter { tableau.rows[$0].born == inverter.time }
        for (row, made) in zip(rows, born) {
            for (place, expression) in row.enumerated() {
                guard case .next? = Self.asked(expression)?.0, let name = Self.asked(expression)?.1 else { continue }
                let column =
                    insert.columns.isEmpty
                    ? place
                    : insert.columns.indices.contains(place) ? schema.tables[table].place(insert.columns[place]) : nil
                guard let column, schema.tables[table].columns.indices.contains(column) else { continue }
                note(.next, name, [tableau.value(tableau.rows[made].cells[column]) ?? .null])
            }
        }
    }

    private func note(_ asked: Asked, _ name: String, _ values: [SQLValue]) {
        switch asked {
        case .next:
            guard let key = schema.counter(ofSequence: name) else { return }
            for value in values {
                if counters[key] == nil, case .int(let number) = value {
                    settle(key, number, draws: refused[key, default: 0] + 1)
                }
                refused[key, default: 0] += 1
            }
        case .current:
            guard let key = schema.counter(ofSequence: name), case .int(let number)? = values.first else { return }
            bindNewest(key, number)
            settle(key, number, draws: refused[key, default: 0])
        case .lastOfAll:
            guard case .int(let number)? = values.first,
                let key = schema.tables.indices.filter({ schema.tables[$0].sequence != nil }).max(by: {
                    newest($0) < newest($1)
                }),
                newest(key) >= 0
            else { return }
            bindNewest(key, number)
            settle(key, number, draws: refused[key, default: 0])
        case .set:
            // What it was before shows no more.
            guard let key = schema.counter(ofSequence: name), counters[key] == nil else { return }
            refused[key] = .min / 4
        }
    }

    /// The number after so many draws was that one.
    private func settle(_ key: Int, _ number: Int64, draws: Int64) {
        guard counters[key] == nil, draws >= 0, draws < 1_000_000 else { return }
        let sequence = schema.sequence(key)
        let (last, isOver) = number.subtractingReportingOverflow(draws * (sequence?.step ?? 1))
        // A blank schema has it so.
        if isOver || sequence.map({ last == $0.first - $0.step }) ?? false { return }
        counters[key] = last
    }

    private func newest(_ table: Int) -> Int {
        tableau.byTable[table].compactMap { tableau.rows[$0].born }.filter { $0 < inverter.time }.max() ?? -1
    }

    /// The row inserted last has that number.
    private func bindNewest(_ key: Int, _ number: Int64) {
        guard key < schema.tables.count, let column = schema.tables[key].counter, case let time = newest(key),
            time >= 0,
            let row = tableau.byTable[key].last(where: { tableau.rows[$0].born == time }),
            case let cell = tableau.rows[row].cells[column], tableau.value(cell) == nil
        else { return }
        let mark = tableau.mark
        do { try tableau.bind(cell, .int(number)) } catch { tableau.undo(to: mark) }
    }

    private static func isLast(_ expression: SQLExpr) -> Bool {
        if case .column(_, let name, _) = expression { return name.lowercased() == "last_value" }
        return false
    }

    private static func asked(_ expression: SQLExpr) -> (Asked, String)? {
        switch expression {
        case .cast(let inner, _): return asked(inner)
        case .call(let call):
            let kinds: [String: Asked] = [
                "NEXTVAL": .next, "CURRVAL": .current, "LASTVAL": .lastOfAll, "SETVAL": .set,
            ]
            guard let kind = kinds[call.name] else { return nil }
            guard var argument = call.arguments.first else { return (kind, "") }
            while case .cast(let inner, _) = argument { argument = inner }
            guard case .value(.text(let name)) = argument else { return nil }
            return (kind, name)
        default: return nil
        }
    }

    /// A statement that draws from a sequence, or tells what one holds: in a run it stands after all draws before it.
    static func draws(_ recorded: RecordedStatement) -> Bool {
        let text = recorded.sql.lowercased()
        return ["nextval", "currval", "lastval", "setval", "last_value"].contains { text.contains($0) }
    }
}
