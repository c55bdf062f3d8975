/// The fixture of one database of a case: what was solved, what was proven, what was assumed.
public struct CaseFixture: Sendable {
    /// A statement that the fixture does not answer as recorded; the recording alone does.
    public struct Gap: Sendable, Equatable {
        public var event: Int
        public var reason: String
        /// The kind of statement, by its hardest part.
        public var clause: String
    }

    public var database: String
    public var engine: CaseDatabase.Engine
    public var document: FixtureDocument
    public var moment: FixtureDocument.Moment
    /// The recording holds statements from before the failing trigger, so that the two moments differ.
    public var hasEarlierPhases: Bool
    /// The statements that make the schema of that moment.
    public var schema: [String]
    /// SQL that makes the rows in that schema.
    public var rows: String
    /// Every statement that was put to the proof gave what was recorded, on the real engine.
    public var isExact: Bool
    public var statements: Int
    public var satisfied: Int
    public var rowCount: Int
    public var unsatisfied: [Gap]
    /// Not put to the proof.
    public var leftOut: [Gap]
    public var assumptions: [String]
    public var milliseconds: Double

    /// Schema and rows as plain SQL.
    public var sql: String { schema.map { $0 + ";\n" }.joined() + rows }
}

/// Makes fixtures of a case's databases.
public struct CaseFixtureBuilder: Sendable {
    /// `--schema`: as it was before the first statement.
    public var schema: String?
    public var limits: SolverLimits

    public init(schema: String? = nil, limits: SolverLimits = .init()) {
        self.schema = schema
        self.limits = limits
    }

    /// Solves and proves.
    ///
    /// - Parameter moment: `failure` for the state that the failing trigger met, `start` for the one before all.
    /// - Throws: `FixtureError` where there is no engine to prove with, or it refuses the schema.
    public func build(
        _ database: CaseDatabase, at moment: FixtureDocument.Moment = .failure
    ) throws(FixtureError) -> CaseFixture {
        let work = try CaseWork(database, schema)
        let builder = try FixtureBuilder(schema: work.whole, dialect: work.dialect, limits: limits)
        var solution = try builder.build(work.recording)
        if solution.report.failures.contains(where: { $0.index < 0 }) {
            // What is printed can be loaded, whatever it then satisfies.
            let binding = FixtureBinding(schema: builder.engine.schema, dialect: work.dialect)
            solution.state = try binding.accepted(solution.state, builder.engine)
            solution.report = try builder.prove(solution.state, work.recording)
        }
        let kept = work.atStart(solution.state, builder.engine.schema)
        if kept != solution.state {
            // Rows of tables that were not there yet: the proof is made without them.
            solution.state = kept
            solution.report = try builder.prove(kept, work.recording)
        }
        if moment == .failure, work.timeline.hasEarlierPhases {
            return try CaseMoment(work, builder, limits).fixture(after: solution)
        }
        let facts = try CaseAbsences.of(work, work.timeline, solution.report, builder.engine, solution.state)
        return work.fixture(solution.state, solution.report, builder.engine.schema, facts, work.timeline, .start)
    }

    /// Takes a fixture that a person wrote: looks whether it can be, loads it, and tells which statements it satisfies.
    ///
    /// - Throws: `FixtureError.document` with the place of what can't be.
    public func check(_ document: FixtureDocument, for database: CaseDatabase) throws(FixtureError) -> CaseFixture {
        let work = try CaseWork(database, schema)
        let builder = try FixtureBuilder(schema: work.whole, dialect: work.dialect, limits: limits)
        let binding = FixtureBinding(schema: builder.engine.schema, dialect: work.dialect)
        let (given, places) = try binding.state(document)
        let isAtStart = document.moment == .start || !work.timeline.hasEarlierPhases
        for (row, place) in zip(given.rows, places) where isAtStart {
            let table = builder.engine.schema.tables[row.table].name
            if work.draft?[table]?.isMade == true {
                throw binding.failure(
                    place, "\(table) is made by the recording itself, so it holds no row at the start")
            }
        }
        try binding.load(given, places, document, builder.engine)
        let isLate = document.moment == .failure && work.timeline.hasEarlierPhases
        let timeline = isLate ? work.timeline.sinceTrigger : work.timeline
        let state = isLate ? given : work.atStart(given, builder.engine.schema)
        let report = try builder.prove(state, .init(id: database.name, statements: timeline.statements))
        var fixture = work.fixture(
            state, report, builder.engine.schema, [], timeline, isLate ? .failure : .start)
        fixture.document = document
        return fixture
    }
}

extension FixtureBuilder {
    /// What the recording's statements give on that state.
    func prove(_ state: FixtureState, _ timeline: RecordedTimeline) throws(FixtureError) -> FixtureReport {
        let solver = newSolver(.init())
        solver.read(timeline)
        let run = try engine.prove(FixtureScript.text(state, engine.schema, engine.dialect), solver.statements)
        var report = solver.report(run)
        report.id = timeline.id
        report.rows = state.rows.count
        return report
    }
}

/// The parts that solving and checking share.
struct CaseWork {
    let database: CaseDatabase
    let dialect: SQLDialect
    let timeline: CaseTimeline
    /// Nil where the schema was given.
    let draft: SchemaDraft?
    /// The schema of the first moment, statement by statement.
    let start: [String]
    /// With what the recording adds.
    let whole: String

    init(_ database: CaseDatabase, _ schema: String?) throws(FixtureError) {
        guard let dialect = database.engine.dialect else {
            throw .engine(
                "\(database.engine.title) is not run here, so nothing about \(database.name) could be proven; its "
                    + "recorded answers are replayed (`reenact run --db replay`)")
        }
        self.database = database
        self.dialect = dialect
        timeline = CaseTimeline(database.statements, dialect)
        var draft = SchemaReader.draft(
            of: database.statements, dialect, file: database.file.map(SchemaScratch.definitions))
        if let schema {
            start = SQLScript.statements(schema, dialect)
            whole =
                dialect == .sqlite
                ? schema + "\n;\n" + SchemaScratch.accepted(start + draft.definitions, behind: start.count)
                : schema + "\n;\n" + draft.additions
            draft.forgetAssumptions()
        } else {
            start = SQLScript.statements(draft.start, dialect)
            whole = dialect == .sqlite ? SchemaScratch.accepted(start + draft.definitions) : draft.whole
        }
        self.draft = draft
    }

    var recording: RecordedTimeline { RecordedTimeline(id: database.name, statements: timeline.statements) }

    /// The part of a state that can be there before the recording's own definitions.
    func atStart(_ state: FixtureState, _ schema: Schema) -> FixtureState {
        guard let draft else { return state }
        // What the recording makes counts from 1.
        var kept = FixtureState(rows: [], counters: state.counters)
        for (number, table) in schema.tables.enumerated() where table.counter != nil {
            if draft[table.name]?.isMade == true { kept.counters[number] = 0 }
        }
        for row in state.rows {
            let table = schema.tables[row.table]
            guard let known = draft[table.name] else {
                kept.rows.append(row)
                continue
            }
            if known.isMade { continue }
            var row = row
            for (column, definition) in table.columns.enumerated()
            where known.added.contains(definition.name.lowercased()) {
                row.values[column] = nil
            }
            kept.rows.append(row)
        }
        return kept
    }

    /// Without the counters of tables that are still to be made.
    func loadable(_ state: FixtureState, _ schema: Schema) -> FixtureState {
        var state = state
        state.counters = state.counters.filter { draft?[schema.nameOfCounter($0.key)]?.isMade != true }
        return state
    }

    func fixture(
        _ proven: FixtureState, _ report: FixtureReport, _ schema: Schema, _ facts: [FixtureDocument.Absence],
        _ timeline: CaseTimeline, _ moment: FixtureDocument.Moment
    ) -> CaseFixture {
        let state = moment == .start ? loadable(proven, schema) : proven
        var document = FixtureDocument(state, schema, dialect, recorded: recordedValues)
        if moment == .start, self.timeline.hasEarlierPhases {
            document.items.insert(.moment(.start), at: 0)
            if document.items.count > 1 { document.items.insert(.blank, at: 1) }
        }
        if !facts.isEmpty, !document.items.isEmpty { document.items.append(.blank) }
        document.items += facts.map(FixtureDocument.Item.absent)
        return CaseFixture(
            database: database.name, engine: database.engine, document: document, moment: moment,
            hasEarlierPhases: self.timeline.hasEarlierPhases,
            schema: moment == .start ? start : SQLScript.statements(whole, dialect),
            rows: FixtureScript.text(state, schema, dialect), isExact: report.isExact, statements: report.statements,
            satisfied: report.satisfied, rowCount: state.rows.count,
            unsatisfied: report.failures.map { failure in
                CaseFixture.Gap(
                    event: failure.index >= 0 ? timeline.events[failure.index] : 0, reason: failure.reason,
                    clause: failure.clause)
            },
            leftOut: timeline.leftOut.map { .init(event: $0.event, reason: $0.reason, clause: "") },
            assumptions: (draft?.assumptions ?? []) + timeline.assumptions + database.remarks,
            milliseconds: report.milliseconds)
    }

    /// Every value that the recording holds.
    private var recordedValues: Set<SQLValue> {
        var recorded: Set<SQLValue> = []
        for statement in database.statements {
            recorded.formUnion(statement.recorded.parameters)
            for row in statement.recorded.rows ?? [] { recorded.formUnion(row) }
            for token in SQLLexer.tokens(statement.sql, dialect) {
                if token.kind == .string {
                    recorded.insert(.text(token.text))
                    recorded.insert(.text(Timestamps.canonical(token.text)))
                }
                if token.kind == .number { recorded.insert(Int64(token.text).map(SQLValue.int) ?? .number(token.text)) }
                if token.kind == .number, let real = Double(token.text) { recorded.insert(.real(real)) }
                if token.upper == "TRUE" || token.upper == "FALSE" { recorded.insert(.bool(token.upper == "TRUE")) }
            }
            if let last = statement.recorded.lastRow { recorded.insert(.int(last)) }
        }
        return recorded
    }
}
