/// Groups whose own mean is compared with the mean of all: `HAVING AVG(x) > (SELECT AVG(x) FROM …)`.
extension Solver {
    /// Adds what brings the mean of all to the far side of every group's own: rows of no group that was recorded.
    func counterweigh(_ select: SQLSelect, _ way: RepairMove.Way) throws(Conflict) {
        for part in select.having?.conjuncts ?? [] {
            guard let (sign, total, below) = Self.compared(part), let argument = Self.averaged(below) else { continue }
            let up = sign == ">" || sign == ">="
            var looking = looking()
            looking.isLenient = true
            let groups = looking.groups(select, []) ?? []
            let resolved = looking.resolved(total, select, nil)
            let means = groups.compactMap { group in
                looking.value(
                    looking.term(
                        looking.totalled(resolved, group.members, []), [group.members.first ?? Scope()]))?
                    .looseDouble
            }
            let values = (looking.combinations(below, []) ?? []).compactMap {
                looking.value(looking.term(argument, [$0]))?.looseDouble
            }
            let sum = values.reduce(0, +)
            guard let edge = up ? means.min() : means.max(), !values.isEmpty, edge.isFinite, sum.isFinite else {
                continue
            }
            let now = sum / Double(values.count)
            if up ? now < edge : now > edge { continue }
            let line = up ? edge - max(0.5, abs(edge) * 0.02) : edge + max(0.5, abs(edge) * 0.02)
            var single = SQLSelect(from: select.from, condition: select.condition)
            single.items = [SQLItem(expression: argument)]
            if inverter.column(argument, select) == nil { single = below }
            single.items = [SQLItem(expression: argument)]
            let domain = inverter.column(argument, select).flatMap {
                schema.tables[$0.table].columns[$0.column].domain
            }
            let whole = inverter.kind(argument) == .integer
            let keys = groups.map(\.key)
            for more in [1, 2, 4, 8, 16, 32, 64] {
                let each = (line * Double(values.count + more) - sum) / Double(more)
                let plain: SQLValue =
                    whole
                    ? .int(Int64(max(-1e15, min(1e15, up ? each.rounded(.down) : each.rounded(.up)))))
                    : .real((each * 100).rounded() / 100)
                if let domain, !domain.allows(plain) { continue }
                let mark = tableau.mark
                do throws(Conflict) {
                    for _ in 0..<more { try weight(single, plain, select, keys, way) }
                    break
                } catch { tableau.undo(to: mark) }
            }
        }
    }

    private func weight(
        _ single: SQLSelect, _ value: SQLValue, _ select: SQLSelect, _ keys: [[SQLValue]], _ way: RepairMove.Way
    ) throws(Conflict) {
        use(way)
        inverter.options.reuse = .partners
        inverter.options.fresh = inverter.facts(single)
        inverter.steps = 0
        let looking = looking()
        let named = select.groups.map { looking.resolved($0, select, nil) }
        inverter.options.accepts = { scopes in
            let mine = named.map { looking.value(looking.term($0, scopes)) }
            return !keys.contains { key in
                zip(key, mine).allSatisfy { wanted, given in given.map { $0.matches(wanted) } ?? false }
            }
        }
        try inverter.instance(single, [.value(value)], [])
    }

    /// The comparison, with the total on its left, and the query whose mean stands on its right.
    private static func compared(_ part: SQLExpr) -> (sign: String, total: SQLExpr, below: SQLSelect)? {
        guard case .compare(let sign, let left, let right) = part, ["<", ">", "<=", ">="].contains(sign) else {
            return nil
        }
        if case .subquery(let query) = right, case .select(let below) = query.body { return (sign, left, below) }
        if case .subquery(let query) = left, case .select(let below) = query.body {
            return (Evaluator.mirrored[sign] ?? sign, right, below)
        }
        return nil
    }

    private static func averaged(_ select: SQLSelect) -> SQLExpr? {
        guard select.groups.isEmpty, case .call(let call)? = select.items.first?.expression, call.name == "AVG" else {
            return nil
        }
        return call.arguments.first
    }
}
