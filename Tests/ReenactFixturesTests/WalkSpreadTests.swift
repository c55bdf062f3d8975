import Testing

@testable import ReenactFixtures

/// Steps that bring many rows to where answers can be met together.
@Suite struct WalkSpreadTests {
    private static func row(_ values: SQLValue..., of table: Int = 0) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    private static let beds = """
        CREATE TABLE ward (code TEXT PRIMARY KEY);
        CREATE TABLE bed (code TEXT NOT NULL REFERENCES ward(code), floor INTEGER NOT NULL, number INTEGER NOT NULL,
          PRIMARY KEY (code, floor, number));
        CREATE TABLE stay (id INTEGER PRIMARY KEY, code TEXT NOT NULL, floor INTEGER NOT NULL, number INTEGER NOT NULL,
          FOREIGN KEY (code, floor, number) REFERENCES bed(code, floor, number));
        """

    @Test(arguments: 0..<3)
    func `Rows heaped on one group go to groups whose sum is of a part of a key`(seed: Int) throws {
        func state(_ stays: [(code: String, floor: Int64)]) -> [FixtureRow] {
            let beds = Set(stays.map { "\($0.code) \($0.floor)" }).sorted().map { $0.split(separator: " ") }
            return [Self.row(.text("A")), Self.row(.text("B")), Self.row(.text("X"))]
                + beds.map { Self.row(.text("\($0[0])"), .int(Int64($0[1]) ?? 0), .int(1), of: 1) }
                + stays.enumerated().map { place, stay in
                    Self.row(.int(Int64(place)), .text(stay.code), .int(stay.floor), .int(1), of: 2)
                }
        }
        let truth = (0..<12).map { ("A", $0 < 8 ? Int64(1) : 2) } + (0..<12).map { ("B", $0 < 10 ? Int64(1) : 3) }
        let start = [("A", Int64(1)), ("A", 15), ("B", 1), ("B", 15)] + (0..<20).map { _ in ("X", Int64(3)) }
        let statements = [
            "SELECT code, MIN(floor), SUM(floor) FROM stay GROUP BY code", "SELECT COUNT(*) FROM stay",
            "SELECT COUNT(*) FROM ward",
        ]
        #expect(try WalkTrial.walk(Self.beds, state(truth), state(start), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `A mean under a condition gets as many rows as it asks for`(seed: Int) throws {
        let schema = "CREATE TABLE parcel (id INTEGER PRIMARY KEY, fee REAL NOT NULL, via INTEGER NOT NULL)"
        func state(_ isTrue: Bool) -> [FixtureRow] {
            (Int64(1)...40).map { number in
                let isOf = isTrue ? number * 7919 % 41 < 17 : number <= 3
                return Self.row(
                    .int(number), .real(Double(number * number * 7919 % 30_011) / 100), .int(isOf ? 2 : number + 10))
            }
        }
        let statements = ["SELECT id, fee FROM parcel", "SELECT AVG(fee) FROM parcel WHERE via = 2"]
        #expect(try WalkTrial.walk(schema, state(true), state(false), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Rows that a mean asks for come with what keeps them out of another answer`(seed: Int) throws {
        let schema = """
            CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT NOT NULL, length INTEGER NOT NULL);
            CREATE TABLE entry (list INTEGER NOT NULL, song INTEGER NOT NULL REFERENCES song(id),
              PRIMARY KEY (list, song));
            """
        let start = (Int64(1)...4).map { Self.row(.int($0), .text("n\($0)"), .int(100)) }
        let more = (Int64(5)...25).map { Self.row(.int($0), .text("n\($0)"), .int($0 == 5 ? 107 : 100)) }
        let truth = start + more + (Int64(5)...25).map { Self.row(.int(1), .int($0), of: 1) }
        let statements = [
            "SELECT AVG(length) FROM song",
            "SELECT name FROM song WHERE id NOT IN (SELECT song FROM entry WHERE list >= 1 AND song IS NOT NULL)",
        ]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Numbers heaped on the greatest come back behind it, and means stay`(seed: Int) throws {
        let schema = "CREATE TABLE bill (id INTEGER PRIMARY KEY, land TEXT NOT NULL, total REAL NOT NULL)"
        func state(_ totals: (Int) -> Double) -> [FixtureRow] {
            (0..<20).map { Self.row(.int(Int64($0)), .text($0 % 2 == 0 ? "A" : "B"), .real(totals($0))) }
        }
        // Ten numbers of a group; their sum is 150 in both states.
        let truth = state { $0 < 2 ? 25 : $0 < 4 ? 5 : 15 }
        let start = state { $0 < 10 ? 25.01 : 4.99 }
        let statements = [
            "SELECT land, AVG(total), COUNT(*) FROM bill GROUP BY land",
            "SELECT total FROM bill WHERE total = (SELECT MAX(total) FROM bill)",
        ]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Groups that are made before they are shown are emptied as a whole`(seed: Int) throws {
        let schema = """
            CREATE TABLE clerk (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE sale (id INTEGER PRIMARY KEY, clerk INTEGER REFERENCES clerk(id), amount INTEGER NOT NULL);
            """
        func state(_ owner: (Int64) -> SQLValue) -> [FixtureRow] {
            (Int64(1)...3).map { Self.row(.int($0), .text("c\($0)")) }
                + (Int64(1)...40).map { Self.row(.int($0), owner($0), .int($0), of: 1) }
        }
        let truth = state { $0 <= 4 ? .int(1) : $0 <= 8 ? .int(2) : .null }
        let start = state { $0 <= 4 ? .int(1) : $0 <= 8 ? .int(2) : .int(3) }
        let statements = [
            "WITH s AS (SELECT clerk AS id, SUM(amount) AS amount FROM sale GROUP BY clerk) "
                + "SELECT c.name, s.amount FROM s JOIN clerk c ON c.id = s.id",
            "SELECT id, amount FROM sale", "SELECT name FROM clerk",
        ]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }
}
