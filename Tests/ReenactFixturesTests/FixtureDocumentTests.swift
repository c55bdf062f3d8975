import ReenactTesting
import Testing

@testable import ReenactFixtures

@Suite struct FixtureDocumentTests {
    @Test func `A row that one point query asked for takes three lines`() throws {
        let schema = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT)"
        let recorded = RecordedStatement(
            sql: "SELECT * FROM users WHERE id = 47", parameters: [],
            rows: [[.int(47), .text("Ada"), .text("ada@example.com")]], rowCount: nil, lastRow: nil, error: nil)
        let builder = try FixtureBuilder(schema: schema, dialect: .sqlite)
        let solution = try builder.build(RecordedTimeline(id: "1", statements: [recorded]))
        #expect(solution.report.isExact)
        let document = FixtureDocument(
            solution.state, builder.engine.schema, .sqlite,
            recorded: [.int(47), .text("Ada"), .text("ada@example.com")])
        #expect(
            document.text == """
                table users
                  id  name   email
                  47  'Ada'  'ada@example.com'

                """)
    }

    @Test func `Every kind of line and value is read`() throws {
        let text = """
            # Orders of one day
            at failure
            database '127.0.0.1:5432'

            table orders
              id  "total sum"  note               paid  raw    price
              1   9.50d        'it''s'            true  x'00ff' 1.5e300
              # below: nothing recorded tells
              2   ~0           e'two\\nlines\\u{1}'  null  x''    -inf   # of the second page
            absent orders where id = 3 AND note <> '#'
            absent orders as o where o.id IN (4, 5)
            absent carts
            next orders 48
            after 17 UPDATE orders SET paid = true WHERE id = 2

            """
        let document = try FixtureDocument(text: text)
        let rows = try #require(document.tables.first).rows
        #expect(
            rows[0].cells.map(\.value) == [
                .int(1), .number("9.50"), .text("it's"), .bool(true), .blob([0, 255]), .real(1.5e300),
            ])
        #expect(
            rows[1].cells.map(\.value) == [
                .int(2), .int(0), .text("two\nlines\u{1}"), .null, .blob([]), .real(-.infinity),
            ])
        #expect(rows[1].cells[1].isInvented && rows[1].remark == " of the second page")
        #expect(document.moment == .failure)
        #expect(document.absences.map(\.condition) == ["id = 3 AND note <> '#'", "o.id IN (4, 5)", nil])
        #expect(document.counters == [.init(table: "orders", next: 48)])
        #expect(document.laterWrites == [.init(event: 17, sql: "UPDATE orders SET paid = true WHERE id = 2")])
        #expect(try FixtureDocument(text: document.text) == document)
    }

    @Test(arguments: [
        ("tabel users\n", 1, 1, "table, absent"),
        ("table users\n  id name\n  1\n", 3, 4, "a value for name"),
        ("table users\n  id\n  1 2\n", 3, 5, "the end of the row"),
        ("table users\n  id id\n", 2, 6, "each column once"),
        ("  1 2\n", 1, 3, "a table's line before its rows"),
        ("table users\n  id\n  'abc\n", 3, 7, "the closing '"),
        ("table users\n  id\n  Ada\n", 3, 3, "null, true, false"),
        ("table users\n  id\n  x'0g'\n", 3, 3, "hexadecimal digits"),
        ("table users\n  id\n  99999999999999999999\n", 3, 3, "64 bits"),
        ("table users\n  name\n  'Ä' 'b'\n", 3, 7, "the end of the row"),
        ("table users\n  name\n  'a''b'c\n", 3, 9, "a blank"),
        ("at noon\n", 1, 4, "start or failure"),
        ("absent users when id = 1\n", 1, 14, "where"),
        ("absent users where \n", 1, 20, "a condition"),
        ("next users many\n", 1, 12, "the next row's number"),
        ("after UPDATE x\n", 1, 7, "an event's number"),
        ("database here\n", 1, 10, "in quotes"),
        ("table\n", 1, 6, "a table's name"),
        ("table users\n  id\n  e'\\q'\n", 3, 5, "one of"),
    ])
    func `An error tells line, column and what was expected`(_ text: String, _ line: Int, _ column: Int, _ word: String)
    {
        do {
            _ = try FixtureDocument(text: text)
            Issue.record("\(text) was accepted")
        } catch {
            guard case .document(line, column, let what) = error else {
                Issue.record("\(error), not line \(line), column \(column)")
                return
            }
            #expect(what.contains(word) && what.contains("expected"), "\(what)")
        }
    }

    @Test func `Any document is printed and read back the same`() throws {
        for seed in UInt64(0)..<600 {
            var random = SeededGenerator(seed: seed)
            let document = RandomDocument.make(&random)
            let text = document.text
            do {
                let read = try FixtureDocument(text: text)
                #expect(read == document, "seed \(seed)\n\(text)")
                #expect(read.text == text, "seed \(seed)")
            } catch {
                Issue.record("seed \(seed): \(error)\n\(text)")
            }
        }
    }

    @Test func `The parser survives damaged text, and what it accepts is stable`() throws {
        for seed in UInt64(0)..<3000 {
            var random = SeededGenerator(seed: seed)
            var bytes = Array(RandomDocument.make(&random).text.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert("'\"\\#~! \n\r\t{}eDx0".utf8.randomElement(using: &random)!, at: at)
                case 3: bytes.removeSubrange(at...)
                default: bytes += bytes[at...].prefix(40)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let document = try? FixtureDocument(text: text) else { continue }
            let again = try? FixtureDocument(text: document.text)
            #expect(again?.text == document.text, "seed \(seed)\n\(text)")
        }
    }

    @Test func `Random bytes and long lines end in an answer`() {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed: seed)
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? FixtureDocument(text: String(decoding: bytes, as: UTF8.self))
        }
        let long = "table t\n  a\n  '" + String(repeating: "x", count: 1 << 20) + "'\n"
        #expect((try? FixtureDocument(text: long))?.text == long)
    }
}
