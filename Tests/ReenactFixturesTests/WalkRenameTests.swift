import Testing

@testable import ReenactFixtures

/// Names that stand in several tables without a reference in the schema.
@Suite struct WalkRenameTests {
    private static let schema = """
        CREATE TABLE player (player_id int, name text);
        CREATE TABLE game (game_no int, winner int, loser int);
        CREATE TABLE prize (prize text, player_id text);
        """
    private static let statements = [
        "SELECT a.name, b.name FROM player a JOIN game g ON a.player_id = g.winner JOIN player b ON g.loser = b.player_id",
        "SELECT loser, count(*) FROM game GROUP BY loser",
        "SELECT p.name FROM player p JOIN prize z ON p.player_id = z.player_id",
    ]

    private static func rows(_ ids: [Int64]) -> [FixtureRow] {
        let players = zip(ids, ["Ann", "Bo", "Cy"]).map {
            FixtureRow(table: 0, values: [.int($0), .text($1)])
        }
        let pairs = [(0, 1), (0, 1), (1, 2), (2, 0), (2, 0), (2, 0)]
        let games = pairs.enumerated().map { number, pair in
            FixtureRow(table: 1, values: [.int(Int64(number)), .int(ids[pair.0]), .int(ids[pair.1])])
        }
        return players + games + [FixtureRow(table: 2, values: [.text("cup"), .text(String(ids[1]))])]
    }

    @Test func `All that bear a name take another at once`() throws {
        let (_, walk) = try WalkTrial.begin(
            Self.schema, Self.rows([1, 2, 3]), Self.rows([1, 70, 3]), Self.statements, seed: 1)
        defer { try? walk.close() }
        let place = Place(table: 1, column: 2)
        #expect(walk.kinship.of(place).map(\.table) == [0, 1, 1, 2])
        #expect(walk.kinship.of(Place(table: 0, column: 1)) == [])
        #expect(walk.failures == [1])
        var tries = 0
        while !walk.failures.isEmpty, tries < 20 {
            tries += 1
            let edits = try #require(walk.renamed(1, [.int(70), .int(2)], [.int(2), .int(2)]))
            _ = try walk.step(edits, 1, room: 0)
        }
        #expect(walk.failures.isEmpty)
        #expect(walk.rows.compactMap { $0 }.contains { $0.table == 2 && $0.values[1] == .text("2") })
    }

    @Test(arguments: 0..<3)
    func `Names are walked to through tables that no reference ties`(seed: Int) throws {
        let (truth, start) = (Self.rows([1, 2, 3]), Self.rows([7001, 7002, 1]))
        #expect(try WalkTrial.walk(Self.schema, truth, start, Self.statements, seed: seed) == 0)
    }

    @Test func `References that the schema names are no kinship`() throws {
        let schema = """
            CREATE TABLE player (player_id INTEGER PRIMARY KEY, name text);
            CREATE TABLE game (game_no int, winner int REFERENCES player(player_id), loser int);
            """
        let rows = [
            FixtureRow(table: 0, values: [.int(1), .text("Ann")]),
            FixtureRow(table: 1, values: [.int(1), .int(1), .int(1)]),
        ]
        let sql = ["SELECT name FROM player JOIN game ON player_id = winner WHERE winner <> loser OR loser = player_id"]
        let (_, walk) = try WalkTrial.begin(schema, rows, rows, sql, seed: 1)
        defer { try? walk.close() }
        let named = walk.kinship.groups.filter { !$0.isEmpty }
        #expect(named == [])
    }
}
