/// `INSERT INTO t (a, b) SELECT * FROM UNNEST($1::int[], $2::text[])`: rows that come as one array for each column.
extension Writes {
    /// The rows; nil where the query is another.
    func unnested(_ query: SQLQuery, _ table: Int, _ columns: [Int]) -> [[Term]]? {
        guard case .select(let select) = query.body, select.from.count == 1, select.condition == nil,
            select.items.count == 1, case .star = select.items[0].expression,
            case .function(.call(let call)) = select.from[0].what, call.name == "UNNEST",
            call.arguments.count == columns.count
        else { return nil }
        var lists: [[SQLValue]] = []
        for (argument, column) in zip(call.arguments, columns) {
            guard let elements = Self.text(argument).flatMap({ PostgresArray.elements(.text($0)) }) else { return nil }
            lists.append(elements.map { Self.value($0, schema.tables[table].columns[column].kind) })
        }
        let count = lists.map(\.count).max() ?? 0
        return (0..<count).map { row in lists.map { .value(row < $0.count ? $0[row] : .null) } }
    }

    private static func text(_ expression: SQLExpr) -> String? {
        switch expression {
        case .cast(let inner, _): text(inner)
        case .value(.text(let text)): text
        default: nil
        }
    }

    private static func value(_ element: SQLValue, _ kind: ColumnKind) -> SQLValue {
        guard case .text(let element) = element else { return element }
        return switch kind {
        case .integer: Int64(element).map(SQLValue.int) ?? .text(element)
        case .real: Double(element).map(SQLValue.real) ?? .text(element)
        case .decimal: .number(element)
        case .boolean: .bool(element.hasPrefix("t"))
        case .timestamp, .timestampZone: .text(Timestamps.canonical(element))
        default: .text(element)
        }
    }
}
