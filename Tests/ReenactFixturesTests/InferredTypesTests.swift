import Testing

@testable import ReenactFixtures

/// Types of PostgreSQL's columns that no answer tells by itself.
struct InferredTypesTests {
    /// The types that a draft of the schema has after one statement.
    private func types(_ sql: String, _ results: [Int32], table: String = "t") -> [String: String] {
        let columns = results.map { CaseStatement.Column(name: "c", type: $0) }
        let statement = CaseStatement(
            event: 1, phase: .failing, session: 1,
            recorded: RecordedStatement(sql: sql, parameters: [], rows: [], rowCount: 0, lastRow: nil, error: nil),
            columns: columns)
        let draft = SchemaReader.draft(of: [statement], .postgres)
        var found: [String: String] = [:]
        for column in draft[table]?.columns ?? [] { found[column.name] = column.type }
        return found
    }

    @Test func `what an expression gave tells what its columns are`() {
        let found = types(
            """
            SELECT date_trunc('month', placed) AS m, max(total), sum(pieces), count(*), coalesce(note, 'none'), a - b, \
            data ->> 'x' FROM t GROUP BY 1
            """, [1114, 1700, 20, 20, 25, 1186, 25])
        #expect(
            found == [
                "placed": "timestamp", "total": "numeric", "pieces": "integer", "note": "text", "a": "timestamptz",
                "b": "timestamptz", "data": "jsonb",
            ])
    }

    @Test func `what is asked of a column tells what it is`() {
        let found = types(
            """
            SELECT count(*) FROM t WHERE active AND NOT hidden AND made > now() - interval '1 day' \
            AND extract(year FROM born) = 2000 AND lower(name) LIKE 'a%' AND tags @> '[1]' AND due < current_date
            """, [20])
        #expect(
            found == [
                "active": "boolean", "hidden": "boolean", "made": "timestamptz", "born": "timestamptz", "name": "text",
                "tags": "jsonb", "due": "date",
            ])
    }

    @Test func `a value beside a column tells less than what is done with it`() {
        let found = types(
            "SELECT count(*) FROM t WHERE at >= '2026-01-01' AND date_trunc('day', at) < '2027-01-01'", [20])
        #expect(found == ["at": "timestamptz"])
    }

    @Test func `columns that are compared have one type`() {
        let found = types("SELECT u.id FROM t JOIN u ON u.id = t.owner", [2950])
        #expect(found["owner"] == "uuid")
    }
}
