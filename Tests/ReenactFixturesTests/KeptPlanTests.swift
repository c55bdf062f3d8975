import Testing

@testable import ReenactFixtures

/// Plans that follow changes row by row, beside plans that are run as a whole.
@Suite struct KeptPlanTests {
    static let more = [
        "SELECT town_id, name, MIN(age), MAX(age), COUNT(DISTINCT age) FROM person GROUP BY town_id, name HAVING COUNT(*) > 1",
        "SELECT p.name, (SELECT COUNT(*) FROM thing x WHERE x.person_id = p.id) FROM person p WHERE p.age > 25",
        "SELECT t.name, SUM(x.price), COUNT(*) FROM town t JOIN person p ON p.town_id = t.id JOIN thing x ON x.person_id = p.id GROUP BY t.id, t.name ORDER BY SUM(x.price) DESC, t.id LIMIT 2",
        "SELECT a.id, b.id FROM person a JOIN person b ON a.town_id = b.town_id AND a.id < b.id ORDER BY a.age, a.id, b.id",
        "SELECT name FROM town WHERE id NOT IN (SELECT town_id FROM person WHERE town_id IS NOT NULL AND age > 30)",
        "SELECT name FROM town WHERE id NOT IN (SELECT maker_id FROM part)",
        "SELECT id FROM person WHERE id IN (SELECT person_id FROM part WHERE maker_id = 1) AND age < 50",
        "SELECT COUNT(*) FROM thing x JOIN person p ON p.id = x.person_id WHERE p.town_id = 1 OR x.price > 30",
        "SELECT DISTINCT x.note FROM thing x LEFT JOIN part q ON q.person_id = x.person_id AND q.number = x.number WHERE q.id IS NULL",
        "SELECT age FROM person WHERE town_id = 1 UNION ALL SELECT price FROM thing WHERE price > 20 ORDER BY 1",
        "SELECT name FROM person WHERE age > 30 EXCEPT SELECT name FROM person WHERE town_id = 2",
        "SELECT DISTINCT name FROM person WHERE age IS NOT NULL ORDER BY name DESC LIMIT 2 OFFSET 1",
        "SELECT o.id FROM person o WHERE o.age > (SELECT AVG(i.age) FROM person i WHERE i.town_id = o.town_id)",
        "SELECT SUM(CASE WHEN age > 40 THEN 1 ELSE 0 END), COUNT(age), AVG(age), COUNT(*) FROM person",
        "SELECT CASE WHEN age < 30 THEN 'low' ELSE 'high' END AS bucket, COUNT(*) FROM person GROUP BY bucket ORDER BY 1",
        "WITH n AS (SELECT person_id AS k, COUNT(*) AS m FROM thing GROUP BY person_id) SELECT p.name, n.m FROM person p JOIN n ON n.k = p.id WHERE n.m >= 2",
        "WITH n AS (SELECT town_id AS k, COUNT(*) AS m FROM person GROUP BY town_id) SELECT x.note, t.name, n.m FROM thing x JOIN person p ON p.id = x.person_id JOIN town t ON t.id = p.town_id LEFT JOIN n ON n.k = t.id",
        "SELECT p.id, s.top FROM person p JOIN (SELECT person_id, MAX(price) AS top FROM thing WHERE price < (SELECT AVG(price) FROM thing) GROUP BY person_id) s ON s.person_id = p.id",
        "WITH n AS (SELECT person_id, COUNT(*) AS m FROM thing GROUP BY person_id) SELECT p.town_id, MAX(n.m) FROM person p JOIN n ON n.person_id = p.id GROUP BY p.town_id ORDER BY p.town_id",
        "SELECT note, COUNT(*) * 100.0 / (SELECT COUNT(*) FROM thing) FROM thing GROUP BY note",
    ]

    @Test(arguments: [7, 20_261_123, 411] as [UInt64])
    func `What is followed row by row is what a whole run gives`(_ seed: UInt64) throws {
        var random = Random(seed: seed)
        var followed = 0
        var seen = 0
        for _ in 0..<8 {
            let world = World(&random, .sqlite)
            let engine = try SQLiteEngine(schema: world.schema, enforcesKeys: false)
            engine.script(world.data)
            let schema = engine.schema
            var rows: [FixtureRow?] = []
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
            var plans: [(sql: String, kept: StatementPlan, whole: StatementPlan)] = []
            for form in forms + PlanTests.more + Self.more {
                let sql = form.replacing("#", with: String(1 + random.below(6))).replacing(
                    "@", with: String(20 + random.below(40)))
                var ready = ReadyStatement(
                    recorded: .init(
                        sql: sql, parameters: [], rows: found(engine, sql), rowCount: nil, lastRow: nil, error: nil))
                ready.parsed = try? SQLParser.parse(sql, [], .sqlite)
                guard let kept = StatementPlan(ready, tables, machine, isStandIn: false),
                    let whole = StatementPlan(ready, tables, machine, isStandIn: false)
                else { continue }
                kept.renew()
                #expect(kept.cost() == 0, "seed \(seed): \(sql)")
                plans.append((sql, kept, whole))
            }
            for step in 0..<30 {
                let edits = drawn(&random, rows, schema)
                if edits.isEmpty { continue }
                #expect(tables.apply(edits))
                for (sql, kept, whole) in plans {
                    seen += 1
                    let cost = kept.cost()
                    if kept.isFollowing { followed += 1 }
                    #expect((cost == 0) == (whole.cost() == 0), "seed \(seed), step \(step): \(sql)")
                }
                let stays = random.below(2) == 0
                if stays { tables.keep() } else { tables.drop() }
                for (_, kept, _) in plans { if stays { kept.keep() } else { kept.drop() } }
                if stays {
                    for edit in edits {
                        if edit.slot == rows.count { rows.append(nil) }
                        rows[edit.slot] = edit.new
                    }
                }
                for (sql, kept, whole) in plans {
                    let (mine, theirs) = (kept.mismatch(), whole.mismatch())
                    #expect(counted(mine.missing) == counted(theirs.missing), "seed \(seed), step \(step): \(sql)")
                    #expect(counted(mine.extra) == counted(theirs.extra), "seed \(seed), step \(step): \(sql)")
                    #expect((kept.cost() == 0) == (whole.cost() == 0), "seed \(seed), step \(step): \(sql)")
                }
            }
        }
        // Most changes need no whole run.
        #expect(followed * 10 > seen * 7, "\(followed) of \(seen)")
    }

    /// A row changes, comes or goes; now and then two exchange what they hold.
    private func drawn(_ random: inout Random, _ rows: [FixtureRow?], _ schema: Schema) -> [RowEdit] {
        let there = rows.indices.filter { rows[$0] != nil }
        guard !there.isEmpty, let old = rows[there[random.below(there.count)]] else { return [] }
        let alike = there.filter { rows[$0]?.table == old.table }
        guard let slot = alike.first(where: { rows[$0] == old }) else { return [] }
        let column = random.below(old.values.count)
        switch random.below(5) {
        case 0: return [RowEdit(slot: slot, old: old, new: nil)]
        case 1:
            var new = old
            if let counter = schema.tables[old.table].counter { new.values[counter] = .int(Int64(100 + rows.count)) }
            return [RowEdit(slot: rows.count, old: nil, new: new)]
        default:
            if schema.tables[old.table].isInKey(column) { return [] }
            let other = alike[random.below(alike.count)]
            guard other != slot, let theirs = rows[other] else { return [] }
            var (new, back) = (old, theirs)
            new.values[column] = theirs.values[column]
            back.values[column] = old.values[column]
            let first = RowEdit(slot: slot, old: old, new: new)
            return random.below(2) == 0 ? [first] : [first, RowEdit(slot: other, old: theirs, new: back)]
        }
    }

    private func found(_ engine: SQLiteEngine, _ sql: String) -> [[SQLValue]] {
        if case .rows(let rows, _, _) = engine.execute(sql, []) { return rows }
        return []
    }

    private func counted(_ rows: [[SQLValue]]) -> [[SQLValue]: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
