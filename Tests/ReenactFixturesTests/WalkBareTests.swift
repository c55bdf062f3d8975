import Testing

@testable import ReenactFixtures

/// Tables without a rowid: rows are found by their keys.
@Suite struct WalkBareTests {
    private static let schema = """
        CREATE TABLE flight (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
        CREATE TABLE duty (flight_id INTEGER NOT NULL REFERENCES flight(id), crew INTEGER NOT NULL, part TEXT,
          PRIMARY KEY (flight_id, crew)) WITHOUT ROWID;
        """

    private static func rows(_ duties: [(Int64, Int64, String)]) -> [FixtureRow] {
        (1...4).map { FixtureRow(table: 0, values: [.int($0), .text($0 % 2 == 0 ? "late" : "on time")]) }
            + duties.map { FixtureRow(table: 1, values: [.int($0.0), .int($0.1), .text($0.2)]) }
    }

    @Test(arguments: 0..<3)
    func `Rows of tables without a rowid are walked to like others`(seed: Int) throws {
        let truth = Self.rows([(1, 1, "a"), (1, 2, "b"), (2, 1, "a"), (3, 3, "b"), (4, 1, "b")])
        let start = Self.rows([(1, 1, "b"), (2, 2, "b"), (2, 1, "a"), (4, 4, "a")])
        let statements = [
            "SELECT flight_id, COUNT(*) FROM duty GROUP BY flight_id", "SELECT part, COUNT(*) FROM duty GROUP BY part",
            "SELECT f.state, d.crew FROM duty d JOIN flight f ON f.id = d.flight_id",
        ]
        #expect(try WalkTrial.walk(Self.schema, truth, start, statements, seed: seed) == 0)
    }

    @Test func `Rows with the key of another are found wherever the key came from`() throws {
        let engine = try SQLiteEngine(schema: Self.schema)
        let tableau = Tableau(engine.schema)
        let inverter = Inverter(tableau, .sqlite)
        func duty(_ flight: Int64, _ crew: Int64) throws -> Int {
            let row = tableau.newRow(1, time: 0)
            try tableau.bind(tableau.rows[row].cells[0], .int(flight))
            try tableau.bind(tableau.rows[row].cells[1], .int(crew))
            return row
        }
        func hasTwin(_ row: Int) -> Bool { inverter.hasTwin(Scope(sources: [("d", .row(row))]), row) }
        let first = try duty(1, 2)
        #expect(!hasTwin(first))
        let mark = tableau.mark
        #expect(hasTwin(try duty(1, 2)))
        tableau.undo(to: mark)
        #expect(!hasTwin(try duty(1, 3)))
        tableau.undo(to: mark)
        // One key is that of a flight, whatever it is.
        let flight = tableau.newRow(0, time: 0)
        let (one, two) = (tableau.newRow(1, time: 0), tableau.newRow(1, time: 0))
        for row in [one, two] {
            try tableau.unify(tableau.rows[row].cells[0], tableau.rows[flight].cells[0])
            try tableau.bind(tableau.rows[row].cells[1], .int(7))
        }
        #expect(hasTwin(two))
    }
}
