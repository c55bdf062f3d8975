import Testing

@testable import ReenactFixtures

/// Several statements on one state: what one leaves open another may settle.
@Suite struct JointTests {
    static let schema = """
        CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author(id), title TEXT NOT NULL,
          pages INTEGER NOT NULL, price REAL);
        CREATE TABLE place (name TEXT PRIMARY KEY, country TEXT);
        CREATE TABLE sale (id INTEGER PRIMARY KEY AUTOINCREMENT, book_id INTEGER NOT NULL REFERENCES book(id), note TEXT);
        """

    private func solved(_ data: String, _ statements: [String]) throws -> FixtureReport {
        let engine = try SQLiteEngine(schema: Self.schema)
        let recorded = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = recorded.map {
            ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, [], .sqlite))
        }
        let run = try engine.prove(data, ready)
        #expect(run.refusedRows == [])
        let timeline = zip(recorded, run.outcomes).map { statement, outcome in
            var statement = statement
            if case .rows(let rows, let count, let last) = outcome {
                if statement.sql.hasPrefix("INSERT"), !statement.sql.contains("RETURNING") {
                    (statement.rowCount, statement.lastRow) = (count, last)
                } else {
                    statement.rows = rows
                }
            }
            return statement
        }
        return try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
            .build(RecordedTimeline(id: "t", statements: timeline)).report
    }

    static let data =
        (1...3).map { "INSERT INTO author VALUES (\($0),'a\($0)');" }.joined()
        + (1...12).map { "INSERT INTO book VALUES (\($0),\($0 % 3 + 1),'t\($0)',\($0 * 10),\($0).25);" }.joined()
        + "INSERT INTO place VALUES ('Oslo','NO'),('Bergen','NO'),('Rome','IT');"
        + (1...9).map { "INSERT INTO sale VALUES (\($0),\($0 < 3 ? 1 : $0),NULL);" }.joined()

    static let lists: [[String]] = [
        // The author of a book that only its title is known of is settled by how many books each has.
        [
            "SELECT title FROM book ORDER BY id LIMIT 8",
            "WITH n AS (SELECT author_id AS k, COUNT(*) AS m FROM book GROUP BY author_id) SELECT y.name, n.m FROM author y JOIN n ON n.k = y.id",
        ],
        // Keys of which only the order is known, beside keys that nobody speaks of.
        [
            "SELECT title FROM book ORDER BY title, id", "SELECT COUNT(*) FROM book", "SELECT COUNT(*) FROM sale",
        ],
        // A mean of whole numbers tells of how many, though some of them are there already.
        ["SELECT pages FROM book WHERE pages < 30", "SELECT AVG(pages), MIN(pages), MAX(pages) FROM book"],
        ["SELECT COUNT(DISTINCT name) FROM author WHERE name LIKE 'a%'"],
        ["SELECT author_id, MIN(pages), MAX(pages) FROM book GROUP BY author_id HAVING AVG(pages) > 61"],
        ["SELECT author_id, SUM(pages), AVG(pages) FROM book GROUP BY author_id"],
        // What fills a count is not put where another statement looks.
        [
            "SELECT id, book_id FROM sale WHERE book_id = 1 ORDER BY id",
            "SELECT COUNT(*) FROM sale WHERE book_id IN (SELECT id FROM book WHERE pages > 5)",
        ],
        // Ids below the first that was given out suffice, though the recording speaks of them.
        [
            "INSERT INTO sale (book_id) VALUES (1) RETURNING id", "SELECT COUNT(*) FROM sale",
            "SELECT pages FROM book WHERE pages < 60",
        ],
        // Rows of either side of a UNION.
        ["SELECT name FROM author UNION ALL SELECT country FROM place ORDER BY 1", "SELECT name FROM place"],
        [
            "SELECT title FROM book ORDER BY title, id LIMIT 3 OFFSET 4",
            "SELECT title FROM book WHERE title LIKE 't1%'",
        ],
    ]

    @Test(arguments: lists)
    func `Statements of one state are satisfied together`(statements: [String]) throws {
        let report = try solved(Self.data, statements)
        #expect(report.isExact, "\(report.failures)")
    }
}
