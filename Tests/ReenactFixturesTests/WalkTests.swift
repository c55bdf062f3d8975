import Testing

@testable import ReenactFixtures

/// The local search over whole states.
@Suite struct WalkTests {
    static let schema = """
        CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE item (id INTEGER PRIMARY KEY, kind_id INTEGER REFERENCES kind(id), colour TEXT, size INTEGER NOT NULL);
        CREATE TABLE tag (item_id INTEGER NOT NULL REFERENCES item(id), word TEXT NOT NULL, PRIMARY KEY (item_id, word));
        """

    static let statements = [
        "SELECT name FROM kind", "SELECT colour, COUNT(*) FROM item GROUP BY colour",
        "SELECT k.name, i.colour FROM item i JOIN kind k ON k.id = i.kind_id",
        "SELECT size FROM item WHERE colour = 'red'", "SELECT COUNT(*), SUM(size) FROM item",
        "SELECT i.colour, COUNT(*) FROM tag t JOIN item i ON i.id = t.item_id GROUP BY i.colour",
    ]

    private static func row(_ table: Int, _ values: SQLValue...) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    static var truth: FixtureState {
        let colours = ["red", "green", "blue"]
        var rows: [FixtureRow] = []
        for number in Int64(1)...3 { rows.append(row(0, .int(number), .text("k\(number)"))) }
        for number in Int64(1)...12 {
            let colour = colours[Int(number * number % 7 % 3)]
            rows.append(row(1, .int(number), .int(number % 3 + 1), .text(colour), .int(number * 3)))
        }
        for number in Int64(1)...9 { rows.append(row(2, .int(number), .text("w\(number % 4)"))) }
        return FixtureState(rows: rows)
    }

    /// A solver that has read what the engine gave on the true state.
    func solver() throws -> Solver {
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let ready = Self.statements.map {
            ReadyStatement(
                recorded: .init(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil),
                parsed: try? SQLParser.parse($0, [], .sqlite))
        }
        let run = try builder.engine.run(Self.truth, ready)
        #expect(run.refusedRows == [])
        let recorded = zip(ready, run.outcomes).map { statement, outcome in
            var recorded = statement.recorded
            if case .rows(let rows, _, _) = outcome { recorded.rows = rows }
            return recorded
        }
        let solver = builder.newSolver(.init())
        solver.read(RecordedTimeline(id: "t", statements: recorded))
        return solver
    }

    @Test(arguments: 0..<4)
    func `Values that stand in the wrong rows find their way back`(seed: Int) throws {
        let solver = try solver()
        var state = Self.truth
        // Colours move on by two rows, a row of tags is gone and one too many came.
        let items = state.rows.indices.filter { state.rows[$0].table == 1 }
        for (place, from) in zip(items, items.dropFirst(2) + items.prefix(2)) {
            state.rows[place].values[2] = Self.truth.rows[from].values[2]
        }
        state.rows.removeLast()
        state.rows.append(Self.row(0, .int(9), .text("k9")))
        let editor = try #require(try solver.engine.editor(solver.statements))
        let walk = try #require(try StateWalk(solver, state, editor, seed: seed))
        #expect(!walk.failures.isEmpty)
        var steps = 0
        let found = try walk.run {
            steps += 1
            return steps > 30_000
        }
        #expect(walk.best.failures == 0, "seed \(seed), distance \(walk.best.distance)")
        // Loaded anew, with keys and references looked at, it is what the walk said.
        let standing = try solver.stand(found)
        #expect(standing.failures.isEmpty && standing.refusedRows.isEmpty)
    }

    @Test func `A trial that is dropped leaves nothing behind`() throws {
        let solver = try solver()
        let editor = try #require(try solver.engine.editor(solver.statements))
        #expect(try editor.load(Self.truth.rows))
        // Not the last id given out, which no rollback brings back.
        func rows(_ outcomes: [Outcome]) -> [[[SQLValue]]] {
            outcomes.map { if case .rows(let rows, _, _) = $0 { rows } else { [] } }
        }
        let before = rows(try editor.ask(Array(Self.statements.indices)))
        var changed = Self.truth.rows[4]
        changed.values[2] = .text("grey")
        let edits = [
            RowEdit(slot: 4, old: Self.truth.rows[4], new: changed),
            RowEdit(slot: Self.truth.rows.count - 1, old: Self.truth.rows.last, new: nil),
            RowEdit(slot: Self.truth.rows.count, old: nil, new: Self.row(0, .int(7), .text("k7"))),
        ]
        let during = try #require(try editor.attempt(edits, Array(Self.statements.indices)))
        #expect(rows(during) != before)
        try editor.drop()
        #expect(rows(try editor.ask(Array(Self.statements.indices))) == before)
        // A second row of one key is refused, and so is all that came with it.
        let twice = [edits[0], RowEdit(slot: 99, old: nil, new: Self.row(0, .int(1), .text("k1")))]
        #expect(try editor.attempt(twice, []) == nil)
        #expect(rows(try editor.ask(Array(Self.statements.indices))) == before)
    }

    @Test func `What is left to a default is what the engine makes of it`() throws {
        let engine = try SQLiteEngine(
            schema: "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT DEFAULT 'none', twice INT AS (id * 2))")
        let editor = try #require(try engine.editor([]))
        let rows = try editor.settled([FixtureRow(table: 0, values: [.int(4), nil, nil]), nil])
        #expect(rows == [FixtureRow(table: 0, values: [.int(4), .text("none"), nil]), nil])
    }

    @Test func `SQLite sorts nulls as PostgreSQL does where it stands in`() {
        #expect(
            StandIn.text("SELECT a FROM t ORDER BY a, b DESC LIMIT 2")
                == "SELECT a FROM t ORDER BY a NULLS LAST , b DESC  NULLS FIRST LIMIT 2")
        #expect(
            StandIn.text("SELECT RANK() OVER (ORDER BY f(a, b)) FROM t WHERE c = $1")
                == "SELECT RANK() OVER (ORDER BY f(a, b) NULLS LAST ) FROM t WHERE c = ?1")
        #expect(
            StandIn.text("SELECT a FROM t ORDER BY a NULLS FIRST") == "SELECT a FROM t ORDER BY a NULLS FIRST")
    }

    @Test func `Values are equal to a stand-in as far as both engines agree`() {
        #expect(StandIn.plain(.number("12.50")) == StandIn.plain(.real(12.5)))
        #expect(StandIn.plain(.number("3.0000")) == .int(3))
        #expect(StandIn.plain(.real(0.1 + 0.2)) == StandIn.plain(.number("0.3")))
        #expect(StandIn.plain(.text("12")) == .text("12"))
    }
}
