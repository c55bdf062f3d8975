extension PlanCompiler {
    func window(_ call: SQLCall) throws(PlanGap) -> PlanNode {
        guard let level = levels.last, let window = call.window, !call.isDistinct else {
            throw PlanGap(what: "window")
        }
        func whole(_ place: Int, _ otherwise: Int) throws(PlanGap) -> Int {
            guard place < call.arguments.count else { return otherwise }
            guard case .value(.int(let number)) = call.arguments[place], (0...1_000_000).contains(number) else {
                throw PlanGap(what: "a window's distance")
            }
            return Int(number)
        }
        let kind: PlanWindow.Kind =
            switch call.name {
            case "ROW_NUMBER": .number
            case "RANK": .rank
            case "DENSE_RANK": .denseRank
            case "LAG": .beside(-(try whole(1, 1)))
            case "LEAD": .beside(try whole(1, 1))
            case "PERCENT_RANK": .percentRank
            case "CUME_DIST": .share
            case "FIRST_VALUE": .at(0)
            case "LAST_VALUE": .at(-1)
            case "NTH_VALUE": .at(max(1, try whole(1, 1)) - 1)
            case "NTILE": .tile(max(1, try whole(0, 1)))
            default: .total(try self.kind(call.name))
            }
        var partition: [PlanNode] = []
        for part in window.partition { partition.append(try node(part)) }
        var order: [SelectPlan.Order] = []
        for key in window.order {
            order.append(
                .init(
                    node: try ranked(key.expression), item: nil, isDescending: key.isDescending,
                    nullsFirst: nullsFirst(key)))
        }
        let inner = try call.hasStar ? nil : call.arguments.first.map { (first) throws(PlanGap) in try node(first) }
        let made = PlanWindow(kind, try newTotal(), inner, partition, order, machine.pool)
        if call.arguments.count == 3 { made.otherwise = try node(call.arguments[2]) }
        if let filter = call.filter { made.filter = try node(filter) }
        if let frame = window.frame {
            // Between peers a distance is one of values; only its ends are of rows.
            let isOfRows = frame.unit == "ROWS"
            guard !frame.isOther, isOfRows || (frame.start ?? 0) == 0 && (frame.end ?? 0) == 0 else {
                throw PlanGap(what: "a window's frame")
            }
            made.frame = frame
        }
        level.windows.append(made)
        return TotalNode(made.number)
    }

    /// Windows over groups are windows over a query that groups: that one, and in which order it is shown. Nil where there is
    /// nothing of the kind.
    func overGroups(_ select: SQLSelect, _ order: [SQLOrder]) throws(PlanGap) -> (SQLSelect, [SQLOrder])? {
        let shown = select.items.map(\.expression) + order.map(\.expression)
        guard shown.contains(where: \.hasWindow),
            !select.groups.isEmpty || select.having != nil || shown.contains(where: \.looksAtGroups)
        else { return nil }
        if shown.contains(where: { if case .star = $0 { true } else { false } }) {
            throw PlanGap(what: "windows over groups")
        }
        let alias = "groups"
        var inner = select
        (inner.items, inner.isDistinct) = ([], false)
        inner.groups = select.groups.map {
            if case .value(.int(let place)) = $0, (1...Int64(select.items.count)).contains(place) {
                return select.items[Int(place) - 1].expression
            }
            return $0
        }
        var taken: Set<String> = []
        func name(_ expression: SQLExpr, as wanted: String? = nil) -> SQLExpr {
            let known = inner.items.first { $0.expression == expression }
            let name = known?.alias ?? wanted ?? "group \(inner.items.count)"
            if known == nil {
                taken.insert(name.lowercased())
                inner.items.append(SQLItem(expression: expression, alias: name))
            }
            return .column(table: alias, name: name, quoted: false)
        }
        for item in select.items where !item.expression.hasWindow {
            let isFree = item.alias.map { !taken.contains($0.lowercased()) } ?? false
            _ = name(item.expression, as: isFree ? item.alias : nil)
        }
        var hasQuery = false
        func outer(_ expression: SQLExpr) -> SQLExpr {
            expression.mapped { part in
                if inner.items.contains(where: { $0.expression == part }) { return name(part) }
                switch part {
                case .call(var call):
                    guard var window = call.window else { return call.isAggregate ? name(part) : nil }
                    call.arguments = call.arguments.map(outer)
                    call.filter = call.filter.map(outer)
                    window.partition = window.partition.map(outer)
                    for place in window.order.indices {
                        window.order[place].expression = outer(window.order[place].expression)
                    }
                    call.window = window
                    return .call(call)
                case .column: return name(part)
                case .exists, .subquery, .inQuery:
                    hasQuery = true
                    return part
                default: return nil
                }
            }
        }
        var made = SQLSelect()
        made.isDistinct = select.isDistinct
        made.items = select.items.map { item in
            let expression = item.expression.hasWindow ? outer(item.expression) : name(item.expression)
            var own = item.alias
            if case .column(_, let name, _) = item.expression { own = own ?? name }
            if case .call(let call) = item.expression { own = own ?? call.name.lowercased() }
            return SQLItem(expression: expression, alias: own)
        }
        let level = Level()
        level.aliases = select.items.compactMap { item in item.alias.map { ($0, item.expression) } }
        let keys = order.map { key in
            var key = key
            key.expression = outer(resolved(key.expression, select, isOrder: true, level))
            return key
        }
        if hasQuery { throw PlanGap(what: "windows over groups") }
        made.from = [SQLSource(what: .query(SQLQuery(body: .select(inner))), alias: alias)]
        return (made, keys)
    }
}

extension SQLExpr {
    /// A total stands in it, also in what a window looks at.
    fileprivate var looksAtGroups: Bool {
        var found = false
        walk { part in
            guard case .call(let call) = part else { return }
            if call.isAggregate { found = true }
            guard let window = call.window else { return }
            let looked = window.partition + window.order.map(\.expression)
            if looked.contains(where: \.looksAtGroups) { found = true }
        }
        return found
    }
}
