/// A small executor over the symbolic rows: it tells which of them an answer comes from. The engine stays the judge.
extension Evaluator {
    /// Names of a subquery's columns.
    static func names(_ query: SQLQuery, _ given: [String]) -> [String] {
        if case .values(let rows) = query.body {
            return given.isEmpty ? (rows.first ?? []).indices.map { "column\($0 + 1)" } : given
        }
        var names = (query.first?.items ?? []).map { item in
            if let alias = item.alias { return alias }
            switch item.expression {
            case .column(_, let name, _): return name
            case .call(let call): return call.name.lowercased()
            default: return ""
            }
        }
        for (place, name) in given.enumerated() where place < names.count { names[place] = name }
        return names
    }

    func isAny(_ query: SQLQuery, _ outer: [Scope]) -> Bool? {
        if case .select(let select) = query.body, !select.isAggregate, query.offset == nil {
            var inner = self
            for common in query.commons { inner.commons[common.name.lowercased()] = common }
            return inner.combinations(select, outer, atMost: 1).map { !$0.isEmpty }
        }
        return rows(query, outer).map { !$0.isEmpty }
    }

    /// All combinations of rows that pass FROM and WHERE; nil where that can't be told.
    func combinations(_ select: SQLSelect, _ outer: [Scope], atMost limit: Int = 50_000) -> [Scope]? {
        var partial = [Scope()]
        let filters = select.condition?.conjuncts ?? []
        // Early filtering would take partners for missing where unmatched rows of the right side are kept.
        let isPlain = !select.from.contains { $0.join == .right || $0.join == .full }
        for (place, source) in select.from.enumerated() {
            guard let next = joined(partial, place, source, select, isPlain ? filters : [], outer) else { return nil }
            partial = next
        }
        var found: [Scope] = []
        for scope in partial {
            var passes = true
            for filter in filters {
                guard steps.take(), let holds = truth(filter, [scope] + outer) ?? (isLenient ? false : nil) else {
                    return nil
                }
                if !holds {
                    passes = false
                    break
                }
            }
            if passes { found.append(scope) }
            if found.count >= limit { break }
        }
        return found
    }

    private func joined(
        _ partial: [Scope], _ place: Int, _ source: SQLSource, _ select: SQLSelect, _ filters: [SQLExpr],
        _ outer: [Scope]
    ) -> [Scope]? {
        let rest = openSources(select, place + 1)
        let conditions = source.on?.conjuncts ?? []
        let mine = openSources(select, place, upTo: place + 1)
        var fixed: [Binding]?
        if case .table(let name) = source.what, commons[name.lowercased()] == nil {
            guard schema.place(name) != nil else { return nil }
        } else if !source.isLateral {
            guard let rows = derivedRows(source, outer) else { return nil }
            fixed = rows
        }
        var next: [Scope] = []
        var matched: Set<Int> = []
        for scope in partial {
            var found = false
            var candidates: [(Int, Binding)]
            if let fixed {
                candidates = Array(fixed.enumerated()).map { ($0.offset, $0.element) }
            } else if source.isLateral {
                guard let rows = derivedRows(source, [scope] + outer) else { return nil }
                candidates = Array(rows.enumerated()).map { ($0.offset, $0.element) }
            } else {
                var seen = scope
                seen.sources += mine + rest
                candidates = tableRows(source, conditions + filters, [seen] + outer).map { ($0, .row($0)) }
            }
            for (number, candidate) in candidates {
                guard steps.take() else { return nil }
                var with = scope
                with.sources.append((source.alias, candidate))
                var full = with
                full.sources += rest
                var passes = true
                for condition in conditions {
                    guard let holds = truth(condition, [full] + outer) ?? (isLenient ? false : nil) else { return nil }
                    if !holds {
                        passes = false
                        break
                    }
                }
                guard passes, shares(source, with) else { continue }
                found = true
                matched.insert(number)
                if filters.contains(where: { truth($0, [full] + outer) == false }) { continue }
                next.append(with)
            }
            if !found, source.join == .left || source.join == .full {
                var with = scope
                with.sources.append((source.alias, missing(source)))
                next.append(with)
            }
        }
        if source.join == .right || source.join == .full {
            let absent = Scope(sources: select.from[..<place].map { ($0.alias, missing($0)) })
            let all: [(Int, Binding)]
            if let fixed {
                all = Array(fixed.enumerated()).map { ($0.offset, $0.element) }
            } else if case .table(let name) = source.what, let table = schema.place(name) {
                all = tableau.byTable[table].filter { tableau.exists($0, at: time) }.map { ($0, .row($0)) }
            } else {
                return nil
            }
            for (number, binding) in all where !matched.contains(number) {
                next.append(Scope(sources: absent.sources + [(source.alias, binding)]))
            }
        }
        return next
    }

    private var schema: Schema { tableau.schema }

    /// Bindings for sources that are not chosen yet.
    func openSources(_ select: SQLSelect, _ from: Int, upTo end: Int? = nil) -> [(alias: String, binding: Binding)] {
        select.from[min(from, select.from.count)..<(end ?? select.from.count)].map { source in
            if case .table(let name) = source.what, commons[name.lowercased()] == nil, let table = schema.place(name) {
                return (source.alias, .open(table: table))
            }
            return (source.alias, .derived(sourceNames(source).map { ($0, .unknown) }))
        }
    }

    func sourceNames(_ source: SQLSource) -> [String] {
        switch source.what {
        case .query(let query): Self.names(query, source.columns)
        case .table(let name):
            commons[name.lowercased()].map { Self.names($0.query, $0.columns) } ?? []
        case .function: source.columns
        }
    }

    private func missing(_ source: SQLSource) -> Binding {
        if case .table(let name) = source.what, commons[name.lowercased()] == nil, let table = schema.place(name) {
            return .absent(table: table)
        }
        return .derived(sourceNames(source).map { ($0, .value(.null)) })
    }

    private func derivedRows(_ source: SQLSource, _ outer: [Scope]) -> [Binding]? {
        let names = sourceNames(source)
        var found: [[SQLValue]]?
        switch source.what {
        case .query(let query): found = rows(query, outer)
        case .table(let name):
            guard let common = commons[name.lowercased()] else { return nil }
            if let known = computed[name.lowercased()] {
                found = known
            } else if isRecursive(common) {
                found = recursive(common, outer)
            } else {
                // Within itself the name is that of a table.
                var inner = self
                inner.commons[name.lowercased()] = nil
                found = inner.rows(common.query, outer)
            }
        case .function(let function):
            guard case .call(let call) = function else { return nil }
            found = setRows(call, outer)
        }
        return found?.map { row in .derived(zip(names, row).map { ($0, .value($1)) }) }
    }

    private func isRecursive(_ common: SQLCommon) -> Bool {
        guard case .combine("UNION", _, _, let again) = common.query.body else { return false }
        return again.first?.from.contains {
            if case .table(let name) = $0.what { Self.same(name, common.name) } else { false }
        } ?? false
    }

    /// `WITH RECURSIVE`, a bounded number of rounds.
    private func recursive(_ common: SQLCommon, _ outer: [Scope]) -> [[SQLValue]]? {
        guard case .combine(_, let all, let first, let again) = common.query.body else { return nil }
        guard var fresh = rows(first, outer) else { return nil }
        var total = fresh
        for _ in 0..<200 where !fresh.isEmpty {
            var inner = self
            inner.computed[common.name.lowercased()] = fresh
            guard var next = inner.rows(again, outer) else { return nil }
            if !all { next.removeAll { total.contains($0) } }
            total += next
            fresh = next
            if total.count > 5000 { return nil }
        }
        return total
    }

    private func tableRows(_ source: SQLSource, _ conditions: [SQLExpr], _ scopes: [Scope]) -> [Int] {
        guard case .table(let name) = source.what, let table = schema.place(name) else { return [] }
        if let lookup {
            for condition in conditions {
                guard case .compare("=", let left, let right) = condition else { continue }
                for (column, other) in [(left, right), (right, left)] {
                    guard case .column(let alias, let name, _) = column,
                        alias.map({ Self.same($0, source.alias) }) ?? true,
                        let place = schema.tables[table].place(name), case .unknown = term(column, scopes),
                        let value = value(term(other, scopes))
                    else { continue }
                    if value.isNull { return [] }
                    return lookup.rows(table, place, value, self)
                }
            }
        }
        return tableau.byTable[table].filter { tableau.exists($0, at: time) }
    }

    /// USING and NATURAL.
    private func shares(_ source: SQLSource, _ scope: Scope) -> Bool {
        var names = source.using
        if source.isNatural, case .row(let row)? = scope.sources.last?.binding {
            names = schema.tables[tableau.rows[row].table].columns.map(\.name)
        }
        let mine = Scope(sources: [scope.sources[scope.sources.count - 1]])
        let before = Scope(sources: Array(scope.sources.dropLast()))
        for name in names {
            guard let left = lookup(nil, name, [before]), let right = lookup(nil, name, [mine]) else { continue }
            guard let a = value(left), let b = value(right), !a.isNull, a.matches(b) else { return false }
        }
        return true
    }
}
