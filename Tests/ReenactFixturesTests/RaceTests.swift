import Testing

@testable import ReenactFixtures

@Suite struct RaceTests {
    @Test func `Of two that are done the one with fewer steps wins, whichever was there first`() {
        for order in [[(2, 500), (0, 300)], [(0, 300), (2, 500)]] {
            let race = Race()
            for (lane, effort) in order { race.arrive(lane, effort: effort) }
            #expect(race.winner == 0)
        }
        let race = Race()
        race.arrive(1, effort: 300)
        race.arrive(0, effort: 300)
        #expect(race.winner == 0)
    }

    @Test func `One goes on until it has done as much as the one that is there`() {
        let race = Race()
        let (early, late) = (Lane(0, race), Lane(2, race))
        early.advance(100)
        late.advance(150)
        Lane(1, race).arrive()
        #expect(!Lane(0, race).isLost)
        early.advance(1)
        #expect(early.isLost)
        let other = Race()
        other.arrive(1, effort: 200)
        let (behind, beyond) = (Lane(0, other), Lane(2, other))
        behind.advance(200)
        beyond.advance(200)
        #expect(!behind.isLost && beyond.isLost)
    }

    private static let schema = """
        CREATE TABLE parcel (id INTEGER PRIMARY KEY, fee REAL NOT NULL, via INTEGER NOT NULL)
        """

    /// Six questions, of which no state gives all where `isContradictory`.
    private static func timeline(isContradictory: Bool) throws -> RecordedTimeline {
        let builder = try FixtureBuilder(schema: schema, dialect: .sqlite)
        let rows = (Int64(1)...24).map { (number: Int64) -> FixtureRow in
            let fee = Double(number * number * 7919 % 3001) / 100
            let via: Int64 = number * 7919 % 25 < 9 ? 2 : 1
            return FixtureRow(table: 0, values: [.int(number), .real(fee), .int(via)])
        }
        let sql = [
            "SELECT id, fee FROM parcel", "SELECT AVG(fee) FROM parcel WHERE via = 2",
            "SELECT via, COUNT(*) FROM parcel GROUP BY via", "SELECT COUNT(*) FROM parcel WHERE fee > 15",
            "SELECT MAX(fee) FROM parcel", "SELECT COUNT(DISTINCT via) FROM parcel",
        ]
        let ready = sql.map {
            ReadyStatement(
                recorded: .init(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil),
                parsed: try? SQLParser.parse($0, [], .sqlite))
        }
        let run = try builder.engine.run(FixtureState(rows: rows), ready)
        var recorded = zip(ready, run.outcomes).map { statement, outcome in
            var recorded = statement.recorded
            if case .rows(let rows, _, _) = outcome { recorded.rows = rows }
            return recorded
        }
        if isContradictory { recorded[3].rows = [[.int(4000)]] }
        return RecordedTimeline(id: "t", statements: recorded)
    }

    @Test func `Solvers side by side give what one of them proved, and the same each time`() throws {
        let timeline = try Self.timeline(isContradictory: false)
        let alone = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        var isStuck = false
        _ = try alone.build(timeline, in: Lane(0, Race())) { isStuck = true }
        #expect(isStuck, "else none comes to help")
        var scripts: Set<String> = []
        for _ in 0..<3 {
            var limits = SolverLimits()
            (limits.seconds, limits.lanes) = (60, 3)
            let solution = try FixtureBuilder(schema: Self.schema, dialect: .sqlite, limits: limits).build(timeline)
            #expect(solution.report.isExact)
            let proof = try FixtureBuilder(schema: Self.schema, dialect: .sqlite).prove(solution.state, timeline)
            #expect(proof.isExact)
            scripts.insert(solution.script)
        }
        #expect(scripts.count == 1)
    }

    @Test func `Where none comes to it the time is over for all of them`() throws {
        let timeline = try Self.timeline(isContradictory: true)
        var limits = SolverLimits()
        (limits.seconds, limits.lanes) = (0.4, 3)
        let start = ContinuousClock.now
        let solution = try FixtureBuilder(schema: Self.schema, dialect: .sqlite, limits: limits).build(timeline)
        #expect(!solution.report.isExact && solution.report.failures.map(\.index).contains(3))
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
