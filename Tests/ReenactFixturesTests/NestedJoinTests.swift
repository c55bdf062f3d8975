import Testing

@testable import ReenactFixtures

/// Joins in parentheses, as mappers write them for many-to-many.
@Suite struct NestedJoinTests {
    static let schema = """
        CREATE TABLE task (id INTEGER PRIMARY KEY, title TEXT);
        CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT, active INTEGER NOT NULL);
        CREATE TABLE link (task_id INTEGER NOT NULL REFERENCES task(id), tag_id INTEGER NOT NULL REFERENCES tag(id),
          note TEXT, PRIMARY KEY (task_id, tag_id));
        """
    static let data = """
        INSERT INTO task VALUES (1,'x'),(2,'y'),(3,'z');
        INSERT INTO tag VALUES (1,'l',1),(2,'m',0),(3,'n',1);
        INSERT INTO link VALUES (1,1,'a'),(1,2,NULL),(2,2,'b');
        """

    static let statements = [
        "SELECT task.id, t1.id, t1.label FROM task LEFT JOIN (link AS l1 JOIN tag AS t1 ON t1.id = l1.tag_id) ON task.id = l1.task_id ORDER BY task.id, t1.label",
        "SELECT task.id, t1.label FROM task LEFT JOIN (link AS l1 JOIN tag AS t1 ON t1.id = l1.tag_id AND t1.active = 1) ON task.id = l1.task_id ORDER BY task.id, t1.label",
        "SELECT task.id, t1.label FROM task JOIN (link AS l1 JOIN tag AS t1 ON t1.id = l1.tag_id) ON task.id = l1.task_id AND t1.active = 0 ORDER BY 1",
        "SELECT * FROM task LEFT JOIN (link JOIN tag ON tag.id = link.tag_id AND tag.active = 1) ON task.id = link.task_id WHERE task.id < 3 ORDER BY task.id",
        "SELECT task.id, count(tag.id) AS n FROM task LEFT JOIN (link JOIN tag ON tag.id = link.tag_id AND tag.active = 0) ON task.id = link.task_id GROUP BY task.id ORDER BY n, task.id",
        "SELECT a.id, label FROM ((task AS a JOIN link ON link.task_id = a.id) JOIN tag ON tag.id = link.tag_id) ORDER BY a.id, label",
        "SELECT title FROM (task) WHERE NOT EXISTS (SELECT 1 FROM (link JOIN tag ON tag.id = link.tag_id) WHERE link.task_id = task.id)",
    ]

    @Test(arguments: statements)
    func `One is met`(statement: String) throws {
        #expect(try FixtureTrial.report([statement], Self.schema, Self.data).failures == [])
    }

    @Test func `All are met together`() throws {
        #expect(try FixtureTrial.report(Self.statements, Self.schema, Self.data).isExact)
    }

    private func form(_ sql: String) throws -> SQLSelect {
        let schema = try SQLiteEngine(schema: Self.schema).schema
        guard case .select(let query) = PlainForm(schema: schema).of(try SQLParser.parse(sql, [], .sqlite)),
            let select = query.first
        else { throw FixtureError.badInput("no SELECT") }
        return select
    }

    @Test func `Where no partner can be missing alone, one join comes after the other`() throws {
        let nested = try form(
            "SELECT task.id FROM task LEFT JOIN (link JOIN tag ON tag.id = link.tag_id) ON task.id = link.task_id")
        let flat = try form(
            "SELECT task.id FROM task LEFT JOIN link ON task.id = link.task_id LEFT JOIN tag ON tag.id = link.tag_id")
        #expect(nested == flat)
    }

    @Test func `A partner that may be missing keeps the parentheses`() throws {
        let nested = try form(
            "SELECT tag.id FROM task LEFT JOIN (link JOIN tag ON tag.id = link.tag_id AND tag.active) ON task.id = link.task_id"
        )
        #expect(nested.from.count == 2)
        guard case .query? = nested.from.last?.what else {
            Issue.record("no query")
            return
        }
    }

    @Test func `Queries within parentheses are queries still`() throws {
        for sql in [
            "SELECT 1 FROM ((SELECT 1 AS a) UNION SELECT 2) AS u", "SELECT 1 FROM ((SELECT 1 AS a)) AS u",
            "SELECT 1 FROM ((SELECT 1 AS a) AS u JOIN task ON task.id = u.a)",
        ] {
            #expect(throws: Never.self) { try SQLParser.parse(sql, [], .sqlite) }
        }
        let deep = String(repeating: "(", count: 5000)
        #expect(throws: FixtureError.self) { try SQLParser.parse("SELECT 1 FROM \(deep)task", [], .sqlite) }
    }
}
