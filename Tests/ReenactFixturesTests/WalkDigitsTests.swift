import Testing

@testable import ReenactFixtures

/// Last digits, orders, and what a mean tells of a count.
@Suite struct WalkDigitsTests {
    private static func row(_ values: SQLValue..., of table: Int = 0) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    @Test(arguments: 0..<3)
    func `A sum comes out with the digits that the engine's order of additions gave`(seed: Int) throws {
        let schema = "CREATE TABLE sale (id INTEGER PRIMARY KEY, price NUMERIC(10,2) NOT NULL, count INTEGER NOT NULL)"
        let prices = [0.99, 1.29, 24.75, 0.99, 1.99, 6.93, 0.1, 0.2, 13.86, 1.29, 0.3, 8.91]
        let truth = prices.enumerated().map { Self.row(.int(Int64($0) + 1), .real($1), .int(Int64($0 % 3) + 1)) }
        let start = prices.reversed().enumerated().map {
            Self.row(.int(Int64($0) + 1), .real($1), .int(Int64($0 % 3) + 1))
        }
        let statements = [
            "SELECT SUM(price * count) FROM sale", "SELECT price FROM sale", "SELECT SUM(price) FROM sale",
            "SELECT count, COUNT(*) FROM sale GROUP BY count",
        ]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Rows that are right come in the right order by a key that is not shown`(seed: Int) throws {
        let schema = """
            CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE play (id INTEGER PRIMARY KEY, song INTEGER NOT NULL REFERENCES song(id), times INTEGER NOT NULL);
            """
        let names = ["e", "b", "g", "a", "d", "c", "f", "h", "k", "i", "j", "m"]
        func state(_ names: [String]) -> [FixtureRow] {
            names.enumerated().map { Self.row(.int(Int64($0) + 1), .text($1)) }
                + names.enumerated().map {
                    Self.row(.int(Int64($0) + 1), .int(Int64($0) + 1), .int(Int64($1.utf8.first ?? 0) % 5), of: 1)
                }
        }
        let statements = [
            "SELECT s.name, SUM(p.times) FROM song s JOIN play p ON p.song = s.id GROUP BY s.id, s.name ORDER BY s.id",
            "WITH best AS (SELECT song, SUM(times) AS n FROM play GROUP BY song) "
                + "SELECT s.name, b.n FROM best b JOIN song s ON s.id = b.song WHERE b.n > 1 ORDER BY b.n DESC, s.id",
        ]
        #expect(try WalkTrial.walk(schema, state(names), state(names.sorted()), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `A mean tells how many rows its group has`(seed: Int) throws {
        let schema = "CREATE TABLE clerk (id INTEGER PRIMARY KEY, team TEXT, hours INTEGER NOT NULL)"
        func state(_ counts: [Int], _ hours: (Int) -> Int) -> [FixtureRow] {
            var id: Int64 = 0
            return counts.enumerated().flatMap { team, count in
                (0..<count).map { place in
                    id += 1
                    return Self.row(.int(id), .text("t\(team)"), .int(Int64(hours(place))))
                }
            }
        }
        let truth = state([7, 11, 3]) { 20 + $0 * $0 % 17 }
        let start = state([6, 12, 3]) { _ in 24 }
        let statements = ["SELECT team, AVG(hours) FROM clerk GROUP BY team", "SELECT COUNT(*), MAX(hours) FROM clerk"]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `A group that would be wrong while it grows comes at once`(seed: Int) throws {
        let schema = """
            CREATE TABLE clerk (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE bill (id INTEGER PRIMARY KEY, clerk INTEGER REFERENCES clerk(id), hours INTEGER NOT NULL);
            """
        func state(_ counts: [Int], loose: Int) -> [FixtureRow] {
            let clerks = counts.indices.map { Self.row(.int(Int64($0) + 1), .text("n\($0)")) }
            let owners = counts.enumerated().flatMap { clerk, count in
                Array(repeating: SQLValue.int(Int64(clerk) + 1), count: count)
            }
            let bills = (owners + Array(repeating: .null, count: loose)).enumerated()
            return clerks + bills.map { Self.row(.int(Int64($0) + 1), $1, .int(Int64($0 % 5) + 3), of: 1) }
        }
        let statements = [
            "SELECT c.name, COUNT(*) FROM bill b JOIN clerk c ON b.clerk = c.id GROUP BY c.name",
            "SELECT c.name FROM bill b JOIN clerk c ON b.clerk = c.id GROUP BY c.id, c.name HAVING COUNT(*) < 8",
            "SELECT COUNT(*) FROM bill",
        ]
        #expect(
            try WalkTrial.walk(
                schema, state([12, 15, 14], loose: 2), state([12, 15, 0], loose: 16), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Rows that were heaped on one group go where they are not seen`(seed: Int) throws {
        let schema = """
            CREATE TABLE bill (id INTEGER PRIMARY KEY, land TEXT NOT NULL);
            CREATE TABLE line (id INTEGER PRIMARY KEY, bill INTEGER NOT NULL REFERENCES bill(id));
            """
        func state(_ owner: (Int) -> Int) -> [FixtureRow] {
            (1...30).map { Self.row(.int(Int64($0)), .text("l\($0 % 3)")) }
                + (1...44).map { Self.row(.int(Int64($0)), .int(Int64(owner($0))), of: 1) }
        }
        let statements = [
            "SELECT b.land, COUNT(*) FROM line l JOIN bill b ON l.bill = b.id GROUP BY b.id, b.land HAVING COUNT(*) >= 3",
            "SELECT COUNT(*) FROM line", "SELECT COUNT(*) FROM bill",
        ]
        let truth = state { $0 < 4 ? 1 : $0 < 8 ? 2 : ($0 % 28) + 3 }
        let start = state { $0 < 4 ? 1 : $0 < 8 ? 2 : 3 }
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test func `Where no time is named long lists of questions get more`() {
        let limits = SolverLimits.patient
        #expect(limits.seconds(10, areQuestions: true) == 10)
        #expect(limits.seconds(20, areQuestions: true) == 25)
        #expect(limits.seconds(500, areQuestions: true) == 40)
        #expect(limits.seconds(500, areQuestions: false) == 10)
        #expect(limits.atMost == 5 && SolverLimits().atMost == 1)
    }

    @Test func `Fractions that answers show tell the grid of their column`() throws {
        let table = SchemaTable(
            name: "t",
            columns: [
                SchemaColumn(name: "price", kind: .real, isNotNull: true, hasDefault: false),
                SchemaColumn(name: "angle", kind: .real, isNotNull: true, hasDefault: false),
                SchemaColumn(name: "other", kind: .real, isNotNull: true, hasDefault: false),
            ])
        let (price, angle, other) = (Place(table: 0, column: 0), Place(table: 0, column: 1), Place(table: 0, column: 2))
        let grid = NumberGrid(
            Schema([table]), shown: [price: [.real(0.995), .real(3)], angle: [.real(0.123456789)]],
            totals: [(place: price, sum: 180.17999999999998)])
        #expect(grid[price] == 1000)
        #expect(grid[angle] == nil)
        #expect(grid[other] == 100 && grid.isGuess(other) && !grid.isGuess(price))
        #expect(grid.nearest(1.2350000000001, at: price) == 1.235)
        #expect(grid.nearest(1.2354, at: price) == nil)
    }
}
