/// Totals of conditions that overlap, means of a CASE, ratios of them: the group is mixed from kinds of rows that the conditions tell
/// apart, as many of each as make all the totals come out together.
extension Inverter {
    /// The rows of a group whose totals look at overlapping conditions; nil where there are none, or no mixture is found.
    func mixture(
        _ select: SQLSelect, _ keys: [(SQLExpr, Term)], _ outputs: [Term]?, _ goals: GroupGoals, _ members: [Scope],
        _ outer: [Scope], _ looking: Evaluator
    ) -> Parts? {
        guard select.from.count <= 8, members.count <= 400 else { return nil }
        var totals: [MixedTotal] = []
        for (item, output) in zip(select.items, outputs ?? []) where item.expression.hasAggregate {
            guard let value = tableau.value(output) else { continue }
            totals.append(MixedTotal(expression: canonical(item.expression, select), sign: "=", value: value))
        }
        for total in options.totals {
            totals.append(MixedTotal(expression: canonical(total.expression, select), sign: "=", value: total.value))
        }
        for bound in options.bounds {
            totals.append(
                MixedTotal(expression: canonical(bound.expression, select), sign: bound.sign, value: bound.value))
        }
        for part in select.having?.conjuncts ?? [] {
            guard case .compare(let sign, let left, let right) = part else { continue }
            let total = canonical(looking.resolved(left, select, nil), select)
            guard total.hasAggregate, let value = evaluator.value(evaluator.term(right, outer)) else { continue }
            totals.append(MixedTotal(expression: total, sign: sign, value: value))
        }
        guard let (atoms, mixed) = mixed(totals, select, day: GroupAtoms.day(in: keys.map { tableau.value($0.1) })),
            !mixed.isEmpty
        else { return nil }
        var build = MixtureBuild(self, select, atoms, looking: looking, members: members, outer: outer)
        guard build.makeKinds(mixed, keys.map { (canonical($0.0, select), $0.1) }, wide: Self.wide(mixed)) else {
            return nil
        }
        for total in mixed { guard build.state(total) else { return nil } }
        let mine = Set(mixed.flatMap { $0.calls.compactMap(GroupGoals.argument) })
        let arguments = goals.columns.map(\.argument).filter { mine.contains(canonical($0, select)) }
        // What the mixture does not see to may ask for more rows.
        var others = goals
        others.count = nil
        others.columns.removeAll { arguments.contains($0.argument) }
        let fewest = max(mixed.contains(where: \.countsRows) ? 0 : 1, size(others, members, outer) - members.count)
        let programme = GroupMixture(kinds: build.kinds.count, opens: build.opens, bounds: build.bounds)
        guard let answer = programme.solve(least: fewest, most: fewest + 2500) else { return nil }
        return Parts(needs: build.needs(answer), arguments: Set(arguments))
    }

    private static func wide(_ totals: [MixedTotal]) -> Double {
        totals.reduce(100) { most, total in
            // A total is divided by what makes days of it years.
            var factor = 4.0
            total.expression.walk { part in
                if case .value(let value) = part, let number = value.looseDouble, number > 1 { factor *= number }
            }
            return max(most, min(1e12, factor * abs(total.value.looseDouble ?? 0)))
        }
    }

    /// The totals that hang together with conditions, and what they look at; nil where they can't be told apart from the others.
    private func mixed(
        _ totals: [MixedTotal], _ select: SQLSelect, day: String?
    ) -> ([GroupAtoms.Atom], [MixedTotal])? {
        func isConditional(_ total: MixedTotal) -> Bool {
            total.calls.contains { call in
                guard let argument = GroupGoals.argument(call) else { return false }
                var seen = GroupAtoms(evaluator)
                return seen.see(argument)
                    && (seen.hasConditions || total.isRounded && isWhole(seen, select)
                        || call.name != "COUNT" && isChoice(argument, select))
            }
        }
        // By their places: a total that is no number is not even itself.
        var places = Set(totals.indices.filter { isConditional(totals[$0]) })
        guard !places.isEmpty else { return nil }
        var columns = places.reduce(into: Set<SQLExpr>()) { $0.formUnion(totals[$1].columns) }
        while true {
            let tied = columns.union(checked(columns, totals, select))
            let more = totals.indices.filter { !places.contains($0) && !totals[$0].columns.isDisjoint(with: tied) }
            if more.isEmpty { break }
            for place in more { columns.formUnion(totals[place].columns) }
            places.formUnion(more)
        }
        // One condition alone, counted or summed, others see to.
        if places.count == 1, let only = places.first.map({ totals[$0] }), only.calls.count == 1,
            case .call = only.expression, !only.isMean
        {
            return nil
        }
        places.formUnion(totals.indices.filter { totals[$0].columns.isEmpty })
        let chosen = places.sorted().map { totals[$0] }
        guard chosen.allSatisfy(\.isPlain), !options.isEven else { return nil }
        var atoms = day.map { GroupAtoms(evaluator, day: $0) } ?? GroupAtoms(evaluator)
        for total in chosen {
            for call in total.calls {
                guard let argument = GroupGoals.argument(call) else { continue }
                let isEdge = call.name == "MIN" || call.name == "MAX"
                guard atoms.see(argument, edges: isEdge ? [total.value] : []) else { return nil }
            }
        }
        let summed = chosen.flatMap(\.calls).filter { $0.name != "COUNT" }.compactMap(GroupGoals.argument)
        atoms.leanOnOthers(but: Set(summed))
        atoms.countOnly(but: Set(summed))
        guard atoms.areApart, atoms.atoms.count <= 6 else { return nil }
        return (atoms.atoms, chosen)
    }

    /// Of the few values that a CHECK names.
    private func isChoice(_ expression: SQLExpr, _ select: SQLSelect) -> Bool {
        guard let place = column(expression, select),
            let values = schema.tables[place.table].columns[place.column].domain?.values
        else { return false }
        return values.count <= 6 && values.allSatisfy { $0.looseDouble != nil }
    }

    /// Columns that CHECKs tie to those.
    private func checked(_ columns: Set<SQLExpr>, _ totals: [MixedTotal], _ select: SQLSelect) -> Set<SQLExpr> {
        let all = totals.reduce(into: Set<SQLExpr>()) { $0.formUnion($1.columns) }
        let places = all.compactMap { name in column(name, select).map { (name, $0) } }
        var tied: Set<SQLExpr> = []
        for table in Set(places.map(\.1.table)) where !schema.tables[table].checks.isEmpty {
            let mine = places.filter { $0.1.table == table }
            for check in schema.tables[table].checks {
                let inCheck = mine.filter { check.columns.contains($0.1.column) }.map(\.0)
                // Those of one table that are counted beside what is chosen of it stand and fall together.
                if inCheck.count > 1, mine.contains(where: { columns.contains($0.0) }) { tied.formUnion(inCheck) }
            }
        }
        return tied
    }

    /// Whole numbers, of which not every mean can be had with every number of rows.
    private func isWhole(_ atoms: GroupAtoms, _ select: SQLSelect) -> Bool {
        atoms.atoms.contains { atom in
            let known = column(atom.expression, select).map { schema.tables[$0.table].columns[$0.column] }
            return isNumeric(atom, known) && unit(atom.expression, known) == 1
        }
    }

    /// Every column with the name of its source.
    func canonical(_ expression: SQLExpr, _ select: SQLSelect) -> SQLExpr {
        expression.mapped { part in
            guard case .column(let table, let name, let quoted) = part else { return nil }
            for source in select.from {
                if let table, !Evaluator.same(table, source.alias) { continue }
                var names = evaluator.sourceNames(source)
                if case .table(let table) = source.what, commons[table.lowercased()] == nil,
                    let place = schema.place(table)
                {
                    names = schema.tables[place].columns.map(\.name)
                }
                if let known = names.first(where: { Evaluator.same($0, name) }) {
                    return .column(table: source.alias, name: known, quoted: quoted)
                }
            }
            return part
        }
    }
}

/// A total of a group, or what is computed from several, and what is known of it.
struct MixedTotal {
    var expression: SQLExpr
    /// `=`, `<`, `<=`, `>`, `>=`.
    var sign: String
    var value: SQLValue

    var calls: [SQLCall] {
        var found: [SQLCall] = []
        expression.walk { if case .call(let call) = $0, call.isAggregate { found.append(call) } }
        return found
    }

    var columns: Set<SQLExpr> { GroupAtoms.columns(expression) }

    var isMean: Bool { calls.contains { $0.name == "AVG" } }

    /// A mean or a ratio of which the last digits are gone.
    var isRounded: Bool {
        var (found, parts) = (false, false)
        expression.walk { part in
            if case .call(let call) = part, call.name == "ROUND" { found = true }
            if case .binary("/", _, let below) = part, below.hasAggregate { parts = true }
        }
        return found && (isMean || parts)
    }

    /// The number of rows itself.
    var countsRows: Bool { columns.isEmpty && sign == "=" }

    /// Made of numbers of rows, sums, means and edges.
    var isPlain: Bool {
        calls.allSatisfy { ["COUNT", "SUM", "TOTAL", "AVG", "MIN", "MAX"].contains($0.name) && !$0.isDistinct }
    }
}
