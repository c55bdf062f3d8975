import Testing

@testable import ReenactFixtures

@Suite struct ParserTests {
    private func query(_ sql: String, _ values: [SQLValue] = [], _ dialect: SQLDialect = .sqlite) throws -> SQLSelect {
        guard case .select(let query) = try SQLParser.parse(sql, values, dialect), let select = query.first else {
            throw FixtureError.badInput("no SELECT")
        }
        return select
    }

    @Test func `Bind values stand where their placeholders stood`() throws {
        let select = try query("SELECT a FROM t WHERE b = ?2 AND c = ?1", [.int(1), .text("x")])
        let expected = SQLExpr.and(
            .compare("=", .column(table: nil, name: "b", quoted: false), .value(.text("x"))),
            .compare("=", .column(table: nil, name: "c", quoted: false), .value(.int(1))))
        #expect(select.condition == expected)
    }

    @Test func `SQLite's double equals sign is equality`() throws {
        #expect(try query("SELECT 1 FROM t WHERE a == 1").condition == query("SELECT 1 FROM t WHERE a = 1").condition)
    }

    @Test func `AND binds more tightly than OR, NOT more tightly than both`() throws {
        let flat = try query("SELECT 1 FROM t WHERE NOT a = 1 AND b = 2 OR c = 3").condition
        #expect(flat == (try query("SELECT 1 FROM t WHERE ((NOT (a = 1)) AND (b = 2)) OR (c = 3)").condition))
    }

    @Test func `PostgreSQL's casts, dollar quotes and escapes are read`() throws {
        let select = try query("SELECT $$it's$$, E'a\\n', x::text FROM t WHERE y = $1", [.int(3)], .postgres)
        #expect(select.items[0].expression == .value(.text("it's")))
        #expect(select.items[1].expression == .value(.text("a\n")))
        #expect(select.items[2].expression == .cast(.column(table: nil, name: "x", quoted: false), "TEXT"))
    }

    @Test func `What no parser of ours accepts is refused with its place`() {
        #expect(throws: FixtureError.self) { try SQLParser.parse("SELECT FROM WHERE", [], .sqlite) }
        #expect(throws: FixtureError.self) { try SQLParser.parse("", [], .sqlite) }
        #expect(throws: FixtureError.self) { try SQLParser.parse("SELECT ?", [], .sqlite) }
    }

    @Test func `Nesting without end is refused, not followed`() {
        let deep = "SELECT " + String(repeating: "(", count: 100_000) + "1"
        #expect(throws: FixtureError.self) { try SQLParser.parse(deep, [], .sqlite) }
        let signs = "SELECT " + String(repeating: "- ", count: 100_000) + "1"
        #expect(throws: FixtureError.self) { try SQLParser.parse(signs, [], .sqlite) }
    }

    @Test func `No cut or mangled statement stops the program`() {
        let samples = [
            "SELECT DISTINCT a.b, COUNT(*) FILTER (WHERE x) FROM t a LEFT JOIN u ON a.i = u.i WHERE a.b LIKE ? ESCAPE '\\' GROUP BY 1",
            "INSERT INTO t (a, b) VALUES (?, ?), (1, 'x') ON CONFLICT (a) DO UPDATE SET b = 1 RETURNING a",
            "UPDATE t SET a = a + 1, (b, c) = (1, 2) WHERE d IN (SELECT e FROM f) RETURNING *",
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c ORDER BY n LIMIT 1, 2",
            "DELETE FROM t WHERE CASE a WHEN 1 THEN 2 ELSE 3 END BETWEEN 1 AND 2",
            "SELECT $tag$ text $tag$, E'\\'', a::int[], ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) FROM t, LATERAL (SELECT 1) x",
        ]
        var random = Random(seed: 7)
        for sample in samples {
            let bytes = Array(sample.utf8)
            for _ in 0..<400 {
                var cut = Array(bytes.prefix(random.below(bytes.count + 1)))
                for _ in 0..<random.below(4) where !cut.isEmpty {
                    cut[random.below(cut.count)] = UInt8(random.below(256))
                }
                let text = String(decoding: cut, as: UTF8.self)
                for dialect in SQLDialect.allCases {
                    _ = try? SQLParser.parse(text, [.int(1), .null], dialect)
                }
            }
        }
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
