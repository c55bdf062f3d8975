import Testing

@testable import ReenactFixtures

/// Random schema, data and statements: recorded on the real engine, solved, proven, and looked at once more.
@Suite struct PropertyTests {
    @Test(arguments: [20_261_121, 7, 4_711] as [UInt64])
    func `Whatever is called exact on SQLite is exact in an engine of its own`(_ seed: UInt64) throws {
        try check(seed, .sqlite, rounds: 12, least: 8)
    }

    @Test(.timeLimit(.minutes(5))) func `Whatever is called exact on PostgreSQL is exact in an engine of its own`()
        throws
    {
        try check(90_125, .postgres, rounds: 5, least: 3)
    }

    private func check(_ seed: UInt64, _ dialect: SQLDialect, rounds: Int, least: Int) throws {
        var random = Random(seed: seed)
        var exact = 0
        for round in 0..<rounds {
            let world = World(&random, dialect)
            let server = try FixtureServer.start(dialect, world.schema)
            defer { server?.stop() }
            func engine() throws -> any FixtureEngine {
                if let server { return try PostgresEngine(server) }
                return try SQLiteEngine(schema: world.schema)
            }
            let recorded = try World.record(engine(), world.data, world.statements, dialect)
            let builder = try FixtureBuilder(schema: world.schema, dialect: dialect, server: server)
            let solution = try builder.build(RecordedTimeline(id: "r", statements: recorded))
            for failure in solution.report.failures { #expect(!failure.reason.isEmpty && !failure.clause.isEmpty) }
            guard solution.report.isExact else { continue }
            exact += 1
            let again = try World.record(engine(), solution.script, world.statements, dialect)
            for (before, after) in zip(recorded, again) {
                let place: Comment = "seed \(seed), round \(round): \(before.sql)"
                #expect((before.error == nil) == (after.error == nil), place)
                #expect(before.rowCount == after.rowCount, place)
                #expect(before.rows.map(counted) == after.rows.map(counted), place)
            }
        }
        #expect(exact >= least, "\(exact) of \(rounds) exact, seed \(seed)")
    }

    private func counted(_ rows: [[SQLValue]]) -> [[SQLValue]: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
