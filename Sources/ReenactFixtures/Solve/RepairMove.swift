/// One thing to try on the way to a better fixture.
enum RepairMove {
    /// Where rows that are there may serve, which must be new, and where the values of new rows lie.
    struct Way {
        var reuse: Inverter.Reuse
        var mode: FillMode
        var fresh: Set<String> = []
        /// Last digits of a sum to add or take away.
        var nudge = 0
    }

    /// A recorded row of groups, and what came in its place.
    struct Group {
        var wanted: [SQLValue]
        var got: [SQLValue]?
    }

    case add(SQLQuery, rows: [[SQLValue]], Way)
    case count(SQLQuery, Int, Way)
    case groups(SQLSelect, [Group], Way)
    case pin(row: Int, column: Int, SQLValue)
    case mode(row: Int, FillMode)
    case drop(row: Int)
    case reorder(SQLQuery, rows: [[SQLValue]])
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
    }

    func apply(_ move: RepairMove) throws(Conflict) {
        switch move {
        case .add(let query, let rows, let way):
            use(way)
            for row in rows.prefix(2000) {
                inverter.steps = 0
                try inverter.produce(query, row.map(Term.value), [])
                if isOverdue { throw Conflict(what: "the time was over") }
            }
        case .count(let query, let count, var way):
            if way.reuse == .all { way.reuse = .partners }
            use(way)
            for _ in 0..<count {
                inverter.steps = 0
                try inverter.produce(query, nil, [])
                if isOverdue { throw Conflict(what: "the time was over") }
            }
        case .groups(let select, let groups, let way):
            for group in groups { try add(select, group, way) }
        case .pin(let row, let column, let value): try tableau.bind(tableau.rows[row].cells[column], value)
        case .mode(let row, let mode): tableau.changeRow(row) { $0.mode = mode }
        case .drop(let row): tableau.changeRow(row) { $0.died = Int.min }
        case .reorder(let query, let rows): try reorder(query, rows)
        case .last(let table, let column, let value):
            let row = tableau.newRow(table, time: 0)
            tableau.changeRow(row) { $0.isInvented = true }
            try tableau.bind(tableau.rows[row].cells[column], .int(value))
        }
    }

    /// Ranks the free sort keys anew, in the order of the recorded rows.
    private func reorder(_ query: SQLQuery, _ rows: [[SQLValue]]) throws(Conflict) {
        guard let select = query.first else { return }
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

    /// How many rows a COUNT is short of; 1 where nothing counts.
    func shortage(_ select: SQLSelect, _ group: RepairMove.Group) -> Int {
        var most: Int?
        for (place, item) in select.items.enumerated() {
            guard let call = Self.aggregate(item.expression), call.name == "COUNT",
                case .int(let count) = group.wanted[place]
            else { continue }
            var have: Int64 = 0
            if let got = group.got, case .int(let known) = got[place] { have = known }
            most = max(most ?? Int.min, Int(clamping: count - have))
        }
        return most ?? 1
    }

    static func aggregate(_ expression: SQLExpr) -> SQLCall? {
        switch expression {
        case .call(let call) where call.isAggregate: return call
        case .call(let call):
            for argument in call.arguments { if let found = aggregate(argument) { return found } }
            return nil
        case .cast(let inner, _): return aggregate(inner)
        default: return nil
        }
    }

    private func add(_ select: SQLSelect, _ group: RepairMove.Group, _ given: RepairMove.Way) throws(Conflict) {
        var way = given
        let counts = select.items.contains { Self.aggregate($0.expression)?.name == "COUNT" }
        let count = shortage(select, group)
        guard count > 0 || !counts, count <= 5000 else { throw Conflict(what: "nothing is missing") }
        // A group that is not there at all may begin with a row whose cells are free.
        let begins = counts && way.reuse == .all && group.got == nil
        if counts, way.reuse == .all { way.reuse = .partners }
        use(way)
        var outputs: [Term] = []
        for (item, value) in zip(select.items, group.wanted) {
            outputs.append(item.expression.hasAggregate ? .unknown : .value(value))
        }
        inverter.options.present = counted(select, group)
        let extremes = select.items.indices.filter {
            guard let call = Self.aggregate(select.items[$0].expression) else { return false }
            return !["COUNT", "SUM", "TOTAL"].contains(call.name) && !group.wanted[$0].isNull
        }
        for round in 0..<max(1, counts ? count : extremes.count) {
            inverter.steps = 0
            inverter.options.reuse = begins && round == 0 ? .all : way.reuse
            // Totals are sought as columns of one row, so that the search goes on where that row's are taken.
            var single = select
            var terms = outputs
            for (place, item) in select.items.enumerated() {
                guard let call = Self.aggregate(item.expression), call.name != "COUNT",
                    let argument = call.arguments.first, !group.wanted[place].isNull,
                    !extremes.contains(place) || extremes[round % extremes.count] == place
                else { continue }
                single.items[place].expression = argument
                terms[place] = .value(part(call, group, place, isFirst: round == 0, way))
            }
            let scopes = try inverter.instance(single, terms, [])
            for item in select.items {
                guard let call = Self.aggregate(item.expression), call.name == "COUNT",
                    let argument = call.arguments.first,
                    case .variable(let cell) = inverter.evaluator.term(argument, scopes)
                else { continue }
                try tableau.requireNotNull(cell)
            }
            if isOverdue { throw Conflict(what: "the time was over") }
        }
    }

    /// Sources of which something was counted or summed, so that they were there.
    private func counted(_ select: SQLSelect, _ group: RepairMove.Group) -> Set<String> {
        var found: Set<String> = []
        for (item, value) in zip(select.items, group.wanted) where !value.isNull && value != .int(0) {
            for argument in Self.aggregate(item.expression)?.arguments ?? [] {
                argument.walk { if case .column(let alias?, _, _) = $0 { found.insert(alias) } }
            }
        }
        return found
    }

    /// The share of a total that this row carries: the first takes all that is missing.
    private func part(
        _ call: SQLCall, _ group: RepairMove.Group, _ place: Int, isFirst: Bool, _ way: RepairMove.Way
    ) -> SQLValue {
        let wanted = group.wanted[place]
        guard call.name == "SUM" || call.name == "TOTAL" else { return wanted }
        if !isFirst { return .int(0) }
        guard let got = group.got, !got[place].isNull else { return wanted }
        if case .real(let whole) = wanted, let known = got[place].double {
            // Sums of binary fractions are off by their last digit; which way is tried.
            let rest = whole - known
            return .real(way.nudge == 0 ? rest : way.nudge > 0 ? rest.nextUp : rest.nextDown)
        }
        return Arithmetic.apply("-", wanted, got[place]) ?? wanted
    }
}
