/// What plans do not cover: the engine is asked instead.
struct PlanGap: Error {
    let what: String
}

/// Makes plans of parsed queries.
struct PlanCompiler {
    /// A source by its alias, and where each of its columns is.
    struct Named {
        var alias: String
        var columns: [(name: String, node: PlanNode)]
    }

    /// What names mean in one select.
    final class Level {
        var sources: [Named] = []
        var numbers: [Int] = []
        var aliases: [(name: String, expression: SQLExpr)] = []
        /// Rows of queries further out are looked at.
        var isCorrelated = false
        /// Aggregates are allowed, and collected here.
        var totals: [PlanTotal] = []
        var windows: [PlanWindow] = []
        /// An alias is being resolved.
        var resolving: Set<String> = []
    }

    struct Common {
        var name: String
        var columns: [String]
        var holder: RowsHolder
        /// Nil while it is made of itself.
        var plan: QueryPlan?
    }

    let tables: PlanTables
    let machine: PlanMachine
    /// NULLs come last, as in PostgreSQL, unless the statement says otherwise.
    let dialect: SQLDialect
    var levels: [Level] = []
    var commons: [Common] = []
    let links = PlanLinks()
    private let counter = Counter()

    final class Counter {
        var totals = 0
    }

    init(_ tables: PlanTables, _ machine: PlanMachine, _ dialect: SQLDialect) {
        (self.tables, self.machine, self.dialect) = (tables, machine, dialect)
    }

    func newSource() throws(PlanGap) -> Int {
        links.sources.append(.init())
        if links.sources.count >= PlanMachine.capacity { throw PlanGap(what: "sources") }
        return links.sources.count - 1
    }

    func newTotal() throws(PlanGap) -> Int {
        counter.totals += 1
        if counter.totals >= PlanMachine.capacity - 1 { throw PlanGap(what: "totals") }
        return counter.totals - 1
    }

    // MARK: queries

    func query(_ query: SQLQuery) throws(PlanGap) -> (plan: QueryPlan, names: [String]) {
        var inner = self
        for common in query.commons { inner.commons.append(try inner.common(common)) }
        let plan = QueryPlan()
        var names: [String] = []
        let level = Level()
        inner.levels.append(level)
        switch query.body {
        case .values: throw PlanGap(what: "VALUES")
        case .select(let select):
            let (made, own) = try inner.select(select, query.order)
            plan.body = .select(made)
            names = own
        case .combine(let word, let all, let left, let right):
            let (first, own) = try inner.query(left)
            let (second, others) = try inner.query(right)
            if own.count != others.count { throw PlanGap(what: "widths") }
            plan.body = .combine(word, all: all, first, second)
            if first.isCorrelated || second.isCorrelated { level.isCorrelated = true }
            names = own
            for key in query.order {
                let column: Int?
                switch key.expression {
                case .value(.int(let place)): column = Int(place) - 1
                case .column(nil, let name, _): column = own.firstIndex { Evaluator.same($0, name) }
                default: column = nil
                }
                guard let column, own.indices.contains(column) else { throw PlanGap(what: "order of a set") }
                plan.order.append((column, key.isDescending, nullsFirst(key)))
            }
        }
        plan.limit = try query.limit.map { (limit) throws(PlanGap) in try inner.node(limit) }
        plan.offset = try query.offset.map { (offset) throws(PlanGap) in try inner.node(offset) }
        plan.isCorrelated = level.isCorrelated
        return (plan, names)
    }

    func nullsFirst(_ order: SQLOrder) -> Bool {
        order.nullsFirst ?? ((dialect == .sqlite) != order.isDescending)
    }

    private func common(_ common: SQLCommon) throws(PlanGap) -> Common {
        let holder = RowsHolder()
        var isRecursive = false
        if case .combine("UNION", _, _, let again) = common.query.body {
            isRecursive =
                again.first?.from.contains {
                    if case .table(let name) = $0.what { Evaluator.same(name, common.name) } else { false }
                } ?? false
        }
        var inner = self
        var names = common.columns
        if isRecursive, case .combine(_, _, let first, _) = common.query.body {
            if names.isEmpty { names = Evaluator.names(first, []) }
            inner.commons.append(Common(name: common.name, columns: names, holder: holder, plan: nil))
        }
        let first = links.sources.count
        let (plan, own) = try inner.query(common.query)
        if isRecursive {
            plan.recursion = holder
            // Each round has rows of its own.
            if case .combine(_, _, _, let again) = plan.body { again.isCorrelated = true }
        }
        if plan.isCorrelated, !isRecursive { throw PlanGap(what: "a common table that looks outside") }
        plan.isCorrelated = false
        links.note(plan, from: first)
        for (place, name) in own.enumerated() where place >= names.count { names.append(name) }
        return Common(name: common.name, columns: names, holder: holder, plan: plan)
    }

    // MARK: selects

    func select(_ select: SQLSelect, _ order: [SQLOrder]) throws(PlanGap) -> (SelectPlan, [String]) {
        if let (outer, order) = try overGroups(select, order) { return try self.select(outer, order) }
        let plan = SelectPlan()
        guard let level = levels.last else { throw PlanGap(what: "level") }
        for source in select.from { plan.sources.append(try self.source(source, level)) }
        level.aliases = select.items.compactMap { item in item.alias.map { ($0, item.expression) } }
        // Conditions of joins and of WHERE stand where all they name is chosen.
        for (place, source) in select.from.enumerated() {
            for condition in (source.on?.conjuncts ?? []) + (try shared(source, place, level, select)) {
                let node = try node(condition)
                plan.sources[place].conditions.append(node)
                let (number, isLeft) = (level.numbers[place], plan.sources[place].isLeft)
                links.link(node) { isLeft ? $0 == number : isInner($0, plan) }
                if plan.sources[place].probe == nil {
                    plan.sources[place].probe = try probe(condition, plan.sources[place], level, before: place)
                }
            }
        }
        for condition in select.condition?.conjuncts ?? [] {
            let made = try membership(condition, level, plan)
            let node = if let made { made } else { try node(condition) }
            links.link(node) { isInner($0, plan) }
            let last = level.numbers.indices.last { looksAt(condition, level, $0) }
            guard let last else {
                plan.filters.append(node)
                continue
            }
            plan.sources[last].filters.append(node)
            if plan.sources[last].probe == nil, !plan.sources[last].isLeft {
                plan.sources[last].probe = try probe(condition, plan.sources[last], level, before: last)
            }
        }
        plan.isDistinct = select.isDistinct && select.distinctOn.isEmpty
        for expression in select.distinctOn {
            plan.distinctOn.append(try node(resolved(expression, select, isOrder: true, level)))
        }
        if !plan.distinctOn.isEmpty, select.isAggregate || !select.groups.isEmpty { throw PlanGap(what: "DISTINCT ON") }
        for group in select.groups { plan.groups.append(try node(resolved(group, select, isOrder: false, level))) }
        var names: [String] = []
        for item in select.items {
            if case .star(let only) = item.expression {
                for named in level.sources where only.map({ Evaluator.same($0, named.alias) }) ?? true {
                    for column in named.columns {
                        links.use(column.node)
                        plan.items.append(column.node)
                        names.append(column.name)
                    }
                }
                continue
            }
            plan.items.append(try node(item.expression))
            if let alias = item.alias {
                names.append(alias)
            } else if case .column(_, let name, _) = item.expression {
                names.append(name)
            } else if case .call(let call) = item.expression {
                names.append(call.name.lowercased())
            } else {
                names.append("")
            }
        }
        plan.having = try select.having.map { (having) throws(PlanGap) in try node(having) }
        for key in order {
            let meant = resolved(key.expression, select, isOrder: true, level)
            let item = select.items.firstIndex { $0.expression == meant }
            plan.order.append(
                .init(
                    node: try ranked(meant), item: plan.items.count == select.items.count ? item : nil,
                    isDescending: key.isDescending, nullsFirst: nullsFirst(key)))
        }
        if plan.items.count == select.items.count {
            plan.names = select.items.indices.filter { !select.items[$0].expression.hasAggregate }
        }
        plan.totals = level.totals
        plan.windows = level.windows
        plan.isGrouped = !level.totals.isEmpty || !select.groups.isEmpty || select.having != nil
        if plan.isGrouped, !plan.windows.isEmpty { throw PlanGap(what: "windows over groups") }
        plan.isFirm = !plan.isGrouped || isFirm(select, order, level, plan)
        return (plan, names)
    }

    /// A position or an alias becomes what it stands for.
    func resolved(_ expression: SQLExpr, _ select: SQLSelect, isOrder: Bool, _ level: Level) -> SQLExpr {
        switch expression {
        case .value(.int(let place)) where place >= 1 && place <= select.items.count:
            return select.items[Int(place) - 1].expression
        case .column(nil, let name, _) where isOrder:
            return level.aliases.first { Evaluator.same($0.name, name) }?.expression ?? expression
        default: return expression
        }
    }

    private func source(_ source: SQLSource, _ level: Level) throws(PlanGap) -> SelectPlan.Source {
        if source.join == .right || source.join == .full { throw PlanGap(what: "a kind of join") }
        var isLateral = false
        let number = try newSource()
        var named = Named(alias: source.alias, columns: [])
        let rows: SelectPlan.Rows
        func derived(_ plan: QueryPlan?, _ holder: RowsHolder, _ names: [String]) -> SelectPlan.Rows {
            named.columns = names.enumerated().map { place, name in
                if isLateral, let plan { return (name, LateralNode(holder, plan, place, number)) }
                return (name, DerivedNode(holder, place, number))
            }
            return .derived(plan, holder)
        }
        switch source.what {
        case .function: throw PlanGap(what: "a function in FROM")
        case .query(let inner):
            let first = links.sources.count
            var (plan, names) = try query(inner)
            links.note(plan, from: first)
            if plan.isCorrelated { level.isCorrelated = true }
            isLateral = source.isLateral && plan.isCorrelated
            for (place, name) in source.columns.enumerated() where place < names.count { names[place] = name }
            rows = derived(plan, RowsHolder(), names)
            links.use(plan, by: number)
        case .table(let name):
            if let common = commons.last(where: { Evaluator.same($0.name, name) }) {
                // Of itself it reads the last round's rows.
                rows = derived(common.plan, common.plan == nil ? common.holder : RowsHolder(), common.columns)
                links.use(common.plan, by: number)
            } else {
                guard let place = tables.schema.place(name) else { throw PlanGap(what: "an unknown table") }
                let table = tables.tables[place]
                let definition = tables.schema.tables[place]
                named.columns = definition.columns.enumerated().map {
                    ($0.element.name, ColumnNode(table.columns[$0.offset], number))
                }
                if let counter = definition.counter {
                    level.aliases.append(
                        ("rowid", .column(table: source.alias, name: definition.columns[counter].name, quoted: false)))
                }
                rows = .table(table)
                links.sources[number].table = table
            }
        }
        level.sources.append(named)
        level.numbers.append(number)
        let made = SelectPlan.Source(number: number, rows: rows, isLeft: source.join == .left)
        made.isLateral = isLateral
        return made
    }

    /// Whether the expression looks at that source of this level.
    private func looksAt(_ expression: SQLExpr, _ level: Level, _ place: Int) -> Bool {
        var found = false
        expression.walk { part in
            switch part {
            case .column(let table, let name, _):
                let named = level.sources[place]
                if let table { found = found || Evaluator.same(table, named.alias) }
                if table == nil, named.columns.contains(where: { Evaluator.same($0.name, name) }) { found = true }
            // A subquery may look at all of them.
            case .exists, .subquery, .inQuery: found = true
            default: break
            }
        }
        return found
    }

    /// A column of that table that an equation gives from what is chosen before.
    private func probe(
        _ condition: SQLExpr, _ source: SelectPlan.Source, _ level: Level, before place: Int
    ) throws(PlanGap) -> (column: PlanColumn, key: PlanNode)? {
        guard case .table = source.rows, case .compare("=", let left, let right) = condition else { return nil }
        for (mine, other) in [(left, right), (right, left)] {
            guard case .column = mine, let column = try node(mine) as? ColumnNode, column.source == source.number,
                !(place..<level.sources.count).contains(where: { looksAt(other, level, $0) })
            else { continue }
            return (column.column, try node(other))
        }
        return nil
    }
}
