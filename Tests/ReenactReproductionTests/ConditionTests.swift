import ReenactCaseFile
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What could have been otherwise, in parts: statements, files, requests, code.
struct ConditionTests {
    // MARK: - SQLite files

    private func shop() throws -> [UInt8] {
        try FileDatabase.with([]) { connection in
            try connection.execute(
                """
                CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
                CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users, total REAL NOT NULL);
                INSERT INTO users VALUES (1, 'Ada', 'a@x'), (7, 'Eve', NULL);
                INSERT INTO orders VALUES (3, 7, 0);
                """)
        }.bytes
    }

    private func rows(_ bytes: [UInt8], _ sql: String) throws -> [String] {
        var found: [String] = []
        _ = try FileDatabase.with(bytes) { connection in
            try connection.query(sql) { row in
                found.append(row.text(0) ?? row.integer(0).map { "\($0)" } ?? row.real(0).map { "\($0)" } ?? "NULL")
            }
        }
        return found
    }

    private func detail(_ sql: String, _ params: [JSONValue], _ columns: [String], _ rows: [[JSONValue]]) -> JSONValue {
        [
            "sql": .string(sql), "params": .array(params), "columns": .array(columns.map(JSONValue.string)),
            "rows": .array(rows.map(JSONValue.array)), "rowCount": .integer(Int64(rows.count)),
        ]
    }

    private func changed(_ detail: JSONValue, _ edit: AnswerEdit) throws -> [UInt8]? {
        let bytes = try shop()
        let schema = try #require(FileSchema(bytes))
        let answer = try #require(SQLRows(detail))
        guard let change = FileStatement(detail, schema)?.change(edit, answer) else { return nil }
        return FileDatabase.changed(bytes, change.sql, change.values)
    }

    @Test func `a NULL of a joined table is found again and becomes a value`() throws {
        let detail = detail(
            "SELECT o.total, u.email AS mail FROM orders o JOIN users AS u ON u.id = o.user_id WHERE o.id = ?", [3],
            ["total", "mail"], [[0, .null]])
        let bytes = try #require(try changed(detail, .cell(row: 0, column: 1, text: "it's")))
        #expect(try rows(bytes, "SELECT email FROM users ORDER BY id") == ["a@x", "it's"])
        let total = try #require(try changed(detail, .cell(row: 0, column: 0, text: "2")))
        #expect(try rows(total, "SELECT total FROM orders") == ["2.0"])
    }

    @Test func `of several rows the recorded one is changed`() throws {
        let detail = detail(
            "SELECT * FROM users ORDER BY name DESC", [], ["id", "name", "email"],
            [[7, "Eve", .null], [1, "Ada", "a@x"]])
        let bytes = try #require(try changed(detail, .cell(row: 1, column: 1, text: "Bea")))
        #expect(try rows(bytes, "SELECT name FROM users ORDER BY id") == ["Bea", "Eve"])
        let fewer = try #require(try changed(detail, .removeRow(0)))
        #expect(try rows(fewer, "SELECT name FROM users") == ["Ada"])
    }

    @Test func `rows are taken out together, in whatever order they are named`() throws {
        let sql = "SELECT id, name FROM users WHERE id > ?"
        let found = detail(sql, [0], ["id", "name"], [[1, "Ada"], [7, "Eve"]])
        let bytes = try shop()
        let statement = try #require(FileSchema(bytes).flatMap { FileStatement(found, $0) })
        let answer = try #require(SQLRows(found))
        var failure = Case.sample()
        failure.databases = [.init(path: "/srv/shop/shop.db", time: 0, bytes: bytes)]
        let removals = try [0, 1].map { row in
            let change = try #require(statement.change(.removeRow(row), answer))
            return Condition(
                .row, recorded: "row \(row)", changed: "absent", target: "row \(row)",
                change: .database(path: "/srv/shop/shop.db", sql: change.sql, values: change.values))
        }
        for order in [removals, removals.reversed()] {
            let changed = try #require(ChangedCase(failure, order))
            #expect(try rows(changed.failure.databases[0].bytes, "SELECT name FROM users") == [])
        }
    }

    private func refused(_ sql: String, _ error: String, _ params: [JSONValue] = []) throws -> (Condition, [UInt8]) {
        var failure = Case.sample()
        failure.databases = [.init(path: "/srv/shop/shop.db", time: 0, bytes: try shop())]
        failure.events.append(
            Event(
                id: 9, kind: .statement, phase: .failing, peer: "/srv/shop/shop.db", start: 89_100_000_000,
                summary: sql, outcome: "sqlite:1",
                detail: ["sql": .string(sql), "error": .string(error), "params": .array(params)]))
        let only = try #require(StatementErrorConditions.find(Subject(failure, host: machine([:]))).first)
        return (only, try #require(ChangedCase(failure, [only])).failure.databases[0].bytes)
    }

    @Test func `a table or column that a statement did not find is made, and a row in its way taken out`() throws {
        let (table, withTable) = try refused(
            "SELECT sum(i.total) FROM invoice AS i WHERE paid = 'no'", "no such table: invoice")
        #expect(table.recorded.hasSuffix("found no table invoice") && table.stage == .suspect)
        #expect(try rows(withTable, "SELECT count(total) + count(paid) FROM invoice") == ["0"])
        let (_, withColumn) = try refused("SELECT u.age FROM users u", "no such column: u.age")
        #expect(try rows(withColumn, "SELECT count(*) FROM users WHERE age IS NULL") == ["2"])
        let (row, without) = try refused(
            "INSERT INTO \"users\" (\"name\", \"id\") VALUES (?, ?)", "UNIQUE constraint failed: users.id",
            ["Bea", .object(["f": 7])])
        #expect(row.kind == .row && row.recorded == "a row of users with id 7 was there")
        #expect(try rows(without, "SELECT name FROM users") == ["Ada"])
    }

    @Test func `an object that stands in for nothing has what the failing line reads out of it`() {
        var failure = Case.sample()
        failure.signature.message = "'NoneType' object is not subscriptable"
        failure.exceptions = [.sample(type: "TypeError", message: failure.signature.message)]
        failure.exceptions[0].frames[1].source = "if pkg[\"name\"] == wanted and pkg[\"size\"] > 1:"
        let first = StandIn(Subject(failure, host: machine([:]))).values(named: "package").first
        #expect(first == ["name": "text", "size": 1])
    }

    @Test func `a row that was not there comes with what the statement asks of it`() throws {
        let detail = detail("SELECT id, name FROM users WHERE id = ? AND email = 'n@x'", [9], ["id", "name"], [])
        let bytes = try #require(try changed(detail, .insertRow(["9", "text"])))
        #expect(try rows(bytes, "SELECT id || name || email FROM users WHERE id = 9") == ["9textn@x"])
    }

    @Test(arguments: [
        "SELECT count(*) FROM users", "SELECT 1", "SELECT name FROM (SELECT * FROM users)", "DELETE FROM users",
        "SELECT name FROM users UNION SELECT 'x'", "SELECT name FROM nobody", "SELECT", "", "SELECT '",
    ])
    func `what cannot be traced to a table's rows is left alone`(_ sql: String) throws {
        let detail = detail(sql, [], ["name"], [["x"]])
        #expect(try changed(detail, .cell(row: 0, column: 0, text: "y")) == nil)
    }

    @Test func `no statement's text makes it trap`() throws {
        let schema = try #require(FileSchema(try shop()))
        let seed = UInt64.random(in: 0 ... .max)
        var generator = Coin.Generator(state: seed)
        let words = [
            "SELECT", "FROM", "users", "u", ",", "(", ")", "'", "\"", "[", "]", "?", "WHERE", "id", "=", ".", "*", "AS",
            "JOIN", ";", "é",
        ]
        for _ in 0..<2000 {
            let sql = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
                words.randomElement(using: &generator) ?? ""
            }
            .joined(separator: Bool.random(using: &generator) ? " " : "")
            let value = detail(sql, [1], ["id"], [[1]])
            if let rows = SQLRows(value), let statement = FileStatement(value, schema) {
                for edit in [AnswerEdit.cell(row: 0, column: 0, text: "1"), .removeRow(0), .insertRow(["1"])] {
                    _ = statement.change(edit, rows)
                }
            }
            _ = SQLConditions.equalities(in: sql)
        }
    }

    @Test func `comparisons tell which value a column is to have`() {
        let found = SQLConditions.equalities(
            in: #"SELECT * FROM "users" WHERE "users"."id" = $1 AND name = 'a''b' AND x=? AND y = ?"#)
        #expect(found.map(\.column) == ["id", "name", "x", "y"])
        #expect(found.map(\.value) == ["$1", "'a''b'", "?1", "?2"])
        #expect(SQLConditions.value("'a''b'", parameters: []) == "a'b")
        #expect(
            SQLConditions.value("$1::integer", parameters: [7]) == 7 && SQLConditions.value("?9", parameters: []) == nil
        )
    }

    // MARK: - Requests

    private let request = Array(
        [
            "POST /orders/17?page=2&q=a%20b HTTP/1.1", "Host: shop", "X-Tenant: acme", "Content-Type: application/json",
            "Content-Length: 14", "", "{\"count\":null}",
        ].joined(separator: "\r\n").utf8)

    private func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nil" }

    @Test func `each part of a request can be another, and the rest stays`() {
        #expect(
            text(InputEdit.path(2, "18").applied(to: request)).hasPrefix(
                "POST /orders/18?page=2&q=a%20b HTTP/1.1\r\nHost: shop\r\n"))
        #expect(
            text(InputEdit.query("page", "1 2").applied(to: request)).hasPrefix(
                "POST /orders/17?page=1%202&q=a%20b HTTP"))
        #expect(text(InputEdit.query("page", nil).applied(to: request)).hasPrefix("POST /orders/17?q=a%20b HTTP"))
        #expect(
            text(InputEdit.body([.key("count")], 1).applied(to: request)).hasSuffix(
                "Content-Length: 11\r\n\r\n{\"count\":1}"))
        #expect(!text(InputEdit.header("X-Tenant", nil).applied(to: request)).contains("Tenant"))
        #expect(text(InputEdit.header("X-Tenant", "b").applied(to: request)).contains("X-Tenant: b\r\n"))
        #expect(
            InputEdit.path(9, "x").applied(to: request) == nil && InputEdit.path(0, "x").applied(to: [1, 2]) == nil)
    }

    // MARK: - Code

    @Test func `names of variables are read off the code of several languages`() {
        let code = """
            os.environ["SHOP_REGION"]; os.environ.get('PAGE_SIZE', 10); os.getenv("A_B")
            process.env.API_URL; process.env["TOKEN_NAME"]; $_ENV['DB_HOST']; ENV["RAILS_X"]; os.Getenv("GO_X")
            environment is not a name; environ of x
            """
        #expect(
            VariableConditions.read(in: code) == [
                "SHOP_REGION", "PAGE_SIZE", "A_B", "API_URL", "TOKEN_NAME", "DB_HOST", "RAILS_X", "GO_X",
            ])
    }

    // MARK: - Orders

    @Test func `orders keep each request's own, begin with the recorded one, and are the same every time`() throws {
        var value = Case(
            id: "x", anchor: .init(unixNanoseconds: 0), failureTime: 100, signature: .init(kind: .status),
            trigger: .init(kind: .request, event: 1, summary: "GET /a", server: "127.0.0.1:1", time: 1),
            environment: .init(command: [], workingDirectory: ""))
        func event(_ id: Int, _ kind: Event.Kind, _ start: Int64, _ end: Int64, _ phase: Event.Phase) -> Event {
            Event(
                id: id, kind: kind, phase: phase, connection: id, start: start, end: end, summary: "",
                request: .init(offset: 0, length: 1), response: .init(offset: 0, length: 1))
        }
        value.events = [
            event(1, .request, 1, 90, .failing), event(2, .request, 5, 80, .concurrent),
            event(3, .call, 10, 40, .failing),
            event(4, .call, 20, 30, .concurrent), event(5, .call, 50, 60, .failing),
        ]
        value.edges = [3, 4, 5].map { Edge(event: $0, cause: $0 == 4 ? 2 : 1, source: .runtimeContext, confidence: 1) }
        let race = Interleavings(value)
        #expect(race.isRace && race.beside.map(\.id) == [2])
        #expect(race.recorded == [-3, -4, 4, 3, -5, 5] && race.serial == [-3, 3, -5, 5, -4, 4])
        let orders = race.orders
        #expect(orders.first == race.recorded && orders.count > 4 && orders.count <= Interleavings.ordersMax)
        #expect(Set(orders).count == orders.count && orders == Interleavings(value).orders)
        for order in orders {
            #expect(order.filter { abs($0) != 4 } == [-3, 3, -5, 5] && order.filter { abs($0) == 4 } == [-4, 4])
        }
        let drawn = race.orders(seed: 7)
        #expect(drawn == Interleavings(value).orders(seed: 7) && drawn != race.orders(seed: 8))
        #expect(drawn.first == race.recorded && Set(drawn).count == drawn.count)
        for order in drawn { #expect(order.filter { abs($0) != 4 } == [-3, 3, -5, 5]) }
    }

    @Test func `an answer that is brought forward takes its question with it`() {
        #expect(Interleavings.swapping([(early: 3, late: 4)], in: [-3, -4, 3, 4]) == [-3, -4, 4, 3])
        #expect(Interleavings.swapping([(early: 3, late: 4)], in: [-3, 3, -4, 4]) == [-3, -4, 4, 3])
        #expect(Interleavings.swapping([(early: 4, late: 3)], in: [-3, 3, -4, 4]) == [-3, 3, -4, 4])
    }

    @Test func `calls of other threads or open together have no order of their own`() {
        func call(_ id: Int, _ start: Int64, _ end: Int64, thread: Int32, connection: Int? = nil) -> Event {
            var event = Event(
                id: id, kind: .call, phase: .failing, connection: connection ?? id, start: start, end: end, summary: "")
            event.thread = thread
            return event
        }
        #expect(Interleavings.areUnordered(call(1, 0, 9, thread: 1), call(2, 5, 12, thread: 1)))
        #expect(Interleavings.areUnordered(call(1, 0, 9, thread: 1), call(2, 10, 12, thread: 2)))
        #expect(!Interleavings.areUnordered(call(1, 0, 9, thread: 1), call(2, 10, 12, thread: 1)))
        #expect(
            !Interleavings.areUnordered(
                call(1, 0, 9, thread: 1, connection: 5), call(2, 5, 12, thread: 2, connection: 5)))
    }
}
