import ReenactTimeline
import Testing

@testable import ReenactFixtures

/// What PostgreSQL alone writes: documents, arrays, patterns, sets and its own functions.
@Suite struct PostgresDialectTests {
    private func condition(_ text: String, _ parameters: [SQLValue] = []) throws -> SQLExpr? {
        let parsed = try SQLParser.parse("SELECT id FROM d WHERE \(text)", parameters, .postgres)
        guard case .select(let query) = parsed else { return nil }
        return query.first?.condition
    }

    private func column(_ name: String) -> SQLExpr { .column(table: nil, name: name, quoted: false) }

    // MARK: reading

    @Test func `ANY and ALL of constants are lists`() throws {
        let list = [SQLExpr.value(.int(2)), .value(.int(3))]
        #expect(try condition("id = ANY(ARRAY[2, 3])") == .inList(column("id"), list, negated: false))
        #expect(try condition("id = ANY('{2,3}')") == .inList(column("id"), list, negated: false))
        #expect(try condition("id <> ALL($1::int[])", [.text("{2,3}")]) == .inList(column("id"), list, negated: true))
        #expect(try condition("id = ANY(SELECT 1)")?.conjuncts.count == 1)
        let both = try condition("st ILIKE ANY(ARRAY['%a%', '%b%'])")
        guard case .or(.like("ILIKE", _, _, _, false), .like("ILIKE", _, _, _, false))? = both else {
            Issue.record("\(String(describing: both))")
            return
        }
    }

    @Test func `A column behind ANY is asked to hold the value`() throws {
        let holds = SQLExpr.binary(
            "@>", column("tags"), .call(SQLCall(name: "ARRAY", arguments: [.value(.text("z"))])))
        #expect(try condition("'z' = ANY(tags)") == holds)
        #expect(try condition("'z' <> ALL(tags)") == .not(holds))
    }

    @Test(arguments: [
        "tsv @@ to_tsquery('a')", "tags && ARRAY['a']", "data @> '{}'", "data ?| ARRAY['a']", "data #>> '{a,b}' = 'x'",
        "st !~* 'x'", "st SIMILAR TO 'a%'", "st NOT SIMILAR TO 'a%'", "tags[1] = 'x'", "tags[1:2] = '{x}'",
        "position('a' IN st) > 0", "trim(LEADING '0' FROM st) = '1'", "jsonb '{}' = data",
    ])
    func `Operators are read`(_ text: String) throws { #expect(try condition(text) != nil) }

    @Test func `Ties, functions with columns and ordinals are read`() throws {
        for sql in [
            "SELECT id FROM d ORDER BY id FETCH FIRST 2 ROWS WITH TIES",
            "SELECT x.a FROM jsonb_to_recordset('[]') AS x(a int, b text[])",
            "SELECT u.v FROM unnest(ARRAY[1]) WITH ORDINALITY AS u(v, n)",
        ] {
            _ = try SQLParser.parse(sql, [], .postgres)
        }
    }

    // MARK: computing

    @Test func `Arrays are read as the engine writes them`() {
        let list: [SQLValue] = [.text("a"), .text("b c"), .null, .text("q\"\\")]
        #expect(PostgresArray.elements(.text(PostgresArray.text(list))) == list)
        #expect(PostgresArray.text(list) == "{a,\"b c\",NULL,\"q\\\"\\\\\"}")
        #expect(PostgresArray.elements(.text("[2, 5]")) == [.int(2), .int(5)])
        #expect(PostgresArray.elements(.text("{{1},{2}}")) == nil)
        #expect(PostgresArray.elements(.text("{a}b}")) == nil)
        #expect(PostgresArray.elements(.text("{ a b , \" c\" , null }")) == [.text("a b"), .text(" c"), .null])
    }

    @Test func `Documents are written as jsonb is`() {
        let document: JSONValue = ["bb": 1, "a": [1, 2], "c": ["x": nil]]
        #expect(PostgresDocument.text(document) == "{\"a\": [1, 2], \"c\": {\"x\": null}, \"bb\": 1}")
        #expect(PostgresDocument.contains(["a": [1, 2, 3]], ["a": [3]]))
        #expect(!PostgresDocument.contains(["a": [1]], ["b": 1]))
        #expect(PostgresDocument.joined(["a": [1]], ["a": [2], "b": true]) == ["a": [1, 2], "b": true])
        #expect(PostgresDocument.joined(["a": 1], ["a": 2]) == nil)
    }

    @Test(arguments: [
        ("SPLIT_PART", [SQLValue.text("a@b"), .text("@"), .int(2)], SQLValue.text("b")),
        ("INITCAP", [.text("quick fox")], .text("Quick Fox")),
        ("LPAD", [.text("3"), .int(3), .text("0")], .text("003")),
        ("TO_CHAR", [.text("2026-01-02T15:04:05+00:00"), .text("YYYY-MM-DD HH24:MI")], .text("2026-01-02 15:04")),
        ("TO_CHAR", [.text("2026-01-02"), .text("FMDay, DD Mon")], .text("Friday, 02 Jan")),
        ("DATE_TRUNC", [.text("week"), .text("2026-01-02T15:04:05")], .text("2025-12-29T00:00:00")),
        ("EXTRACT", [.text("isodow"), .text("2026-01-04")], .number("7")),
        ("ARRAY_LENGTH", [.text("{a,b}"), .int(1)], .int(2)),
    ])
    func `Functions give what the engine gives`(_ name: String, _ values: [SQLValue], _ wanted: SQLValue) {
        #expect(Functions.apply(name, values, .postgres) == wanted)
    }

    @Test(arguments: ["^Person 1[0-9]$", "a+b{2}(c|d)?$", "[^a-y]\\d", "x"])
    func `Samples of a pattern are taken by it`(_ text: String) throws {
        let pattern = try #require(TextPattern(text, folds: false))
        let samples = (0..<5).compactMap(pattern.sample)
        #expect(!samples.isEmpty)
        for sample in samples { #expect(pattern.isIn(sample) == true, "\(sample)") }
    }

    @Test func `What to_char wrote is read back`() throws {
        let moment = try #require(PostgresMoment().reading("05 Mar 2026, 14", "DD Mon YYYY, HH24"))
        #expect(moment.text(.timestamp) == "2026-03-05T14:00:00")
        #expect(PostgresMoment().reading("Tue", "Dy")?.weekday == 2)
    }

    // MARK: solving

    @Test(.timeLimit(.minutes(3))) func `Questions about documents, arrays and sets are answered`() throws {
        let schema = """
            CREATE TABLE d(id int PRIMARY KEY, st text, mail text UNIQUE, words int, created timestamptz, data jsonb, tags text[]);
            """
        let data = """
            INSERT INTO d VALUES (1, 'quick fox', 'a@x.example', 3, '2026-03-02 10:00+00', '{"k": 1, "o": {"z": true}}', '{x,z}'),
            (2, 'river', 'b@x.example', 8, '2026-03-02 12:00+00', '{"k": 2, "lang": "de", "goals": ["back"]}', '{x}'),
            (3, NULL, 'c@y.example', NULL, '2026-03-04 09:00+00', '{"lang": "en"}', NULL);
            """
        let questions = [
            "SELECT id FROM d WHERE (data -> 'k') = '1'::jsonb", "SELECT id FROM d WHERE data -> 'k' > '1'::jsonb",
            "SELECT id, data ->> 'lang' FROM d WHERE data @> '{\"goals\": [\"back\"]}'",
            "SELECT id FROM d WHERE data ? 'o'", "SELECT id FROM d WHERE data #> '{o,z}' = 'true'",
            "SELECT id FROM d WHERE 'z' = ANY(tags)", "SELECT id FROM d WHERE tags && ARRAY['x', 'q'] ORDER BY id",
            "SELECT s, count(*) FROM d, unnest(tags) s GROUP BY s ORDER BY 2 DESC, 1",
            "SELECT unnest(tags) AS t, id FROM d ORDER BY 1, 2", "SELECT id FROM d WHERE st ~ '^riv[a-z]+$'",
            "SELECT split_part(mail, '@', 2) AS h, count(*) FROM d GROUP BY h ORDER BY h",
            "SELECT to_char(created, 'YYYY-MM-DD') AS day, count(*) FROM d GROUP BY 1 ORDER BY 1",
            "SELECT g::date, count(d.id) FROM generate_series('2026-03-01'::date, '2026-03-04'::date, '1 day') g "
                + "LEFT JOIN d ON d.created::date = g::date GROUP BY 1 ORDER BY 1",
            "SELECT count(DISTINCT id) AS ids, count(*) - count(words) AS open FROM d",
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY words) AS m, count(*) FROM d WHERE words > 0",
        ]
        let server = try #require(try FixtureServer.start(.postgres, schema))
        defer { server.stop() }
        let recorded = try World.record(PostgresEngine(server), data, questions, .postgres)
        let builder = try FixtureBuilder(schema: schema, dialect: .postgres, server: server)
        for (place, statement) in recorded.enumerated() {
            let report = try builder.build(RecordedTimeline(id: "\(place)", statements: [statement])).report
            #expect(report.isExact, "\(statement.sql): \(report.failures.map(\.reason))")
        }
    }
}
