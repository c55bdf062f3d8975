/// What lets a select be followed row by row.
extension PlanCompiler {
    func isInner(_ source: Int, _ plan: SelectPlan) -> Bool {
        plan.sources.contains { $0.number == source && !$0.isLeft }
    }

    /// `column IN (SELECT column …)` as a condition of its own: whether there is such a row, which an index tells. Nil where NULLs
    /// would make a difference.
    func membership(_ condition: SQLExpr, _ level: Level, _ plan: SelectPlan) throws(PlanGap) -> PlanNode? {
        guard case .inQuery(let tested, let query, let negated) = condition, case .column = tested,
            query.commons.isEmpty, query.limit == nil, query.offset == nil, case .select(let select) = query.body,
            select.groups.isEmpty, !select.isAggregate, select.items.count == 1,
            case .column(_, let name, _) = select.items[0].expression,
            let outer = try node(tested) as? ColumnNode, isInner(outer.source, plan)
        else { return nil }
        let first = links.sources.count
        let (inner, _) = try self.query(query)
        let isKnown = (select.condition?.conjuncts ?? []).contains {
            guard case .isNull(.column(_, let other, _), negated: true) = $0 else { return false }
            return Evaluator.same(name, other)
        }
        guard !inner.isCorrelated, case .select(let made) = inner.body, let item = made.items[0] as? ColumnNode,
            let place = made.sources.firstIndex(where: { $0.number == item.source }), !made.sources[place].isLeft,
            !negated || (isFilled(outer) && (isKnown || isFilled(item)))
        else {
            links.note(inner, from: first, isValue: true)
            return InQueryNode(outer, inner, negated)
        }
        inner.isCorrelated = true
        let equal = CompareNode(.same, item, outer)
        made.sources[place].filters.append(equal)
        if made.sources[place].probe == nil { made.sources[place].probe = (item.column, outer) }
        links.link(item, outer) { $0 == item.source }
        return negated ? NotNode(ExistsNode(inner)) : ExistsNode(inner)
    }

    private func isFilled(_ node: ColumnNode) -> Bool {
        tables.schema.tables[node.column.table.number].columns[node.column.number].isNotNull
    }

    /// Whether all rows of a group show the same.
    func isFirm(_ select: SQLSelect, _ order: [SQLOrder], _ level: Level, _ plan: SelectPlan) -> Bool {
        let groups = select.groups.map { resolved($0, select, isOrder: false, level) }
        let shown = select.items.map(\.expression) + [select.having].compactMap { $0 }
        let ordered = order.map { resolved($0.expression, select, isOrder: true, level) }
        return (shown + ordered).allSatisfy { isFirm($0, groups, plan) }
    }

    private func isFirm(_ expression: SQLExpr, _ groups: [SQLExpr], _ plan: SelectPlan) -> Bool {
        if groups.contains(expression) { return true }
        func all(_ list: [SQLExpr]) -> Bool { list.allSatisfy { isFirm($0, groups, plan) } }
        switch expression {
        case .value: return true
        case .column:
            guard let node = try? node(expression) as? ColumnNode else { return false }
            let grouped = plan.groups.compactMap { $0 as? ColumnNode }.filter { $0.source == node.source }
            if grouped.contains(where: { $0.column === node.column }) { return true }
            let key = tables.schema.tables[node.column.table.number].primary
            return !key.isEmpty && key.allSatisfy { part in grouped.contains { $0.column.number == part } }
        case .call(let call): return call.isAggregate || (!call.isWindow && all(call.arguments))
        case .and(let left, let right), .or(let left, let right), .compare(_, let left, let right),
            .binary(_, let left, let right):
            return all([left, right])
        case .not(let inner), .isNull(let inner, _), .unary(_, let inner), .cast(let inner, _): return all([inner])
        case .between(let inner, let low, let high, _): return all([inner, low, high])
        case .inList(let inner, let list, _): return all([inner] + list)
        case .when(let operand, let branches, let otherwise):
            return all(
                [operand, otherwise].compactMap { $0 } + branches.flatMap { [$0.condition, $0.result] })
        case .subquery(let query): return (try? self.isApart(query)) ?? false
        default: return false
        }
    }

    /// A subquery that gives the same for all rows.
    private func isApart(_ query: SQLQuery) throws(PlanGap) -> Bool {
        var alone = PlanCompiler(tables, machine, dialect)
        alone.commons = commons
        _ = try alone.query(query)
        return true
    }
}
