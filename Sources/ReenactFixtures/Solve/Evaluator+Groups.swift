/// Groups, totals, order and set operations over the symbolic rows.
extension Evaluator {
    func rows(_ query: SQLQuery, _ outer: [Scope]) -> [[SQLValue]]? {
        guard depth < 40 else { return nil }
        var inner = self
        inner.depth += 1
        for common in query.commons { inner.commons[common.name.lowercased()] = common }
        guard var found = inner.ordered(query, outer) else { return nil }
        if let offset = query.offset {
            guard case .int(let count)? = value(term(offset, outer)) else { return nil }
            found = Array(found.dropFirst(Int(clamping: max(0, count))))
        }
        if let limit = query.limit {
            guard case .int(let count)? = value(term(limit, outer)) else { return nil }
            if count >= 0 { found = Array(found.prefix(Int(clamping: count))) }
        }
        return found
    }

    private func ordered(_ query: SQLQuery, _ outer: [Scope]) -> [[SQLValue]]? {
        switch query.body {
        case .values(let rows):
            var out: [[SQLValue]] = []
            for row in rows {
                var values: [SQLValue] = []
                for expression in row {
                    guard let value = value(term(expression, outer)) else { return nil }
                    values.append(value)
                }
                out.append(values)
            }
            return out
        case .combine(let word, let all, let left, let right):
            guard let a = rows(left, outer), let b = rows(right, outer) else { return nil }
            let combined = Self.combined(word, all, a, b)
            return query.order.isEmpty
                ? combined : combined.sorted { $0.lexicographicallyPrecedes($1) { $0.sorts(before: $1) } }
        case .select(let select): return selected(select, query.order, outer)
        }
    }

    private static func combined(_ word: String, _ all: Bool, _ a: [[SQLValue]], _ b: [[SQLValue]]) -> [[SQLValue]] {
        func unique(_ rows: [[SQLValue]]) -> [[SQLValue]] {
            var seen: Set<[SQLValue]> = []
            return rows.filter { seen.insert($0).inserted }
        }
        let right = Set(b)
        switch word {
        case "UNION": return all ? a + b : unique(a + b)
        case "INTERSECT": return unique(a).filter { right.contains($0) }
        default: return unique(a).filter { !right.contains($0) }
        }
    }

    /// A position or an alias in GROUP BY and ORDER BY becomes what it stands for.
    func resolved(_ expression: SQLExpr, _ select: SQLSelect, _ scopes: [Scope]?) -> SQLExpr {
        switch expression {
        case .value(.int(let place)) where place >= 1 && place <= select.items.count:
            return select.items[Int(place) - 1].expression
        case .column(nil, let name, _):
            if let scopes, lookup(nil, name, scopes) != nil { return expression }
            return select.items.first { $0.alias.map { Self.same($0, name) } ?? false }?.expression ?? expression
        default: return expression
        }
    }

    /// The combinations of each group, by the values of its keys, in order of appearance.
    func groups(_ select: SQLSelect, _ outer: [Scope]) -> [(key: [SQLValue], members: [Scope])]? {
        guard let all = combinations(select, outer) else { return nil }
        var places: [[SQLValue]: Int] = [:]
        var found: [(key: [SQLValue], members: [Scope])] = select.groups.isEmpty ? [([], all)] : []
        for scope in select.groups.isEmpty ? [] : all {
            let scopes = [scope] + outer
            let key = select.groups.compactMap { value(term(resolved($0, select, scopes), scopes)) }
            if key.count < select.groups.count {
                if isLenient { continue }
                return nil
            }
            if let place = places[key] {
                found[place].members.append(scope)
            } else {
                places[key] = found.count
                found.append((key, [scope]))
            }
        }
        return found
    }

    private func selected(_ select: SQLSelect, _ order: [SQLOrder], _ outer: [Scope]) -> [[SQLValue]]? {
        if select.items.contains(where: { $0.expression.hasWindow }) { return nil }
        let isGrouped = select.isAggregate || !select.groups.isEmpty
        var out: [(row: [SQLValue], keys: [SQLValue])] = []
        var sets: [[Scope]] = []
        if isGrouped {
            guard let groups = groups(select, outer) else { return nil }
            sets = groups.map(\.members)
        } else {
            guard let all = combinations(select, outer) else { return nil }
            sets = all.map { [$0] }
        }
        for set in sets {
            let blank = Scope(sources: openSources(select, 0))
            let scopes = [set.first ?? blank] + outer
            func evaluate(_ expression: SQLExpr) -> SQLValue? {
                value(term(isGrouped ? totalled(expression, set, outer) : expression, scopes))
            }
            if let having = select.having {
                guard let holds = truth(totalled(resolvedDeep(having, select, scopes), set, outer), scopes) else {
                    return nil
                }
                if !holds { continue }
            }
            var row: [SQLValue] = []
            for item in select.items {
                if case .star(let only) = item.expression {
                    for (alias, binding) in scopes[0].sources where only.map({ Self.same($0, alias) }) ?? true {
                        for term in starTerms(binding) {
                            guard let value = value(term) else { return nil }
                            row.append(value)
                        }
                    }
                    continue
                }
                guard let value = evaluate(item.expression) else { return nil }
                row.append(value)
            }
            var keys: [SQLValue] = []
            for key in order {
                guard let value = evaluate(aliased(key.expression, select)) else { return nil }
                keys.append(value)
            }
            out.append((row, keys))
        }
        if select.isDistinct {
            var seen: Set<[SQLValue]> = []
            out = out.filter { seen.insert($0.row).inserted }
        }
        guard !order.isEmpty else { return out.map(\.row) }
        let sorted = out.enumerated().sorted { left, right in
            for (place, key) in order.enumerated() {
                let (a, b) = (left.element.keys[place], right.element.keys[place])
                if a.isNull != b.isNull {
                    let nullsFirst = key.nullsFirst ?? ((dialect == .sqlite) != key.isDescending)
                    return a.isNull == nullsFirst
                }
                if a.sorts(before: b) { return !key.isDescending }
                if b.sorts(before: a) { return key.isDescending }
            }
            return left.offset < right.offset
        }
        return sorted.map(\.element.row)
    }

    /// ORDER BY sees the aliases first.
    func aliased(_ expression: SQLExpr, _ select: SQLSelect) -> SQLExpr {
        resolvedDeep(resolved(expression, select, nil), select, nil)
    }

    private func resolvedDeep(_ expression: SQLExpr, _ select: SQLSelect, _ scopes: [Scope]?) -> SQLExpr {
        expression.mapped { part in
            guard case .column = part else { return nil }
            return resolved(part, select, scopes)
        }
    }

    func starTerms(_ binding: Binding) -> [Term] {
        switch binding {
        case .row(let row): tableau.rows[row].cells.indices.map { .variable(tableau.cell(row, $0, at: time)) }
        case .absent(let table), .open(let table): tableau.schema.tables[table].columns.map { _ in .value(.null) }
        case .derived(let columns): columns.map(\.term)
        }
    }

    /// The expression with its totals computed over the group; a total that can't be stays as it is, and so unknown.
    func totalled(_ expression: SQLExpr, _ members: [Scope], _ outer: [Scope]) -> SQLExpr {
        expression.mapped { part in
            guard case .call(let call) = part, call.isAggregate else { return nil }
            return total(call, members, outer).map(SQLExpr.value)
        }
    }

    func total(_ call: SQLCall, _ members: [Scope], _ outer: [Scope]) -> SQLValue? {
        var values: [SQLValue] = []
        for member in members {
            let scopes = [member] + outer
            if let filter = call.filter {
                guard let holds = truth(filter, scopes) else { return nil }
                if !holds { continue }
            }
            if call.hasStar {
                values.append(.int(1))
                continue
            }
            guard let argument = call.arguments.first else { return nil }
            guard let value = value(term(argument, scopes)) else {
                if isLenient { continue }
                return nil
            }
            if !value.isNull { values.append(value) }
        }
        if call.isDistinct {
            var seen: Set<SQLValue> = []
            values = values.filter { seen.insert($0).inserted }
        }
        return Totals.total(call.name, values, dialect)
    }
}

extension SQLValue {
    /// SQLite's order of all values; NULL first.
    func sorts(before other: SQLValue) -> Bool {
        if let less = ordered(before: other) { return less }
        return isNull && !other.isNull
    }
}
