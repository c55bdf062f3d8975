/// What a document says, in terms of one schema; every complaint names the place in the text.
struct FixtureBinding {
    let schema: Schema
    let dialect: SQLDialect

    /// The rows and numbers, with the place of each row.
    ///
    /// - Throws: `FixtureError.document` for tables and columns that are not there, values that a column can't hold, and
    ///   rows that contradict each other.
    func state(
        _ document: FixtureDocument
    ) throws(FixtureError) -> (state: FixtureState, places: [FixtureDocument.Place]) {
        var state = FixtureState()
        var places: [FixtureDocument.Place] = []
        var known: [KeyValue: Int] = [:]
        for table in document.tables {
            let number = try place(of: table.name, table.place)
            let definition = schema.tables[number]
            var columns: [Int] = []
            for (index, name) in table.columns.enumerated() {
                guard let column = definition.place(name) else {
                    throw failure(
                        table.columnPlaces.value.indices.contains(index)
                            ? table.columnPlaces.value[index] : table.place,
                        "\(table.name) has no column \(name); it has \(list(definition.columns.map(\.name)))")
                }
                columns.append(column)
            }
            for row in table.rows {
                var values = [SQLValue?](repeating: nil, count: definition.columns.count)
                for (column, cell) in zip(columns, row.cells) {
                    try check(cell, definition, definition.columns[column])
                    values[column] = cell.value
                }
                try keep(values, of: number, row.place, &known)
                state.rows.append(FixtureRow(table: number, values: values))
                places.append(row.place)
            }
        }
        for counter in document.counters {
            let sequence = schema.sequences.firstIndex { $0.name == counter.table }.map { schema.tables.count + $0 }
            let known = schema.place(counter.table) ?? sequence
            let table = if let known { known } else { try place(of: counter.table, counter.place) }
            guard schema.sequence(table) != nil || schema.tables[table].counter != nil else {
                throw failure(counter.place, "the rows of \(counter.table) are not numbered by the database")
            }
            guard counter.next > Int64.min else { throw failure(counter.place, "a number too small") }
            guard state.counters.updateValue(counter.next - 1, forKey: table) == nil else {
                throw failure(counter.place, "the next number of \(counter.table) is given twice")
            }
        }
        return (state, places)
    }

    func place(of table: String, _ place: FixtureDocument.Place) throws(FixtureError) -> Int {
        if let number = schema.place(table) { return number }
        let names = schema.tables.map(\.name)
        throw failure(
            place, "there is no table \(table)" + (names.isEmpty ? " (and no other)" : "; there are \(list(names))"))
    }

    private func list(_ names: [String]) -> String {
        names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    }

    func failure(_ place: FixtureDocument.Place, _ what: String) -> FixtureError {
        .document(line: place.line, column: place.column, what: what)
    }

    // MARK: types

    private func check(
        _ cell: FixtureDocument.Cell, _ table: SchemaTable, _ column: SchemaColumn
    ) throws(FixtureError) {
        guard let value = cell.value, !cell.isForced else { return }
        let name = "\(table.name).\(column.name)"
        if column.isGenerated { throw failure(cell.place, "\(name) is computed by the database: leave it out") }
        if value.isNull {
            // SQLite numbers a row whose INTEGER PRIMARY KEY is null.
            if column.isNotNull { throw failure(cell.place, "\(name) can't be null") }
            return
        }
        guard !Self.fits(value, column.kind, dialect) else { return }
        let way = dialect == .sqlite ? "; write ! behind the value if SQLite shall store it all the same" : ""
        throw failure(cell.place, "\(name) holds \(Self.describe(column.kind)), not \(FixtureText.value(value))\(way)")
    }

    /// Whether a column of that kind can hold the value; where it is the engine's to say, true.
    static func fits(_ value: SQLValue, _ kind: ColumnKind, _ dialect: SQLDialect) -> Bool {
        switch (kind, value) {
        case (_, .null): true
        case (.integer, .text(let text)): Int64(text) != nil
        case (.integer, .number(let text)): Int64(text) != nil
        case (.integer, .real(let number)): number == number.rounded()
        case (.integer, .bool): dialect == .sqlite
        case (.real, .text(let text)), (.decimal, .text(let text)): Double(text) != nil
        case (.real, .bool), (.decimal, .bool): dialect == .sqlite
        case (.boolean, .int(let number)): dialect == .sqlite && (0...1).contains(number)
        case (.boolean, .text(let text)):
            dialect == .postgres
                && ["t", "f", "true", "false", "on", "off", "yes", "no", "0", "1"].contains(text.lowercased())
        case (.boolean, .real), (.boolean, .number): false
        case (.integer, .blob), (.real, .blob), (.decimal, .blob), (.boolean, .blob): false
        case (.label(let labels), .text(let text)): labels.contains(text)
        case (.timestamp, .int), (.timestampZone, .int), (.date, .int), (.timestamp, .real), (.date, .real):
            dialect == .sqlite
        case (.timestamp, .bool), (.timestampZone, .bool), (.date, .bool), (.uuid, .int), (.uuid, .bool): false
        default: true
        }
    }

    static func describe(_ kind: ColumnKind) -> String {
        switch kind {
        case .integer: "whole numbers"
        case .real, .decimal: "numbers"
        case .boolean: "truth values"
        case .text: "text"
        case .timestamp, .timestampZone: "points in time"
        case .date: "dates"
        case .time: "times of day"
        case .bytes: "bytes"
        case .uuid: "UUIDs"
        case .json: "JSON"
        case .interval: "intervals"
        case .array: "arrays"
        case .network: "network addresses"
        case .any: "values"
        case .label(let labels): "one of \(labels.joined(separator: ", "))"
        }
    }

    // MARK: keys

    private struct KeyValue: Hashable {
        var table: Int
        var key: [Int]
        var values: [SQLValue]
    }

    /// Without the rows that repeat another's key.
    func distinct(_ state: FixtureState) -> FixtureState {
        var known: Set<KeyValue> = []
        var result = state
        result.rows = state.rows.filter { row in
            let own = schema.tables[row.table].keys.compactMap { key -> KeyValue? in
                let values = key.compactMap { row.values[$0] }
                guard values.count == key.count, !values.contains(.null) else { return nil }
                return KeyValue(table: row.table, key: key, values: values)
            }
            guard known.isDisjoint(with: own) else { return false }
            known.formUnion(own)
            return true
        }
        return result
    }

    private func keep(
        _ values: [SQLValue?], of table: Int, _ place: FixtureDocument.Place, _ known: inout [KeyValue: Int]
    ) throws(FixtureError) {
        for key in schema.tables[table].keys {
            let own = key.compactMap { values[$0] }
            guard own.count == key.count, !own.contains(.null) else { continue }
            if let earlier = known.updateValue(place.line, forKey: .init(table: table, key: key, values: own)) {
                let names = key.map { schema.tables[table].columns[$0].name }
                throw failure(
                    place,
                    "contradicts line \(earlier): two rows of \(schema.tables[table].name) with "
                        + zip(names, own).map { "\($0) \(FixtureText.value($1))" }.joined(separator: ", "))
            }
        }
    }
}
