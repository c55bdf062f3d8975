/// The fixture as plain SQL: what creates its rows in the blank schema.
enum FixtureScript {
    static func text(_ state: FixtureState, _ schema: Schema, _ dialect: SQLDialect) -> String {
        var out = ""
        let rows = ordered(state.rows, schema)
        let circles = dialect == .postgres ? circles(rows, schema) : []
        var place = 0
        while place < rows.count {
            if let circle = circles.first(where: { $0.lowerBound == place }) {
                out += atOnce(Array(rows[circle]), schema) + ";\n"
                place = circle.upperBound
                continue
            }
            let row = rows[place]
            place += 1
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
                : " (\(names.joined(separator: ", ")))\(overriding(table)) VALUES (\(values.joined(separator: ", ")));\n"
        }
        for (table, last) in state.counters.sorted(by: { $0.key < $1.key }) {
            if let sequence = schema.sequence(table) {
                out += sequence.setting(last)
                continue
            }
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

    /// The rows as PostgreSQL's statements of several rows each, in their order within a table.
    static func inserts(_ rows: [FixtureRow], _ schema: Schema, atMost count: Int) -> [String] {
        var out: [String] = []
        var at = 0
        while at < rows.count {
            let first = at
            while at < rows.count, at - first < count, rows[at].table == rows[first].table { at += 1 }
            let table = schema.tables[rows[first].table]
            let given = table.columns.indices.filter { column in
                rows[first..<at].contains { $0.values[column] != nil }
            }
            let name = "INSERT INTO \(quotedName(table.name))"
            if given.isEmpty {
                out += Array(repeating: "\(name) DEFAULT VALUES", count: at - first)
                continue
            }
            let tuples = rows[first..<at].map { row in
                "(\(given.map { row.values[$0]?.literal(.postgres) ?? "DEFAULT" }.joined(separator: ", ")))"
            }
            let names = given.map { quotedName(table.columns[$0].name) }.joined(separator: ", ")
            out.append("\(name) (\(names))\(overriding(table)) VALUES \(tuples.joined(separator: ", "))")
        }
        return out
    }

    private static func overriding(_ table: SchemaTable) -> String {
        table.overridesIdentity ? " OVERRIDING SYSTEM VALUE" : ""
    }

    /// Rows that refer to rows of their own table come after those, as far as there is no circle.
    private static func arranged(_ rows: [FixtureRow], _ table: Int, _ schema: Schema) -> [FixtureRow] {
        let parents = parents(rows, table, schema)
        if parents.allSatisfy(\.isEmpty) { return rows }
        var out: [FixtureRow] = []
        var seen = Array(repeating: false, count: rows.count)
        for first in rows.indices where !seen[first] {
            seen[first] = true
            var path: [(row: Int, next: Int)] = [(first, 0)]
            while let last = path.last {
                if last.next < parents[last.row].count {
                    path[path.count - 1].next += 1
                    let parent = parents[last.row][last.next]
                    if !seen[parent] {
                        seen[parent] = true
                        path.append((parent, 0))
                    }
                } else {
                    out.append(rows[last.row])
                    path.removeLast()
                }
            }
        }
        return out
    }

    /// For each row the rows of the same table that it refers to.
    private static func parents(_ rows: [FixtureRow], _ table: Int, _ schema: Schema) -> [[Int]] {
        var found: [[Int]] = Array(repeating: [], count: rows.count)
        for key in schema.tables[table].foreign {
            guard let (parent, columns) = schema.target(key), parent == table else { continue }
            func values(_ row: FixtureRow, _ columns: [Int]) -> [SQLValue]? {
                let values = columns.compactMap { row.values[$0] }.filter { !$0.isNull }
                return values.count == columns.count ? values : nil
            }
            var places: [[SQLValue]: Int] = [:]
            for (place, row) in rows.enumerated() { if let own = values(row, columns) { places[own] = place } }
            for (place, row) in rows.enumerated() {
                if let wanted = values(row, key.columns), let parent = places[wanted], parent != place {
                    found[place].append(parent)
                }
            }
        }
        return found
    }

    /// Stretches of rows of which some refer to one that comes later, in their own table or in another: they come in one statement,
    /// at whose end PostgreSQL looks at references.
    private static func circles(_ rows: [FixtureRow], _ schema: Schema) -> [Range<Int>] {
        var known: [[Int]: [[SQLValue]: Int]] = [:]
        func places(_ table: Int, _ columns: [Int]) -> [[SQLValue]: Int] {
            if let made = known[[table] + columns] { return made }
            var made: [[SQLValue]: Int] = [:]
            for (place, row) in rows.enumerated() where row.table == table {
                made[columns.map { row.values[$0] ?? .null }] = place
            }
            known[[table] + columns] = made
            return made
        }
        var found: [Range<Int>] = []
        for (place, row) in rows.enumerated() {
            for key in schema.tables[row.table].foreign {
                let own = key.columns.map { row.values[$0] ?? .null }
                guard !own.contains(where: \.isNull), let (parent, columns) = schema.target(key),
                    let last = places(parent, columns)[own], last > place
                else { continue }
                var circle = place..<last + 1
                while let before = found.last, before.overlaps(circle) {
                    circle = min(before.lowerBound, circle.lowerBound)..<max(before.upperBound, circle.upperBound)
                    found.removeLast()
                }
                found.append(circle)
            }
        }
        return found
    }

    private static func atOnce(_ rows: [FixtureRow], _ schema: Schema) -> String {
        let parts = inserts(rows, schema, atMost: .max)
        let first = parts.dropLast().enumerated().map { "part\($0.offset) AS (\($0.element))" }
        return (first.isEmpty ? "" : "WITH \(first.joined(separator: ",\n"))\n") + (parts.last ?? "")
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
            out += arranged(own, table, schema)
        }
        for table in byTable.keys.sorted() { visit(table) }
        return out
    }
}
