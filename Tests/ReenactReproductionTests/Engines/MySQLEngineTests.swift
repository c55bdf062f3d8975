import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactMySQL
@testable import ReenactReproduction
@testable import ReenactRunner

/// Questions that a recording of MySQL's protocol does not answer, put to a real MariaDB behind it.
@Suite(.enabled(if: RealServers.has(.mysql), "MariaDB is not installed"), .serialized)
struct MySQLEngineTests {
    /// A statement of the recording; with values a prepared one.
    private struct Said {
        var sql: String
        var phase: Event.Phase = .failing
        var values: [String?]?
    }

    /// A recording of these statements at a server that held what the others made, and a live program that meets it.
    private func bench(
        holding made: [String] = [], recorded: [Said], body: (inout MySQLClient) throws -> Void
    ) throws {
        let old = try RealServers.start(.mysql)
        let fresh = try RealServers.start(.mysql)
        defer {
            old.stop()
            fresh.stop()
        }
        try make(made, at: old)
        let tapes = Tapes(old, protocolName: "mysql")
        _ = try tapes.open()
        try tapes.say([], .startup, until: MySQLClient.end(ofGreeting: ()))
        try tapes.say(MySQLClient.response, .startup, until: MySQLClient.end(of: .ping))
        for said in recorded {
            guard let values = said.values else {
                try tapes.say(MySQLClient.query(said.sql), said.phase, until: MySQLClient.end(of: .query))
                continue
            }
            let answer = try tapes.say(
                MySQLClient.prepare(said.sql), said.phase, until: MySQLClient.end(of: .prepare))
            try tapes.say(
                MySQLClient.execute(MySQLClient.number(in: answer), values), said.phase,
                until: MySQLClient.end(of: .execute))
        }
        var client = MySQLClient(Live(tapes.peer(engine: fresh)))
        try body(&client)
    }

    private func make(_ statements: [String], at server: EngineServer) throws {
        let tapes = Tapes(server, protocolName: "mysql")
        let setUp = try tapes.open()
        try tapes.say([], .startup, until: MySQLClient.end(ofGreeting: ()))
        let nowhere = MySQLClient.response.replacing("shop\0".utf8, with: "\0".utf8)
        var framed = Array(nowhere)
        framed[0] -= 4
        try tapes.say(framed, .startup, until: MySQLClient.end(of: .ping))
        for sql in ["CREATE DATABASE shop", "USE shop"] + statements {
            let answer = try tapes.say(MySQLClient.query(sql), on: setUp, until: MySQLClient.end(of: .query))
            try #require(answer[4] != 0xff, "\(sql)")
        }
    }

    private static let shop = [
        "CREATE TABLE customer (id int unsigned PRIMARY KEY AUTO_INCREMENT, name varchar(40) NOT NULL, since date)",
        "CREATE TABLE purchase (id int PRIMARY KEY AUTO_INCREMENT, customer_id int, price decimal(8,2), note text)",
        "INSERT INTO customer (name, since) VALUES ('Ada', '2020-01-02'), ('Bob', NULL), ('Cy', '2021-03-04')",
        "INSERT INTO purchase (customer_id, price, note) VALUES (1, 9.50, 'it''s'), (1, 3, NULL), (2, 7, 'x')",
    ]

    @Test func `tables and rows are inferred from results where their making is not recorded`() throws {
        try bench(
            holding: Self.shop,
            recorded: [
                Said(
                    sql: "SELECT c.id AS c_id, c.name, p.id, p.price FROM customer c LEFT JOIN purchase p "
                        + "ON p.customer_id = c.id"),
                Said(sql: "SELECT name, since FROM customer WHERE id = ?", values: ["1"]),
                Said(sql: "SELECT * FROM purchase WHERE customer_id = 2"),
            ]
        ) { client in
            #expect(client.ask("SELECT count(*), max(name) FROM customer").rows == [["3", "Cy"]])
            #expect(client.live.wasAnsweredByEngine)
            #expect(client.ask("SELECT sum(price) FROM purchase").rows == [["19.50"]])
            #expect(client.ask("SELECT year(since) FROM customer WHERE name = 'ada'").rows == [["2020"]])
            let prepared = client.run(
                "SELECT note, price FROM purchase WHERE customer_id = ? AND note = ?", ["2", "x"])
            #expect(prepared.rows == [["x", "7.00"]])
            #expect(client.live.wasAnsweredByEngine)
            #expect(client.run("SELECT name, since FROM customer WHERE id = ?", ["3"]).rows.first?.first == "Cy")
            #expect(client.live.wasAnsweredByEngine, "prepared in the recording, executed with another value")
            #expect(client.ask("INSERT INTO customer (name) VALUES ('Dee')").id == 4)
            #expect(client.live.notes.news.contains { $0.contains("inferred") && $0.contains("customer") })
        }
    }

    @Test func `what the recording does not tell stays a miss`() throws {
        try bench(holding: Self.shop, recorded: [Said(sql: "SELECT id, name FROM customer")]) { client in
            #expect(client.ask("SELECT since FROM customer").error?.contains("nothing recorded") == true)
            #expect(client.run("SELECT since FROM customer WHERE id = ?", ["1"]).error?.contains("nothing") == true)
            let twice = client.ask("INSERT INTO customer (id, name) VALUES (1, 'again')")
            #expect(twice.error?.contains("Duplicate entry") == true, "the statement's own errors are its own")
            #expect(client.live.wasAnsweredByEngine)
        }
    }

    @Test func `a table that nothing recorded speaks of is taken to be empty`() throws {
        try bench(holding: Self.shop, recorded: [Said(sql: "SELECT id, name FROM customer")]) { client in
            let sql = """
                SELECT s.name, s.size, c.name FROM setting AS s JOIN customer c ON c.id = s.customer_id
                WHERE s.is_public AND s.size = 3 ORDER BY s.weight
                """
            let answer = client.ask(sql)
            #expect(answer.error == nil && answer.rows.isEmpty, "\(answer.error ?? "")")
            #expect(client.live.notes.news.contains { $0.contains("table setting") && $0.contains("empty") })
            #expect(client.ask("BEGIN").error == nil)
            #expect(client.ask("SELECT name FROM customer WHERE id = 1").rows == [["Ada"]])
            #expect(client.run("SELECT note FROM audit WHERE id = ?", ["1"]).rows.isEmpty)
            #expect(client.ask("INSERT INTO audit (note) VALUES ('seen')").error == nil)
            #expect(client.ask("SELECT note FROM audit").rows == [["seen"]])
            #expect(client.ask("COMMIT").error == nil)
            #expect(client.ask("SELECT since FROM customer").error?.contains("nothing recorded") == true)
        }
    }

    @Test func `recorded statements have happened, and what changed anew is asked anew`()
        throws
    {
        let make = "CREATE TABLE item (id int PRIMARY KEY AUTO_INCREMENT, name varchar(20) UNIQUE)"
        try bench(
            holding: [],
            recorded: [
                Said(sql: make, phase: .startup), Said(sql: "BEGIN", phase: .history),
                Said(sql: "INSERT INTO item (name) VALUES (?)", phase: .history, values: ["earlier"]),
                Said(sql: "COMMIT", phase: .history), Said(sql: "BEGIN", phase: .history),
                Said(sql: "DELETE FROM item", phase: .history), Said(sql: "ROLLBACK", phase: .history),
                Said(sql: "INSERT INTO item (name) VALUES ('now')"), Said(sql: "SELECT count(*) FROM item"),
            ]
        ) { client in
            client.live.shelf.phase = .startup
            #expect(client.ask(make).error == nil)
            client.live.shelf.phase = .failing
            #expect(client.ask("INSERT INTO item (name) VALUES ('now')").id == 2)
            #expect(!client.live.wasAnsweredByEngine)
            #expect(client.ask("SELECT id, name FROM item ORDER BY 1").rows == [["1", "earlier"], ["2", "now"]])
            #expect(client.ask("INSERT INTO item (name) VALUES ('more')").id == 3)
            #expect(client.ask("SELECT count(*) FROM item").rows == [["3"]])
            #expect(client.live.wasAnsweredByEngine, "the recorded 2 is out of date")
            _ = client.ask("BEGIN")
            #expect(client.ask("DELETE FROM item WHERE name <> 'now'").affected == 2)
            #expect(client.ask("SELECT count(*) FROM item").rows == [["1"]])
            _ = client.ask("ROLLBACK")
            #expect(client.ask("SELECT count(id) FROM item").rows == [["3"]])
        }
    }

    @Test func `a table that the server described is made as described`() throws {
        try bench(
            holding: ["CREATE TABLE tag (name varchar(20) NOT NULL DEFAULT 'none', n int, UNIQUE (n))"],
            recorded: [Said(sql: "SHOW CREATE TABLE tag"), Said(sql: "SELECT name FROM tag WHERE n = 5")]
        ) { client in
            #expect(client.ask("INSERT INTO tag (n) VALUES (1)").affected == 1)
            #expect(client.ask("SELECT name, n FROM tag").rows == [["none", "1"]])
            #expect(client.ask("INSERT INTO tag (n) VALUES (1)").error?.contains("Duplicate entry") == true)
        }
    }
}

extension MySQLClient {
    /// Tells the end of the server's first packet.
    static func end(ofGreeting: Void) -> (ArraySlice<UInt8>) -> Bool {
        var cutter = PacketCutter()
        return { fresh in
            cutter.append(fresh, at: 0)
            return (try? cutter.next()) != nil
        }
    }
}
