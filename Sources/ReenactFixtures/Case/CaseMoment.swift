/// The state that the failing trigger met, out of the state before everything.
///
/// The real engine gets there: it runs what was recorded before the trigger, and its tables are read. Then all rows go
/// that neither the trigger's statements nor the program's start need.
struct CaseMoment {
    private let work: CaseWork
    private let builder: FixtureBuilder
    private let limits: SolverLimits

    init(_ work: CaseWork, _ builder: FixtureBuilder, _ limits: SolverLimits) {
        self.work = work
        self.builder = builder
        self.limits = limits
    }

    func fixture(after solution: Solution) throws(FixtureError) -> CaseFixture {
        let engine = builder.engine
        let timeline = work.timeline
        let trigger = timeline.trigger
        let state = try state(after: Array(timeline.statements[..<trigger]), from: solution.state)
        // What the program asks when it starts, it will ask of this state: as far as the answer is still the same.
        let solver = builder.newSolver(limits)
        solver.read(.init(id: "", statements: timeline.statements))
        let isRead = timeline.statements.indices.map { index in
            guard case .select? = solver.statements[index].parsed else { return false }
            return index < trigger && timeline.phase(index) == .startup
        }
        let asked = timeline.filtered { isRead[$0] }
        let held = try Set(holding(asked, state).map { asked.events[$0] })
        let kept = timeline.filtered { index in
            index >= trigger || isRead[index] && held.contains(timeline.events[index])
        }
        let last = builder.newSolver(limits)
        last.read(.init(id: work.database.name, statements: kept.statements))
        // With foreign keys looked at: rows go that others may refer to.
        last.isThorough = true
        last.counters = state.counters.filter {
            builder.engine.schema.sequence($0.key) != nil || numbered(kept).contains($0.key)
        }
        let whole = FixtureState(rows: state.rows, counters: last.counters)
        let minimal = try last.minimised(try last.stand(whole)).state
        let report = try builder.prove(minimal, .init(id: work.database.name, statements: kept.statements))
        let facts = try CaseAbsences.of(work, kept, report, engine, minimal, isLate: true)
        var fixture = work.fixture(minimal, report, engine.schema, facts, kept, .failure)
        fixture.milliseconds += solution.report.milliseconds
        // What the way there did not show as recorded may make this moment another one, too.
        let early = solution.report.failures.filter { $0.index >= 0 && $0.index < trigger }
        if !early.isEmpty {
            fixture.assumptions.append(
                "\(early.count) of \(trigger) statements before the trigger gave something else on the way there")
        }
        return fixture
    }

    /// Tables that get new rows.
    private func numbered(_ timeline: CaseTimeline) -> Set<Int> {
        Set(
            timeline.statements.compactMap { recorded in
                guard case .insert(let insert)? = try? SQLParser.parse(recorded.sql, recorded.parameters, work.dialect)
                else { return nil }
                return builder.engine.schema.place(insert.table)
            })
    }

    /// The statements that give what was recorded when asked of that state alone.
    private func holding(_ timeline: CaseTimeline, _ state: FixtureState) throws(FixtureError) -> [Int] {
        let solver = builder.newSolver(limits)
        solver.read(.init(id: "", statements: timeline.statements))
        solver.isThorough = true
        let standing = try solver.stand(state)
        return standing.verdicts.indices.filter { standing.verdicts[$0] == .same }
    }

    /// Runs the statements and reads every table.
    private func state(
        after statements: [RecordedStatement], from start: FixtureState
    ) throws(FixtureError) -> FixtureState {
        let engine = builder.engine
        let schema = engine.schema
        var dumps: [RecordedStatement] = []
        func ask(_ sql: String) {
            dumps.append(
                .init(sql: sql, parameters: [], rows: [], rowCount: nil, lastRow: nil, error: "may be refused"))
        }
        for table in schema.tables {
            let columns = table.columns.filter { !$0.isGenerated }.map { quotedName($0.name) }.joined(separator: ", ")
            ask("SELECT \(columns.isEmpty ? "1" : columns) FROM \(quotedName(table.name))")
        }
        for table in schema.tables {
            switch work.dialect {
            case .postgres where table.sequence != nil:
                ask("SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM \(table.sequence ?? "")")
            case .sqlite where table.hasSequenceRow:
                ask("SELECT seq FROM sqlite_sequence WHERE name = \(SQLValue.quoted(table.name))")
            default: ask("SELECT 1 WHERE 1 = 0")
            }
        }
        for sequence in schema.sequences {
            ask("SELECT last_value - CASE WHEN is_called THEN 0 ELSE \(sequence.step) END FROM \(sequence.name)")
        }
        let solver = builder.newSolver(limits)
        solver.read(.init(id: "", statements: statements + dumps))
        let run = try engine.prove(FixtureScript.text(start, schema, work.dialect), solver.statements)
        let answers = run.outcomes.suffix(dumps.count).map { outcome -> [[SQLValue]] in
            if case .rows(let rows, _, _) = outcome { rows } else { [] }
        }
        var state = FixtureState()
        for (number, table) in schema.tables.enumerated() {
            let places = table.columns.indices.filter { !table.columns[$0].isGenerated }
            for row in answers[number] where row.count == places.count {
                var values = [SQLValue?](repeating: nil, count: table.columns.count)
                for (place, value) in zip(places, row) { values[place] = value }
                state.rows.append(FixtureRow(table: number, values: values))
            }
            if case .int(let last)?? = answers[schema.tables.count + number].first?.first.map(Optional.some) {
                state.counters[number] = last
            }
        }
        for (number, sequence) in schema.sequences.enumerated() {
            if case .int(let last)?? = answers[2 * schema.tables.count + number].first?.first.map(Optional.some),
                last != sequence.first &- sequence.step
            {
                state.counters[schema.tables.count + number] = last
            }
        }
        state.rows = FixtureScript.ordered(state.rows, schema)
        return state
    }
}
