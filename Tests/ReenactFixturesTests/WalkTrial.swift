import Testing

@testable import ReenactFixtures

enum WalkTrial {
    /// A walk from one state to what was asked of another, before its first step.
    static func begin(
        _ schema: String, _ truth: [FixtureRow], _ start: [FixtureRow], _ statements: [String], seed: Int
    ) throws -> (solver: Solver, walk: StateWalk) {
        let builder = try FixtureBuilder(schema: schema, dialect: .sqlite)
        let ready = statements.map {
            ReadyStatement(
                recorded: .init(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil),
                parsed: try? SQLParser.parse($0, [], .sqlite))
        }
        let run = try builder.engine.run(FixtureState(rows: truth), ready)
        #expect(run.refusedRows == [] && run.foreignKeysHold)
        let recorded = zip(ready, run.outcomes).map { statement, outcome in
            var recorded = statement.recorded
            if case .rows(let rows, _, _) = outcome { recorded.rows = rows }
            return recorded
        }
        let solver = builder.newSolver(.init())
        solver.read(RecordedTimeline(id: "t", statements: recorded))
        let editor = try #require(try solver.engine.editor(solver.statements))
        return (solver, try #require(try StateWalk(solver, FixtureState(rows: start), editor, seed: seed)))
    }

    /// Walks from one state to what was asked of another; the statements that are still wrong.
    static func walk(
        _ schema: String, _ truth: [FixtureRow], _ start: [FixtureRow], _ statements: [String], seed: Int
    ) throws -> Int {
        let (solver, walk) = try begin(schema, truth, start, statements, seed: seed)
        #expect(!walk.failures.isEmpty)
        var steps = 0
        let found = try walk.run {
            steps += 1
            return steps > 20_000
        }
        let standing = try solver.stand(found)
        #expect(standing.refusedRows.isEmpty)
        return standing.failures.count
    }
}
