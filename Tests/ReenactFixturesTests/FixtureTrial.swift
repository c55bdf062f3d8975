import Testing

@testable import ReenactFixtures

/// Statements recorded on a real SQLite with data, and what becomes of them on the fixture.
enum FixtureTrial {
    static func report(_ statements: [String], _ schema: String, _ data: String) throws -> FixtureReport {
        let engine = try SQLiteEngine(schema: schema)
        let recorded = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = recorded.map { ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite)) }
        let run = try engine.prove(data, ready)
        #expect(run.refusedRows == [])
        let timeline = zip(recorded, run.outcomes).map { statement, outcome in
            var statement = statement
            if case .rows(let rows, _, _) = outcome { statement.rows = rows }
            return statement
        }
        var limits = SolverLimits()
        limits.seconds = 20
        return try FixtureBuilder(schema: schema, dialect: .sqlite, limits: limits).build(
            RecordedTimeline(id: "t", statements: timeline)
        ).report
    }
}
