import Testing

@testable import ReenactFixtures

@Suite struct SolverTests {
    static let schema = """
        CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, born INTEGER);
        CREATE TABLE book (id INTEGER PRIMARY KEY AUTOINCREMENT, author_id INTEGER NOT NULL REFERENCES author(id),
          title TEXT NOT NULL, price REAL, sold INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss INTEGER REFERENCES staff(id));
        """

    private func record(_ data: String, _ statements: [(String, [SQLValue])]) throws -> RecordedTimeline {
        let engine = try SQLiteEngine(schema: Self.schema)
        let bare = statements.map {
            RecordedStatement(sql: $0.0, parameters: $0.1, rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        let ready = bare.map {
            ReadyStatement(recorded: $0, parsed: try? SQLParser.parse($0.sql, $0.parameters, .sqlite))
        }
        let run = try engine.prove(data, ready)
        #expect(run.refusedRows == [])
        let recorded = zip(bare, run.outcomes).map { statement, outcome in
            var statement = statement
            switch outcome {
            case .rows(let rows, let count, let last):
                if ["SELECT", "WITH"].contains(where: statement.sql.hasPrefix) || statement.sql.contains("RETURNING") {
                    statement.rows = rows
                } else {
                    statement.rowCount = count
                    if statement.sql.hasPrefix("INSERT") { statement.lastRow = last }
                }
            case .refused(let why): statement.error = why
            case .skipped: break
            }
            return statement
        }
        return RecordedTimeline(id: "t", statements: recorded)
    }

    private func solve(_ timeline: RecordedTimeline, _ limits: SolverLimits = .init()) throws -> Solution {
        try FixtureBuilder(schema: Self.schema, dialect: .sqlite, limits: limits).build(timeline)
    }

    static let data = """
        INSERT INTO author VALUES (1,'Ann',1950),(2,'Bob',NULL),(3,'Cy',1980);
        INSERT INTO book VALUES (1,1,'A',9.5,3),(2,1,'B',12.25,0),(3,3,'C',NULL,7),(4,3,'D',1,7);
        INSERT INTO staff VALUES (1,'Zoe',NULL),(2,'Yan',1),(3,'Xia',1),(4,'Wim',2),(5,'Vic',4);
        """

    @Test(arguments: [
        "SELECT * FROM book WHERE id = 2",
        "SELECT title FROM book WHERE price > 5 AND sold >= 0 ORDER BY title",
        "SELECT title FROM book WHERE price IS NULL",
        "SELECT name FROM author WHERE name IN ('Ann', 'Zoe') OR born BETWEEN 1975 AND 1985",
        "SELECT b.title, a.name FROM book b JOIN author a ON a.id = b.author_id WHERE a.born < 1960 ORDER BY b.id DESC",
        "SELECT a.id, a.name, b.id, b.title FROM author a LEFT JOIN book b ON b.author_id = a.id ORDER BY a.id, b.id",
        "SELECT COUNT(*) FROM book", "SELECT COUNT(*) FROM book WHERE title LIKE 'C%'",
        "SELECT SUM(price) FROM book", "SELECT MIN(price), MAX(price) FROM book",
        "SELECT author_id, COUNT(*) FROM book GROUP BY author_id ORDER BY author_id",
        "SELECT 1 FROM author WHERE EXISTS (SELECT 1 FROM book WHERE book.author_id = author.id) LIMIT 1",
        "SELECT id, name FROM author WHERE NOT EXISTS (SELECT 1 FROM book WHERE book.author_id = author.id)",
        "SELECT DISTINCT sold FROM book ORDER BY sold", "SELECT title FROM book ORDER BY price DESC LIMIT 2",
        "SELECT name FROM author UNION SELECT title FROM book", "SELECT id FROM book WHERE id = 99",
        "WITH old AS (SELECT id, name FROM author WHERE born < 1960) SELECT name FROM old",
        "SELECT name FROM author WHERE born > (SELECT AVG(born) FROM author)",
        "SELECT title FROM book WHERE sold = (SELECT MAX(sold) FROM book)",
        "SELECT a.name, (SELECT COUNT(*) FROM book b WHERE b.author_id = a.id) FROM author a",
        "SELECT a.name, COUNT(b.id), SUM(b.sold) FROM author a LEFT JOIN book b ON b.author_id = a.id GROUP BY a.id, a.name",
        "SELECT a.name FROM author a JOIN book b ON b.author_id = a.id GROUP BY a.id, a.name HAVING COUNT(*) >= 2",
        "SELECT author_id FROM book GROUP BY author_id ORDER BY COUNT(*) DESC, author_id LIMIT 1",
        "SELECT SUM(CASE WHEN sold > 2 THEN 1 ELSE 0 END), COUNT(*) FROM book", "SELECT COUNT(DISTINCT sold) FROM book",
        "SELECT AVG(price), MIN(price), MAX(price), COUNT(*) FROM book WHERE sold > 1",
        "SELECT title, ROW_NUMBER() OVER (ORDER BY sold DESC, id) FROM book",
        "SELECT x.name, y.name FROM author x JOIN author y ON x.id < y.id",
        "WITH n AS (SELECT author_id AS k, COUNT(*) AS m FROM book GROUP BY author_id) SELECT a.name, n.m FROM author a JOIN n ON n.k = a.id",
    ])
    func `One statement of each shape is solved and proven`(_ sql: String) throws {
        let solution = try solve(record(Self.data, [(sql, [])]))
        #expect(solution.report.isExact, "\(sql)\n\(solution.report.failures)\n\(solution.script)")
    }

    @Test(arguments: [
        "SELECT SUM(price * sold) FROM book WHERE sold BETWEEN 3 AND 7",
        "SELECT SUM(CASE WHEN title < 'C' THEN 1 ELSE 0 END), SUM(CASE WHEN title >= 'C' THEN 1 ELSE 0 END) FROM book",
        "SELECT a.name, (SELECT COUNT(*) FROM book b WHERE b.author_id = a.id) FROM author a ORDER BY a.id",
        "SELECT n, COUNT(*) FROM (SELECT author_id, COUNT(*) AS n FROM book GROUP BY author_id) GROUP BY n",
        "SELECT s.name, b.name FROM staff s JOIN staff b ON b.id = s.boss",
    ])
    func `What is computed from several columns or rows is solved and proven`(_ sql: String) throws {
        let solution = try solve(record(Self.data, [(sql, [])]))
        #expect(solution.report.isExact, "\(sql)\n\(solution.report.failures)\n\(solution.script)")
    }

    @Test(arguments: [
        "SELECT SUM(CASE WHEN sold > 2 THEN price ELSE 0 END), SUM(price), COUNT(*) FROM book WHERE price IS NOT NULL",
        "SELECT COUNT(*) FILTER (WHERE price > 5), COUNT(*) FILTER (WHERE price IS NULL), COUNT(*) FROM book",
        "SELECT 100.0 * SUM(CASE WHEN sold > 0 THEN 1 ELSE 0 END) / COUNT(*) FROM book WHERE id < 4",
        "SELECT COUNT(*), COUNT(DISTINCT sold), SUM(sold) FROM book",
        "SELECT GROUP_CONCAT(title, '; ') FROM book WHERE author_id = 1",
        "SELECT AVG(n) FROM (SELECT COUNT(*) AS n FROM book GROUP BY author_id)",
        "SELECT UPPER(SUBSTR(name, 1, 2)), LENGTH(name) FROM author ORDER BY id",
        "SELECT x.name, y.name FROM staff x JOIN staff y ON x.boss = y.boss AND x.id < y.id ORDER BY x.id, y.id",
        "SELECT title, price FROM book WHERE price IS NOT NULL ORDER BY price DESC, id LIMIT 1 OFFSET 1",
        "SELECT title FROM book b WHERE sold > (SELECT AVG(x.sold) FROM book x WHERE x.author_id = b.author_id)",
        "SELECT id, SUM(sold) OVER (PARTITION BY author_id ORDER BY title) FROM book ORDER BY id",
        "WITH RECURSIVE down(id, depth) AS (SELECT id, 0 FROM staff WHERE boss IS NULL UNION ALL SELECT s.id, d.depth + 1 FROM staff s JOIN down d ON s.boss = d.id) SELECT depth, COUNT(*) FROM down GROUP BY depth ORDER BY depth",
    ])
    func `Totals of parts, ratios, lists of values, means of one's own and recursions are solved and proven`(
        _ sql: String
    ) throws {
        let solution = try solve(record(Self.data, [(sql, [])]))
        #expect(solution.report.isExact, "\(sql)\n\(solution.report.failures)\n\(solution.script)")
    }

    @Test func `The state before the first statement is found under the writes`() throws {
        let timeline = try record(
            Self.data,
            [
                ("UPDATE book SET sold = sold + 1 WHERE id = ?", [.int(3)]),
                ("SELECT sold FROM book WHERE id = 3", []),
                ("INSERT INTO author (name) VALUES ('Dee')", []),
                ("INSERT INTO author (name) VALUES ('Bob')", []),
                ("DELETE FROM book WHERE id IN (1, 2)", []),
                ("SELECT COUNT(*) FROM book WHERE author_id = 1", []),
            ])
        #expect(timeline.statements[3].error != nil)
        let solution = try solve(timeline)
        #expect(solution.report.isExact, "\(solution.report.failures)\n\(solution.script)")
        #expect(solution.script.contains("'Bob'"))
    }

    @Test func `A point query needs one row`() throws {
        let solution = try solve(record(Self.data, [("SELECT * FROM author WHERE id = 3", [])]))
        #expect(solution.report.rows == 1)
    }

    @Test func `Two answers that no state allows are named`() throws {
        func answer(_ name: String) -> RecordedStatement {
            .init(
                sql: "SELECT id, name FROM author WHERE id = 1", parameters: [], rows: [[.int(1), .text(name)]],
                rowCount: nil, lastRow: nil, error: nil)
        }
        let report = try solve(RecordedTimeline(id: "x", statements: [answer("Ann"), answer("Eve")])).report
        #expect(!report.isExact)
        #expect(report.failures.count == 1)
        #expect(report.failures.first?.reason.contains("contradicts statement 0") == true)
    }

    @Test func `SQL that is no SQL is reported, not claimed`() throws {
        let statement = RecordedStatement(
            sql: "SELEKT ?", parameters: [], rows: [[.int(1)]], rowCount: nil, lastRow: nil, error: nil)
        let report = try solve(RecordedTimeline(id: "x", statements: [statement])).report
        #expect(!report.isExact)
        #expect(report.failures.first?.clause == "unparsed")
    }

    @Test func `A row of 10 MB is kept whole`() throws {
        let long = String(repeating: "x", count: 10_000_000)
        let statement = RecordedStatement(
            sql: "SELECT id, title FROM book WHERE id = 1", parameters: [], rows: [[.int(1), .text(long)]],
            rowCount: nil, lastRow: nil, error: nil)
        let solution = try solve(RecordedTimeline(id: "x", statements: [statement]))
        #expect(solution.report.isExact)
    }

    @Test(.timeLimit(.minutes(2))) func `10,000 statements end in a report`() throws {
        var statements: [RecordedStatement] = []
        for index in 0..<10_000 {
            let id = SQLValue.int(Int64(index % 500 + 1))
            let name = SQLValue.text("n\(index % 500)")
            statements.append(
                RecordedStatement(
                    sql: "SELECT id, name FROM author WHERE id = ?", parameters: [id], rows: [[id, name]],
                    rowCount: nil, lastRow: nil, error: nil))
        }
        // Whatever else the machine does.
        var limits = SolverLimits()
        (limits.seconds, limits.patience) = (20, 6)
        let report = try solve(RecordedTimeline(id: "x", statements: statements), limits).report
        #expect(report.statements == 10_000)
        #expect(report.isExact)
    }

    @Test func `Whatever is called exact is exact in an engine of its own`() throws {
        let seed: UInt64 = 20_261_121
        var random = Random(seed: seed)
        var exact = 0
        for round in 0..<40 {
            var data = ""
            for id in 1...(1 + random.below(5)) {
                data += "INSERT INTO author VALUES (\(id),'n\(id)',\(1900 + random.below(99)));\n"
            }
            for id in 1...(1 + random.below(8)) {
                data +=
                    "INSERT INTO book VALUES (\(id),1,'t\(random.below(4))',\(random.below(50)),\(random.below(3)));\n"
            }
            let shapes = [
                "SELECT * FROM book WHERE id = \(random.below(9))",
                "SELECT id, born FROM author WHERE born > \(1900 + random.below(99))",
                "SELECT COUNT(*) FROM book WHERE sold = \(random.below(3))",
                "UPDATE book SET sold = sold + 1 WHERE id = \(random.below(9))",
                "SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id WHERE b.title = 't1'",
                "INSERT INTO author (name, born) VALUES ('n\(random.below(9))', 2000)",
                "DELETE FROM book WHERE id = \(random.below(9))",
                "SELECT id, price FROM book ORDER BY id LIMIT 3",
            ]
            let statements = (0..<(1 + random.below(6))).map { _ in (shapes[random.below(shapes.count)], [SQLValue]()) }
            let timeline = try record(data, statements)
            let solution = try solve(timeline)
            guard solution.report.isExact else { continue }
            exact += 1
            let again = try record(solution.script, statements)
            for (before, after) in zip(timeline.statements, again.statements) {
                #expect(before.rowCount == after.rowCount, "seed \(seed), round \(round)")
                #expect((before.error == nil) == (after.error == nil), "seed \(seed), round \(round)")
                #expect(before.rows.map(Set.init) == after.rows.map(Set.init), "seed \(seed), round \(round)")
            }
        }
        #expect(exact >= 34, "\(exact) of 40 exact, seed \(seed)")
    }
}
