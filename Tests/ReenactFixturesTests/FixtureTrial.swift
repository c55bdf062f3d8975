import Testing

@testable import ReenactFixtures

/// Statements recorded on a real SQLite with data, and what becomes of them on the fixture.
enum FixtureTrial {
    static func report(_ statements: [String], _ schema: String, _ data: String) throws -> FixtureReport {
        try report(recorded(statements, schema, data), schema)
    }

    static func report(_ timeline: RecordedTimeline, _ schema: String) throws -> FixtureReport {
        var limits = SolverLimits()
        limits.seconds = 20
        return try FixtureBuilder(schema: schema, dialect: .sqlite, limits: limits).build(timeline).report
    }

    /// What those statements give on that data; of writes also how many rows they touched.
    static func recorded(_ statements: [String], _ schema: String, _ data: String) throws -> RecordedTimeline {
        let engine = try SQLiteEngine(schema: schema)
        let bare = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = bare.map { ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite)) }
        let run = try engine.prove(data, ready)
        #expect(run.refusedRows == [])
        let recorded = zip(ready, run.outcomes).map { ready, outcome in
            var statement = ready.recorded
            switch outcome {
            case .rows(let rows, let count, let last):
                if case .select? = ready.parsed {
                    statement.rows = rows
                } else if statement.sql.contains("RETURNING") {
                    (statement.rows, statement.rowCount) = (rows, rows.count)
                } else {
                    statement.rowCount = count
                    // A row that was there leaves the id as it was before the recording.
                    if case .insert(let insert)? = ready.parsed, insert.upsert == nil { statement.lastRow = last }
                }
            case .refused(let why): statement.error = why
            case .skipped: break
            }
            return statement
        }
        return RecordedTimeline(id: "t", statements: recorded)
    }
}
