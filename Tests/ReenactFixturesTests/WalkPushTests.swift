import Testing

@testable import ReenactFixtures

/// Orders that are right, and values that have to go past others.
@Suite struct WalkPushTests {
    private static let schema = """
        CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, born INTEGER, party TEXT REFERENCES party(code));
        CREATE TABLE party (code TEXT PRIMARY KEY, name TEXT)
        """

    private static func people(_ years: [Int64], _ codes: [String] = ["X", "Y"]) -> [FixtureRow] {
        let parties = zip(codes, ["Left", "Right"]).map { FixtureRow(table: 1, values: [.text($0), .text($1)]) }
        let people = zip(["Ann", "Bo", "Cy", "Di", "Ed", "Flo"], years).enumerated().map { number, one in
            FixtureRow(
                table: 0,
                values: [.int(Int64(number + 1)), .text(one.0), .int(one.1), .text(codes[number % 2])])
        }
        return parties + people
    }

    @Test func `What is passed by goes on before it`() throws {
        let sql = ["SELECT name FROM person ORDER BY born", "SELECT name FROM person WHERE born > 1970"]
        let truth = Self.people([1950, 1960, 1980, 1981, 1982, 1983])
        let start = Self.people([10, 20, 30, 30, 1972, 1999])
        let (_, walk) = try WalkTrial.begin(Self.schema, truth, start, sql, seed: 1)
        defer { try? walk.close() }
        #expect(walk.sorting == [Place(table: 0, column: 2)])
        let slot = try #require(walk.byTable[0].first { walk.rows[$0]?.values[1] == .text("Bo") })
        let edit = try #require(walk.changed(slot, 2, .int(1971)))
        let years = walk.pushed([edit]).map { $0.new?.values[2] }
        #expect(years == [.int(1971), .int(1972), .int(1972), .int(1973)])
        let back = try #require(walk.changed(slot, 2, .int(7)))
        #expect(walk.pushed([back]).map { $0.new?.values[2] } == [.int(7), .int(6)])
    }

    @Test(arguments: 0..<3)
    func `A bound is met by a whole order`(seed: Int) throws {
        let sql = ["SELECT name FROM person ORDER BY born", "SELECT name FROM person WHERE born < 1965"]
        let truth = Self.people([1950, 1960, 1980, 1981, 1982, 1983])
        let start = Self.people([1, 2, 3, 4, 5, 6])
        #expect(try WalkTrial.walk(Self.schema, truth, start, sql, seed: seed) == 0)
    }

    @Test func `What is quoted as a name and is none is a text`() throws {
        let sql = ["SELECT \"name\" FROM person WHERE party IN (\"LAB\", \"CON\") AND born < 1965"]
        let rows = Self.people([1950, 1960, 1980, 1981, 1982, 1983])
        let (_, walk) = try WalkTrial.begin(Self.schema, rows, Self.people([1950], ["LAB", "CON"]), sql, seed: 1)
        defer { try? walk.close() }
        #expect(walk.literals[0] == [.text("LAB"), .text("CON"), .int(1965)])
    }

    @Test func `The first rows of an order are those of the whole`() throws {
        let years: [Int64] = [5, 3, 9, 3, 1, 8]
        let truth = Self.people(years)
        let sql = [
            "SELECT name FROM person ORDER BY born DESC LIMIT 1",
            "SELECT name FROM person ORDER BY born LIMIT 1 OFFSET 1",
            "SELECT name FROM person ORDER BY born, name DESC LIMIT 9223372036854775807 OFFSET 2",
        ]
        // Whatever the state, the plan sees what the engine sees.
        for turn in 1..<6 {
            let start = Self.people((0..<6).map { years[($0 * turn + 1) % 6] })
            let (_, walk) = try WalkTrial.begin(Self.schema, truth, start, sql, seed: 1)
            defer { try? walk.close() }
            let known = walk.plans.allSatisfy { $0 != nil }
            #expect(known)
            let slot = walk.byTable[0][turn % 6]
            let edit = try #require(walk.changed(slot, 2, .int(4)))
            #expect(try walk.step([edit], 0, room: 10_000_000, least: .min))
            let kept = walk.plans.map { $0?.cost() ?? -1 }
            for plan in walk.plans { plan?.renew() }
            #expect(walk.plans.map { $0?.cost() ?? -1 } == kept)
        }
    }
}
