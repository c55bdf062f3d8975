import Glibc

/// Bounds of one solution.
public struct SolverLimits: Sendable {
    /// After so much of the processor's time, or `patience` times as long by the clock, no further repair is begun.
    public var seconds = 3.0
    /// So many times as long by the clock.
    public var patience = 3.0
    /// Of a list of questions, so many seconds more for each one after the tenth, up to the thirtieth.
    public var secondsForMore = 0.0
    /// So many times as long may a list of five questions or more have in all, as long as it comes nearer.
    public var atMost = 1.0
    /// Solvers side by side for a list of questions that one alone does not solve at the first go.
    public var lanes = 1
    /// Recordings larger than this are refused with a report.
    public var statements = 20_000
    public var bytes = 256 << 20

    public init() {}

    /// What a person waits for where no time is named.
    public static var patient: SolverLimits {
        var limits = SolverLimits()
        (limits.seconds, limits.secondsForMore, limits.atMost) = (10, 1.5, 5)
        return limits
    }

    func seconds(_ count: Int, areQuestions: Bool) -> Double {
        seconds + (areQuestions ? secondsForMore * Double(min(20, max(0, count - 10))) : 0)
    }
}

/// One timeline on its way to a fixture: states presence, closes foreign keys, proves, repairs.
final class Solver {
    struct Standing {
        var verdicts: [Comparison.Verdict]
        var refusedRows: [String]
        var state: FixtureState
        var outcomes: [Outcome]
        /// What free cells were loaded with.
        var assumed = Assumptions()

        var failures: [Int] { verdicts.indices.filter { verdicts[$0] != .same } }

        var distance: Int {
            verdicts.reduce(0) {
                if case .different(let mismatch) = $1 { return $0 + mismatch.distance }
                return $0
            }
        }

        var isDone: Bool { failures.isEmpty && refusedRows.isEmpty }

        func isBetter(than other: Standing) -> Bool {
            // A row that does not load, or points nowhere, is worth no statement.
            let (mine, theirs) = (
                failures.count + 3 * refusedRows.count, other.failures.count + 3 * other.refusedRows.count
            )
            return mine != theirs ? mine < theirs : distance < other.distance
        }
    }

    let engine: any FixtureEngine
    /// With what the recording shows beyond it.
    var schema: Schema
    let dialect: SQLDialect
    let tableau: Tableau
    let inverter: Inverter
    let merger: Merger
    var facts = ColumnFacts()
    var statements: [ReadyStatement] = []
    var problems: [Int: String] = [:]
    var contradictions: [Int: Int] = [:]
    var counters: [Int: Int64] = [:]
    /// Numbers that were taken before the first that stayed.
    var refused: [Int: Int64] = [:]
    /// Parents of rows that no group sees, by table.
    var detached: [Int: Int] = [:]
    /// One row per table serves all that need any parent there.
    var sharedParents: [Int: Int] = [:]
    /// While references are closed.
    var seats = Seats()
    private var start = ContinuousClock.now
    private var startOfWork = Solver.processorSeconds
    /// The part of the time allowed that this solver may use up.
    private var share = 1.0
    /// Statements that earlier solvers failed at go first.
    var weights: [Int: Int] = [:]
    /// Where others solve the same beside it.
    var lane: Lane?
    /// Which of several orders moves are tried in.
    var variation = 0
    /// Combinations that answer a statement already, while rows are added to it.
    var present: Set<[Int]> = []
    /// References that are not known go to rows that are there already, where there are any.
    var adopts = false
    /// Some reference did.
    var adopted = false
    private let limits: SolverLimits
    private lazy var seconds = limits.seconds(statements.count, areQuestions: isWalkable)
    /// Every run is a whole one, foreign keys and all.
    var isThorough = false
    private let session: Int
    /// What the search's last run came to.
    var verdictsOfLast: [Comparison.Verdict] = []
    /// Of questions taken out of a timeline: where they stand in it.
    private(set) var places: [Int] = []
    private lazy var dangling = Dangling(schema)
    private(set) lazy var numbering = tablesThatNumber()
    private lazy var tablesNamed: [Set<Int>] = statements.indices.map { Set(tablesOf($0)) }

    init(_ engine: any FixtureEngine, _ limits: SolverLimits, session: Int) {
        self.engine = engine
        self.session = session
        self.limits = limits
        schema = engine.schema
        dialect = engine.dialect
        tableau = Tableau(engine.schema)
        inverter = Inverter(tableau, engine.dialect)
        merger = Merger(tableau)
        // Unowned: the inverter lives in this solver.
        inverter.isSpokenOf = { [unowned self] in facts.speaks(of: $0) }
        inverter.ceiling = { [unowned self] place in
            if schema.tables[place.table].counter == place.column { return counters[place.table] }
            for key in schema.tables[place.table].foreign where key.columns == [place.column] {
                if let (parent, columns) = schema.target(key), schema.tables[parent].counter == columns[0] {
                    return counters[parent]
                }
            }
            return nil
        }
        inverter.constants = { [unowned self] in facts.constants[$0] ?? [] }
        inverter.isNamedKey = { [unowned self] in facts.isNamed($1, asKeyOf: $0, schema) }
        inverter.isNamed = { [unowned self] in facts.named[$0]?.contains($1) ?? false }
        inverter.isOverdue = { [unowned self] in isOverdue }
        merger.isOverdue = { [unowned self] in isOverdue }
    }

    /// A solver for the same statements in the time that is left.
    convenience init(after other: Solver) {
        self.init(other.engine, other.limits, session: other.session)
        (start, startOfWork, lane) = (other.start, other.startOfWork, other.lane)
        for statement in other.statements {
            statements.append(statement)
            if let parsed = statement.parsed { facts.see(parsed, schema) }
            note(statement.recorded)
        }
        for (index, statement) in statements.enumerated() where statement.parsed == nil {
            problems[index] = other.problems[index]
        }
        noteNeverNull()
        noteSettings()
    }

    /// A solver for the questions alone whose answers no write before them can have changed; nil where there are none, or
    /// nothing else.
    convenience init?(questionsOf other: Solver) {
        guard !other.isWalkable else { return nil }
        var written: Set<Int> = []
        var questions: [Int] = []
        for (index, statement) in other.statements.enumerated() {
            switch statement.parsed {
            case .control: break
            case .select:
                guard statement.recorded.error == nil, statement.recorded.rows != nil,
                    other.reach(of: index).isDisjoint(with: written)
                else { continue }
                questions.append(index)
            default: written.formUnion(other.reach(of: index))
            }
        }
        guard !questions.isEmpty else { return nil }
        self.init(other.engine, other.limits, session: -2 - other.session)
        (start, startOfWork, lane, share) = (other.start, other.startOfWork, other.lane, other.share)
        for index in questions {
            let statement = other.statements[index]
            statements.append(statement)
            if let parsed = statement.parsed { facts.see(parsed, schema) }
            note(statement.recorded)
        }
        places = questions
        noteNeverNull()
    }

    /// Further questions, which are no part of the recording.
    func ask(_ further: [RecordedStatement]) {
        for recorded in further {
            guard let parsed = try? SQLParser.parse(recorded.sql, [], dialect) else { continue }
            statements.append(ReadyStatement(recorded: recorded, parsed: parsed, clause: Clause.name(parsed)))
            facts.see(parsed, schema)
        }
    }

    var isOverdue: Bool { lane?.isLost ?? false || spent > share }

    /// The part of the time allowed that is gone.
    var spent: Double {
        let passed = ContinuousClock.now - start
        return max(
            (Self.processorSeconds - startOfWork) / seconds,
            Double(passed.components.seconds) / (seconds * limits.patience))
    }

    /// From now on this solver may use that part of the time that is left.
    func allow(_ part: Double) { share = spent + (1 - spent) * part }

    /// What was found is made small in time of its own.
    func allowMore(_ part: Double) { share = max(share, spent + part) }

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
                let written = schema.expanded(
                    try SQLParser.parse(recorded.sql, recorded.parameters, dialect), recorded.sql, dialect)
                let parsed = PlainForm(schema: schema).of(written)
                ready.clause = Clause.name(written)
                ready.parsed = parsed
                if case .control(let control) = parsed { ready.control = control }
                facts.see(parsed, schema)
            } catch {
                problems[index] = error.description
            }
            statements.append(ready)
            note(recorded)
        }
        noteNeverNull()
        noteSettings()
    }

    private func noteSettings() {
        inverter.evaluator.isLikeExact = dialect == .sqlite && SQLiteSettings(statements).isLikeExact
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
        let changed = changedKeys
        isThorough =
            follows(changed)
            || statements.contains { $0.recorded.error?.lowercased().contains("foreign key") ?? false }
        let writes = Writes(inverter: inverter, merger: merger, renaming: Set(changed.keys))
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
            func state() throws(Conflict) {
                if case .select(let query) = parsed {
                    try presence(query, statement.recorded)
                } else {
                    try writes.apply(parsed, statement.recorded)
                }
                applyEarlierWrites(firstRow, index, writes)
                try writes.followKeys(from: firstRow)
                try merger.merge(from: firstRow)
            }
            do { try state() } catch {
                tableau.undo(to: mark)
                do { try overriding(state) } catch {
                    tableau.undo(to: mark)
                    problems[index] = error.what
                    contradictions[index] = error.statement
                }
            }
            noteCounter(parsed, statement.recorded)
        }
        settleWrites(writes)
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
        let shown = Writes(inverter: inverter, merger: merger).plain(update.returning, table)
        if schema.tables[table].keys.contains(where: { $0.allSatisfy { shown[$0] != nil } }) { return true }
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
        // Rows of a recursion lean on each other: they are added one by one.
        if query.commons.contains(where: { inverter.isRecursive($0.query) }) { return }
        var last: [Scope] = []
        let runs = runs(query, select, rows)
        var touched = touched(select)
        defer { inverter.options.pattern = [] }
        for (index, row) in rows.enumerated() {
            inverter.steps = 0
            let own = owner(touched, query, row, rows)
            inverter.options.pattern = own.map { [.row(touched.remove(at: $0))] } ?? []
            last = try inverter.instance(select, row.map(Term.value), [])
            rank(query, last, index, rows.count, runs?[index])
        }
        guard let order = query.order.first, case .value(.int(let limit))? = query.limit, Int(limit) == rows.count,
            case .variable(let cell) = inverter.evaluator.term(order.expression, last)
        else { return }
        let variable = tableau.variables[cell]
        facts.fences[Place(table: variable.table, column: variable.column), default: []]
            .append(Fence(isDescending: order.isDescending, last: cell))
    }

    // MARK: proving

    func prove() throws(FixtureError) -> Standing {
        var concretiser = Concretiser(tableau, facts, dialect, counters: counters)
        let state = FixtureState(rows: FixtureScript.ordered(concretiser.rows(), schema), counters: counters)
        tableau.assumed = concretiser.picked
        return try stand(state)
    }

    func stand(_ state: FixtureState) throws(FixtureError) -> Standing {
        lane?.advance(20)
        let state = counted(state)
        let run =
            isThorough
            ? try engine.run(state, statements)
            : try engine.search(state, statements, tables: tablesNamed, session: session)
        let refused = run.refusedRows + (isThorough ? [] : dangling.look(state))
        var verdicts = verdictsOfLast
        if let again = run.again, verdicts.count == statements.count {
            for index in again {
                verdicts[index] = Comparison.compare(statements[index], run.outcomes[index], schema)
            }
        } else {
            verdicts = zip(statements, run.outcomes).map { Comparison.compare($0, $1, schema) }
        }
        // A whole run says nothing of the session that the search goes on with.
        if !isThorough { verdictsOfLast = verdicts }
        return Standing(
            verdicts: verdicts,
            refusedRows: refused, state: state, outcomes: run.outcomes, assumed: tableau.assumed)
    }
}
