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
            guard case .call(let call) = item.expression, let window = call.window,
                window.frame.map({ $0.start == nil && $0.end == 0 }) ?? true
            else { continue }
            let seen = sorted(pairs.map { ($0.scope, $0.row[place]) }, window, looking)
            var parts: [[(Scope, SQLValue)]] = []
            switch (call.name, window.order.isEmpty) {
            case ("ROW_NUMBER", _): parts = Self.numbered(seen)
            case ("COUNT", true): parts = Self.counted(seen)
            case (_, true):
                parts = Dictionary(grouping: seen) { $0.1 }.sorted { $0.key.sorts(before: $1.key) }.map(\.value)
            case ("SUM", false), ("TOTAL", false), ("COUNT", false):
                if let chains = chains(call, seen, looking) {
                    try line(chains, window)
                    parts = chains
                } else if call.name != "COUNT" {
                    try running(call, seen)
                }
            case ("FIRST_VALUE", false):
                parts = Dictionary(grouping: seen) { $0.1 }.sorted { $0.key.sorts(before: $1.key) }.map { value, rows in
                    // The row that they all name comes first.
                    let first = call.arguments.first.flatMap { argument in
                        rows.firstIndex { looking.value(looking.term(argument, [$0.0]))?.matches(value) ?? false }
                    }
                    guard let first else { return rows }
                    return [rows[first]] + rows[..<first] + rows[(first + 1)...]
                }
                try line(parts, window)
            default: break
            }
            var used: [Place: Set<SQLValue>] = [:]
            for part in parts { try gather(part.map(\.0), window.partition, &used) }
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

    /// The partitions of a running total whose steps are known: each row goes on where another left off; nil where the steps
    /// are not known, or do not fit.
    private func chains(
        _ call: SQLCall, _ rows: [(Scope, SQLValue)], _ looking: Evaluator
    ) -> [[(Scope, SQLValue)]]? {
        var steps: [Double] = []
        for (scope, _) in rows {
            if call.name == "COUNT" {
                steps.append(1)
                continue
            }
            guard let argument = call.arguments.first,
                let step = tableau.value(looking.term(argument, [scope]))?.looseDouble
            else { return nil }
            steps.append(step)
        }
        var left = Array(rows.indices)
        var chains: [[Int]] = []
        func total(_ row: Int) -> Double { rows[row].1.looseDouble ?? 0 }
        while !left.isEmpty {
            // A row that goes on from the end of a chain, else one that begins anew.
            let next = left.firstIndex { row in
                chains.contains { near(total($0[$0.count - 1]) + steps[row], total(row)) }
            }
            if let next {
                let row = left.remove(at: next)
                guard let chain = chains.firstIndex(where: { near(total($0[$0.count - 1]) + steps[row], total(row)) })
                else { return nil }
                chains[chain].append(row)
            } else if let first = left.firstIndex(where: { near(steps[$0], total($0)) }) {
                chains.append([left.remove(at: first)])
            } else {
                return nil
            }
        }
        return chains.map { $0.map { rows[$0] } }
    }

    private func near(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-6 * max(1, abs(right)) }

    /// Free sort keys of the window rise along each partition.
    private func line(_ parts: [[(Scope, SQLValue)]], _ window: SQLWindow) throws(Conflict) {
        for part in parts {
            for (place, row) in part.enumerated() {
                for order in window.order {
                    guard case .variable(let cell) = inverter.evaluator.term(order.expression, [row.0]) else {
                        continue
                    }
                    let root = tableau.root(cell)
                    guard tableau.variables[root].value == nil || tableau.variables[root].isSoft,
                        tableau.variables[root].unique == nil
                    else { continue }
                    tableau.change(root) {
                        if $0.isSoft { $0.value = nil }
                        $0.rank = order.isDescending ? part.count - place : place + 1
                    }
                    break
                }
            }
        }
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

    /// One value for the partition, its own: one that conditions name, where they name any.
    private func gather(
        _ scopes: [Scope], _ partition: [SQLExpr], _ used: inout [Place: Set<SQLValue>]
    ) throws(Conflict) {
        for expression in partition {
            let cells = scopes.compactMap { scope -> Int? in
                if case .variable(let cell) = inverter.evaluator.term(expression, [scope]) { cell } else { nil }
            }
            guard let first = cells.first else { continue }
            let settled = cells.first { tableau.value($0) != nil && !tableau.variables[tableau.root($0)].isSoft }
            let variable = tableau.variables[tableau.root(first)]
            let place = Place(table: variable.table, column: variable.column)
            let taken = used[place] ?? []
            let named = inverter.constants(place).filter { !taken.contains($0) && !$0.isNull }
            var open = named + [inverter.freshValue(place)].compactMap { $0 }
            if variable.table >= 0, let domain = schema.tables[place.table].columns[place.column].domain {
                open += domain.candidates().filter { !taken.contains($0) }
            }
            let choices = settled.flatMap(tableau.value).map { [$0] } ?? open.filter { !taken.contains($0) }
            var failure: Conflict?
            for value in choices {
                let mark = tableau.mark
                do throws(Conflict) {
                    for cell in cells { try tableau.bind(cell, value) }
                    used[place, default: []].insert(value)
                    failure = nil
                    break
                } catch {
                    failure = error
                    tableau.undo(to: mark)
                }
            }
            if let failure { throw failure }
        }
    }
}
