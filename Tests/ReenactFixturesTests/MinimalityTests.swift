import Testing

@testable import ReenactFixtures

/// No row of a fixture is there for nothing.
@Suite struct MinimalityTests {
    @Test(arguments: [31, 20_261_121, 99] as [UInt64])
    func `No single row of a fixture can be left out on SQLite`(_ seed: UInt64) throws {
        try check(seed, .sqlite, rounds: 5)
    }

    @Test(.timeLimit(.minutes(5))) func `No single row of a fixture can be left out on PostgreSQL`() throws {
        try check(4_711, .postgres, rounds: 2)
    }

    private func check(_ seed: UInt64, _ dialect: SQLDialect, rounds: Int) throws {
        var random = Random(seed: seed)
        var looked = 0
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
            let solution = try builder.build(RecordedTimeline(id: "m", statements: recorded))
            let place: Comment = "seed \(seed), round \(round): \(world.statements)"
            let ready = recorded.map {
                ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], dialect))
            }
            let judge = try engine()
            func verdicts(_ script: String) throws -> [Comparison.Verdict]? {
                let run = try judge.prove(script, ready)
                guard run.refusedRows.isEmpty, run.foreignKeysHold else { return nil }
                return zip(ready, run.outcomes).map { Comparison.compare($0, $1, judge.schema) }
            }
            let lines = solution.script.split(separator: "\n", omittingEmptySubsequences: true)
            let all = try verdicts(solution.script)
            for (index, line) in lines.enumerated() where line.hasPrefix("INSERT") {
                looked += 1
                let rest = lines[..<index] + lines[(index + 1)...]
                let same = try verdicts(rest.joined(separator: "\n")) == all
                #expect(!same, "\(place) needs no \(line)")
            }
        }
        #expect(looked > rounds, "seed \(seed)")
    }
}
