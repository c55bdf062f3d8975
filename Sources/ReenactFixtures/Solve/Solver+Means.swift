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
}
