import Testing

@testable import ReenactFixtures

/// Steps of the walk that change keys together with what refers to them, and numbers for the sake of totals.
@Suite struct WalkKeyTests {
    static let schema = """
        CREATE TABLE house (street TEXT NOT NULL, number INTEGER NOT NULL, floors INTEGER NOT NULL, PRIMARY KEY (street, number));
        CREATE TABLE flat (street TEXT NOT NULL, number INTEGER NOT NULL, door INTEGER NOT NULL, kind TEXT NOT NULL,
          PRIMARY KEY (street, number, door), FOREIGN KEY (street, number) REFERENCES house(street, number));
        CREATE TABLE lease (id INTEGER PRIMARY KEY, street TEXT NOT NULL, number INTEGER NOT NULL, door INTEGER, rent REAL NOT NULL,
          months INTEGER NOT NULL, FOREIGN KEY (street, number, door) REFERENCES flat(street, number, door));
        """

    private static func row(_ table: Int, _ values: SQLValue...) -> FixtureRow {
        FixtureRow(table: table, values: values)
    }

    /// Houses with these numbers, two flats each and a lease for each flat.
    private static func state(_ numbers: [(String, Int64)], rent: Double = 100) -> FixtureState {
        var rows: [FixtureRow] = []
        for (street, number) in numbers { rows.append(row(0, .text(street), .int(number), .int(number % 3 + 1))) }
        for (street, number) in numbers {
            for door in Int64(1)...2 {
                rows.append(row(1, .text(street), .int(number), .int(door), .text(door == 1 ? "small" : "large")))
            }
        }
        for (place, (street, number)) in numbers.enumerated() {
            for door in Int64(1)...2 {
                let id = Int64(place) * 2 + door
                rows.append(
                    row(
                        2, .int(id), .text(street), .int(number), .int(door),
                        .real(rent + Double(id) * 12.25), .int(1 << (id % 3))))
            }
        }
        return FixtureState(rows: rows)
    }

    /// Walks from one state to what was asked of another; the statements that are still wrong.
    private func walk(
        _ truth: FixtureState, _ start: FixtureState, _ statements: [String], seed: Int, turns: Int = 12_000
    ) throws -> Int {
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let ready = statements.map {
            ReadyStatement(
                recorded: .init(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil),
                parsed: try? SQLParser.parse($0, [], .sqlite))
        }
        let run = try builder.engine.run(truth, ready)
        #expect(run.refusedRows == [] && run.foreignKeysHold)
        let recorded = zip(ready, run.outcomes).map { statement, outcome in
            var recorded = statement.recorded
            if case .rows(let rows, _, _) = outcome { recorded.rows = rows }
            return recorded
        }
        let solver = builder.newSolver(.init())
        solver.read(RecordedTimeline(id: "t", statements: recorded))
        let editor = try #require(try solver.engine.editor(solver.statements))
        let walk = try #require(try StateWalk(solver, start, editor, seed: seed))
        #expect(!walk.failures.isEmpty)
        var steps = 0
        let found = try walk.run {
            steps += 1
            return steps > turns
        }
        solver.isThorough = true
        let standing = try solver.stand(found)
        #expect(standing.refusedRows.isEmpty)
        let whole = try solver.engine.run(found, solver.statements)
        #expect(whole.foreignKeysHold)
        return standing.failures.count
    }

    @Test(arguments: 0..<3)
    func `A key of several columns changes with all that refers to it`(seed: Int) throws {
        let wrong = try walk(
            Self.state([("Elm", 1), ("Elm", 2), ("Oak", 1), ("Oak", 2), ("Oak", 3)]),
            Self.state([("Elm", 1), ("Elm", 2), ("Elm", 5), ("Oak", 1), ("Oak", 7)]),
            [
                "SELECT MAX(number), SUM(number), COUNT(*) FROM house",
                "SELECT street, COUNT(*) FROM house GROUP BY street",
                "SELECT street, COUNT(*) FROM flat GROUP BY street", "SELECT COUNT(*) FROM lease",
            ], seed: seed)
        #expect(wrong == 0)
    }

    @Test(arguments: 0..<3)
    func `A row that is referred to by several columns is made where there is none`(seed: Int) throws {
        let wrong = try walk(
            Self.state([("Elm", 4), ("Oak", 6), ("Oak", 9)]), Self.state([("Elm", 1), ("Oak", 1), ("Oak", 2)]),
            [
                "SELECT street, MIN(number), SUM(number) FROM lease GROUP BY street",
                "SELECT street, COUNT(*) FROM lease GROUP BY street", "SELECT COUNT(*) FROM lease WHERE door = 1",
            ], seed: seed)
        #expect(wrong == 0)
    }

    @Test(arguments: 0..<3)
    func `A number is fitted to a mean and to a sum of products at once`(seed: Int) throws {
        let numbers: [(String, Int64)] = [("Elm", 1), ("Elm", 2), ("Oak", 1)]
        let wrong = try walk(
            Self.state(numbers), Self.state(numbers, rent: 731),
            [
                "SELECT street, AVG(rent), COUNT(*) FROM lease GROUP BY street",
                "SELECT SUM(rent * months) FROM lease WHERE door = 2",
            ], seed: seed, turns: 40_000)
        #expect(wrong == 0)
    }

    @Test func `A state with one key twice is walked on from without the repetition`() throws {
        let statements = [
            "SELECT COUNT(*), SUM(floors) FROM house", "SELECT street, COUNT(*) FROM house GROUP BY street",
        ]
        let builder = try FixtureBuilder(schema: Self.schema, dialect: .sqlite)
        let solver = builder.newSolver(.init())
        let rows: [[[SQLValue]]] = [
            [[.int(3), .int(7)]], [[.text("Elm"), .int(2)], [.text("Oak"), .int(1)]],
        ]
        solver.read(
            RecordedTimeline(
                id: "t",
                statements: zip(statements, rows).map {
                    .init(sql: $0, parameters: [], rows: $1, rowCount: nil, lastRow: nil, error: nil)
                }))
        var state = Self.state([("Elm", 1), ("Elm", 2), ("Oak", 1)])
        state.rows.append(Self.row(0, .text("Elm"), .int(1), .int(3)))
        let standing = try solver.stand(state)
        #expect(standing.refusedRows.count == 1)
        let walked = try #require(try solver.walked(standing, seed: 0))
        #expect(walked.isDone)
        #expect(Set(walked.state.rows).count == walked.state.rows.count)
        // What was refused once and is gone is not refused for ever.
        state.rows.removeLast()
        #expect(try solver.stand(state).refusedRows == [])
    }
}
