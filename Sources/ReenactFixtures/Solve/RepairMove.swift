/// One thing to try on the way to a better fixture.
enum RepairMove {
    /// Where rows that are there may serve, which must be new, and where the values of new rows lie.
    struct Way {
        var reuse: Inverter.Reuse
        var mode: FillMode
        var fresh: Set<String> = []
        /// Last digits of a sum to add or take away.
        var nudge = 0
        /// Sums of binary fractions are made of values with two digits behind the point, as amounts have.
        var isPlain = false
        /// A sum is spread over the rows, not put on one.
        var isEven = false
        /// What repairs chose before may be chosen again.
        var overrides = false
    }

    /// A row of totals to be had, the values that are not known left open, and what totals must reach.
    struct Group {
        var outputs: [SQLValue?]
        var bounds: [(expression: SQLExpr, sign: String, value: SQLValue)] = []
        /// What other statements tell of the same group.
        var totals: [(expression: SQLExpr, value: SQLValue)] = []
    }

    struct Pin {
        var variable: Int
        var value: SQLValue
    }

    case add(SQLQuery, rows: [[SQLValue]], Way)
    case count(SQLQuery, Int, Way)
    /// Rows of totals; the groups in `apart` stand for others.
    case groups(SQLQuery, [Group], apart: [[SQLValue]], Way)
    case pins([Pin])
    /// A condition that these combinations of rows pass no longer.
    case refute(SQLQuery, SQLExpr, [Scope], Way)
    /// Rows that are the same.
    case merge([(Int, Int)])
    /// Partitions and values that window functions saw.
    case windows(SQLQuery, rows: [[SQLValue]])
    /// Rows on one side of a mean that a subquery takes.
    case pivot(SQLQuery, rows: [[SQLValue]], Way)
    /// Rows that move the mean which others are compared with, until so many of them pass.
    case dilute(SQLQuery, SQLSelect, count: Int?, Way)
    /// Rows of groups that should not be there go to groups of so many at most, with keys that none of those has.
    case scatter(SQLQuery, SQLSelect, [[Scope]], taken: [[SQLValue]], room: Int)
    case mode(row: Int, FillMode)
    case drop([Int])
    case reorder(SQLQuery, rows: [[SQLValue]])
    /// What was recorded at a place goes to the row that is there.
    case permute(SQLQuery, rows: [[SQLValue]])
    /// The row that holds the last id given out.
    case last(table: Int, column: Int, Int64)
}

extension Solver {
    static let ways: [RepairMove.Way] = [
        .init(reuse: .all, mode: .plain), .init(reuse: .partners, mode: .plain), .init(reuse: .partners, mode: .fence),
        .init(reuse: .none, mode: .plain), .init(reuse: .none, mode: .fence), .init(reuse: .partners, mode: .low),
        .init(reuse: .partners, mode: .high),
    ]

    static func ways(fresh: Set<String>) -> [RepairMove.Way] {
        ways.map { .init(reuse: $0.reuse, mode: $0.mode, fresh: fresh) }
    }

    func use(_ way: RepairMove.Way) {
        inverter.options = .init(existential: true, reuse: way.reuse, mode: way.mode, fresh: way.fresh)
        inverter.options.isEven = way.isEven
        inverter.options.nudge = way.nudge
        inverter.options.isPlain = way.isPlain
        tableau.overrides = way.overrides
    }

    func apply(_ move: RepairMove) throws(Conflict) {
        defer { tableau.overrides = false }
        switch move {
        case .add(let query, let rows, let way):
            present = presentRows(query, missing: rows)
            try each(rows.prefix(2000)) { (row) throws(Conflict) in
                use(way)
                try add(query, row)
            }
        case .count(let query, let count, let way): try self.count(query, count, way)
        case .groups(let query, let groups, let apart, let way):
            guard let select = query.first else { return }
            for common in query.commons { inverter.commons[common.name.lowercased()] = common }
            var others = apart.map { $0.map(Term.value) }
            inverter.keepsGroups = groups.count > 3
            defer { inverter.keepsGroups = false }
            // Where a row looks at the others, one alone is not right yet.
            let isWhole = select.items.contains { $0.expression.hasWindow || $0.expression.hasSubquery }
            try each(groups[...], atMost: isWhole ? 0.5 : 0.12) { (group) throws(Conflict) in
                use(way)
                inverter.options.claimed = Set(apart)
                inverter.options.bounds = group.bounds
                inverter.options.totals = group.totals
                let outputs = group.outputs.map { $0.map(Term.value) ?? .unknown }
                others.append(try inverter.produceGroup(select, outputs, [], apart: others, mustChange: true))
            }
            try counterweigh(select, way)
            detached = [:]
            if isWhole { try completeWhole(select, way) }
        case .pins(let pins):
            tableau.overrides = true
            tableau.isSoft = true
            defer { tableau.isSoft = false }
            for pin in pins { try tableau.bind(pin.variable, pin.value) }
        case .refute(let query, let part, let scopes, let way):
            for common in query.commons { inverter.commons[common.name.lowercased()] = common }
            use(way)
            tableau.isSoft = true
            defer { tableau.isSoft = false }
            try each(scopes[...]) { (scope) throws(Conflict) in try inverter.requireFalse(part, [scope]) }
        case .merge(let pairs):
            for (left, right) in pairs { try merge(left, right) }
        case .windows(let query, let rows): try windows(query, rows)
        case .pivot(let query, let rows, let way): try pivot(query, rows, way)
        case .dilute(let query, let select, let count, let way):
            for common in query.commons { inverter.commons[common.name.lowercased()] = common }
            try dilute(select, count, way)
        case .scatter(let query, let select, let heaps, let taken, let room):
            try scatter(query, select, heaps, taken, room)
        case .mode(let row, let mode): tableau.changeRow(row) { $0.mode = mode }
        case .drop(let rows): for row in rows { tableau.changeRow(row) { $0.died = Int.min } }
        case .reorder(let query, let rows): try reorder(query, rows)
        case .permute(let query, let rows): try permute(query, rows)
        case .last(let table, let column, let value):
            let row = tableau.newRow(table, time: 0)
            tableau.changeRow(row) { $0.isInvented = true }
            try tableau.bind(tableau.rows[row].cells[column], .int(value))
        }
    }

    /// A row of a plain select comes from rows that do not pass yet.
    private func add(_ query: SQLQuery, _ row: [SQLValue]) throws(Conflict) {
        guard case .select(let select) = query.body, !select.isAggregate else {
            return try inverter.produce(query, row.map(Term.value), [])
        }
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        inverter.options.excluded = present
        let scopes = try inverter.instance(select, row.map(Term.value), [])
        present.insert(Inverter.rows(scopes[0]))
    }

    /// So many further rows of a query.
    private func count(_ query: SQLQuery, _ count: Int, _ given: RepairMove.Way) throws(Conflict) {
        guard case .select(let select) = query.body, !select.isAggregate else {
            var way = given
            if way.reuse == .all { way.reuse = .partners }
            use(way)
            for _ in 0..<count {
                inverter.steps = 0
                try inverter.produce(query, nil, [])
                if isOverdue { throw Conflict(what: "the time was over") }
            }
            return
        }
        present = presentRows(query)
        // Of rows that are the same one is kept: what tells them apart are the rows of the sources shown.
        var shown = Set(select.from.indices)
        if select.isDistinct || !select.groups.isEmpty {
            shown = []
            for expression in select.isDistinct ? select.items.map(\.expression) : select.groups {
                expression.walk {
                    guard case .column(let alias?, _, _) = $0 else { return }
                    if let place = select.from.firstIndex(where: { Evaluator.same($0.alias, alias) }) {
                        shown.insert(place)
                    }
                }
            }
            if shown.isEmpty { shown = Set(select.from.indices) }
        }
        func mark(_ rows: [Int]) -> [Int] { rows.indices.filter(shown.contains).map { rows[$0] } }
        var used = Set(present.map(mark))
        for _ in 0..<count {
            use(given)
            inverter.steps = 0
            inverter.options.excluded = present
            if given.reuse == .all, select.isDistinct, shown.count < select.from.count {
                inverter.options.reuse = .partners
                inverter.options.fresh = Set(shown.map { select.from[$0].alias })
            }
            let taken = used
            inverter.options.accepts = { !taken.contains(mark(Inverter.rows($0[0]))) }
            let rows = Inverter.rows(try inverter.instance(select, nil, [])[0])
            present.insert(rows)
            used.insert(mark(rows))
            if isOverdue { throw Conflict(what: "the time was over") }
        }
    }

    /// Combinations that stand for recorded rows already; such as return something else may become those that are missing.
    private func presentRows(_ query: SQLQuery, missing: [[SQLValue]]? = nil) -> Set<[Int]> {
        guard case .select(let select) = query.body, !select.isAggregate else { return [] }
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        var looking = looking()
        looking.isLenient = true
        let all = looking.combinations(select, []) ?? []
        let isComputed = select.items.contains { item in
            var found = false
            item.expression.walk { if case .subquery = $0 { found = true } }
            return found
        }
        guard let missing, isComputed else { return Set(all.map(Inverter.rows).filter { !$0.contains(-1) }) }
        var right: [[SQLValue]: Int] = [:]
        for row in statements[inverter.time].recorded.rows ?? [] { right[row, default: 0] += 1 }
        for row in missing { right[row, default: 0] -= 1 }
        let settled = all.filter { scope in
            let row = select.items.compactMap { looking.value(looking.term($0.expression, [scope])) }
            guard row.count == select.items.count else { return true }
            guard let key = right.first(where: { $0.value > 0 && zip($0.key, row).allSatisfy { $0.matches($1) } })?.key
            else { return false }
            right[key, default: 0] -= 1
            return true
        }
        return Set(settled.map(Inverter.rows).filter { !$0.contains(-1) })
    }

    private func merge(_ left: Int, _ right: Int) throws(Conflict) {
        guard tableau.rows[left].into == nil, tableau.rows[right].into == nil, left != right else {
            throw Conflict(what: "one row")
        }
        try merger.unite(left, right)
    }

    /// Does what can be done; a conflict of all of them is one.
    private func each<Element>(
        _ elements: ArraySlice<Element>, atMost share: Double = 0.12, _ body: (Element) throws(Conflict) -> Void
    ) throws(Conflict) {
        var failure = Conflict(what: "nothing to do")
        var done = 0
        let before = spent
        for element in elements {
            inverter.steps = 0
            let mark = tableau.mark
            do throws(Conflict) {
                try body(element)
                done += 1
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
            if isOverdue { throw Conflict(what: "the time was over") }
            // One move is not worth all the time: others may be quicker.
            if spent - before > share { break }
        }
        if done == 0 { throw failure }
    }

    /// Gives the free sort keys of groups values in the order of the recorded rows.
    private func reorderGroups(_ query: SQLQuery, _ select: SQLSelect, _ rows: [[SQLValue]]) throws(Conflict) {
        let looking = looking()
        var groups = looking.groups(select, []) ?? []
        tableau.overrides = true
        for row in rows {
            let place = groups.firstIndex { group in
                zip(select.items, row).allSatisfy { item, wanted in
                    let scopes = [group.members.first ?? Scope()]
                    return looking.value(looking.term(looking.totalled(item.expression, group.members, []), scopes))?
                        .matches(wanted) ?? false
                }
            }
            guard let place, let first = groups.remove(at: place).members.first else { continue }
            for order in query.order {
                let expression = looking.aliased(order.expression, select)
                guard !expression.hasAggregate, case .variable(let cell) = inverter.evaluator.term(expression, [first]),
                    tableau.value(cell) == nil, let unique = tableau.variables[tableau.root(cell)].unique,
                    let value = inverter.freshValue(unique)
                else { continue }
                try tableau.bind(cell, value)
                break
            }
        }
    }

    /// Keys that nothing has settled get values that rise with the recorded rows; false where none is free.
    private func rekey(_ query: SQLQuery, _ select: SQLSelect, _ rows: [[SQLValue]]) throws(Conflict) -> Bool {
        let looking = looking()
        var scopes = looking.combinations(select, []) ?? []
        var found = false
        for order in query.order {
            let expression = looking.aliased(order.expression, select)
            for row in order.isDescending ? rows.reversed() : rows {
                let place = scopes.firstIndex { scope in
                    zip(select.items, row).allSatisfy {
                        looking.value(looking.term($0.expression, [scope]))?.matches($1) ?? false
                    }
                }
                guard let place, case .variable(let cell) = inverter.evaluator.term(expression, [scopes[place]]),
                    tableau.value(cell) == nil, let unique = tableau.variables[tableau.root(cell)].unique,
                    let value = inverter.freshValue(unique)
                else { continue }
                scopes.remove(at: place)
                try tableau.bind(cell, value)
                found = true
            }
            if found { return true }
        }
        return false
    }

    /// Ranks the free sort keys anew, in the order of the recorded rows.
    private func reorder(_ query: SQLQuery, _ rows: [[SQLValue]]) throws(Conflict) {
        guard let select = query.first else { return }
        if isGrouped(select, query.order) { return try reorderGroups(query, select, rows) }
        if try rekey(query, select, rows) { return }
        inverter.options = .init(reuse: .all)
        for (place, row) in rows.enumerated() {
            inverter.steps = 0
            let scopes = try inverter.instance(select, row.map(Term.value), [])
            for order in query.order {
                guard case .variable(let cell) = inverter.evaluator.term(order.expression, scopes) else { continue }
                let root = tableau.root(cell)
                guard tableau.variables[root].value == nil else { continue }
                tableau.change(root) { $0.rank = order.isDescending ? rows.count - place : place + 1 }
                break
            }
        }
    }
}
