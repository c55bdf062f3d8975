import Testing

@testable import ReenactFixtures

/// Columns that have fewer values than rows ask for.
@Suite struct RunOutTests {
    @Test(.timeLimit(.minutes(2))) func `A search for a value that no row has ends when a type has no more`() throws {
        let letters = "0123456789abcdefghijklmnopqrstuvwxyz"
        let schema = "CREATE TABLE mark (id integer PRIMARY KEY, letter varchar(1) NOT NULL UNIQUE);"
        var limits = SolverLimits()
        limits.seconds = 5
        let builder = try FixtureBuilder(schema: schema, dialect: .postgres, limits: limits)
        func asked(_ sql: String, _ named: [SQLValue] = [], _ rows: [[SQLValue]]) -> RecordedStatement {
            .init(sql: sql, parameters: named, rows: rows, rowCount: nil, lastRow: nil, error: nil)
        }
        let named = letters.map { SQLValue.text(String($0)) }
        let marks = named.map { _ in "%s" }.joined(separator: ",")
        let timeline = RecordedTimeline(
            id: "t",
            statements: [
                asked("SELECT id FROM mark ORDER BY id", [], [[.int(1)], [.int(2)], [.int(3)]]),
                asked("SELECT id FROM mark WHERE letter IN (\(marks))", named, []),
            ])
        #expect(try builder.build(timeline).report.statements == 2)
    }

    @Test(arguments: [ColumnKind.network, .time, .date, .uuid, .integer])
    func `Values of a series differ`(kind: ColumnKind) {
        let column = SchemaColumn(name: "c", kind: kind, isNotNull: true, hasDefault: false)
        let values = Set((Int64(1)...4000).map { Values.numbered(column, $0, .postgres) })
        #expect(values.count == 4000)
    }
}
