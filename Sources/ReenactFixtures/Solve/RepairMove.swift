/// One thing to try on the way to a better fixture.
enum RepairMove {
    /// Where rows that are there may serve, which must be new, and where the values of new rows lie.
    struct Way {
        var reuse: Inverter.Reuse
        var mode: FillMode
        var fresh: Set<String> = []
        /// Last digits of a sum to add or take away.
        var nudge = 0
        /// A sum is spread over the rows, not put on one.
        var isEven = false
    }

    /// A row of totals to be had, the values that are not known left open, and what totals must reach.
    struct Group {
        var outputs: [SQLValue?]
        var bounds: [(expression: SQLExpr, sign: String, value: SQLValue)] = []
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
    case mode(row: Int, FillMode)
    case drop([Int])
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
        inverter.options.isEven = way.isEven
        inverter.options.nudge = way.nudge
    }

    func apply(_ move: RepairMove) throws(Conflict) {
        switch move {
        case .add(let query, let rows, let way):
            try each(rows.prefix(2000)) { (row) throws(Conflict) in
                use(way)
                try inverter.produce(query, row.map(Term.value), [])
            }
        case .count(let query, let count, var way):
            if way.reuse == .all { way.reuse = .partners }
            use(way)
            for _ in 0..<count {
                inverter.steps = 0
                try inverter.produce(query, nil, [])
                if isOverdue { throw Conflict(what: "the time was over") }
            }
        case .groups(let query, let groups, let apart, let way):
            guard let select = query.first else { return }
            for common in query.commons { inverter.commons[common.name.lowercased()] = common }
            var others = apart.map { $0.map(Term.value) }
            try each(groups[...]) { (group) throws(Conflict) in
                use(way)
                inverter.options.claimed = Set(apart)
                inverter.options.bounds = group.bounds
                let outputs = group.outputs.map { $0.map(Term.value) ?? .unknown }
                others.append(try inverter.produceGroup(select, outputs, [], apart: others))
            }
        case .pins(let pins):
            for pin in pins { try tableau.bind(pin.variable, pin.value) }
        case .mode(let row, let mode): tableau.changeRow(row) { $0.mode = mode }
        case .drop(let rows): for row in rows { tableau.changeRow(row) { $0.died = Int.min } }
        case .reorder(let query, let rows): try reorder(query, rows)
        case .last(let table, let column, let value):
            let row = tableau.newRow(table, time: 0)
            tableau.changeRow(row) { $0.isInvented = true }
            try tableau.bind(tableau.rows[row].cells[column], .int(value))
        }
    }

    /// Does what can be done; a conflict of all of them is one.
    private func each<Element>(
        _ elements: ArraySlice<Element>, _ body: (Element) throws(Conflict) -> Void
    ) throws(Conflict) {
        var failure = Conflict(what: "nothing to do")
        var done = 0
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
        }
        if done == 0 { throw failure }
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
}
