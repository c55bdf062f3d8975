/// What window functions returned, turned back into partitions and values.
extension Solver {
    func windows(_ query: SQLQuery, _ rows: [[SQLValue]]) throws(Conflict) {
        guard let select = query.first else { return }
        let looking = looking()
        var scopes = looking.combinations(select, []) ?? []
        var pairs: [(scope: Scope, row: [SQLValue])] = []
        for row in rows {
            let place = scopes.firstIndex { scope in
                zip(select.items, row).allSatisfy { item, wanted in
                    item.expression.hasWindow
                        || looking.value(looking.term(item.expression, [scope]))?.matches(wanted) ?? false
                }
            }
            if let place { pairs.append((scopes.remove(at: place), row)) }
        }
        tableau.overrides = true
        tableau.isSoft = true
        defer { tableau.isSoft = false }
        for (place, item) in select.items.enumerated() {
            guard case .call(let call) = item.expression, let window = call.window else { continue }
            let seen = sorted(pairs.map { ($0.scope, $0.row[place]) }, window, looking)
            var parts: [[(Scope, SQLValue)]] = []
            switch (call.name, window.order.isEmpty) {
            case ("ROW_NUMBER", _): parts = Self.numbered(seen)
            case ("COUNT", true): parts = Self.counted(seen)
            case (_, true):
                parts = Dictionary(grouping: seen) { $0.1 }.sorted { $0.key.sorts(before: $1.key) }.map(\.value)
            case ("SUM", false): try running(call, seen)
            default: break
            }
            for part in parts { try gather(part.map(\.0), window.partition) }
        }
    }

    private func sorted(_ rows: [(Scope, SQLValue)], _ window: SQLWindow, _ looking: Evaluator) -> [(Scope, SQLValue)] {
        rows.enumerated().sorted { left, right in
            for order in window.order {
                let a = looking.value(looking.term(order.expression, [left.element.0])) ?? .null
                let b = looking.value(looking.term(order.expression, [right.element.0])) ?? .null
                if a.sorts(before: b) { return !order.isDescending }
                if b.sorts(before: a) { return order.isDescending }
            }
            return left.offset < right.offset
        }.map(\.element)
    }

    /// Each partition counts from one.
    private static func numbered(_ rows: [(Scope, SQLValue)]) -> [[(Scope, SQLValue)]] {
        var parts: [[(Scope, SQLValue)]] = []
        for row in rows {
            guard case .int(let number) = row.1 else { continue }
            if let place = parts.firstIndex(where: { $0.count == Int(clamping: number) - 1 }), number > 1 {
                parts[place].append(row)
            } else {
                parts.append([row])
            }
        }
        return parts
    }

    /// As many rows as each of them says.
    private static func counted(_ rows: [(Scope, SQLValue)]) -> [[(Scope, SQLValue)]] {
        var parts: [[(Scope, SQLValue)]] = []
        for (value, rows) in Dictionary(grouping: rows, by: { $0.1 }).sorted(by: { $0.key.sorts(before: $1.key) }) {
            guard case .int(let count) = value, count > 0 else { continue }
            for start in stride(from: 0, to: rows.count, by: Int(clamping: count)) {
                parts.append(Array(rows[start..<min(rows.count, start + Int(clamping: count))]))
            }
        }
        return parts
    }

    /// A running sum, as one partition: its steps.
    private func running(_ call: SQLCall, _ rows: [(Scope, SQLValue)]) throws(Conflict) {
        guard let argument = call.arguments.first else { return }
        var before = SQLValue.int(0)
        for (scope, value) in rows where !value.isNull {
            if let step = Factors.right("+", value, before, nil) {
                try inverter.assign(argument, .value(step), [scope])
            }
            before = value
        }
    }

    /// One value for the partition, its own.
    private func gather(_ scopes: [Scope], _ partition: [SQLExpr]) throws(Conflict) {
        for expression in partition {
            let cells = scopes.compactMap { scope -> Int? in
                if case .variable(let cell) = inverter.evaluator.term(expression, [scope]) { cell } else { nil }
            }
            guard let first = cells.first else { continue }
            let settled = cells.first { tableau.value($0) != nil && !tableau.variables[tableau.root($0)].isSoft }
            let variable = tableau.variables[tableau.root(first)]
            guard
                let value = settled.flatMap(tableau.value)
                    ?? inverter.freshValue(Place(table: variable.table, column: variable.column))
            else { continue }
            for cell in cells { try tableau.bind(cell, value) }
        }
    }
}
