/// Several functions of one column, of which each result is known: values are tried that give all of them.
extension Inverter {
    struct Computed {
        var expression: SQLExpr
        var output: Term
    }

    /// Settles the columns of which several functions are known, and gives what is left to do.
    func settledTogether(_ computed: [Computed], _ scopes: [Scope]) throws(Conflict) -> [Computed] {
        guard computed.count > 1 else { return computed }
        var groups: [(root: Int, column: SQLExpr, places: [Int])] = []
        for (place, one) in computed.enumerated() where isTried(one.expression) || isPlainMoment(one.expression) {
            let columns = GroupAtoms.columns(one.expression)
            guard columns.count == 1, let column = columns.first, tableau.value(one.output) != nil,
                case .variable(let cell) = evaluator.term(column, scopes), tableau.value(cell) == nil
            else { continue }
            let root = tableau.root(cell)
            if let known = groups.firstIndex(where: { $0.root == root }) {
                groups[known].places.append(place)
            } else {
                groups.append((root, column, [place]))
            }
        }
        var settled: Set<Int> = []
        for group in groups where group.places.count > 1 {
            let parts = group.places.map { computed[$0] }
            guard let value = together(parts, group.column, tableau.variables[group.root]) else { continue }
            try assign(group.column, .value(value), scopes)
            settled.formUnion(group.places)
        }
        return computed.indices.filter { !settled.contains($0) }.map { computed[$0] }
    }

    private func isPlainMoment(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): isPlainMoment(inner)
        case .call(let call): call.name == "STRFTIME" || call.name == "DATE"
        default: false
        }
    }

    /// A value of the column that gives all the results.
    private func together(_ parts: [Computed], _ column: SQLExpr, _ known: Tableau.Variable) -> SQLValue? {
        guard dialect == .sqlite, known.table >= 0 else { return nil }
        let wanted = parts.compactMap { tableau.value($0.output) }
        guard wanted.count == parts.count, !wanted.contains(where: \.isNull) else { return nil }
        func gives(_ candidate: SQLValue) -> Bool {
            guard Concretiser.allows(known, candidate), !known.not.contains(where: { $0.matches(candidate) }) else {
                return false
            }
            return zip(parts, wanted).allSatisfy { part, wanted in
                let held = part.expression.mapped { GroupAtoms.columns($0) == [$0] ? .value(candidate) : nil }
                return evaluator.value(evaluator.term(held, [])).map { $0.matches(wanted) } ?? false
            }
        }
        let key = TrialKey(expression: .row(parts.map(\.expression) + wanted.map(SQLExpr.value)), value: .null)
        if let won = trials.winners[key]?.first(where: gives) { return won }
        // What no moment gave gives none for the next row either.
        if trials.hopeless.contains(key) { return nil }
        let kind = schema.tables[known.table].columns[known.column].kind
        let days =
            [.date, .timestamp, .timestampZone].contains(kind) ? moments(wanted, known, hasTime: kind != .date) : []
        for (count, candidate) in days.enumerated() {
            if gives(candidate) {
                trials.winners[key, default: []].append(candidate)
                return candidate
            }
            if count % 256 == 255, isOverdue() { return nil }
        }
        if known.low == nil, known.high == nil, known.not.isEmpty { trials.hopeless.insert(key) }
        return nil
    }

    /// Every day, and hour, of the years that are spoken of.
    private func moments(_ wanted: [SQLValue], _ known: Tableau.Variable, hasTime: Bool) -> [SQLValue] {
        var years: [Int] = []
        func see(_ value: SQLValue?) {
            switch value {
            case .text(let text): if let year = Int(text.prefix(4)), (1900...2100).contains(year) { years.append(year) }
            case .int(let year): if (1900...2100).contains(year) { years.append(Int(year)) }
            default: break
            }
        }
        wanted.forEach(see)
        see(known.low?.value)
        see(known.high?.value)
        var seen: Set<Int> = []
        years = (years + [2001]).filter { seen.insert($0).inserted }
        var list: [SQLValue] = []
        for year in years.prefix(2) {
            guard let first = Days.number("\(year)-01-01") else { continue }
            for day in (0..<366).compactMap({ Days.text(first + $0) }) {
                if !hasTime { list.append(.text(day)) }
                for hour in 0..<(hasTime ? 24 : 0) { list.append(.text("\(day) \(Days.padded(hour, 2)):30:00")) }
            }
        }
        return list
    }
}
