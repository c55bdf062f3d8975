import Testing

@testable import ReenactFixtures

/// Repairs that break what others asked, and mend that before they are judged.
@Suite struct FollowUpTests {
    private static let schema = """
        CREATE TABLE member (id INTEGER PRIMARY KEY, land TEXT);
        CREATE TABLE visit (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES member(id));
        """

    @Test func `Members that are counted come with visits where another statement would show them`() throws {
        let members = (1...40).map { "INSERT INTO member VALUES (\($0),'\($0 % 4 == 0 ? "no" : "se")');" }.joined()
        let visits = (3...40).map { "INSERT INTO visit VALUES (\($0),\($0));" }.joined()
        let engine = try SQLiteEngine(schema: Self.schema)
        let recorded = [
            "SELECT m.id FROM member m LEFT JOIN visit v ON v.member_id = m.id WHERE v.id IS NULL ORDER BY m.id",
            "SELECT land, COUNT(*), RANK() OVER (ORDER BY COUNT(*) DESC) FROM member GROUP BY land ORDER BY land",
        ].map { RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil) }
        let ready = recorded.map {
            ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite))
        }
        let run = try engine.prove(members + visits, ready)
        let timeline = zip(recorded, run.outcomes).map { statement, outcome in
            var statement = statement
            if case .rows(let rows, _, _) = outcome { statement.rows = rows }
            return statement
        }
        // Without the walk: the repair alone must find it.
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let solver = builder.newSolver(.init())
        solver.read(RecordedTimeline(id: "t", statements: timeline))
        #expect(try solver.search(isBrief: true).isDone)
    }

    @Test func `What takes long for one statement waits until others have had as much`() {
        var turns = Turns()
        #expect(!turns.isTired(0, 0.001))
        #expect(turns.isTired(0, 0.5))
        turns.stop(0, 3, .same)
        turns.spend(0, 0.5)
        #expect(turns.tired == [0])
        #expect(turns.first(0, .same) == 3 && turns.first(1, .same) == 0)
        let goesOn = turns.begin()
        #expect(goesOn && turns.tired.isEmpty)
        let isOver = !turns.begin()
        #expect(isOver)
    }
}
