import Testing

@testable import ReenactFixtures

/// Questions for what is not there, in whatever words.
@Suite struct PlainFormTests {
    static let schema = """
        CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT NOT NULL, lead INTEGER);
        CREATE TABLE copy (id INTEGER PRIMARY KEY, film_id INTEGER NOT NULL REFERENCES film(id), note TEXT);
        CREATE TABLE loan (id INTEGER PRIMARY KEY, copy_id INTEGER NOT NULL REFERENCES copy(id));
        """

    private func form(_ sql: String) throws -> SQLStatement {
        let engine = try SQLiteEngine(schema: Self.schema)
        return PlainForm(schema: engine.schema).of(try SQLParser.parse(sql, [], .sqlite))
    }

    @Test(arguments: [
        (
            "SELECT f.id FROM film f LEFT JOIN copy c ON c.film_id = f.id AND c.note = 'x' WHERE c.id IS NULL AND f.lead > 1",
            "SELECT f.id FROM film f WHERE f.lead > 1 AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.film_id = f.id AND c.note = 'x')"
        ),
        (
            "SELECT id FROM film EXCEPT SELECT film_id FROM copy WHERE note = 'x' ORDER BY 1",
            "SELECT DISTINCT id FROM film WHERE id NOT IN (SELECT film_id FROM copy WHERE note = 'x' AND film_id IS NOT NULL) ORDER BY 1"
        ),
        (
            "SELECT id FROM film INTERSECT SELECT film_id FROM copy",
            "SELECT DISTINCT id FROM film WHERE id IN (SELECT film_id FROM copy)"
        ),
    ])
    func `What asks for rows beside others becomes a condition`(_ sql: String, _ plain: String) throws {
        let (made, wanted) = (try form(sql), try SQLParser.parse(plain, [], .sqlite))
        guard case .select(let one) = made, case .select(let two) = wanted else {
            Issue.record("no questions")
            return
        }
        #expect(one == two)
    }

    @Test(arguments: [
        // NULL may stand in a row that is there.
        "SELECT f.id FROM film f LEFT JOIN copy c ON c.film_id = f.id WHERE c.note IS NULL",
        // It is looked at elsewhere.
        "SELECT f.id, c.note FROM film f LEFT JOIN copy c ON c.film_id = f.id WHERE c.id IS NULL",
        "SELECT f.id FROM film f LEFT JOIN copy c ON c.film_id = f.id LEFT JOIN loan l ON l.copy_id = c.id WHERE c.id IS NULL",
        "SELECT id, title FROM film EXCEPT SELECT film_id, note FROM copy",
    ])
    func `What means something else stays as it is`(_ sql: String) throws {
        let (made, wanted) = (try form(sql), try SQLParser.parse(sql, [], .sqlite))
        guard case .select(let one) = made, case .select(let two) = wanted else {
            Issue.record("no questions")
            return
        }
        #expect(one == two)
    }

    @Test func `Films without a copy are those that were shown, however many are counted`() throws {
        func asked(_ sql: String, _ rows: [[SQLValue]]) -> RecordedStatement {
            .init(sql: sql, parameters: [], rows: rows, rowCount: nil, lastRow: nil, error: nil)
        }
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let solution = try builder.build(
            RecordedTimeline(
                id: "t",
                statements: [
                    asked("SELECT COUNT(*) FROM film", [[.int(12)]]),
                    asked(
                        "SELECT f.title FROM film f LEFT JOIN copy c ON f.id = c.film_id WHERE c.id IS NULL",
                        [[.text("a")], [.text("b")]]),
                ]))
        #expect(solution.report.isExact)
        #expect(!solution.report.failures.contains { $0.clause == "unparsed" })
    }
}
