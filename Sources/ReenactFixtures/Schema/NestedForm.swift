/// Questions in which joins in parentheses stand as joins beside the others where that is the same, else as a subquery whose
/// columns go by names of its own.
struct NestedForm {
    let schema: Schema

    /// What a name in FROM stands for.
    private struct Source {
        var alias: String
        var columns: [String]
        /// The subquery that it went into.
        var home: String?
    }

    private typealias Scopes = [[Source]]

    func of(_ query: SQLQuery) -> SQLQuery { of(query, [], [:]) }

    private func of(_ query: SQLQuery, _ outer: Scopes, _ commons: [String: [String]]) -> SQLQuery {
        var query = query
        var commons = commons
        for place in query.commons.indices {
            let common = query.commons[place]
            commons[common.name.lowercased()] = Evaluator.names(common.query, common.columns)
            query.commons[place].query = of(common.query, [], commons)
        }
        switch query.body {
        case .values: break
        case .combine(let word, let all, let left, let right):
            query.body = .combine(word, all: all, of(left, outer, commons), of(right, outer, commons))
        case .select(var select):
            select.from = flat(select.from)
            var mine: [Source] = []
            for place in select.from.indices {
                let source = select.from[place]
                if source.isNested {
                    (select.from[place], mine) = housed(source, place, mine, commons)
                } else {
                    mine.append(Source(alias: source.alias, columns: names(source, commons)))
                }
                if case .query(let inner) = select.from[place].what {
                    select.from[place].what = .query(of(inner, source.isLateral ? [mine] + outer : outer, commons))
                }
            }
            let scopes = [mine] + outer
            func change(_ expression: SQLExpr) -> SQLExpr { changed(expression, scopes, commons) }
            for place in select.from.indices { select.from[place].on = select.from[place].on.map(change) }
            select.items = select.items.flatMap { items($0, scopes, change) }
            select.condition = select.condition.map(change)
            select.groups = select.groups.map(change)
            select.having = select.having.map(change)
            for place in query.order.indices {
                let key = query.order[place].expression
                // An alias comes before a column.
                if case .column(nil, let name, _) = key,
                    select.items.contains(where: { $0.alias.map { Evaluator.same($0, name) } ?? false })
                {
                    continue
                }
                query.order[place].expression = change(key)
            }
            query.body = .select(select)
        }
        return query
    }

    private func names(_ source: SQLSource, _ commons: [String: [String]]) -> [String] {
        switch source.what {
        case .query(let query): Evaluator.names(query, source.columns)
        case .table(let name):
            commons[name.lowercased()] ?? schema.place(name).map { schema.tables[$0].columns.map(\.name) } ?? []
        case .function: source.columns
        }
    }

    private static func members(_ source: SQLSource) -> [SQLSource]? {
        guard source.isNested, case .query(let query) = source.what else { return nil }
        return query.first?.from
    }

    // MARK: beside the others

    private func flat(_ from: [SQLSource]) -> [SQLSource] {
        var list: [SQLSource] = []
        for (place, source) in from.enumerated() {
            guard var inner = Self.members(source).map(flat) else {
                list.append(source)
                continue
            }
            let shares = (inner + [source]).contains { $0.isNatural || !$0.using.isEmpty }
            let isInner = inner.dropFirst().allSatisfy { $0.join == .inner || $0.join == .cross }
            let isOuter = source.join == .left && follow(inner, source.on)
            if place == 0 {
                list += inner
            } else if !shares, isInner, source.join == .inner || source.join == .cross {
                inner[0].join = source.join
                let last = inner.count - 1
                let conditions = [inner[last].on, source.on].compactMap { $0 }
                inner[last].on = conditions.dropFirst().reduce(conditions.first) { both, next in
                    both.map { .and($0, next) }
                }
                if inner[last].on != nil { inner[last].join = .inner }
                list += inner
            } else if !shares, isOuter {
                (inner[0].join, inner[0].on) = (.left, source.on)
                for number in inner.indices.dropFirst() { inner[number].join = .left }
                list += inner
            } else {
                var source = source
                source.what = .query(
                    SQLQuery(body: .select(SQLSelect(items: [SQLItem(expression: .star(table: nil))], from: inner))))
                list.append(source)
            }
        }
        return list
    }

    /// None of the joined can be missing where the first of them is there, and none is there where that is missing: one outer
    /// join after the other gives the same.
    private func follow(_ members: [SQLSource], _ on: SQLExpr?) -> Bool {
        guard let on, case .table = members[0].what else { return false }
        for (place, source) in members.enumerated().dropFirst() {
            if mayName(source, on) { return false }
            guard let own = source.on else { return false }
            switch source.join {
            case .inner: if !isReference(own, source, members[..<place]) { return false }
            case .left:
                let meets = own.conjuncts.contains { part in
                    guard case .compare("=", .column(let left?, _, _), .column(let right?, _, _)) = part else {
                        return false
                    }
                    return members[..<place].contains { member in
                        Evaluator.same(member.alias, left) || Evaluator.same(member.alias, right)
                    }
                }
                if !meets { return false }
            default: return false
            }
        }
        return true
    }

    private func mayName(_ source: SQLSource, _ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { part in
            switch part {
            case .column(let alias?, _, _): found = found || Evaluator.same(alias, source.alias)
            case .column(nil, _, _), .exists, .subquery, .inQuery: found = true
            default: break
            }
        }
        return found
    }

    /// The condition says no more than a reference that can't be NULL.
    private func isReference(_ on: SQLExpr, _ parent: SQLSource, _ children: ArraySlice<SQLSource>) -> Bool {
        guard case .table(let name) = parent.what, let target = schema.place(name) else { return false }
        for child in children {
            guard case .table(let name) = child.what, let table = schema.place(name) else { continue }
            var pairs: [[Int]] = []
            for part in on.conjuncts {
                guard case .compare("=", .column(let left?, let a, _), .column(let right?, let b, _)) = part else {
                    return false
                }
                let isTurned = Evaluator.same(left, parent.alias)
                guard Evaluator.same(isTurned ? right : left, child.alias),
                    Evaluator.same(isTurned ? left : right, parent.alias),
                    let own = schema.tables[table].place(isTurned ? b : a),
                    let other = schema.tables[target].place(isTurned ? a : b),
                    schema.tables[table].columns[own].isNotNull || schema.tables[table].primary.contains(own)
                else { break }
                pairs.append([own, other])
            }
            guard pairs.count == on.conjuncts.count else { continue }
            let isKey = schema.tables[table].foreign.contains { key in
                guard let (place, columns) = schema.target(key), place == target else { return false }
                return Set(zip(key.columns, columns).map { [$0, $1] }) == Set(pairs)
            }
            if isKey { return true }
        }
        return false
    }

    // MARK: as a subquery

    private func housed(
        _ source: SQLSource, _ place: Int, _ before: [Source], _ commons: [String: [String]]
    ) -> (SQLSource, [Source]) {
        var (source, mine) = (source, before)
        let home = "joined \(place)"
        var items: [SQLItem] = []
        for member in leaves(source) {
            let columns = names(member, commons)
            mine.append(Source(alias: member.alias, columns: columns, home: home))
            items += columns.map {
                SQLItem(
                    expression: .column(table: member.alias, name: $0, quoted: false),
                    alias: Self.name(member.alias, $0))
            }
        }
        if case .query(var query) = source.what, case .select(var select) = query.body {
            select.items = items
            query.body = .select(select)
            source.what = .query(query)
        }
        (source.alias, source.isNested) = (home, false)
        return (source, mine)
    }

    private func leaves(_ source: SQLSource) -> [SQLSource] {
        Self.members(source).map { $0.flatMap(leaves) } ?? [source]
    }

    private static func name(_ alias: String, _ column: String) -> String { "\(alias).\(column)".lowercased() }

    private func items(_ item: SQLItem, _ scopes: Scopes, _ change: (SQLExpr) -> SQLExpr) -> [SQLItem] {
        if case .star(let alias?) = item.expression,
            let source = scopes[0].first(where: { Evaluator.same($0.alias, alias) }), source.home != nil
        {
            return source.columns.map {
                SQLItem(expression: change(.column(table: alias, name: $0, quoted: false)), alias: $0)
            }
        }
        var item = item
        let made = change(item.expression)
        if made == item.expression { return [item] }
        if item.alias == nil, case .column(_, let name, _) = item.expression { item.alias = name }
        item.expression = made
        return [item]
    }

    private func changed(_ expression: SQLExpr, _ scopes: Scopes, _ commons: [String: [String]]) -> SQLExpr {
        expression.mapped { part in
            switch part {
            case .column(let alias, let name, let quoted):
                for source in scopes.joined() {
                    let isMeant = alias.map { Evaluator.same($0, source.alias) }
                    guard isMeant ?? source.columns.contains(where: { Evaluator.same($0, name) }) else { continue }
                    guard let home = source.home else { return nil }
                    return .column(table: home, name: Self.name(source.alias, name), quoted: quoted)
                }
                return nil
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
}
