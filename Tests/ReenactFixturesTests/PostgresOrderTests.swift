import Testing

@testable import ReenactFixtures

@Suite struct PostgresOrderTests {
    private func schema() throws -> Schema {
        try SQLiteEngine(
            schema: "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES staff(id));"
        ).schema
    }

    private func row(_ id: Int64, _ boss: Int64?) -> FixtureRow {
        FixtureRow(table: 0, values: [.int(id), boss.map(SQLValue.int) ?? .null])
    }

    @Test func `A row comes after the row of its own table that it refers to`() throws {
        let ordered = FixtureScript.ordered([row(1, 3), row(2, 1), row(3, nil)], try schema())
        #expect(ordered == [row(3, nil), row(1, 3), row(2, 1)])
    }

    @Test func `Rows that refer to each other are one statement`() throws {
        let state = FixtureState(rows: [row(1, 2), row(2, 1)])
        let text = FixtureScript.text(state, try schema(), .postgres)
        #expect(text.split(separator: "\n").count == 1)
        #expect(text.contains("(1, 2), (2, 1)") || text.contains("(2, 1), (1, 2)"))
    }
}
