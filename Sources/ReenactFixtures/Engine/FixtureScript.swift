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

    /// The rows as statements of several rows each, in their order within a table.
    static func inserts(_ rows: [FixtureRow], _ schema: Schema, _ dialect: SQLDialect, atMost count: Int) -> [String] {
        var out: [String] = []
        var at = 0
        while at < rows.count {
            let table = schema.tables[rows[at].table]
            let given = table.columns.indices.filter { rows[at].values[$0] != nil }
            let name = "INSERT INTO \(quotedName(table.name))"
            if given.isEmpty {
                out.append("\(name) DEFAULT VALUES")
                at += 1
                continue
            }
            var tuples: [String] = []
            let first = at
            while at < rows.count, at - first < count, rows[at].table == rows[first].table,
                table.columns.indices.allSatisfy({ (rows[at].values[$0] != nil) == (rows[first].values[$0] != nil) })
            {
                let values = given.map { rows[at].values[$0]?.literal(dialect) ?? "DEFAULT" }
                tuples.append("(\(values.joined(separator: ", ")))")
                at += 1
            }
            let names = given.map { quotedName(table.columns[$0].name) }.joined(separator: ", ")
            out.append("\(name) (\(names)) VALUES \(tuples.joined(separator: ", "))")
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
