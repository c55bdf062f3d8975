import Glibc

/// Bounds of one solution.
public struct SolverLimits: Sendable {
    /// After so much of the processor's time, or ten times as long by the clock, no further repair is begun.
    public var seconds = 3.0
    /// Recordings larger than this are refused with a report.
    public var statements = 20_000
    public var bytes = 256 << 20

    public init() {}
}

/// One timeline on its way to a fixture: states presence, closes foreign keys, proves, repairs.
final class Solver {
    struct Standing {
        var verdicts: [Comparison.Verdict]
        var refusedRows: [String]
        var state: FixtureState
        var outcomes: [Outcome]

        var failures: [Int] { verdicts.indices.filter { verdicts[$0] != .same } }

        var distance: Int {
            verdicts.reduce(0) {
                if case .different(let mismatch) = $1 { return $0 + mismatch.distance }
                return $0
            }
        }

        func isBetter(than other: Standing) -> Bool {
            let (mine, theirs) = (failures.count + refusedRows.count, other.failures.count + other.refusedRows.count)
            return mine != theirs ? mine < theirs : distance < other.distance
        }
    }

    let engine: any FixtureEngine
    let schema: Schema
    let dialect: SQLDialect
    let tableau: Tableau
    let inverter: Inverter
    let merger: Merger
    var facts = ColumnFacts()
    var statements: [ReadyStatement] = []
    var problems: [Int: String] = [:]
    var contradictions: [Int: Int] = [:]
    var counters: [Int: Int64] = [:]
    /// One row per table serves all that need any parent there.
    private var sharedParents: [Int: Int] = [:]
    private let start = ContinuousClock.now
    private let startOfWork = Solver.processorSeconds
    /// References that are not known go to rows that are there already, where there are any.
    var adopts = false
    private let limits: SolverLimits

    init(_ engine: any FixtureEngine, _ limits: SolverLimits) {
        self.engine = engine
        self.limits = limits
        schema = engine.schema
        dialect = engine.dialect
        tableau = Tableau(engine.schema)
        inverter = Inverter(tableau, engine.dialect)
        merger = Merger(tableau)
    }

    var isOverdue: Bool {
        Self.processorSeconds - startOfWork > limits.seconds
            || ContinuousClock.now - start > .seconds(limits.seconds * 10)
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: reading the timeline

    func read(_ timeline: RecordedTimeline) {
        for (index, recorded) in timeline.statements.enumerated() {
            var ready = ReadyStatement(recorded: recorded)
            do {
                let parsed = try SQLParser.parse(recorded.sql, recorded.parameters, dialect)
                ready.parsed = parsed
                if case .control(let control) = parsed { ready.control = control }
                facts.see(parsed, schema)
            } catch {
                problems[index] = error.description
            }
            statements.append(ready)
            note(recorded)
        }
    }

    private func note(_ recorded: RecordedStatement) {
        func see(_ value: SQLValue) {
            switch value {
            case .int(let number): if facts.numbers.count < 200_000 { facts.numbers.insert(number) }
            case .text(let text): if text.utf8.count < 200, facts.texts.count < 200_000 { facts.texts.insert(text) }
            default: break
            }
        }
        recorded.parameters.forEach(see)
        for row in recorded.rows ?? [] { row.forEach(see) }
        if let last = recorded.lastRow { facts.numbers.insert(last) }
    }

    /// States, in order, what each statement shows beyond doubt. What is uncertain waits for the prover.
    func statePresence() {
        let writes = Writes(inverter: inverter, merger: merger)
        for (index, statement) in statements.enumerated() {
            guard let parsed = statement.parsed, statement.control == nil else { continue }
            if isOverdue {
                problems[index] = "the time allowed for the timeline was over"
                continue
            }
            inverter.evaluator.time = index
            tableau.statement = index
            inverter.commons = [:]
            inverter.steps = 0
            let mark = tableau.mark
            let firstRow = tableau.rows.count
            do {
                if case .select(let query) = parsed {
                    try presence(query, statement.recorded)
                } else {
                    try writes.apply(parsed, statement.recorded)
                }
                applyEarlierWrites(firstRow, index, writes)
                try merger.merge(from: firstRow)
            } catch {
                tableau.undo(to: mark)
                problems[index] = error.what
                contradictions[index] = error.statement
            }
            noteCounter(parsed, statement.recorded)
        }
    }

    /// Rows first seen after an UPDATE that must have touched them: what was read is what it left behind.
    private func applyEarlierWrites(_ firstRow: Int, _ index: Int, _ writes: Writes) {
        guard firstRow < tableau.rows.count else { return }
        for row in firstRow..<tableau.rows.count where tableau.rows[row].born == nil {
            for earlier in 0..<index {
                guard case .update(let update)? = statements[earlier].parsed, statements[earlier].recorded.error == nil,
                    schema.place(update.table) == tableau.rows[row].table, !isByKey(update),
                    statements[earlier].recorded.rowCount != 0
                else { continue }
                let scope = Scope(sources: [(update.alias, .row(row))])
                guard update.condition.map({ inverter.evaluator.truth($0, [scope]) == true }) ?? true else { continue }
                for assignment in update.assignments {
                    guard let column = schema.tables[tableau.rows[row].table].place(assignment.column) else { continue }
                    let seen = tableau.rows[row].cells[column]
                    let before = tableau.newVariable(tableau.rows[row].table, column)
                    tableau.changeRow(row) {
                        $0.cells[column] = before
                        $0.writes.append(.init(time: earlier, column: column, variable: seen))
                    }
                }
            }
        }
    }

    /// Such an update made its row itself; a later reading is merged with it.
    private func isByKey(_ update: SQLUpdate) -> Bool {
        guard let table = schema.place(update.table) else { return false }
        let equal = (update.condition?.conjuncts ?? []).compactMap { part -> Int? in
            switch part {
            case .compare("=", .column(_, let name, _), .value), .inList(.column(_, let name, _), _, false):
                schema.tables[table].place(name)
            default: nil
            }
        }
        return schema.tables[table].keys.contains { Set($0).isSubset(of: equal) }
    }

    private func presence(_ query: SQLQuery, _ recorded: RecordedStatement) throws(Conflict) {
        guard let rows = recorded.rows, !rows.isEmpty, let select = query.first, !select.isAggregate,
            !select.items.allSatisfy({ if case .value = $0.expression { true } else { false } })
        else { return }
        if case .combine(let word, _, _, _) = query.body, word != "INTERSECT" { return }
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        var last: [Scope] = []
        for (index, row) in rows.enumerated() {
            inverter.steps = 0
            last = try inverter.instance(select, row.map(Term.value), [])
            rank(query, last, index, rows.count)
        }
        guard let order = query.order.first, case .value(.int(let limit))? = query.limit, Int(limit) == rows.count,
            case .variable(let cell) = inverter.evaluator.term(order.expression, last)
        else { return }
        let variable = tableau.variables[cell]
        facts.fences[Place(table: variable.table, column: variable.column), default: []]
            .append(Fence(isDescending: order.isDescending, last: cell))
    }

    /// Keys of ORDER BY that no statement returned get values in the order of the rows.
    private func rank(_ query: SQLQuery, _ scopes: [Scope], _ index: Int, _ count: Int) {
        for order in query.order {
            guard case .variable(let cell) = inverter.evaluator.term(order.expression, scopes) else { continue }
            let root = tableau.root(cell)
            guard tableau.variables[root].value == nil else { continue }
            if tableau.variables[root].rank == nil {
                tableau.change(root) { $0.rank = order.isDescending ? count - index : index + 1 }
            }
            return
        }
    }

    private func noteCounter(_ parsed: SQLStatement, _ recorded: RecordedStatement) {
        guard case .insert(let insert) = parsed, let table = schema.place(insert.table), counters[table] == nil,
            let counter = schema.tables[table].counter, recorded.error == nil, recorded.rowCount != 0,
            !insert.columns.contains(where: { schema.tables[table].place($0) == counter })
        else { return }
        if let row = tableau.byTable[table].first(where: { tableau.rows[$0].born == inverter.time }),
            case .int(let first)? = tableau.value(tableau.rows[row].cells[counter])
        {
            counters[table] = first - 1
        }
    }

    // MARK: foreign keys

    /// Gives every reference its parent; what is merely referred to becomes a row with that key and nothing else.
    func closeForeignKeys() throws(Conflict) {
        var place = 0
        var waiting: [Int] = []
        while place < tableau.rows.count || !waiting.isEmpty {
            let row = place < tableau.rows.count ? place : waiting.removeLast()
            if row == place { place += 1 }
            let content = tableau.rows[row]
            guard content.into == nil, content.died != Int.min else { continue }
            for key in schema.tables[content.table].foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                try close(content, key, parent, columns, key.columns.map { content.cells[$0] }, isFirst: true)
                for write in content.writes where key.columns == [write.column] {
                    try close(content, key, parent, columns, [write.variable], isFirst: false)
                }
            }
        }
    }

    private func close(
        _ row: Tableau.Row, _ key: ForeignKey, _ parent: Int, _ columns: [Int], _ cells: [Int], isFirst: Bool
    ) throws(Conflict) {
        let values = cells.compactMap { tableau.value($0) }
        if values.count == cells.count {
            if values.contains(.null) { return }
            let time = row.born ?? (isFirst ? 0 : Int.max - 1)
            if merger.find(parent, columns, values, at: time) != nil { return }
            // A parent that the recording inserted serves rows that came after it.
            if row.born != nil || !isFirst, merger.find(parent, columns, values, at: Int.max - 1) != nil { return }
            let made = invented(parent)
            for (column, value) in zip(columns, values) { try tableau.bind(tableau.rows[made].cells[column], value) }
            try merger.merge(from: made)
            return
        }
        guard isFirst, row.born == nil,
            zip(key.columns, cells).allSatisfy({ tableau.variables[tableau.root($1)].isNotNull || tableau.value($1) != nil })
        else { return }
        for other in tableau.byTable[parent] where tableau.rows[other].into == nil {
            let same = zip(columns, cells).allSatisfy {
                tableau.root(tableau.rows[other].cells[$0]) == tableau.root($1)
            }
            if same { return }
        }
        let isUnique = schema.tables[row.table].keys.contains { Set($0).isSubset(of: Set(key.columns)) }
        let known = cells.contains { tableau.value($0) != nil || tableau.variables[tableau.root($0)].isShared }
        var target = -1
        if adopts, !known, let free = adoptable(parent, columns, row.table, key, isUnique) {
            target = free
        } else if !isUnique, !known, let shared = sharedParents[parent], shared < tableau.rows.count {
            let shared = tableau.live(shared)
            if tableau.rows[shared].table == parent, tableau.rows[shared].isInvented, tableau.rows[shared].born == nil {
                target = shared
            }
        }
        if target < 0 {
            target = invented(parent)
            if !isUnique, !known { sharedParents[parent] = target }
        }
        for (column, cell) in zip(columns, cells) { try tableau.unify(tableau.rows[target].cells[column], cell) }
        try merger.merge(from: target)
    }

    /// A parent that is there: the first, or where only one may refer to it, one that nobody refers to.
    private func adoptable(
        _ parent: Int, _ columns: [Int], _ table: Int, _ key: ForeignKey, _ isUnique: Bool
    ) -> Int? {
        var used: Set<Int> = []
        if isUnique, key.columns.count == 1 {
            for other in tableau.byTable[table] where tableau.rows[other].into == nil {
                used.insert(tableau.root(tableau.rows[other].cells[key.columns[0]]))
            }
        }
        return tableau.byTable[parent].first {
            let row = tableau.rows[$0]
            guard row.into == nil, row.born == nil, row.died == nil || row.died == Int.max else { return false }
            if !isUnique { return true }
            let root = tableau.root(row.cells[columns[0]])
            let value = tableau.value(root)
            return !used.contains(root) && !used.contains { value != nil && tableau.value($0) == value }
        }
    }

    private func invented(_ table: Int) -> Int {
        let row = tableau.newRow(table, time: 0)
        tableau.changeRow(row) {
            $0.isInvented = true
            $0.mode = .fence
        }
        return row
    }

    // MARK: proving

    func prove() throws(FixtureError) -> Standing {
        var concretiser = Concretiser(tableau, facts, dialect)
        let state = FixtureState(rows: FixtureScript.ordered(concretiser.rows(), schema), counters: counters)
        return try stand(state)
    }

    func stand(_ state: FixtureState) throws(FixtureError) -> Standing {
        let run = try engine.run(state, statements)
        return Standing(
            verdicts: zip(statements, run.outcomes).map { Comparison.compare($0, $1, schema) },
            refusedRows: run.refusedRows, state: state, outcomes: run.outcomes)
    }
}
