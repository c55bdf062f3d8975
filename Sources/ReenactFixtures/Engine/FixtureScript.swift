/// The fixture as plain SQL: what creates its rows in the blank schema.
enum FixtureScript {
    static func text(_ state: FixtureState, _ schema: Schema, _ dialect: SQLDialect) -> String {
        var out = ""
        for row in ordered(state.rows, schema) {
            let table = schema.tables[row.table]
            var names: [String] = []
            var values: [String] = []
            for (column, value) in zip(table.columns, row.values) {
                guard let value else { continue }
                names.append(quotedName(column.name))
                values.append(value.literal(dialect))
            }
            out += "INSERT INTO \(quotedName(table.name))"
            out +=
                names.isEmpty
                ? " DEFAULT VALUES;\n"
                : " (\(names.joined(separator: ", "))) VALUES (\(values.joined(separator: ", ")));\n"
        }
        for (table, last) in state.counters.sorted(by: { $0.key < $1.key }) {
            let definition = schema.tables[table]
            let name = SQLValue.quoted(definition.name)
            switch dialect {
            case .sqlite where definition.hasSequenceRow:
                out += "DELETE FROM sqlite_sequence WHERE name = \(name);\n"
                out += "INSERT INTO sqlite_sequence (name, seq) VALUES (\(name), \(last));\n"
            case .postgres:
                guard let sequence = definition.sequence else { continue }
                out +=
                    "SELECT setval(\(SQLValue.quoted(sequence)), \(max(last, 1)), \(last >= 1 ? "true" : "false"));\n"
            case .sqlite: break
            }
        }
        return out
    }

    /// Parents before children, as far as their references have no circle.
    static func ordered(_ rows: [FixtureRow], _ schema: Schema) -> [FixtureRow] {
        var byTable: [Int: [FixtureRow]] = [:]
        for row in rows { byTable[row.table, default: []].append(row) }
        var out: [FixtureRow] = []
        var done: Set<Int> = []
        func visit(_ table: Int) {
            guard done.insert(table).inserted, let own = byTable[table] else { return }
            for key in schema.tables[table].foreign {
                if let parent = schema.place(key.parent) { visit(parent) }
            }
            out += own
        }
        for table in byTable.keys.sorted() { visit(table) }
        return out
    }
}
