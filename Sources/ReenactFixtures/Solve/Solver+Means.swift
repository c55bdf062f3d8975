/// Rows that are compared with the mean of others.
extension Solver {
    /// Makes rows lie above (or below) the mean: those rows are given values on their side, and one row pulls the mean.
    func pivot(_ query: SQLQuery, _ rows: [[SQLValue]], _ way: RepairMove.Way) throws(Conflict) {
        guard var select = query.first, let (part, sign, side, inner) = Self.mean(select),
            case .select(let below) = inner.body, case .call(let call)? = below.items.first?.expression,
            let argument = call.arguments.first
        else { throw Conflict(what: "no mean") }
        let up = sign == ">" || sign == ">="
        var looking = looking()
        looking.isLenient = true
        // The line runs beside the recorded values, where they are shown.
        var shown: [Double] = []
        for (place, item) in select.items.enumerated() where item.expression == side {
            shown = (statements[inverter.time].recorded.rows ?? []).compactMap { $0[place].looseDouble }
        }
        let members = looking.combinations(below, []) ?? []
        let now = members.compactMap { looking.value(looking.term(argument, [$0]))?.looseDouble }
        let edge = up ? shown.min() : shown.max()
        let line = edge.map { up ? $0 - 0.5 : $0 + 0.5 } ?? (now.isEmpty ? 10 : now.reduce(0, +) / Double(now.count))
        let whole = inverter.kind(argument) == .integer
        let mine = edge == nil ? SQLValue.real(up ? line.rounded(.up) + 2 : line.rounded(.down) - 2) : nil
        let value: SQLValue? = mine.map { whole ? .int(Int64($0.looseDouble ?? 0)) : $0 }
        select.condition = select.condition.map { condition in
            condition.mapped {
                $0 == part ? value.map { .compare("=", side, .value($0)) } ?? .isNull(side, negated: true) : nil
            }
        }
        var changed = query
        changed.body = .select(select)
        if !rows.isEmpty { try apply(.add(changed, rows: rows, way)) }
        use(way)
        // What the mean is over now, and what one more value must be to bring it to the line.
        looking.lookup = RowLookup()
        var sum = 0.0
        var count = 0
        for member in looking.combinations(below, []) ?? [] {
            let term = looking.term(argument, [member])
            if let value = looking.value(term) {
                if value.isNull { continue }
                sum += value.looseDouble ?? 0
                count += 1
            } else if case .variable(let cell) = term, tableau.variables[tableau.root(cell)].isNotNull {
                count += 1
            }
        }
        let pull = line * Double(count + 1) - sum
        var single = below
        single.items = [SQLItem(expression: argument)]
        inverter.options.reuse = .none
        inverter.options.fresh = []
        try inverter.instance(single, [.value(whole ? .int(Int64(pull.rounded())) : .real(pull))], [])
    }

    /// `x > (SELECT AVG(…) …)` among the conditions.
    static func mean(_ select: SQLSelect) -> (part: SQLExpr, sign: String, side: SQLExpr, query: SQLQuery)? {
        for part in select.condition?.conjuncts ?? [] {
            guard case .compare(let sign, let left, .subquery(let query)) = part,
                ["<", ">", "<=", ">="].contains(sign),
                case .call(let call)? = query.first?.items.first?.expression, call.name == "AVG"
            else { continue }
            return (part, sign, left, query)
        }
        return nil
    }

    /// Comparisons with a mean, also in the queries of FROM and WITH, each with the select that it stands in.
    static func means(_ query: SQLQuery) -> [SQLSelect] {
        var found: [SQLSelect] = []
        func see(_ query: SQLQuery) {
            for common in query.commons { see(common.query) }
            switch query.body {
            case .select(let select):
                if mean(select) != nil { found.append(select) }
                for source in select.from { if case .query(let inner) = source.what { see(inner) } }
            case .combine(_, _, let left, let right):
                see(left)
                see(right)
            case .values: break
            }
        }
        see(query)
        return found
    }

    /// As `dilute` where each row has a mean of its own: one row more for each that should pass and does not.
    private func diluteEach(
        _ select: SQLSelect, _ bare: SQLSelect, _ way: RepairMove.Way
    ) throws(Conflict) {
        guard let (part, sign, side, inner) = Self.mean(select), case .select(let below) = inner.body,
            case .call(let call)? = below.items.first?.expression, let argument = call.arguments.first
        else { throw Conflict(what: "no mean") }
        let up = sign == ">" || sign == ">="
        let whole = inverter.kind(argument) == .integer
        var single = below
        single.items = [SQLItem(expression: argument)]
        var open = statements[inverter.time].recorded.rows ?? []
        var done = 0
        // Those that pass already stand for what was recorded.
        for passing in [true, false] {
            var looking = looking()
            looking.isLenient = true
            for scope in looking.combinations(bare, []) ?? [] {
                if (looking.truth(part, [scope]) == true) != passing { continue }
                guard
                    let place = open.firstIndex(where: { row in
                        zip(select.items, row).allSatisfy { item, wanted in
                            looking.value(looking.term(item.expression, [scope]))?.matches(wanted) ?? true
                        }
                    })
                else { continue }
                open.remove(at: place)
                if passing { continue }
                var now = looking
                now.lookup = RowLookup()
                var values = (now.combinations(below, [scope]) ?? []).compactMap {
                    now.value(now.term(argument, [$0, scope]))?.looseDouble
                }
                var mine = now.value(now.term(side, [scope]))?.looseDouble ?? .nan
                if mine.isNaN {
                    // Nothing is known of the row's own value: one on its side of what is there.
                    mine = ((up ? values.max() : values.min()) ?? 10) + (up ? 10 : -10)
                    tableau.isSoft = true
                    defer { tableau.isSoft = false }
                    try inverter.assign(side, .value(whole ? .int(Int64(mine)) : .real(mine.rounded())), [scope])
                    mine = mine.rounded()
                    values.append(mine)
                }
                let pull = (up ? mine - 1 : mine + 1) * Double(values.count + 1) - values.reduce(0, +)
                use(way)
                inverter.options.reuse = .partners
                inverter.options.fresh = inverter.facts(below)
                inverter.steps = 0
                let value: SQLValue =
                    whole
                    ? .int(Int64(max(-1e15, min(1e15, up ? pull.rounded(.down) : pull.rounded(.up)))))
                    : dialect == .postgres && inverter.kind(argument) == .decimal
                        ? .number(Functions.fixed(pull, 2)) : .real((pull * 100).rounded() / 100)
                try inverter.instance(single, [.value(value)], [scope])
                done += 1
            }
        }
        if done == 0 { throw Conflict(what: "no row lacks its mean") }
    }

    /// Further rows that move the mean to where as many rows pass as should: `count` of them, or all that are there.
    func dilute(_ select: SQLSelect, _ count: Int?, _ way: RepairMove.Way) throws(Conflict) {
        guard let (part, sign, side, inner) = Self.mean(select), case .select(let below) = inner.body,
            case .call(let call)? = below.items.first?.expression, let argument = call.arguments.first
        else { throw Conflict(what: "no mean") }
        let up = sign == ">" || sign == ">="
        var looking = looking()
        looking.isLenient = true
        var bare = select
        let others = select.condition?.conjuncts.filter { $0 != part } ?? []
        bare.condition = others.dropFirst().reduce(others.first) { all, next in all.map { .and($0, next) } }
        guard let rows = looking.combinations(below, []), Self.isAlone(below) else {
            return try diluteEach(select, bare, way)
        }
        var sides = (looking.combinations(bare, []) ?? []).compactMap {
            looking.value(looking.term(side, [$0]))?.looseDouble
        }
        sides.sort { up ? $0 > $1 : $0 < $1 }
        guard let last = sides.indices.last, count != 0 else { throw Conflict(what: "nothing to compare") }
        let place = min(count ?? sides.count, sides.count) - 1
        let edge = sides[place]
        let next = place < last ? sides[place + 1] : up ? edge - 1 : edge + 1
        guard edge != next else { throw Conflict(what: "rows on both sides of the mean are the same") }
        let line = next + (edge - next) * 0.75
        let now = rows.compactMap {
            looking.value(looking.term(argument, [$0]))?.looseDouble
        }
        let whole = inverter.kind(argument) == .integer
        var single = below
        single.items = [SQLItem(expression: argument)]
        for more in [1, 2, 4, 8, 16, 32] {
            let each = line + (line * Double(now.count) - now.reduce(0, +)) / Double(more)
            // Nothing of the size of a cent stands in the way of being written down.
            let value: SQLValue =
                whole
                ? .int(Int64(max(-1e15, min(1e15, up ? each.rounded(.down) : each.rounded(.up)))))
                : dialect == .postgres && inverter.kind(argument) == .decimal
                    ? .number(Functions.fixed(each, 2)) : .real((each * 100).rounded() / 100)
            let mark = tableau.mark
            do throws(Conflict) {
                for _ in 0..<more {
                    use(way)
                    inverter.options.reuse = .partners
                    inverter.options.fresh = inverter.facts(below)
                    inverter.steps = 0
                    try inverter.instance(single, [.value(value)], [])
                }
                return
            } catch { tableau.undo(to: mark) }
        }
        throw Conflict(what: "no rows move the mean")
    }

    /// Speaks of no sources but its own.
    private static func isAlone(_ select: SQLSelect) -> Bool {
        let names = select.from.map { $0.alias.lowercased() }
        var alone = true
        for part in select.condition?.conjuncts ?? [] {
            part.walk {
                if case .column(let alias?, _, _) = $0, !names.contains(alias.lowercased()) { alone = false }
            }
        }
        return alone
    }
}
