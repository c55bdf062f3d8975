import Testing

@testable import ReenactFixtures

/// Sums and means of nothing, and rows that may not be.
@Suite struct WalkHollowTests {
    private static let schema = "CREATE TABLE sale (id INTEGER PRIMARY KEY, land TEXT NOT NULL, price REAL)"

    private static func sales(_ prices: [(String, SQLValue)]) -> [FixtureRow] {
        prices.enumerated().map { FixtureRow(table: 0, values: [.int(Int64($0 + 1)), .text($1.0), $1.1]) }
    }

    @Test func `A total of nothing is NULL where every number behind it is`() throws {
        let sql = "SELECT land, SUM(price) FROM sale GROUP BY land"
        let lands = ["at", "at", "at", "at", "at", "be", "be", "be"]
        let truth = Self.sales(lands.map { ($0, $0 == "at" ? .null : .real(2)) })
        let start = Self.sales(lands.map { ($0, $0 == "at" ? .real(4) : .null) })
        let (_, walk) = try WalkTrial.begin(Self.schema, truth, start, [sql], seed: 1)
        defer { try? walk.close() }
        let gone = try #require(walk.hollowed(0, [.text("at"), .real(20)], [.text("at"), .null]))
        #expect(gone.count == 5 && gone.allSatisfy { $0.new?.values[2] == .null })
        #expect(try walk.step(gone, 0))
        let come = try #require(walk.hollowed(0, [.text("be"), .null], [.text("be"), .real(6)]))
        #expect(come.count == 1 && come[0].new?.values[2] == .real(6))
        #expect(try walk.step(come, 0))
        #expect(walk.failures.isEmpty)
    }

    @Test func `No step is kept that a CHECK refuses`() throws {
        let schema = """
            CREATE TABLE duty (id INTEGER PRIMARY KEY, part TEXT NOT NULL CHECK (part IN ('early', 'late')), hours INTEGER,
              CHECK (hours < 9 OR part = 'late'))
            """
        func duty(_ part: String, _ hours: Int64) -> FixtureRow {
            FixtureRow(table: 0, values: [.int(1), .text(part), .int(hours)])
        }
        let sql = ["SELECT hours, part FROM duty"]
        let (_, walk) = try WalkTrial.begin(schema, [duty("late", 12)], [duty("early", 5)], sql, seed: 1)
        defer { try? walk.close() }
        let slot = walk.byTable[0][0]
        func step(_ row: FixtureRow) throws -> Bool {
            try walk.step([RowEdit(slot: slot, old: walk.rows[slot], new: row)], 0, room: 1_000_000, least: .min)
        }
        #expect(try !step(duty("noon", 5)))
        #expect(try !step(duty("early", 12)))
        #expect(try step(duty("late", 12)))
        #expect(walk.failures.isEmpty)
    }
}
