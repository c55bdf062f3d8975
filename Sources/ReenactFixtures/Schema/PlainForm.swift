/// Questions in the form that is solved best. What asks whether there is a row beside another is written in many ways: outer
/// joins whose other side must be missing, EXCEPT, INTERSECT. All become conditions that name the rows asked for.
///
/// The engine is asked in the words of the recording.
struct PlainForm {
    let schema: Schema

    func of(_ statement: SQLStatement) -> SQLStatement {
        switch statement {
        case .select(let query): return .select(whole(query))
        case .insert(var insert):
            if case .query(let query) = insert.source { insert.source = .query(whole(query)) }
            return .insert(insert)
        case .update, .delete, .control: return statement
        }
    }

    private func whole(_ query: SQLQuery) -> SQLQuery {
        let query = NestedForm(schema: schema).of(query)
        let generated = GeneratedForm(schema: schema)
        return plain(generated.isIdle ? query : generated.of(query))
    }

    private func plain(_ query: SQLQuery) -> SQLQuery {
        var query = query
        for place in query.commons.indices { query.commons[place].query = plain(query.commons[place].query) }
        switch query.body {
        case .values: break
        case .select(var select):
            for place in select.from.indices {
                if case .query(let inner) = select.from[place].what { select.from[place].what = .query(plain(inner)) }
            }
            let names = Set(query.commons.map { $0.name.lowercased() })
            query.body = .select(withoutMissing(SetForm.of(select), names))
        case .combine(let word, let all, let left, let right):
            let (left, right) = (plain(left), plain(right))
            query.body = .combine(word, all: all, left, right)
            if !all, let select = membership(word, left, right) { query.body = .select(select) }
        }
        return query
    }

    // MARK: outer joins

    /// `LEFT JOIN child ON … WHERE child.key IS NULL` asks for rows without a child.
    private func withoutMissing(_ select: SQLSelect, _ commons: Set<String>) -> SQLSelect {
        var select = select
        for place in select.from.indices.reversed() where place > 0 {
            guard let made = withoutMissing(place, select, commons) else { continue }
            select = made
        }
        return select
    }

    private func withoutMissing(_ place: Int, _ select: SQLSelect, _ commons: Set<String>) -> SQLSelect? {
        let source = select.from[place]
        guard source.join == .left, source.using.isEmpty, !source.isNatural, let on = source.on,
            case .table(let name) = source.what, !commons.contains(name.lowercased()), let table = schema.place(name),
            var conditions = select.condition?.conjuncts,
            let test = conditions.firstIndex(where: { isMissing($0, source, table, on) })
        else { return nil }
        conditions.remove(at: test)
        var others = conditions + select.groups + [select.having].compactMap { $0 } + select.items.map(\.expression)
        for (number, other) in select.from.enumerated() where number != place {
            // What is shared by name is no expression.
            if !other.using.isEmpty || other.isNatural { return nil }
            others += [other.on].compactMap { $0 }
        }
        if others.contains(where: { mayName(source, table, $0) }) { return nil }
        var child = source
        (child.join, child.on) = (.inner, nil)
        let inner = SQLSelect(items: [SQLItem(expression: .value(.int(1)))], from: [child], condition: on)
        conditions.append(.not(.exists(SQLQuery(body: .select(inner)))))
        var made = select
        made.from.remove(at: place)
        made.condition = conditions.dropFirst().reduce(conditions[0]) { .and($0, $1) }
        return made
    }

    /// `child.column IS NULL`, where no row of the child that is found has NULL there.
    private func isMissing(_ condition: SQLExpr, _ source: SQLSource, _ table: Int, _ on: SQLExpr) -> Bool {
        guard case .isNull(let tested, negated: false) = condition, case .column(let alias?, let name, _) = tested,
            Evaluator.same(alias, source.alias), let column = schema.tables[table].place(name)
        else { return false }
        let definition = schema.tables[table]
        if definition.columns[column].isNotNull || definition.primary.contains(column) { return true }
        return on.conjuncts.contains { part in
            guard case .compare("=", let left, let right) = part else { return false }
            return left == tested || right == tested
        }
    }

    /// Whether the expression looks at that source, as far as can be told.
    private func mayName(_ source: SQLSource, _ table: Int, _ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { part in
            switch part {
            case .column(let alias?, _, _): found = found || Evaluator.same(alias, source.alias)
            case .column(nil, let name, _): found = found || schema.tables[table].place(name) != nil
            case .star(let alias): found = found || alias.map { Evaluator.same($0, source.alias) } ?? true
            case .exists, .subquery, .inQuery: found = true
            default: break
            }
        }
        return found
    }

    // MARK: sets

    /// Of one column: what is, or is not, in another query too.
    private func membership(_ word: String, _ left: SQLQuery, _ right: SQLQuery) -> SQLSelect? {
        guard word == "EXCEPT" || word == "INTERSECT", var select = simple(left), var inner = simple(right),
            select.items.count == 1, inner.items.count == 1, case .column = select.items[0].expression,
            case .column = inner.items[0].expression
        else { return nil }
        let isExcept = word == "EXCEPT"
        inner.isDistinct = false
        if isExcept {
            // A NULL there would take everything away.
            let isKnown = SQLExpr.isNull(inner.items[0].expression, negated: true)
            inner.condition = inner.condition.map { .and($0, isKnown) } ?? isKnown
        }
        let test = SQLExpr.inQuery(
            select.items[0].expression, SQLQuery(body: .select(inner)), negated: isExcept)
        select.condition = select.condition.map { .and($0, test) } ?? test
        select.isDistinct = true
        return select
    }

    private func simple(_ query: SQLQuery) -> SQLSelect? {
        guard query.commons.isEmpty, query.order.isEmpty, query.limit == nil, query.offset == nil,
            case .select(let select) = query.body, select.groups.isEmpty, !select.isAggregate,
            !select.items.contains(where: \.expression.hasWindow)
        else { return nil }
        return select
    }
}
