import Testing

@testable import ReenactFixtures

/// Rows of which nothing is known, and groups that HAVING keeps back while they are small.
@Suite struct ScatterTests {
    private static let schema = """
        CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE city (id INTEGER PRIMARY KEY, country_id INTEGER NOT NULL REFERENCES country(id));
        CREATE TABLE guest (id INTEGER PRIMARY KEY, city_id INTEGER NOT NULL REFERENCES city(id), day DATE NOT NULL, vip INTEGER);
        CREATE VIEW guests AS SELECT g.id AS guest, k.name AS land, g.day AS day FROM guest g
          JOIN city c ON c.id = g.city_id JOIN country k ON k.id = c.country_id;
        """

    static let heaps = [
        "SELECT k.name, COUNT(*) FROM guest g JOIN city c ON c.id = g.city_id JOIN country k ON k.id = c.country_id GROUP BY k.name HAVING COUNT(*) > 3 ORDER BY 1",
        "SELECT land, COUNT(*) AS n FROM guests GROUP BY land HAVING n >= 4 ORDER BY land",
        "SELECT city_id, COUNT(*) FROM guest GROUP BY city_id HAVING 3 < COUNT(*) ORDER BY city_id",
        "SELECT strftime('%Y-%m', day) AS month, COUNT(*) FROM guest GROUP BY month HAVING COUNT(*) > 3 ORDER BY month",
    ]

    @Test(arguments: heaps)
    func `Rows that are counted elsewhere are no group that was not returned`(heap: String) throws {
        let places = (1...9).map {
            "INSERT INTO country VALUES (\($0),'land \($0)'); INSERT INTO city VALUES (\($0),\($0));"
        }
        // No more than two in one place or month.
        let guests = (1...18).map {
            "INSERT INTO guest VALUES (\($0),\(($0 + 1) / 2),'2024-0\(($0 + 1) / 2)-03',\($0 % 2));"
        }
        let engine = try SQLiteEngine(schema: Self.schema)
        let recorded = ["SELECT vip, COUNT(*) FROM guest GROUP BY vip ORDER BY vip", heap].map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let run = try engine.prove(
            (places + guests).joined(),
            recorded.map { ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite)) })
        #expect(run.refusedRows == [])
        let timeline = zip(recorded, run.outcomes).map { statement, outcome in
            var statement = statement
            if case .rows(let rows, _, _) = outcome { statement.rows = rows }
            return statement
        }
        // Without the walk: the repair alone must find it.
        let solver = try FixtureBuilder(schema: Self.schema, dialect: .sqlite).newSolver(.init())
        solver.read(RecordedTimeline(id: "t", statements: timeline))
        #expect(try solver.search(isBrief: true).isDone)
    }
}
