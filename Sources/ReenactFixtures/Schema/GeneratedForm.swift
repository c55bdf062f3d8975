/// Questions in which columns that the engine computes stand as what they are computed from: what is recorded of them says
/// something of columns that can be chosen.
struct GeneratedForm {
    let schema: Schema

    /// A source of a select, as names are looked up in it.
    private struct Source {
        var alias: String
        var table: Int?
        /// Of a subquery.
        var names: [String]
    }

    /// Nothing is computed, and so nothing changes.
    var isIdle: Bool { schema.tables.allSatisfy { $0.columns.allSatisfy { $0.formula == nil } } }

    func of(_ query: SQLQuery) -> SQLQuery { of(query, [], []) }

    private func of(_ query: SQLQuery, _ outer: [[Source]], _ commons: Set<String>) -> SQLQuery {
        var query = query
        let commons = commons.union(query.commons.map { $0.name.lowercased() })
        for place in query.commons.indices { query.commons[place].query = of(query.commons[place].query, [], commons) }
        switch query.body {
        case .values: break
        case .combine(let word, let all, let left, let right):
            query.body = .combine(word, all: all, of(left, outer, commons), of(right, outer, commons))
        case .select(var select):
            let mine = select.from.map { source($0, commons) }
            let scopes = [mine] + outer
            func change(_ expression: SQLExpr) -> SQLExpr { changed(expression, scopes, commons) }
            for place in select.from.indices {
                if case .query(let inner) = select.from[place].what {
                    let sees = select.from[place].isLateral ? scopes : outer
                    select.from[place].what = .query(of(inner, sees, commons))
                }
                select.from[place].on = select.from[place].on.map(change)
            }
            select.items = spelled(select.items, select.from, mine).map { item in
                var item = item
                if case .column(_, let name, _) = item.expression, item.alias == nil { item.alias = name }
                let made = change(item.expression)
                // A column that stays one keeps its name.
                return made == item.expression ? item : SQLItem(expression: made, alias: item.alias)
            }
            select.condition = select.condition.map(change)
            select.groups = select.groups.map(change)
            select.having = select.having.map(change)
            for place in query.order.indices { query.order[place].expression = change(query.order[place].expression) }
            query.body = .select(select)
        }
        return query
    }

    private func source(_ source: SQLSource, _ commons: Set<String>) -> Source {
        switch source.what {
        case .table(let name):
            Source(
                alias: source.alias, table: commons.contains(name.lowercased()) ? nil : schema.place(name), names: [])
        case .query(let query):
            Source(
                alias: source.alias, table: nil,
                names: query.first?.items.compactMap { item in
                    if let alias = item.alias { return alias }
                    if case .column(_, let name, _) = item.expression { return name }
                    return nil
                } ?? [])
        case .function: Source(alias: source.alias, table: nil, names: source.columns)
        }
    }

    /// `*` over a table with computed columns names them all.
    private func spelled(_ items: [SQLItem], _ from: [SQLSource], _ sources: [Source]) -> [SQLItem] {
        if from.contains(where: { !$0.using.isEmpty || $0.isNatural }) { return items }
        return items.flatMap { item -> [SQLItem] in
            guard case .star(let only) = item.expression else { return [item] }
            let meant = sources.filter { source in only.map { Evaluator.same($0, source.alias) } ?? true }
            guard meant.allSatisfy({ $0.table != nil }),
                meant.contains(where: { source in
                    source.table.map { schema.tables[$0].columns.contains { $0.formula != nil } } ?? false
                })
            else { return [item] }
            return meant.flatMap { source in
                (source.table.map { schema.tables[$0].columns } ?? []).map {
                    SQLItem(expression: .column(table: source.alias, name: $0.name, quoted: false), alias: $0.name)
                }
            }
        }
    }

    private func changed(_ expression: SQLExpr, _ scopes: [[Source]], _ commons: Set<String>) -> SQLExpr {
        expression.mapped { part in
            switch part {
            case .column(let alias, let name, _): return formula(alias, name, scopes, 0)
            case .subquery(let query): return .subquery(of(query, scopes, commons))
            case .exists(let query): return .exists(of(query, scopes, commons))
            case .inQuery(let inner, let query, let negated):
                return .inQuery(changed(inner, scopes, commons), of(query, scopes, commons), negated: negated)
            case .call(let call):
                return call.window == nil ? nil : .call(call.mapped { changed($0, scopes, commons) })
            default: return nil
            }
        }
    }

    /// What the column is computed from; nil where it is none of those.
    private func formula(_ alias: String?, _ name: String, _ scopes: [[Source]], _ depth: Int) -> SQLExpr? {
        for scope in scopes {
            for source in scope {
                if let alias, !Evaluator.same(alias, source.alias) { continue }
                if let table = source.table, let place = schema.tables[table].place(name) {
                    guard let formula = schema.tables[table].columns[place].formula, depth < 5 else { return nil }
                    return formula.mapped { part in
                        guard case .column(_, let inner, _) = part else { return nil }
                        return self.formula(source.alias, inner, [[source]], depth + 1)
                            ?? .column(table: source.alias, name: inner, quoted: false)
                    }
                }
                if source.names.contains(where: { Evaluator.same($0, name) }) { return nil }
            }
        }
        return nil
    }
}
