import ReenactTesting
import ReenactTimeline
import Testing

@testable import ReenactFixtures

/// Random statements on random rows, recorded as a case: what is claimed of its fixture must hold of its text.
@Suite struct CaseFixturePropertyTests {
    @Test func `what is proven of a fixture is true of its text, its SQL and its file`() throws {
        var exact = 0
        let seeds = UInt64(0)..<60
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let recorded = try Self.recording(&random)
            let moment = Bool.random(using: &random) ? FixtureDocument.Moment.failure : .start
            let fixture = try CaseFixtureBuilder().build(recorded.database, at: moment)
            let text = fixture.document.text
            let read = try FixtureDocument(text: text)
            #expect(read == fixture.document, "seed \(seed)\n\(text)")
            let checked = try CaseFixtureBuilder().check(read, for: recorded.database)
            if fixture.isExact {
                exact += 1
                #expect(checked.isExact, "seed \(seed)\n\(checked.unsatisfied)\n\(text)")
            }
            #expect(checked.rowCount == fixture.rowCount, "seed \(seed)")
            let scratch = try SchemaScratch()
            #expect(scratch.run(fixture.sql) == nil, "seed \(seed)\n\(fixture.sql)")
            if moment == .failure { #expect(!(try fixture.sqliteFile()).isEmpty, "seed \(seed)") }
        }
        #expect(exact > seeds.count / 2, "only \(exact) were solved: the test would show little")
    }

    private static func recording(_ random: inout SeededGenerator) throws -> RecordedCase {
        let names = ["Ada", "Bob", "it's", "", "Zoë", "100%", "a_b"]
        var setUp = """
            CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, rate REAL);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER, price REAL, state TEXT DEFAULT 'new');

            """
        for id in 1...Int.random(in: 1...6, using: &random) {
            let name = SQLValue.quoted(names.randomElement(using: &random)!)
            let rate = Double(Int.random(in: 0...8, using: &random)) / 2
            setUp +=
                "INSERT INTO customer VALUES (\(id), \(name), \(Bool.random(using: &random) ? "'\(id)@x'" : "NULL"), \(rate));\n"
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                setUp +=
                    "INSERT INTO purchase (customer_id, price) VALUES (\(id), \(Int.random(in: 1...9, using: &random)));\n"
            }
        }
        var recorded = try RecordedCase(setUp)
        if Bool.random(using: &random) { recorded.run("SELECT sql FROM sqlite_master", [], .startup) }
        for _ in 0..<Int.random(in: 1...7, using: &random) {
            let id = SQLValue.int(.random(in: 1...7, using: &random))
            let phase: Event.Phase = [.startup, .history, .failing, .failing].randomElement(using: &random)!
            switch Int.random(in: 0..<11, using: &random) {
            case 0: recorded.run("SELECT * FROM customer WHERE id = ?", [id], phase)
            case 1: recorded.run("SELECT name, rate FROM customer WHERE rate >= 1.5 ORDER BY id", [], phase)
            case 2: recorded.run("SELECT COUNT(*) FROM purchase WHERE customer_id = ?", [id], phase)
            case 3:
                recorded.run(
                    "SELECT c.name, p.price FROM purchase p JOIN customer c ON c.id = p.customer_id WHERE c.id = ?",
                    [id],
                    phase)
            case 4: recorded.run("INSERT INTO customer (name, email) VALUES ('new', ?)", [.text("1@x")], phase)
            case 5: recorded.run("UPDATE customer SET name = 'changed' WHERE id = ?", [id], phase)
            case 6: recorded.run("DELETE FROM purchase WHERE customer_id = ?", [id], phase)
            case 7: recorded.run("SELECT id FROM customer WHERE email IS NULL AND name LIKE 'A%'", [], phase)
            case 8: recorded.run("SELECT SUM(price) FROM purchase", [], phase)
            case 9: recorded.run("INSERT INTO purchase (customer_id, price) VALUES (?, 2.5)", [id], phase)
            default: recorded.run("SELECT email FROM customer WHERE name = 'nobody'", [], phase)
            }
        }
        // Phases come one after the other.
        let order: [Event.Phase] = [.startup, .history, .failing]
        recorded.sortPhases(order)
        return recorded
    }
}
