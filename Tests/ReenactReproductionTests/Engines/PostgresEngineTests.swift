import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction
@testable import ReenactRunner

/// Questions that a recording of PostgreSQL does not answer, put to a real server behind it.
@Suite(.enabled(if: RealServers.has(.postgres), "PostgreSQL is not installed"), .serialized)
struct PostgresEngineTests {
    /// A recording of these statements at a server that held what the others made, and a live program that meets it.
    private func bench(
        holding made: [String] = [], recorded: [(String, Event.Phase)], body: (inout SQLClient) throws -> Void
    ) throws {
        let old = try RealServers.start(.postgres)
        let fresh = try RealServers.start(.postgres)
        defer {
            old.stop()
            fresh.stop()
        }
        try SQLClient.make(made, at: old)
        let tapes = Tapes(old, protocolName: "postgres")
        _ = try tapes.open()
        try tapes.say(SQLClient.startup, .startup, until: SQLClient.isReady)
        for (sql, phase) in recorded { try tapes.say(SQLClient.query(sql), phase, until: SQLClient.isReady) }
        var client = SQLClient(Live(tapes.peer(engine: fresh)))
        try body(&client)
    }

    private static let shop = [
        "CREATE TABLE customer (id serial PRIMARY KEY, name text, since date)",
        "CREATE TABLE purchase (id serial PRIMARY KEY, customer_id int, price numeric(8,2), note text)",
        "INSERT INTO customer (name, since) VALUES ('Ada', '2020-01-02'), ('Bob', NULL), ('Cy', '2021-03-04')",
        "INSERT INTO purchase (customer_id, price, note) VALUES (1, 9.50, 'it''s'), (1, 3, NULL), (2, 7, 'x')",
    ]

    @Test func `tables and rows are inferred from results where their making is not recorded`() throws {
        try bench(
            holding: Self.shop,
            recorded: [
                (
                    "SELECT c.id AS c_id, c.name AS c_name, p.id AS p_id, p.price FROM customer c LEFT OUTER JOIN purchase AS p ON p.customer_id = c.id",
                    .failing
                ),
                ("SELECT customer.name, customer.since FROM customer WHERE customer.id = 1", .failing),
                ("SELECT * FROM purchase WHERE customer_id = 2", .failing),
            ]
        ) { client in
            #expect(client.ask("SELECT count(*), max(name) FROM customer").rows == [["3", "Cy"]])
            #expect(client.live.wasAnsweredByEngine)
            #expect(client.ask("SELECT sum(price) FROM purchase").rows == [["19.50"]])
            #expect(client.ask("SELECT note FROM purchase WHERE customer_id = 2").rows == [["x"]])
            #expect(client.ask("SELECT extract(year FROM since) FROM customer WHERE name = 'Ada'").rows == [["2020"]])
            #expect(client.ask("INSERT INTO customer (name) VALUES ('Dee') RETURNING id").rows == [["4"]])
            #expect(client.live.notes.news.contains { $0.contains("inferred") && $0.contains("customer") })
        }
    }

    @Test func `what the recording does not tell stays a miss`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            #expect(client.ask("SELECT since FROM customer").error?.contains("nothing recorded") == true)
            #expect(client.ask("SELECT 1/0").error == "division by zero", "the statement's own errors are its own")
            #expect(client.live.wasAnsweredByEngine)
        }
    }

    @Test func `a table that nothing recorded speaks of is taken to be empty`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            let sql = """
                SELECT s.id, s.name, c.name FROM setting AS s JOIN customer c ON c.id = s.customer_id
                WHERE s.is_public AND s.size = 3 AND s.updated_at > now() ORDER BY s.rank
                """
            let answer = client.ask(sql)
            #expect(
                answer.error == nil && answer.rows.isEmpty, "\(answer.error ?? "") \(client.live.last?.reason ?? "")")
            #expect(client.live.wasAnsweredByEngine)
            #expect(client.live.notes.news.contains { $0.contains("table setting") && $0.contains("empty") })
            #expect(client.ask("SELECT count(*) FROM setting WHERE name = 'x'").rows == [["0"]])
            #expect(client.ask("BEGIN").error == nil)
            #expect(client.ask("SELECT name FROM customer WHERE id = 1").rows == [["Ada"]])
            #expect(client.ask("INSERT INTO audit (what, at) VALUES ('seen', now()) RETURNING id").rows == [["1"]])
            #expect(client.ask("SELECT what FROM audit").rows == [["seen"]])
            #expect(client.ask("SELECT other FROM audit").error?.contains("nothing recorded") == true)
            #expect(client.ask("ROLLBACK").error == nil)
            #expect(client.ask("SELECT what FROM audit").rows.isEmpty)
            #expect(client.ask("SELECT since FROM customer").error?.contains("nothing recorded") == true)
        }
    }

    @Test func `keys of such a table may be texts, in a transaction too`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            #expect(client.ask("BEGIN").error == nil)
            let answer = client.ask("SELECT member.id, member.name FROM member WHERE 'demo' = member.club_id")
            #expect(answer.error == nil && answer.rows.isEmpty, "\(answer.error ?? "")")
            #expect(client.ask("SELECT name FROM customer WHERE id = 1").rows == [["Ada"]])
            #expect(client.ask("SELECT count(*) FROM member WHERE id = 'x'").rows == [["0"]])
            #expect(client.ask("COMMIT").error == nil)
        }
    }

    @Test func `a statement that fails by itself is put once`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            #expect(client.ask("CREATE SEQUENCE ticket").error == nil)
            #expect(client.ask("BEGIN").error == nil)
            #expect(client.ask("SELECT 1 / (nextval('ticket') - 1)").error == "division by zero")
            #expect(client.ask("ROLLBACK").error == nil)
            #expect(client.ask("SELECT nextval('ticket')").rows == [["2"]])
        }
    }

    @Test func `recorded statements have happened, those of earlier triggers too`() throws {
        try bench(
            recorded: [
                ("CREATE TABLE item (id serial PRIMARY KEY, name varchar(20) UNIQUE)", .startup),
                ("BEGIN", .history), ("INSERT INTO item (name) VALUES ('earlier') RETURNING id", .history),
                ("COMMIT", .history), ("BEGIN", .history), ("DELETE FROM item", .history), ("ROLLBACK", .history),
                ("INSERT INTO item (name) VALUES ('now') RETURNING id", .failing),
            ]
        ) { client in
            client.live.shelf.phase = .startup
            #expect(client.ask("CREATE TABLE item (id serial PRIMARY KEY, name varchar(20) UNIQUE)").error == nil)
            client.live.shelf.phase = .failing
            #expect(client.ask("INSERT INTO item (name) VALUES ('now') RETURNING id").rows == [["2"]])
            #expect(!client.live.wasAnsweredByEngine)
            #expect(client.ask("SELECT id, name FROM item ORDER BY 1").rows == [["1", "earlier"], ["2", "now"]])
            let twice = client.ask("INSERT INTO item (name) VALUES ('earlier')")
            #expect(
                twice.error?.contains("duplicate key") == true, "its making is recorded, so its constraints are known")
        }
    }

    @Test func `transactions are kept in step`() throws {
        try bench(
            recorded: [("CREATE TABLE item (id int)", .startup), ("BEGIN", .failing), ("ROLLBACK", .failing)]
        ) { client in
            _ = client.ask("CREATE TABLE item (id int)")
            _ = client.ask("BEGIN")
            #expect(client.ask("INSERT INTO item VALUES (1)").status == "T")
            #expect(client.ask("SELECT count(*) FROM item").rows == [["1"]])
            #expect(client.ask("ROLLBACK").status == "I")
            #expect(client.ask("SELECT count(*) FROM item").rows == [["0"]])
            _ = client.ask("BEGIN")
            #expect(client.ask("SELECT 1/0").status == "E")
            #expect(client.ask("SELECT id FROM item").error?.contains("aborted") == true)
            _ = client.ask("ROLLBACK")
            #expect(client.ask("SELECT max(id) FROM item").rows == [[nil]])
        }
    }

    @Test func `what changed anew is not answered from the recording any more`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer ORDER BY id", .failing)]) { client in
            _ = client.ask("UPDATE customer SET name = 'Eve' WHERE id = 1")
            #expect(client.ask("SELECT id, name FROM customer ORDER BY id").rows.first == ["1", "Eve"])
            #expect(client.live.wasAnsweredByEngine && client.live.notes.met.contains { $0.event != nil })
        }
    }

    @Test func `the extended protocol asks the same server`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            let described = client.prepare("SELECT name, id FROM customer WHERE id > $1")
            #expect(described.types == "1tTZ")
            let answer = client.execute(["1"])
            #expect(answer.types == "2DDCZ" && answer.rows == [["Bob", "2"], ["Cy", "3"]])
        }
    }

    @Test func `COPY goes both ways`() throws {
        try bench(holding: Self.shop, recorded: [("SELECT id, name FROM customer", .failing)]) { client in
            #expect(client.ask("COPY customer (id, name) FROM STDIN").types == "G")
            #expect(client.send(SQLClient.copy("9\tNia\n")).status == "I")
            #expect(client.ask("SELECT name FROM customer WHERE id = 9").rows == [["Nia"]])
            #expect(client.ask("COPY (SELECT 1) TO STDOUT").types == "HdcCZ")
        }
    }

    @Test func `the recorded server's version is told, however it is asked for`() throws {
        try bench(recorded: [("select version()", .startup)]) { client in
            let version = client.ask("select pg_catalog.version()").rows.first?.first ?? nil
            #expect(version?.hasPrefix("PostgreSQL") == true && !client.live.wasAnsweredByEngine)
            let schema = client.ask("SELECT  pg_catalog.current_schema()")
            #expect(
                schema.rows == [["public"]],
                "\(schema.error ?? "") \(client.live.last?.reason ?? "") \(client.live.notes.news)")
            #expect(client.live.wasAnsweredByEngine)
        }
    }
}
