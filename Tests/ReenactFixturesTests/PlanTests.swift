import Testing

@testable import ReenactFixtures

/// Statements answered from cells, beside the engine.
@Suite struct PlanTests {
    /// More than the random worlds ask.
    static let more = [
        "SELECT town_id, name, COUNT(*), SUM(age), AVG(age) FROM person GROUP BY town_id, name ORDER BY 3 DESC, 1, 2 LIMIT 3",
        "SELECT p.name, RANK() OVER (PARTITION BY p.town_id ORDER BY p.age DESC), COUNT(*) OVER (PARTITION BY p.town_id) FROM person p",
        "SELECT name, SUM(age) OVER (ORDER BY id) FROM person",
        "SELECT o.id FROM person o WHERE o.age > (SELECT AVG(i.age) FROM person i WHERE i.town_id = o.town_id)",
        "SELECT name FROM person WHERE town_id NOT IN (SELECT maker_id FROM part)",
        "SELECT name FROM person WHERE town_id NOT IN (SELECT maker_id FROM part WHERE maker_id IS NOT NULL)",
        "SELECT p.id, x.price, t.name FROM person p LEFT JOIN thing x ON x.person_id = p.id AND x.price > 20 LEFT JOIN town t ON t.id = p.town_id",
        "SELECT COUNT(DISTINCT town_id), COUNT(town_id), MIN(born), MAX(name) FROM person WHERE name LIKE 'P%' OR age BETWEEN 25 AND 40",
        "SELECT name, MAX(age), id FROM person WHERE age IS NOT NULL GROUP BY name",
        "SELECT CASE WHEN age < 30 THEN 'low' WHEN age < 45 THEN 'middle' ELSE 'high' END AS bucket, COUNT(*) FROM person GROUP BY bucket ORDER BY 1",
        "WITH RECURSIVE up(id, depth) AS (SELECT id, 0 FROM person WHERE boss_id IS NULL UNION ALL SELECT p.id, up.depth + 1 FROM person p JOIN up ON p.boss_id = up.id) SELECT depth, COUNT(*) FROM up GROUP BY depth",
        "WITH m AS (SELECT person_id AS k, COUNT(*) AS n FROM thing GROUP BY person_id) SELECT k, n FROM m WHERE n > (SELECT AVG(n) FROM m)",
        "SELECT AVG(n), MAX(n) FROM (SELECT COUNT(*) AS n FROM thing GROUP BY person_id) s",
        "SELECT price * 2 - 1, price / 3, price % 7, price * 1.5 FROM thing WHERE NOT (note = 'n1')",
        "SELECT note FROM thing UNION ALL SELECT label FROM part ORDER BY 1 DESC",
        "SELECT DISTINCT age FROM person WHERE age IS NOT NULL ORDER BY age DESC LIMIT 1 OFFSET 1",
        "SELECT town_id, COUNT(*) AS n, RANK() OVER (ORDER BY COUNT(*) DESC, town_id) FROM person GROUP BY town_id ORDER BY n, town_id",
        "SELECT name, n FROM (SELECT name, SUM(age) AS n, ROW_NUMBER() OVER (PARTITION BY town_id ORDER BY SUM(age) DESC, name) AS place FROM person GROUP BY town_id, name) WHERE place <= 2",
        "SELECT age / 10 AS decade, COUNT(*), SUM(COUNT(*)) OVER (ORDER BY age / 10) AS running FROM person GROUP BY decade HAVING COUNT(*) > 0",
        "SELECT id, age - LAG(age) OVER (PARTITION BY town_id ORDER BY id), LEAD(name, 2, 'none') OVER (ORDER BY id) FROM person",
        "SELECT id, NTILE(3) OVER (ORDER BY age, id), FIRST_VALUE(name) OVER (PARTITION BY town_id ORDER BY id) FROM person",
        "SELECT id, SUM(age) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), AVG(age) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM person",
        "SELECT id, LAST_VALUE(name) OVER w, NTH_VALUE(name, 2) OVER w, MAX(age) OVER (w ROWS UNBOUNDED PRECEDING) FROM person WINDOW w AS (PARTITION BY town_id ORDER BY id)",
        "SELECT id, COUNT(*) FILTER (WHERE age > 30) OVER (ORDER BY age, id), PERCENT_RANK() OVER (ORDER BY age), CUME_DIST() OVER (ORDER BY age) FROM person",
        "SELECT id, SUM(age) OVER (ORDER BY age RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), FIRST_VALUE(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) FROM person",
        "SELECT IIF(age IS NULL, 'none', 'some') AS kind, COUNT(*) FROM person GROUP BY kind",
        "SELECT id, MAX(age, 30), MIN(id, town_id) FROM person",
        "SELECT town_id, GROUP_CONCAT(name, ' / '), GROUP_CONCAT(DISTINCT age) FROM person GROUP BY town_id",
    ]

    @Test(arguments: [3, 20_261_122, 99] as [UInt64])
    func `A plan sees what the engine sees, before and after a change`(_ seed: UInt64) throws {
        var random = Random(seed: seed)
        var covered = 0
        var asked = 0
        for _ in 0..<12 {
            let world = World(&random, .sqlite)
            let engine = try SQLiteEngine(schema: world.schema, enforcesKeys: false)
            engine.script(world.data)
            let schema = engine.schema
            var rows: [FixtureRow] = []
            for (number, table) in schema.tables.enumerated() {
                let names = table.columns.map { quotedName($0.name) }.joined(separator: ",")
                rows += found(engine, "SELECT \(names) FROM \(quotedName(table.name))").map {
                    FixtureRow(table: number, values: $0)
                }
            }
            let pool = TextPool()
            let tables = PlanTables(schema, .sqlite, pool)
            #expect(tables.load(rows))
            let machine = PlanMachine(pool, .sqlite)
            let forms = World.forms(.sqlite).filter { $0.hasPrefix("SELECT") || $0.hasPrefix("WITH") }
            let statements = (forms + Self.more).map { form in
                form.replacing("#", with: String(1 + random.below(6))).replacing(
                    "@", with: String(20 + random.below(40)))
            }
            var plans: [(sql: String, plan: StatementPlan)] = []
            for sql in statements {
                asked += 1
                var ready = ReadyStatement(
                    recorded: .init(
                        sql: sql, parameters: [], rows: found(engine, sql), rowCount: nil, lastRow: nil, error: nil))
                ready.parsed = try? SQLParser.parse(sql, [], .sqlite)
                guard let plan = StatementPlan(ready, tables, machine, isStandIn: false) else { continue }
                covered += 1
                #expect(plan.cost() == 0, "seed \(seed): \(sql)")
                plans.append((sql, plan))
            }
            // A person gets another name, age and town, and another one goes.
            guard let place = rows.firstIndex(where: { $0.table == schema.place("person") }) else { continue }
            var changed = rows[place]
            changed.values[3] = .text("p\(random.below(6))")
            changed.values[4] = random.below(3) == 0 ? .null : .int(Int64(20 + random.below(40)))
            changed.values[1] = .int(1)
            let last = rows.indices.last { $0 != place && rows[$0].table == rows[place].table }
            var edits = [RowEdit(slot: place, old: rows[place], new: changed)]
            if let last { edits.append(RowEdit(slot: last, old: rows[last], new: nil)) }
            let before = plans.map { found(engine, $0.sql) }
            #expect(tables.apply(edits))
            engine.script("SAVEPOINT change")
            if let last { _ = engine.execute("DELETE FROM person WHERE id = ?", [rows[last].values[0] ?? .null]) }
            _ = engine.execute(
                "UPDATE person SET town_id = ?, name = ?, age = ? WHERE id = ?",
                [1, 3, 4, 0].map { changed.values[$0] ?? .null })
            for ((sql, plan), old) in zip(plans, before) {
                let now = found(engine, sql)
                let isOrdered = sql.contains("ORDER BY") && !sql.contains("OVER")
                #expect(
                    (plan.cost() == 0) == (isOrdered ? now == old : counted(now) == counted(old)),
                    "seed \(seed): \(sql)")
            }
            engine.script("ROLLBACK TO change; RELEASE change")
            tables.drop()
            for (sql, plan) in plans { #expect(plan.cost() == 0, "seed \(seed), undone: \(sql)") }
        }
        // What is left to the engine: outer joins to the right, rows as values.
        #expect(covered * 10 > asked * 8, "\(covered) of \(asked)")
    }

    private func found(_ engine: SQLiteEngine, _ sql: String) -> [[SQLValue]] {
        if case .rows(let rows, _, _) = engine.execute(sql, []) { return rows }
        return []
    }

    private func counted(_ rows: [[SQLValue]]) -> [[SQLValue]: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test func `A key that another row has is taken, and free again when that row goes`() throws {
        let engine = try SQLiteEngine(schema: WalkTests.schema)
        let tables = PlanTables(engine.schema, .sqlite, TextPool())
        let tag = try #require(engine.schema.place("tag"))
        func row(_ item: Int64, _ word: String) -> FixtureRow {
            FixtureRow(table: tag, values: [.int(item), .text(word)])
        }
        #expect(tables.load([row(1, "a"), row(1, "b")]))
        #expect(tables.apply([RowEdit(slot: 1, old: row(1, "b"), new: row(1, "a"))]))
        #expect(tables.isTaken([0, 1], tag, of: 1))
        tables.drop()
        #expect(!tables.isTaken([0, 1], tag, of: 1))
        #expect(
            tables.apply([
                RowEdit(slot: 0, old: row(1, "a"), new: nil), RowEdit(slot: 1, old: row(1, "b"), new: row(1, "a")),
            ]))
        #expect(!tables.isTaken([0, 1], tag, of: 1))
        #expect(!tables.load([FixtureRow(table: tag, values: [.int(1), .number("many")])]))
    }

    @Test func `Bytes are kept beside texts, and come after them`() throws {
        let pool = TextPool()
        let values: [SQLValue] = [.text("ff"), .blob([]), .blob([1]), .blob([1, 0]), .blob([0xff])]
        let cells = values.compactMap { pool.cell($0) }
        #expect(cells.map(pool.value) == values)
        for (left, right) in zip(cells, cells.dropFirst()) {
            #expect(pool.order(left, right) < 0)
            #expect(!left.equals(right))
        }
        #expect(pool.cell("ff") != pool.cell(.blob([0xff])))
    }
}
