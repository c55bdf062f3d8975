import Testing

@testable import ReenactFixtures

/// PostgreSQL's statements answered from cells, beside a real server.
@Suite struct PostgresPlanTests {
    private static let schema = """
        CREATE TYPE size AS ENUM ('small', 'middle', 'large');
        CREATE TABLE keeper (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
          skills text[] NOT NULL DEFAULT '{}', doc jsonb, since date);
        CREATE TABLE pet (id integer PRIMARY KEY, keeper_id integer REFERENCES keeper, name text NOT NULL, size size NOT NULL,
          weight numeric(6,2), tame boolean NOT NULL DEFAULT false, born timestamptz NOT NULL);
        """
    private static let first = """
        INSERT INTO keeper VALUES (1, 'Ann', 'ann@a.example', '{run,"swim far"}', '{"k": 1, "tags": ["x"]}', '2020-01-05'),
          (2, 'Bob', 'bob@b.example', '{}', '{"k": 2}', NULL), (3, 'Cid', 'cid@a.example', '{swim}', NULL, '2021-03-01');
        INSERT INTO pet VALUES (1, 1, 'Rex', 'large', 30.10, true, '2020-02-01 10:00+00'),
          (2, 1, 'Tom', 'small', 4.25, false, '2021-02-01 10:00+00'), (3, 2, 'Kit', 'small', 4.25, true, '2022-05-01 10:00+00'),
          (4, NULL, 'Old', 'middle', NULL, false, '2019-05-01 10:00+00'), (5, 1, 'Ida', 'middle', 0.10, true, '2020-02-01 12:00+00');
        """
    private static let second = """
        INSERT INTO keeper VALUES (1, 'Ann', 'ann@b.example', '{run}', '{"k": 3, "tags": ["y"]}', '2020-02-05'),
          (2, 'Bob', 'bob@b.example', '{swim}', '{"k": 2}', NULL);
        INSERT INTO pet VALUES (1, 1, 'Rex', 'middle', 30.30, false, '2020-02-01 10:00+00'),
          (2, 2, 'Tom', 'large', 4.20, true, '2021-03-01 10:00+00'), (3, 2, 'Kit', 'small', 5.25, true, '2022-05-02 10:00+00');
        """
    private static let questions = [
        "SELECT name FROM pet ORDER BY size, id", "SELECT name FROM pet WHERE size > 'small' ORDER BY id",
        "SELECT name, rank() OVER (ORDER BY size DESC) AS place FROM pet ORDER BY place, name",
        "SELECT DISTINCT ON (keeper_id) keeper_id, name FROM pet ORDER BY keeper_id, born DESC, id",
        "SELECT k.name, p.name FROM keeper k CROSS JOIN LATERAL (SELECT name FROM pet WHERE keeper_id = k.id ORDER BY born DESC LIMIT 1) p ORDER BY k.id",
        "SELECT k.name, p.n, p.most FROM keeper k LEFT JOIN LATERAL (SELECT count(*) AS n, max(weight) AS most FROM pet WHERE keeper_id = k.id) p ON true ORDER BY k.id",
        "SELECT k.name, sum(p.weight) FROM keeper k LEFT JOIN LATERAL (SELECT weight FROM pet WHERE keeper_id = k.id ORDER BY id LIMIT 2) p ON true GROUP BY k.name ORDER BY k.name",
        "SELECT keeper_id, bool_or(tame), bool_and(tame), count(*) FROM pet GROUP BY keeper_id ORDER BY keeper_id",
        "SELECT split_part(email, '@', 2) AS host, count(*) FROM keeper GROUP BY host ORDER BY count(*) DESC, host",
        "SELECT name, doc->>'k', doc->'tags' FROM keeper WHERE doc @> '{\"k\": 1}' OR doc ? 'tags' ORDER BY id",
        "SELECT name FROM keeper WHERE 'swim' = ANY(skills) ORDER BY id",
        "SELECT extract(year FROM born)::int AS y, round(avg(weight), 2), sum(weight) FROM pet GROUP BY y ORDER BY y",
        "SELECT size, count(*) FROM pet GROUP BY size ORDER BY count(*) DESC",
        "SELECT avg(weight), sum(weight) FROM pet",
        "SELECT to_char(born, 'YYYY-MM') AS month, count(*) FROM pet GROUP BY 1 ORDER BY 1",
    ]

    private func rows(
        _ data: String, _ engine: any FixtureEngine
    ) throws -> (rows: [FixtureRow], answers: [[[SQLValue]]]) {
        let tables = engine.schema.tables.map { table in
            "SELECT \(table.columns.map { quotedName($0.name) }.joined(separator: ",")) FROM \(quotedName(table.name))"
        }
        let ready = (tables + Self.questions).map {
            ReadyStatement(
                recorded: .init(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil),
                parsed: try? SQLParser.parse($0, [], .postgres))
        }
        let answers = try engine.prove(data, ready).outcomes.map { outcome -> [[SQLValue]] in
            guard case .rows(let rows, _, _) = outcome else {
                Issue.record("\(outcome)")
                return []
            }
            return rows
        }
        let found = answers.prefix(tables.count).enumerated().flatMap { number, rows in
            rows.map { FixtureRow(table: number, values: $0) }
        }
        return (found, Array(answers.dropFirst(tables.count)))
    }

    @Test func `A plan sees what the server sees, and no more`() throws {
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .postgres)
        let states = try [Self.first, Self.second].map { try rows($0, builder.engine) }
        for (number, question) in Self.questions.enumerated() {
            for (state, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let statement = ReadyStatement(
                    recorded: .init(
                        sql: question, parameters: [], rows: states[other].answers[number], rowCount: nil, lastRow: nil,
                        error: nil), parsed: try SQLParser.parse(question, [], .postgres))
                let pool = TextPool()
                let tables = PlanTables(builder.engine.schema, .postgres, pool)
                #expect(tables.load(states[state].rows))
                let plan = try #require(
                    StatementPlan(statement, tables, PlanMachine(pool, .postgres), isStandIn: true), "\(question)")
                plan.renew()
                let isSame = states[state].answers[number] == states[other].answers[number]
                #expect((plan.cost() == 0) == isSame, "\(question) of \(state) on \(other)")
            }
        }
    }

    @Test func `Rows that tie may change places, others may not`() {
        #expect(TiedRows.agree([1, 2, 3], [2, 1, 3], [false, true, false]))
        #expect(!TiedRows.agree([1, 2, 3], [2, 1, 3], [false, false, false]))
        #expect(!TiedRows.agree([1, 2, 3], [1, 3, 2], [false, true, false]))
        #expect(!TiedRows.agree([1, 2], [1, 2, 3], [false, false]))
    }

    @Test func `Values come out of a walk as their columns hold them`() {
        func column(_ kind: ColumnKind, _ scale: Int? = nil) -> SchemaColumn {
            var column = SchemaColumn(name: "c", kind: kind, isNotNull: false, hasDefault: false)
            column.scale = scale
            return column
        }
        #expect(SQLValue.number("4.50").loosened == .real(4.5))
        #expect(SQLValue.number("12.00").loosened == .int(12))
        #expect(SQLValue.bool(true).loosened == .int(1))
        #expect(SQLValue.real(0.1 + 0.2).typed(column(.decimal, 2)) == .number("0.30"))
        #expect(SQLValue.real(0.1 + 0.2).typed(column(.decimal)) == .number("0.3"))
        #expect(SQLValue.int(1).typed(column(.boolean)) == .bool(true))
        #expect(SQLValue.int(7).typed(column(.decimal, 2)) == .number("7"))
        #expect(SQLValue.real(1e300).typed(column(.decimal)) == .number("1e+300"))
        #expect(SQLValue.text("x").typed(column(.boolean)) == .text("x"))
    }

    /// What no single statement's rows agree on is found by a walk beside the server.
    @Test(.timeLimit(.minutes(2))) func `Lists of PostgreSQL's own questions are exact`() throws {
        var limits = SolverLimits()
        limits.seconds = 20
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .postgres, limits: limits)
        let state = try rows(Self.first, builder.engine)
        for list in [[7, 1, 11], [3, 8, 13], [4, 0, 12]] {
            let statements = list.map {
                RecordedStatement(
                    sql: Self.questions[$0], parameters: [], rows: state.answers[$0], rowCount: nil, lastRow: nil,
                    error: nil)
            }
            let report = try builder.build(RecordedTimeline(id: "t", statements: statements)).report
            #expect(report.failures == [], "\(list)")
        }
    }
}
