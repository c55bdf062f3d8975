/// What a walk makes of values: whole numbers, fractions, texts. PostgreSQL's decimals and truths are of those while it lasts, and
/// become what their columns hold at the end.
extension SQLValue {
    var loosened: SQLValue {
        switch self {
        case .bool(let flag): return .int(flag ? 1 : 0)
        case .number(let text):
            guard let number = Double(text), number.isFinite else { return self }
            return number == number.rounded() && abs(number) < 1e15 ? .int(Int64(number)) : .real(number)
        default: return self
        }
    }

    /// As a column of that kind holds it.
    func typed(_ column: SchemaColumn) -> SQLValue {
        switch (column.kind, self) {
        case (.boolean, .int(let number)): return .bool(number != 0)
        case (.decimal, .int(let number)): return .number(String(number))
        case (.decimal, .real(let number)):
            guard number.isFinite else { return self }
            // Without the last digits that additions leave behind.
            func rounded(_ digits: Int) -> Double { (number * Self.power(digits)).rounded() / Self.power(digits) }
            var digits = column.scale ?? 0
            while column.scale == nil, digits < 12, abs(rounded(digits) - number) > abs(number) * 1e-14 { digits += 1 }
            let isLong = abs(number) * Self.power(digits) > 1e17
            return .number(isLong ? "\(number)" : Functions.fixed(number, digits))
        case (.real, .int(let number)): return .real(Double(number))
        default: return self
        }
    }

    private static func power(_ digits: Int) -> Double { (0..<max(0, digits)).reduce(1.0) { made, _ in made * 10 } }
}

extension FixtureRow {
    var loosened: FixtureRow {
        var row = self
        for place in row.values.indices { row.values[place] = row.values[place]?.loosened }
        return row
    }

    /// Days in columns of moments become moments: as texts they would stand elsewhere in their order.
    func withMoments(_ schema: Schema) -> FixtureRow {
        var row = self
        for (place, column) in schema.tables[table].columns.enumerated() {
            guard column.kind == .timestamp || column.kind == .timestampZone, case .text(let text)? = row.values[place]
            else { continue }
            let zone = column.kind == .timestampZone ? "+00:00" : ""
            switch text.utf8.count {
            case 10: row.values[place] = .text(text + "T00:00:00" + zone)
            case 19 where !zone.isEmpty || text.contains(" "):
                row.values[place] = .text(Timestamps.canonical(text) + zone)
            default: break
            }
        }
        return row
    }

    func typed(_ schema: Schema) -> FixtureRow {
        var row = self
        for (place, column) in schema.tables[table].columns.enumerated() {
            row.values[place] = row.values[place]?.typed(column)
        }
        return row
    }
}

/// PostgreSQL, as a walk sees it.
final class LooseEditor: StateEditor {
    private let inner: any StateEditor
    private let schema: Schema
    let statements: [ReadyStatement]
    var isNear: Bool { inner.isNear }

    init(_ inner: any StateEditor, _ schema: Schema) {
        (self.inner, self.schema) = (inner, schema)
        statements = inner.statements.map { statement in
            var loose = statement
            loose.recorded.rows = statement.recorded.rows?.map { $0.map(\.loosened) }
            return loose
        }
    }

    func load(_ rows: [FixtureRow?]) throws(FixtureError) -> Bool { try inner.load(rows.map { $0?.typed(schema) }) }

    func settled(_ rows: [FixtureRow?]) throws(FixtureError) -> [FixtureRow?] {
        try inner.settled(rows.map { $0?.typed(schema) }).map { $0?.loosened.withMoments(schema) }
    }

    func attempt(_ edits: [RowEdit], _ indexes: [Int]) throws(FixtureError) -> [Outcome]? {
        let typed = edits.map { edit in
            RowEdit(slot: edit.slot, old: edit.old?.typed(schema), new: edit.new?.typed(schema))
        }
        return try inner.attempt(typed, indexes)?.map(Self.loose)
    }

    func ask(_ indexes: [Int]) throws(FixtureError) -> [Outcome] { try inner.ask(indexes).map(Self.loose) }
    func keep() throws(FixtureError) { try inner.keep() }
    func drop() throws(FixtureError) { try inner.drop() }
    func close() throws(FixtureError) { try inner.close() }

    private static func loose(_ outcome: Outcome) -> Outcome {
        guard case .rows(let rows, let count, let last) = outcome else { return outcome }
        return .rows(rows.map { $0.map(\.loosened) }, count: count, lastRow: last)
    }
}
