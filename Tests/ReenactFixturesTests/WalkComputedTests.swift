import Testing

@testable import ReenactFixtures

/// Steps towards answers that show no column as it is: expressions, rounded totals, groups that are kept back.
@Suite struct WalkComputedTests {
    private static func row(_ values: SQLValue..., of table: Int = 0) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    private static let bills =
        "CREATE TABLE bill (id INTEGER PRIMARY KEY, day DATE NOT NULL, country TEXT NOT NULL, amount REAL NOT NULL)"

    @Test(arguments: 0..<3)
    func `Rows get dates of the months that are shown, and what else is asked of them`(seed: Int) throws {
        func state(_ isTrue: Bool) -> [FixtureRow] {
            (Int64(1)...24).map { id in
                let month = isTrue ? id * 7 % 5 + 3 : 1
                return Self.row(
                    .int(id), .text("2021-0\(month)-1\(id % 9)"), .text(isTrue && id % 8 > 0 ? "Chile" : "Peru"),
                    .real(1))
            }
        }
        let statements = [
            """
            SELECT strftime('%Y', day) AS y, CAST(strftime('%m', day) AS INTEGER) AS m, COUNT(*) FROM bill
            WHERE country = 'Chile' GROUP BY y, m HAVING COUNT(*) > 2 ORDER BY y, m
            """, "SELECT COUNT(*) FROM bill",
        ]
        #expect(try WalkTrial.walk(Self.bills, state(true), state(false), statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `Totals that are shown rounded are met as well`(seed: Int) throws {
        let schema =
            "CREATE TABLE film (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, length INTEGER, price REAL NOT NULL)"
        func state(_ isTrue: Bool) -> [FixtureRow] {
            (Int64(1)...30).map { id in
                Self.row(
                    .int(id), .text("k\(id % 3)"), .int(isTrue ? 61 + id * id % 97 : 60),
                    .real(isTrue ? Double(id * 31 % 50) + 0.99 : 1))
            }
        }
        let statements = [
            """
            SELECT kind, COUNT(*), ROUND(AVG(length), 1), COALESCE(ROUND(SUM(price), 2), 0) FROM film
            GROUP BY kind ORDER BY kind
            """
        ]
        #expect(try WalkTrial.walk(schema, state(true), state(false), statements, seed: seed) == 0)
    }

    @Test func `A group that HAVING or LIMIT keeps back is the nearer, the more rows it has`() throws {
        let schema = """
            CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
            CREATE TABLE copy (id INTEGER PRIMARY KEY, film_id INTEGER NOT NULL REFERENCES film(id));
            """
        func state(_ copies: Int64) -> [FixtureRow] {
            let films = [Self.row(.int(1), .text("a")), Self.row(.int(2), .text("b"))]
            let others = (Int64(101)...110).map { Self.row(.int($0), .int(2), of: 1) }
            return films + others + (Int64(1)...copies).map { Self.row(.int($0), .int(1), of: 1) }
        }
        for end in ["HAVING COUNT(*) > 12", "ORDER BY 2 DESC LIMIT 1"] {
            let sql = "SELECT f.title, COUNT(*) FROM film f JOIN copy c ON c.film_id = f.id GROUP BY f.id \(end)"
            let costs = try (Int64(1)...15).map { copies in
                let (_, walk) = try WalkTrial.begin(schema, state(15), state(copies), [sql], seed: 1)
                return walk.costs[0]
            }
            #expect(costs.last == 0, "\(sql)")
            #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 >= $1 }, "\(sql): \(costs)")
            #expect(costs[0] > costs[8], "\(sql): \(costs)")
        }
    }
}
