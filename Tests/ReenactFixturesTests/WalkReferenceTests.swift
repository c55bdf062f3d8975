import Testing

@testable import ReenactFixtures

/// Rows that others refer to come and stay with them; values come that nothing there is next to.
@Suite struct WalkReferenceTests {
    private static func row(_ values: SQLValue..., of table: Int = 0) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    @Test func `What a step refers to comes with it, and nothing goes that is referred to`() throws {
        let schema = """
            CREATE TABLE buyer (id VARCHAR(5) PRIMARY KEY, name TEXT NOT NULL UNIQUE);
            CREATE TABLE sale (id INTEGER PRIMARY KEY, buyer VARCHAR(5) REFERENCES buyer(id));
            """
        let truth =
            (1...3).map { Self.row(.text("B\($0)"), .text("n\($0)")) }
            + (1...3).map { Self.row(.int($0), .text("B\($0)"), of: 1) }
        let statements = ["SELECT COUNT(DISTINCT buyer) FROM sale"]
        let (_, walk) = try WalkTrial.begin(schema, truth, truth, statements, seed: 3)
        defer { try? walk.close() }
        let slot = walk.byTable[1][0]
        var sale = try #require(walk.rows[slot])
        sale.values[1] = .text("B9")
        let change = RowEdit(slot: slot, old: walk.rows[slot], new: sale)
        let edits = try #require(walk.completed([change]))
        #expect(edits.count == 2 && edits[1].old == nil && edits[1].new?.table == 0)
        #expect(edits[1].new?.values[0] == .text("B9"))
        let buyer = walk.byTable[0][0]
        let gone = RowEdit(slot: buyer, old: walk.rows[buyer], new: nil)
        #expect(walk.completed([gone]) == nil)
        #expect(walk.completed([gone, change])?.count == 3)
        #expect(try walk.step([change], 0, room: 0, least: .min))
        #expect(walk.byTable.map(\.count) == [4, 3])
    }

    @Test func `A table that references of several columns lead to gets its first rows`() throws {
        let schema = """
            CREATE TABLE ward (code TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (code, number));
            CREATE TABLE bed (code TEXT NOT NULL, number INTEGER NOT NULL, bed INTEGER NOT NULL,
              kind TEXT NOT NULL CHECK (kind IN ('cot', 'normal')), PRIMARY KEY (code, number, bed),
              FOREIGN KEY (code, number) REFERENCES ward(code, number));
            CREATE TABLE stay (id INTEGER PRIMARY KEY, code TEXT NOT NULL, number INTEGER NOT NULL, bed INTEGER,
              FOREIGN KEY (code, number, bed) REFERENCES bed(code, number, bed));
            """
        let ward = Self.row(.text("W"), .int(1))
        let truth = [
            ward, Self.row(.text("W"), .int(1), .int(4), .text("cot"), of: 1),
            Self.row(.int(1), .text("W"), .int(1), .int(4), of: 2),
        ]
        let start = [ward, Self.row(.int(1), .text("W"), .int(1), .null, of: 2)]
        let (_, walk) = try WalkTrial.begin(schema, truth, start, ["SELECT id, bed FROM stay"], seed: 1)
        defer { try? walk.close() }
        let slot = walk.byTable[2][0]
        var stay = try #require(walk.rows[slot])
        stay.values[3] = .int(4)
        let change = RowEdit(slot: slot, old: walk.rows[slot], new: stay)
        #expect(try walk.step([change], 0, room: 0))
        #expect(walk.failures.isEmpty && walk.byTable.map(\.count) == [1, 1, 1])
        let bed = walk.byTable[1].first.flatMap { walk.rows[$0] }
        #expect(bed?.values.prefix(3) == [.text("W"), .int(1), .int(4)])
    }

    @Test(arguments: 0..<3)
    func `As many different dates on one side of a bound are drawn as are asked for`(seed: Int) throws {
        let schema = "CREATE TABLE entry (id INTEGER PRIMARY KEY, since DATE NOT NULL)"
        let truth = (Int64(1)...40).map {
            Self.row(.int($0), .text(Days.shifted("2023-09-11", by: Int($0) * 3) ?? ""))
        }
        let start = (Int64(1)...40).map { Self.row(.int($0), .text("2023-09-12")) }
        let statements = [
            "SELECT id, COUNT(*) OVER (PARTITION BY since) FROM entry WHERE since BETWEEN '2023-09-11' AND '2024-09-11'"
        ]
        #expect(try WalkTrial.walk(schema, truth, start, statements, seed: seed) == 0)
    }

    @Test func `No step leaves a reference that points nowhere`() throws {
        let solver = try WalkTests().solver()
        let editor = try #require(try solver.engine.editor(solver.statements))
        var state = WalkTests.truth
        state.rows.removeLast(3)
        let walk = try #require(try StateWalk(solver, state, editor, seed: 5))
        defer { try? walk.close() }
        var kept = 0
        for turn in 0..<3000 {
            guard let index = walk.failures.first ?? walk.costs.indices.first,
                let edits = walk.mismatch(index) == nil ? nil : walk.proposal(index), !edits.isEmpty
            else { continue }
            if try walk.step(edits, index) { kept += 1 }
            if turn % 10 == 0 {
                var dangling = Dangling(solver.schema)
                #expect(dangling.look(FixtureState(rows: walk.rows.compactMap { $0 })) == [])
            }
        }
        #expect(kept > 0)
    }
}
