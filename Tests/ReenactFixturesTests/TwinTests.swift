import Testing

@testable import ReenactFixtures

/// Rows that something refers to, and that could as well be one.
@Suite struct TwinTests {
    static let schema = """
        CREATE TABLE region (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE nation (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region_id INTEGER NOT NULL REFERENCES region(id));
        CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, nation_id INTEGER NOT NULL REFERENCES nation(id));
        CREATE TABLE sale (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id), brand TEXT NOT NULL);
        """

    private func rows(_ sql: String, _ rows: [[SQLValue]], of table: String) throws -> Int {
        let recorded = RecordedStatement(sql: sql, parameters: [], rows: rows, rowCount: nil, lastRow: nil, error: nil)
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let solution = try builder.build(RecordedTimeline(id: "t", statements: [recorded]))
        #expect(solution.report.isExact)
        return solution.script.split(separator: "\n").count { $0.hasPrefix("INSERT INTO \"\(table)\"") }
    }

    @Test func `Parents that differ in nothing but a key that no answer names are made one`() throws {
        let sql = """
            SELECT n, COUNT(*) FROM (SELECT c.id, COUNT(s.id) AS n FROM customer c LEFT JOIN sale s ON s.customer_id = c.id
            GROUP BY c.id) GROUP BY n ORDER BY n
            """
        let answer: [[SQLValue]] = [[.int(0), .int(4)], [.int(1), .int(3)], [.int(5), .int(6)]]
        #expect(try rows(sql, answer, of: "nation") == 1)
        #expect(try rows(sql, answer, of: "region") == 1)
        #expect(try rows(sql, answer, of: "customer") == 13)
    }

    @Test func `Parents that each group counts apart are as many as the largest group has`() throws {
        let sql = "SELECT brand, COUNT(DISTINCT customer_id) FROM sale GROUP BY brand ORDER BY brand"
        let answer: [[SQLValue]] = ["a", "b", "c", "d"].map { [.text($0), .int(4)] }
        #expect(try rows(sql, answer, of: "customer") == 4)
    }

    @Test func `A parent whose name is shown stays`() throws {
        let sql = "SELECT c.name, n.name FROM customer c JOIN nation n ON n.id = c.nation_id ORDER BY c.name"
        let answer: [[SQLValue]] = [[.text("Ada"), .text("Chile")], [.text("Ben"), .text("Peru")]]
        #expect(try rows(sql, answer, of: "nation") == 2)
        #expect(try rows(sql, answer, of: "region") == 1)
    }
}
