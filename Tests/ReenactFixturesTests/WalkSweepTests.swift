import Testing

@testable import ReenactFixtures

/// What has to go from a column altogether before anything comes nearer.
@Suite struct WalkSweepTests {
    private static let schema = """
        CREATE TABLE port (code TEXT PRIMARY KEY, land TEXT);
        CREATE TABLE leg (id INTEGER PRIMARY KEY, src TEXT REFERENCES port(code), dst TEXT REFERENCES port(code));
        CREATE TABLE line (id INTEGER PRIMARY KEY, land TEXT);
        """

    private static func ports(_ lands: [String]) -> [FixtureRow] {
        zip("abcdef", lands).map { FixtureRow(table: 0, values: [.text(String($0)), .text($1)]) }
    }

    private static func legs(_ count: Int64, _ ends: (Int64) -> (SQLValue, SQLValue)) -> [FixtureRow] {
        (1...count).map {
            let (src, dst) = ends($0)
            return FixtureRow(table: 1, values: [.int($0), src, dst])
        }
    }

    private static func lines(_ lands: [SQLValue]) -> [FixtureRow] {
        lands.enumerated().map { FixtureRow(table: 2, values: [.int(Int64($0 + 1)), $1]) }
    }

    @Test(arguments: 0..<3)
    func `No NULL is left where NOT IN looks through two columns`(seed: Int) throws {
        let ports = Self.ports(["at", "at", "be", "be", "ch", "dk"])
        let codes = ["a", "b", "c", "d", "e"]
        let truth = ports + Self.legs(200) { (.text(codes[Int($0 % 5)]), .text(codes[Int(($0 + 1) % 5)])) }
        let start = ports + Self.legs(200) { _ in (.null, .null) }
        let statements = [
            "SELECT code FROM port WHERE code NOT IN (SELECT src FROM leg UNION SELECT dst FROM leg)",
            "SELECT code, land FROM port", "SELECT COUNT(*) FROM leg",
        ]
        #expect(try WalkTrial.walk(Self.schema, truth, start, statements, seed: seed) == 0)
    }

    @Test(arguments: 0..<3)
    func `What EXCEPT shows goes from every row that holds it`(seed: Int) throws {
        let ports = Self.ports(["at", "at", "be", "be", "ch", "dk"])
        let truth = ports + Self.lines(["at", "at", "be", "be", "be", "dk", "dk", "at"].map(SQLValue.text))
        let start = ports + Self.lines([.text("at"), .text("at")] + Array(repeating: .null, count: 6))
        let statements = [
            "SELECT land FROM line EXCEPT SELECT land FROM port", "SELECT COUNT(*) FROM line",
            "SELECT land, COUNT(*) FROM port GROUP BY land",
        ]
        #expect(try WalkTrial.walk(Self.schema, truth, start, statements, seed: seed) == 0)
    }

    @Test func `A sweep leaves out the row that should come`() throws {
        let ports = Self.ports(["at", "at", "be", "be", "ch", "dk"])
        let codes = ["a", "b", "c", "d", "e"]
        let truth = ports + Self.legs(60) { (.text(codes[Int($0 % 5)]), .text(codes[Int(($0 + 1) % 5)])) }
        let start = ports + Self.legs(60) { (.text(codes[Int($0 % 5)]), .null) }
        let sql = "SELECT code FROM port WHERE code NOT IN (SELECT dst FROM leg WHERE id < 1000)"
        let (_, walk) = try WalkTrial.begin(Self.schema, truth, start, [sql], seed: 1)
        defer { try? walk.close() }
        for _ in 0..<20 {
            let edits = try #require(walk.swept(0, [], [.text("f")]))
            #expect(edits.count == 60)
            #expect(edits.allSatisfy { $0.new?.values[2]?.isNull == false && $0.new?.values[2] != .text("f") })
        }
    }
}
