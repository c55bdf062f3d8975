import Testing

@testable import ReenactFixtures

/// CHECKs say what invented values can be.
@Suite struct CheckTests {
    static let schema = """
        CREATE TABLE ward (building TEXT NOT NULL, number INTEGER NOT NULL, budget NUMERIC(8,2) NOT NULL CHECK (budget > 0),
          PRIMARY KEY (building, number));
        CREATE TABLE stay (id INTEGER PRIMARY KEY, building TEXT NOT NULL, ward INTEGER, kind TEXT NOT NULL
          CHECK (kind IN ('day', 'night', 'week')), urgency INTEGER NOT NULL CHECK (urgency BETWEEN 1 AND 5),
          code TEXT NOT NULL CHECK (length(code) = 3), since DATE NOT NULL, until DATE NOT NULL, CHECK (until >= since),
          FOREIGN KEY (building, ward) REFERENCES ward(building, number));
        CREATE TABLE label (code TEXT PRIMARY KEY CHECK (code GLOB '[a-z][a-z][a-z]'), vote INTEGER NOT NULL CHECK (vote IN (-1, 1)),
          price NUMERIC(6,2));
        CREATE VIEW crowded AS SELECT building, COUNT(*) AS stays FROM stay GROUP BY building;
        """

    static let data = """
        INSERT INTO ward VALUES ('a',1,10.5),('a',2,99),('b',1,7);
        INSERT INTO stay VALUES (1,'a',1,'day',1,'abc','2024-01-01','2024-01-02'),(2,'a',2,'night',5,'abd','2024-02-01','2024-02-01'),
          (3,'b',1,'week',5,'xyz','2024-03-01','2024-03-09'),(4,'b',NULL,'night',4,'xyy','2024-04-01','2024-04-02');
        INSERT INTO label VALUES ('abc',1,1.5),('abd',1,2.5),('abe',-1,3);
        """

    private func exact(_ statements: [String]) throws -> FixtureReport {
        let engine = try SQLiteEngine(schema: Self.schema)
        let recorded = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = recorded.map { ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite)) }
        let run = try engine.prove(Self.data, ready)
        #expect(run.refusedRows == [])
        let timeline = zip(recorded, run.outcomes).map { statement, outcome in
            var statement = statement
            if case .rows(let rows, _, _) = outcome { statement.rows = rows }
            return statement
        }
        return try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
            .build(RecordedTimeline(id: "t", statements: timeline)).report
    }

    @Test(arguments: [
        "SELECT id FROM stay", "SELECT until FROM stay WHERE id = 1", "SELECT since FROM stay ORDER BY since DESC",
        "SELECT COUNT(*) FROM stay WHERE kind LIKE '%t'", "SELECT COUNT(*) FROM stay WHERE kind NOT LIKE '%t'",
        "SELECT SUM(budget) FROM ward", "SELECT SUM(urgency), COUNT(*) FROM stay", "SELECT SUM(urgency) FROM stay",
        "SELECT COUNT(DISTINCT kind) FROM stay", "SELECT kind, COUNT(*) FROM stay GROUP BY kind",
        "SELECT id FROM stay WHERE urgency > 3", "SELECT COUNT(*) FROM stay WHERE ward IS NULL",
        "SELECT s.id, w.budget FROM stay s JOIN ward w ON w.building = s.building AND w.number = s.ward",
        "SELECT building, COUNT(*) FROM stay GROUP BY building", "SELECT AVG(ward) FROM stay",
        "SELECT COUNT(*) FROM label", "SELECT SUM(vote), COUNT(*) FROM label", "SELECT SUM(price) FROM label",
        "SELECT building, stays FROM crowded ORDER BY building",
        "SELECT building FROM crowded WHERE stays > 1 ORDER BY building",
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY id) FROM stay",
    ]) func `rows that are made up pass every CHECK`(_ statement: String) throws {
        let report = try exact([statement])
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `several statements over checked columns are met together`() throws {
        let report = try exact([
            "SELECT COUNT(*), SUM(urgency) FROM stay", "SELECT kind, COUNT(*) FROM stay GROUP BY kind ORDER BY kind",
            "SELECT MAX(until) FROM stay", "SELECT SUM(budget) FROM ward WHERE building = 'a'",
        ])
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `a reference of two columns stays open until another statement asks for one`() throws {
        let report = try exact([
            "SELECT COUNT(*) FROM stay WHERE ward IS NOT NULL",
            "SELECT building, COUNT(ward) FROM stay GROUP BY building",
            "SELECT w.budget, COUNT(*) FROM ward w JOIN stay s ON s.building = w.building AND s.ward = w.number GROUP BY w.budget",
        ])
        #expect(report.isExact, "\(report.failures)")
    }

    @Test(arguments: [
        ("CHECK (price > 0)", "9.5", "0"), ("CHECK ((price > (0)::numeric))", "1", "-1"),
        (
            "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))", "'b'",
            "'c'"
        ),
        ("CHECK (kind LIKE 'x%' AND length(kind) < 4)", "'xa'", "'xabcd'"),
        ("CHECK ((kind IS NULL) OR (kind <> ''::text))", "'q'", "''"), ("CHECK (price BETWEEN 1 AND 5)", "5", "6"),
    ]) func `a CHECK tells what a column holds`(_ definition: String, _ good: String, _ bad: String) throws {
        var table = SchemaTable(
            name: "t",
            columns: [
                SchemaColumn(name: "price", kind: .decimal, isNotNull: false, hasDefault: false),
                SchemaColumn(name: "kind", kind: .text, isNotNull: false, hasDefault: false),
            ])
        table.index()
        let checks = SQLParser.checks(definition, .postgres)
        #expect(checks.count == 1)
        for check in checks { table.add(check.condition, .postgres) }
        let domain = try #require(table.columns.lazy.compactMap(\.domain).first)
        func value(_ text: String) -> SQLValue {
            text.hasPrefix("'") ? .text(String(text.dropFirst().dropLast())) : .number(text)
        }
        #expect(domain.allows(value(good)))
        #expect(!domain.allows(value(bad)))
        #expect(domain.allows(.null))
        #expect(domain.candidates().contains { domain.allows($0) && !$0.isNull })
    }
}
