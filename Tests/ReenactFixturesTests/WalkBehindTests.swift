import Testing

@testable import ReenactFixtures

/// Steps of the walk that start from the rows behind an answer, and chains of steps.
@Suite struct WalkBehindTests {
    /// A walk from the true state with its colours moved on by some rows, and a row of tags gone.
    private func walk(seed: Int) throws -> StateWalk {
        let solver = try WalkTests().solver()
        var state = WalkTests.truth
        let items = state.rows.indices.filter { state.rows[$0].table == 1 }
        for (place, from) in zip(items, items.dropFirst(2) + items.prefix(2)) {
            state.rows[place].values[2] = WalkTests.truth.rows[from].values[2]
        }
        state.rows.removeLast()
        let editor = try #require(try solver.engine.editor(solver.statements))
        return try #require(try StateWalk(solver, state, editor, seed: seed))
    }

    @Test func `The rows behind an answer are those that make it`() throws {
        let walk = try walk(seed: 1)
        defer { try? walk.close() }
        var dice = Dice(seed: 4)
        var looked = 0
        for (index, colour) in [(1, 0), (2, 1), (5, 0)] {
            let plan = try #require(walk.plans[index])
            let mismatch = plan.mismatch()
            for answer in mismatch.extra {
                let behind = plan.behind(answer, &dice)
                #expect(behind.contains { $0.table == 1 })
                for (table, slot) in behind where table == 1 {
                    looked += 1
                    #expect(walk.rows[slot]?.values[2] == answer[colour])
                }
            }
            // What counts otherwise is not there at all.
            for answer in mismatch.missing where index != 2 { #expect(plan.behind(answer, &dice).isEmpty) }
        }
        #expect(looked > 4)
    }

    @Test func `A chain of steps that leads nowhere leaves nothing behind`() throws {
        var undone = 0
        for seed in 0..<60 where undone < 5 { undone += try chains(seed: seed) }
        #expect(undone > 0)
    }

    /// How many chains were undone, each of which was looked at.
    private func chains(seed: Int) throws -> Int {
        let walk = try walk(seed: seed)
        defer { try? walk.close() }
        var undone = 0
        for _ in 0..<400 {
            guard let index = walk.failures.last else { break }
            guard let edits = walk.proposal(index), !edits.isEmpty else { continue }
            let (rows, failures) = (walk.rows.filter { $0 != nil }, walk.failures)
            let (slots, kept) = (walk.byTable.map { $0.sorted() }, walk.keptSinceLoad)
            if try walk.dare(edits, index) || walk.keptSinceLoad == kept { continue }
            undone += 1
            #expect(walk.rows.filter { $0 != nil } == rows)
            #expect(walk.byTable.map { $0.sorted() } == slots)
            #expect(walk.failures == failures)
            for (plan, cost) in zip(walk.plans, walk.costs) { if let plan { #expect(plan.cost() == cost) } }
        }
        return undone
    }

    @Test func `A group that is there and counts wrong is nearer than none`() throws {
        let pool = TextPool()
        let engine = try SQLiteEngine(schema: "CREATE TABLE t (id INTEGER PRIMARY KEY, colour TEXT)")
        let tables = PlanTables(engine.schema, .sqlite, pool)
        #expect(tables.load([]))
        let sql = "SELECT colour, COUNT(*) FROM t GROUP BY colour"
        var ready = ReadyStatement(
            recorded: .init(
                sql: sql, parameters: [], rows: [[.text("red"), .int(9)]], rowCount: nil, lastRow: nil, error: nil))
        ready.parsed = try SQLParser.parse(sql, [], .sqlite)
        let plan = try #require(StatementPlan(ready, tables, PlanMachine(pool, .sqlite), isStandIn: false))
        plan.renew()
        var costs = [plan.cost()]
        for number in Int64(0)..<9 {
            let row = FixtureRow(table: 0, values: [.int(number), .text("red")])
            #expect(tables.apply([RowEdit(slot: Int(number), old: nil, new: row)]))
            costs.append(plan.cost())
            plan.keep()
            tables.keep()
        }
        #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 > $1 } && costs.last == 0, "\(costs)")
    }
}
