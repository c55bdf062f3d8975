/// Totals of groups as shares of a total of all: `COUNT(*) * 100.0 / (SELECT COUNT(*) FROM …)`.
extension Solver {
    /// Adds the rows that stand in no recorded group and yet in the whole.
    func completeWhole(_ select: SQLSelect, _ way: RepairMove.Way) throws(Conflict) {
        guard let rows = statements[inverter.time].recorded.rows, !rows.isEmpty else { return }
        for (place, item) in select.items.enumerated() where item.expression.hasAggregate {
            guard let (query, below, call) = Self.whole(item.expression) else { continue }
            var looking = looking()
            looking.isLenient = true
            guard let now = looking.value(looking.term(.subquery(query), [Scope()])) else { continue }
            let shares = rows.compactMap { row -> (expression: SQLExpr, value: SQLValue)? in
                known(item.expression, select, row).map { ($0, row[place]) }
            }
            guard shares.count == rows.count else { continue }
            func fits(_ whole: SQLValue) -> Bool {
                shares.allSatisfy { share in
                    let held = share.expression.mapped { if case .subquery = $0 { .value(whole) } else { nil } }
                    return looking.value(looking.term(held, [Scope()]))?.matches(share.value) ?? false
                }
            }
            if call.name == "COUNT" {
                let start = GroupGoals.integer(now) ?? 0
                guard !fits(.int(Int64(start))), let edge = edge(Double(start), shares) else { continue }
                let first = max(start + 1, Int(edge) - 1)
                let reach = first + 10 + first / 50
                guard let whole = (first...reach).first(where: { fits(.int(Int64($0))) }), whole - start <= 5000 else {
                    continue
                }
                for _ in start..<whole {
                    try outside(below, select, [], way)
                    if isOverdue { throw Conflict(what: "the time was over") }
                }
            } else if let argument = call.arguments.first, let missing = lacking(now, shares, fits) {
                // A group of its own must not come before those that were recorded.
                let seen = rows.flatMap { row in
                    select.items.indices.compactMap { other -> Double? in
                        if case .call(let total) = select.items[other].expression,
                            total.arguments.first == argument
                                || total.name == "ROUND"
                        {
                            return other == place ? nil : row[other].looseDouble
                        }
                        return nil
                    }
                }.filter { $0 > 0 }
                let keys = select.groups.map { looking.resolved($0, select, nil) }
                    .filter { inverter.column($0, below) != nil }
                for piece in Self.pieces(missing, keys.isEmpty ? .infinity : (seen.min() ?? .infinity) * 0.9) {
                    let fresh = keys.compactMap { key in
                        inverter.freshValue(inverter.column(key, below)).map { (key, $0) }
                    }
                    try outside(below, select, [(argument, piece)] + fresh, way)
                }
            }
        }
    }

    private static func pieces(_ total: SQLValue, _ most: Double) -> [SQLValue] {
        guard let sum = total.looseDouble, sum > most, most >= 0.01 else { return [total] }
        let count = (sum / most).rounded(.up)
        guard count <= 500 else { return [total] }
        let each = (sum / count * 100).rounded(.down) / 100
        let rest = ((sum - each * (count - 1)) * 100).rounded() / 100
        return (Array(repeating: each, count: Int(count) - 1) + [rest]).map {
            $0 == $0.rounded() ? .int(Int64($0)) : .real($0)
        }
    }

    /// What a sum lacks to make the shares what they are; nil where nothing is lacking, or nothing fits.
    private func lacking(
        _ now: SQLValue, _ shares: [(expression: SQLExpr, value: SQLValue)], _ fits: (SQLValue) -> Bool
    ) -> SQLValue? {
        let have = now.looseDouble ?? 0
        if fits(.real(have)) { return nil }
        guard let edge = edge(have, shares) else { return nil }
        // From the edge of what is rounded to that share on.
        let start = (edge * 100).rounded(.up)
        let reach = max(4000, start * 0.02)
        let step = max(1, (reach / 4000).rounded())
        var cents = start
        while cents < start + reach {
            if fits(.real(cents / 100)) {
                let missing = (cents - (have * 100).rounded()) / 100
                return missing == missing.rounded() ? .int(Int64(missing)) : .real(missing)
            }
            cents += step
        }
        return nil
    }

    /// The least whole, from what there is on, for which the first share is not too large; nil where that can't be told.
    private func edge(_ have: Double, _ shares: [(expression: SQLExpr, value: SQLValue)]) -> Double? {
        let looking = looking()
        // The larger the whole, the smaller the share.
        guard let wanted = shares[0].value.looseDouble, wanted > 0, have.magnitude < 1e12 else { return nil }
        var (low, high) = (max(have, 0.01), max(have, 1) * 4096)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            let held = shares[0].expression.mapped { if case .subquery = $0 { .value(.real(middle)) } else { nil } }
            guard let given = looking.value(looking.term(held, [Scope()]))?.looseDouble else { return nil }
            if given > wanted { low = middle } else { high = middle }
        }
        return high
    }

    /// The expression with what is recorded of its totals; nil where one of them is not shown.
    private func known(_ expression: SQLExpr, _ select: SQLSelect, _ row: [SQLValue]) -> SQLExpr? {
        var isKnown = true
        let held = expression.mapped { part in
            guard case .call(let call) = part, call.isAggregate else { return nil }
            let shown = select.items.firstIndex { item in
                if item.expression == part { return true }
                if case .call(let outer) = item.expression, outer.name == "ROUND" {
                    return outer.arguments.first == part
                }
                return false
            }
            if let shown { return .value(row[shown]) }
            isKnown = false
            return .value(.null)
        }
        return isKnown ? held : nil
    }

    /// The one total of all in an expression.
    private static func whole(_ expression: SQLExpr) -> (query: SQLQuery, below: SQLSelect, call: SQLCall)? {
        var found: [SQLQuery] = []
        expression.walk { if case .subquery(let query) = $0 { found.append(query) } }
        guard found.count == 1, case .select(let below) = found[0].body, below.groups.isEmpty, below.items.count == 1,
            case .call(let call) = below.items[0].expression, ["COUNT", "SUM", "TOTAL"].contains(call.name)
        else { return nil }
        return (found[0], below, call)
    }

    /// A row of the whole that the groups do not see: what it refers to leads nowhere.
    private func outside(
        _ below: SQLSelect, _ select: SQLSelect, _ values: [(argument: SQLExpr, value: SQLValue)], _ way: RepairMove.Way
    ) throws(Conflict) {
        use(way)
        inverter.options.reuse = .none
        inverter.steps = 0
        var single = below
        single.items = values.map { SQLItem(expression: $0.argument) }
        let joined = Set(
            select.from.compactMap { source -> Int? in
                if case .table(let name) = source.what { schema.place(name) } else { nil }
            })
        let first = tableau.rows.count
        let scopes = try inverter.instance(single, values.isEmpty ? nil : values.map { .value($0.value) }, [])
        for case (_, .row(let row)) in scopes[0].sources where row >= first { try detach(row, joined, 0) }
    }

    private func detach(_ row: Int, _ joined: Set<Int>, _ depth: Int) throws(Conflict) {
        let table = schema.tables[tableau.rows[row].table]
        for key in table.foreign where depth < 6 {
            guard let (parent, columns) = schema.target(key), joined.contains(parent) else { continue }
            let cells = key.columns.map { tableau.rows[row].cells[$0] }
            guard cells.allSatisfy({ tableau.value($0) == nil }) else { continue }
            if let free = key.columns.firstIndex(where: { !table.columns[$0].isNotNull }) {
                try tableau.bind(cells[free], .null)
                continue
            }
            // One parent serves all of them.
            var target = detached[parent] ?? -1
            if target < 0 || target >= tableau.rows.count || tableau.rows[target].into != nil
                || tableau.rows[target].table != parent || !tableau.rows[target].isInvented
            {
                target = invented(parent)
                detached[parent] = target
                try detach(target, joined, depth + 1)
            }
            for (column, cell) in zip(columns, cells) { try tableau.unify(tableau.rows[target].cells[column], cell) }
        }
    }
}
