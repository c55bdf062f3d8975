import Testing

@testable import ReenactFixtures

/// What was refused, and what a connection was told: evidence of the state, and of how to run it.
@Suite struct RefusedWriteTests {
    private static let schema = """
        CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT UNIQUE, seats INTEGER NOT NULL CHECK (seats >= 0));
        CREATE TABLE sale (
            id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES shop(id), day TEXT, UNIQUE (shop_id, day));
        CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
        CREATE TRIGGER forever BEFORE DELETE ON note BEGIN SELECT RAISE(ABORT, 'kept for good'); END;
        """
    private static let data = """
        INSERT INTO shop VALUES (1,'Ada',3),(2,'Bo',9),(3,'Cy',4);
        INSERT INTO sale VALUES (1,1,'mon'),(2,1,'tue'),(3,2,'mon');
        INSERT INTO note VALUES (1,'abc'),(2,'ABd'),(3,'xyz');
        """

    /// Runs the statements on a real SQLite with the data, and gives back what came of them as a recording.
    private func recorded(_ statements: [String]) throws -> [RecordedStatement] {
        let engine = try SQLiteEngine(schema: Self.schema)
        let blank = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = blank.map { statement in
            var ready = ReadyStatement(recorded: statement, parsed: try? SQLParser.parse(statement.sql, [], .sqlite))
            if case .control(let control)? = ready.parsed { ready.control = control }
            return ready
        }
        let run = try engine.prove(Self.data, ready)
        #expect(run.refusedRows == [])
        return zip(ready, run.outcomes).map { ready, outcome in
            var statement = ready.recorded
            switch (ready.parsed, outcome) {
            case (.select, .rows(let rows, _, _)): statement.rows = rows
            case (_, .rows(_, let count, _)): statement.rowCount = count
            case (_, .refused(let why)): statement.error = why
            case (_, .skipped): break
            }
            return statement
        }
    }

    private func report(_ timeline: [RecordedStatement]) throws -> FixtureReport {
        try FixtureBuilder(schema: Self.schema, dialect: .sqlite).build(
            RecordedTimeline(id: "t", statements: timeline)
        ).report
    }

    @Test(arguments: [
        "UPDATE shop SET name = 'Bo' WHERE id = 1",
        "UPDATE sale SET day = 'tue' WHERE id = 1",
        "UPDATE shop SET seats = seats - 5 WHERE name = 'Ada'",
        "UPDATE shop SET seats = NULL WHERE id = 3",
        "DELETE FROM shop WHERE id = 2",
        "UPDATE shop SET id = 7 WHERE id = 2",
        "INSERT INTO sale (shop_id, day) VALUES (77, 'wed')",
        "DELETE FROM note WHERE id = 2",
    ])
    func `What was refused is refused again`(write: String) throws {
        let timeline = try recorded(["PRAGMA foreign_keys = ON", write, "SELECT COUNT(*) FROM shop WHERE seats > 100"])
        #expect(timeline[1].error != nil)
        let report = try report(timeline)
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `A reference is looked at as its statement ends where the recording says so`() throws {
        let write = "INSERT INTO sale (shop_id, day) VALUES (77, 'wed')"
        let parent = "INSERT INTO shop VALUES (77, 'Di', 1)"
        #expect(try recorded(["PRAGMA foreign_keys = 1", write])[1].error != nil)
        let late = try recorded([write, parent])
        #expect(late.allSatisfy { $0.error == nil })
        #expect(try report(late).isExact)
    }

    @Test(arguments: ["true", "false"])
    func `Patterns tell capital letters where the recording says that they do`(setting: String) throws {
        let timeline = try recorded([
            "PRAGMA case_sensitive_like = \(setting)", "SELECT id, text FROM note WHERE id = 1",
            "SELECT COUNT(*) FROM note WHERE text LIKE 'AB%'",
        ])
        #expect(timeline[2].rows == [[.int(setting == "true" ? 1 : 2)]])
        let report = try report(timeline)
        #expect(report.isExact, "\(report.failures)")
        // A state that fits the other setting is no proof.
        let second = setting == "true" ? "" : "INSERT INTO note VALUES (2,'AB');"
        let script = "INSERT INTO note VALUES (1,'abc');" + second
        let engine = try SQLiteEngine(schema: Self.schema)
        let solver = Solver(engine, .init(), session: 1)
        solver.read(RecordedTimeline(id: "t", statements: timeline))
        let told = solver.report(try engine.prove(script, solver.statements)).isExact
        #expect(told == (setting == "false"))
    }

    @Test(arguments: ["INSERT INTO note VALUES (9, 'new')", "PRAGMA busy_timeout = 20000"])
    func `Questions that need a search are searched for beside what does not touch them`(other: String) throws {
        let timeline = try recorded([
            "SELECT id, day FROM sale WHERE day IN ('mon', 'wed') ORDER BY id LIMIT 9",
            """
            SELECT s.name, x.i FROM (SELECT id AS i, shop_id AS s FROM sale WHERE day IN ('mon', 'wed')
            ORDER BY id LIMIT 9) AS x JOIN shop s ON s.id = x.s
            """, other,
        ])
        let report = try report(timeline)
        #expect(report.isExact, "\(report.failures)")
    }
}
