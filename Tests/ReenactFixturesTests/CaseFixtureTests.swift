import ReenactTimeline
import Testing

@testable import ReenactFixtures

/// From the statements of a case to its fixture.
@Suite struct CaseFixtureTests {
    static let shop = """
        CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, rate REAL);
        CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER, price REAL);
        INSERT INTO customer VALUES (1,'Ada','a@x',1.0),(2,'Bob',NULL,0.5),(3,'Cy','c@x',2.0);
        INSERT INTO purchase VALUES (1,1,9.5),(2,1,3.0),(3,2,7.0);
        """

    @Test func `without a schema tables are inferred, and what was assumed is listed`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("SELECT id, name, rate FROM customer WHERE id = ?", [.int(1)])
        recorded.run("SELECT c.name, p.price FROM purchase p JOIN customer c ON c.id = p.customer_id WHERE c.id = 1")
        recorded.run("SELECT id FROM customer WHERE id = 99")
        let fixture = try CaseFixtureBuilder().build(recorded.database)
        #expect(fixture.isExact, "\(fixture.unsatisfied)")
        #expect(fixture.assumptions.contains { $0.contains("inferred") && $0.contains("customer, purchase") })
        let text = fixture.document.text
        #expect(text.contains("1   'Ada'  1.0"), "\(text)")
        #expect(text.contains("absent customer where id = 99"), "\(text)")
        #expect(!text.contains("Bob"), "no row that no statement needs")
        #expect(try FixtureDocument(text: text) == fixture.document)
        #expect(fixture.sql.contains("CREATE TABLE \"customer\""))
    }

    @Test func `two questions that are compared with each other end`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("SELECT name FROM customer WHERE (SELECT COUNT(*) FROM purchase) = (SELECT MAX(id) FROM customer)")
        let fixture = try CaseFixtureBuilder().build(recorded.database)
        #expect(fixture.isExact || !fixture.unsatisfied.isEmpty)
    }

    @Test func `answers of the catalog are taken for the schema`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("SELECT sql FROM sqlite_master WHERE name = 'customer'")
        recorded.run("PRAGMA table_info(purchase)")
        recorded.run("SELECT * FROM customer WHERE id = 2")
        recorded.run("SELECT price FROM purchase WHERE id = 3")
        let fixture = try CaseFixtureBuilder().build(recorded.database)
        #expect(fixture.isExact && fixture.assumptions.isEmpty, "\(fixture.assumptions)")
        #expect(fixture.schema.contains { $0.contains("email TEXT UNIQUE") })
        #expect(fixture.schema.contains { $0.contains("\"price\" REAL") })
        #expect(fixture.leftOut.contains { $0.reason.contains("catalog") })
    }

    @Test func `an error proves a key and the row that has it`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("INSERT INTO customer (name, email) VALUES ('Eve', 'a@x')")
        let fixture = try CaseFixtureBuilder().build(recorded.database)
        #expect(fixture.isExact, "\(fixture.unsatisfied)\n\(fixture.sql)")
        #expect(fixture.schema.contains { $0.contains("UNIQUE (\"email\")") })
        #expect(fixture.document.text.contains("'a@x'"))
    }

    @Test func `what the recording makes itself is not in the state before it`() throws {
        var recorded = try RecordedCase("")
        recorded.run("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", [], .startup)
        recorded.run("INSERT INTO note (text) VALUES ('first'), ('second')", [], .history)
        recorded.run("SELECT text FROM note WHERE id = 2")
        let start = try CaseFixtureBuilder().build(recorded.database, at: .start)
        #expect(start.isExact && start.rowCount == 0 && start.schema == [])
        #expect(start.document.text == "at start\n")
        let failure = try CaseFixtureBuilder().build(recorded.database)
        #expect(failure.isExact && failure.rowCount == 1)
        #expect(failure.document.text == "table note\n  id  text\n  2   'second'\n")
    }

    @Test func `a transaction beside others that was not committed is left out`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("BEGIN", [], .failing, thread: 1)
        recorded.run("UPDATE customer SET name = 'X' WHERE id = 1", [], .failing, thread: 1)
        var timeline = CaseTimeline(recorded.database.statements, .sqlite)
        #expect(timeline.statements.count == 2, "alone it stays what it is")
        recorded.run("SELECT name FROM customer WHERE id = 2", [], .failing, thread: 2)
        recorded.run("ROLLBACK", [], .failing, thread: 1)
        timeline = CaseTimeline(recorded.database.statements, .sqlite)
        #expect(timeline.statements.map(\.sql) == ["SELECT name FROM customer WHERE id = 2"])
        #expect(timeline.leftOut.count == 1 && timeline.assumptions.count == 1)
    }

    @Test func `a given schema goes before what was seen`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("SELECT id, name FROM customer WHERE id = 2")
        let schema = "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, vip INTEGER NOT NULL DEFAULT 1);"
        let fixture = try CaseFixtureBuilder(schema: schema).build(recorded.database)
        #expect(fixture.isExact && fixture.assumptions.isEmpty)
        #expect(fixture.schema == [String(schema.dropLast())])
    }

    @Test func `truncated answers prove nothing, and say so`() throws {
        var recorded = try RecordedCase(Self.shop)
        recorded.run("SELECT id, name FROM customer")
        var detail = recorded.value.events[0].detail.object ?? [:]
        detail["truncated"] = true
        recorded.value.events[0].detail = .object(detail)
        recorded.run("SELECT name FROM customer WHERE id = 1")
        let fixture = try CaseFixtureBuilder().build(recorded.database)
        #expect(fixture.isExact && fixture.statements == 1)
        #expect(fixture.leftOut == [.init(event: 1, reason: "its rows are not all recorded", clause: "")])
    }

    @Test func `a case without a database says so`() throws {
        let recorded = try RecordedCase("")
        #expect(throws: FixtureError.self) { try CaseDatabase.named(nil, of: recorded.value) }
        do { _ = try CaseDatabase.named(nil, of: recorded.value) } catch {
            #expect("\(error)".contains("holds no SQL statement"))
        }
    }

    @Test func `SQL of a case reaches no file`() throws {
        let scratch = try SchemaScratch()
        #expect(scratch.run("ATTACH DATABASE '/tmp/reenact-attached' AS other") != nil)
        #expect(scratch.run("VACUUM INTO '/tmp/reenact-vacuumed'") != nil)
        let engine = try SQLiteEngine(schema: "CREATE TABLE t (a)")
        #expect(engine.execute("ATTACH DATABASE '/tmp/reenact-attached' AS other", []) != .skipped)
        guard case .refused = engine.execute("ATTACH DATABASE '/tmp/reenact-attached' AS other", []) else {
            Issue.record("a file was attached")
            return
        }
    }

    // MARK: fixtures that a person wrote

    private func check(_ text: String) throws -> CaseFixture {
        var recorded = try RecordedCase(
            Self.shop.replacing("customer_id INTEGER", with: "customer_id INTEGER REFERENCES customer(id)"))
        recorded.run("SELECT sql FROM sqlite_master")
        recorded.run("SELECT name FROM customer WHERE id = 1")
        return try CaseFixtureBuilder().check(try FixtureDocument(text: text), for: recorded.database)
    }

    @Test func `an edited fixture is loaded, and what it no longer satisfies is told`() throws {
        let good = try check("table customer\n  id name\n  1 'Ada'\nabsent customer where id > 1\n")
        #expect(good.isExact && good.rowCount == 1)
        let edited = try check("table customer\n  id name\n  1 'Eve'\n")
        #expect(!edited.isExact && edited.unsatisfied.map(\.event) == [2])
    }

    @Test(arguments: [
        ("table custmer\n  id\n  1\n", 1, "no table custmer; there are customer, purchase"),
        ("table customer\n  id nick\n  1 'A'\n", 2, "no column nick"),
        ("table customer\n  id name\n  'one' 'A'\n", 3, "customer.id holds whole numbers, not 'one'"),
        ("table customer\n  id name\n  1 'A'\n  1 'B'\n", 4, "contradicts line 3"),
        ("table customer\n  id name email\n  1 'A' 'x'\n  2 'B' 'x'\n", 4, "contradicts line 3"),
        ("table customer\n  id name\n  1 null\n", 3, "customer.name can't be null"),
        ("table customer\n  id\n  1\n  2\n", 3, "the engine refuses the row: NOT NULL"),
        ("table customer\n  id name\n  1 'A'\nabsent customer where id = 1\n", 4, "contradicts the rows above"),
        ("absent customer where id ==== 1\n", 1, "does not understand"),
        ("absent people\n", 1, "no table people"),
        ("table purchase\n  id customer_id\n  1 1\n", 3, "purchase.customer_id refers to 1 in customer"),
        ("next purchase 4\nnext purchase 5\n", 2, "given twice"),
    ])
    func `what can't be is named with its line`(_ text: String, _ line: Int, _ words: String) throws {
        do {
            _ = try check(text)
            Issue.record("accepted: \(text)")
        } catch let error as FixtureError {
            guard case .document(line, _, let what) = error else {
                Issue.record("\(error), not line \(line)")
                return
            }
            #expect(what.contains(words), "\(what)")
        }
    }

    @Test func `an SQLite file holds the schema and the rows`() throws {
        let fixture = try check("table customer\n  id name rate\n  1 'Ada' ~2.5\n")
        let definitions = SchemaScratch.definitions(try fixture.sqliteFile())
        #expect(definitions.count == 2 && definitions[0].contains("CREATE TABLE customer"))
        let later = try check("table customer\n  id name\n  1 'Ada'\nafter 2 DELETE FROM customer\n")
        #expect(throws: FixtureError.self) { try later.sqliteFile() }
    }
}
