import Testing

@testable import ReenactFixtures

/// Steps of the walk that bring about what no row there hints at, and those that change many rows at once.
@Suite struct WalkGroupTests {
    private static func row(_ values: SQLValue..., of table: Int = 0) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    private func walk(
        _ schema: String, _ truth: [FixtureRow], _ start: [FixtureRow], _ statements: [String], seed: Int
    ) throws -> Int {
        try WalkTrial.walk(schema, truth, start, statements, seed: seed)
    }

    @Test(arguments: 0..<3)
    func `A table that refers to itself gets its first rows`(seed: Int) throws {
        let schema =
            "CREATE TABLE clerk (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss INTEGER REFERENCES clerk(id))"
        let truth = (Int64(1)...5).map { Self.row(.int($0), .text("n\($0)"), $0 == 1 ? .null : .int(1)) }
        #expect(try walk(schema, truth, [], ["SELECT COUNT(*) FROM clerk"], seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `A column that is NULL everywhere gets values that nothing tells of`(seed: Int) throws {
        let schema = "CREATE TABLE parcel (id INTEGER PRIMARY KEY, sent DATE)"
        let truth = (Int64(1)...10).map { Self.row(.int($0), $0 < 5 ? .null : .text("2024-01-0\($0 - 4)")) }
        let start = (Int64(1)...10).map { Self.row(.int($0), .null) }
        let statements = ["SELECT COUNT(*) FROM parcel WHERE sent IS NULL", "SELECT COUNT(*) FROM parcel"]
        #expect(try walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `A key that only references show is given to the row that they refer to`(seed: Int) throws {
        let schema = """
            CREATE TABLE team (code TEXT PRIMARY KEY, city TEXT NOT NULL);
            CREATE TABLE player (id INTEGER PRIMARY KEY, team TEXT REFERENCES team(code), pay INTEGER NOT NULL);
            """
        func state(_ codes: [String]) -> [FixtureRow] {
            codes.enumerated().map { Self.row(.text($1), .text("c\($0)")) }
                + (Int64(1)...9).map { Self.row(.int($0), .text(codes[$0 < 4 ? 0 : 1]), .int($0 * 10), of: 1) }
        }
        let statements = ["SELECT team, COUNT(*), SUM(pay) FROM player GROUP BY team", "SELECT COUNT(*) FROM team"]
        #expect(try walk(schema, state(["NORTH", "SOUTH"]), state(["x1", "x2"]), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Running totals part the rows and give them their numbers`(seed: Int) throws {
        let schema = """
            CREATE TABLE bill (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, day DATE NOT NULL, amount REAL NOT NULL)
            """
        let amounts = [4.95, 1.98, 7.92, 3.96, 9.9, 0.99, 5.94, 2.97]
        func state(_ isTrue: Bool) -> [FixtureRow] {
            (Int64(1)...8).map {
                Self.row(
                    .int($0), .int(isTrue ? $0 * 5 % 3 % 2 + 1 : 1), .text("2024-01-1\($0 * 3 % 8)"),
                    .real(isTrue ? amounts[Int($0) - 1] : 1))
            }
        }
        let statements = [
            "SELECT id, day, SUM(amount) OVER (PARTITION BY owner ORDER BY day, id) FROM bill WHERE owner IN (1, 2)",
            "SELECT DISTINCT amount FROM bill", "SELECT owner, COUNT(*) FROM bill GROUP BY owner",
        ]
        #expect(try walk(schema, state(true), state(false), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Rows whose numbers are settled change places until a mean is right`(seed: Int) throws {
        let schema = "CREATE TABLE parcel (id INTEGER PRIMARY KEY, fee REAL NOT NULL, via INTEGER NOT NULL)"
        func state(_ isTrue: Bool) -> [FixtureRow] {
            (Int64(1)...40).map { number in
                let place = number * 7919 % 41
                let via: Int64 = isTrue ? (place < 16 ? 2 : 1) : (number <= 15 ? 2 : 1)
                return Self.row(.int(number), .real(Double(number * number * 7919 % 30_011) / 100), .int(via))
            }
        }
        let statements = [
            "SELECT id, fee FROM parcel", "SELECT AVG(fee) FROM parcel WHERE via = 2",
            "SELECT via, COUNT(*) FROM parcel GROUP BY via",
        ]
        #expect(try walk(schema, state(true), state(false), statements, seed: seed) == 0)
    }
}
