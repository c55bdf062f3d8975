import ReenactFixtures
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction
@testable import ReenactRunner

/// A fixture behind a recorded PostgreSQL: solved from the recording, or written by a person.
@Suite(.enabled(if: RealServers.has(.postgres), "PostgreSQL is not installed"), .serialized)
struct FixtureEngineTests {
    private static let shop = [
        "CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, email text UNIQUE, since date)",
        "CREATE TABLE purchase (id serial PRIMARY KEY, customer_id int REFERENCES customer, price numeric(8,2))",
        "INSERT INTO customer (name, email) VALUES ('Ada', 'a@x'), ('Bob', NULL), ('Cy', 'c@x')",
        "INSERT INTO purchase (customer_id, price) VALUES (1, 9.50), (1, 3), (2, 7)",
    ]

    private func bench(
        _ recorded: [(String, Event.Phase)], mode: ReproductionOptions.Databases = .auto, text: String? = nil,
        body: (inout SQLClient, FixtureSupply) throws -> Void
    ) throws {
        let old = try RealServers.start(.postgres)
        let fresh = try RealServers.start(.postgres)
        defer {
            old.stop()
            fresh.stop()
        }
        try SQLClient.make(Self.shop, at: old)
        let tapes = Tapes(old, protocolName: "postgres")
        _ = try tapes.open()
        try tapes.say(SQLClient.startup, .startup, until: SQLClient.isReady)
        for (sql, phase) in recorded { try tapes.say(SQLClient.query(sql), phase, until: SQLClient.isReady) }
        var options = ReproductionOptions(databases: mode)
        options.fixture = text.map { (path: "shop.fixture", text: $0) }
        let supply = try FixtureSupply(tapes.failure, options, isChanged: true)
        let peer = tapes.peer(engine: fresh)
        let plan = try #require(supply.plans.first, "\(supply.notes)")
        peer.shelf.seed = plan.seed
        peer.shelf.prefersEngine = plan.answersFirst
        peer.shelf.replayed = Set(plan.replayed)
        var client = SQLClient(Live(peer))
        try body(&client, supply)
    }

    @Test func `a question that the recording does not hold is answered from the solved fixture`() throws {
        try bench([
            ("SELECT id, name, email FROM customer WHERE id = 1", .failing),
            ("SELECT count(*) FROM purchase WHERE customer_id = 1", .failing),
        ]) { client, supply in
            #expect(supply.told.first?.exact == true && supply.told.first?.state == .solved, "\(supply.told)")
            #expect(client.ask("SELECT id, name, email FROM customer WHERE id = 1").rows == [["1", "Ada", "a@x"]])
            #expect(!client.live.wasAnsweredByEngine)
            #expect(client.ask("SELECT upper(name) FROM customer ORDER BY id").rows == [["ADA"]])
            #expect(client.live.wasAnsweredByEngine)
            // What only a count proves is there too; copied rows alone would not have it.
            #expect(client.ask("SELECT customer_id FROM purchase").rows == [["1"], ["1"]])
        }
    }

    @Test func `with the fixture first, what it can't give comes from the recording`() throws {
        try bench(
            [
                ("SELECT id, name FROM customer WHERE id = 2", .failing),
                ("SELECT md5(string_agg(name, ',')) FROM customer", .failing), ("select version()", .startup),
            ], mode: .fixture
        ) { client, supply in
            #expect(supply.told.first?.exact == false)
            #expect(supply.told.first?.unsatisfied.map(\.event) == [3], "\(supply.told)")
            #expect(client.ask("SELECT id, name FROM customer WHERE id = 2").rows == [["2", "Bob"]])
            #expect(client.live.wasAnsweredByEngine)
            let recorded = client.ask("SELECT md5(string_agg(name, ',')) FROM customer")
            #expect(recorded.error == nil && !client.live.wasAnsweredByEngine)
            #expect(client.live.last?.event == 3)
            _ = client.ask("select version()")
            #expect(!client.live.wasAnsweredByEngine)
        }
    }

    @Test func `a person's fixture answers as it says, at the moment of the failure`() throws {
        let text = """
            table customer
              id name
              1  'Eve'
            next customer 50

            """
        try bench(
            [
                ("SELECT count(*) FROM customer", .startup),
                ("INSERT INTO customer (name) VALUES ('before') RETURNING id", .history),
                ("SELECT id, name FROM customer WHERE id = 1", .failing),
                ("SELECT name FROM customer WHERE id = 3", .failing),
            ], text: text
        ) { client, supply in
            #expect(supply.told.first?.state == .given)
            client.live.shelf.phase = .startup
            #expect(client.ask("SELECT count(*) FROM customer").rows == [["3"]], "the start is past: as recorded")
            client.live.shelf.phase = .failing
            #expect(client.ask("SELECT id, name FROM customer WHERE id = 1").rows == [["1", "Eve"]])
            #expect(
                client.ask("SELECT count(*) FROM customer WHERE true").rows == [["1"]], "history is not lived again")
            #expect(client.ask("INSERT INTO customer (name) VALUES ('new') RETURNING id").rows == [["50"]])
        }
    }

    @Test func `what others wrote after an event is written when the program has come past it`() throws {
        let text = """
            table customer
              id name
              1  'Eve'
            after 3 UPDATE customer SET name = 'later' WHERE id = 1

            """
        try bench(
            [
                ("SELECT id, name FROM customer WHERE id = 1", .failing),
                ("SELECT email FROM customer WHERE id = 1", .failing),
            ], text: text
        ) { client, _ in
            #expect(client.ask("SELECT id, name FROM customer WHERE id = 1").rows == [["1", "Eve"]])
            #expect(client.ask("SELECT name FROM customer").rows == [["Eve"]])
            #expect(client.ask("SELECT email FROM customer WHERE id = 1").rows == [[nil]])
            #expect(client.ask("SELECT name FROM customer").rows == [["later"]])
        }
    }

    @Test func `a fixture that can't be is an error with file and line`() throws {
        do {
            try bench([("SELECT id, name FROM customer WHERE id = 1", .failing)], text: "table people\n  id\n  1\n") {
                _, _ in
            }
            Issue.record("it was accepted")
        } catch let error as ReproductionError {
            #expect(error.code == .fixture)
            #expect(error.description.hasPrefix("shop.fixture: line 1, column 1: there is no table people"), "\(error)")
        }
    }
}
