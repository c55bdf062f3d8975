/// What is read from schema and statements before the walk begins.
extension StateWalk {
    /// What was shown of a reference is shown of the key that it refers to, and so on.
    static func withKeys(_ shown: [Place: [SQLValue]], _ schema: Schema) -> [Place: [SQLValue]] {
        var found = shown
        for _ in 0..<3 {
            var isMore = false
            for (child, table) in schema.tables.enumerated() {
                for key in table.foreign {
                    guard let (parent, targets) = schema.target(key) else { continue }
                    for (column, target) in zip(key.columns, targets) {
                        guard let values = found[Place(table: child, column: column)] else { continue }
                        let place = Place(table: parent, column: target)
                        let known = Set(found[place] ?? [])
                        let more = values.filter { !known.contains($0) }
                        if more.isEmpty { continue }
                        found[place, default: []] += more
                        isMore = true
                    }
                }
            }
            if !isMore { break }
        }
        return found
    }

    /// The defaults that the engine gave, of columns that are no keys.
    static func defaults(_ before: [FixtureRow], _ settled: [FixtureRow?], _ schema: Schema) -> [Place: Set<SQLValue>] {
        var found: [Place: Set<SQLValue>] = [:]
        for (old, new) in zip(before, settled) {
            let table = schema.tables[old.table]
            for column in old.values.indices where old.values[column] == nil && !table.isInKey(column) {
                let place = Place(table: old.table, column: column)
                if isReferred(place, schema) || table.foreign.contains(where: { $0.columns.contains(column) }) {
                    continue
                }
                if let value = new?.values[column] { found[place, default: []].insert(value) }
            }
        }
        return found
    }

    /// The row as the engine holds it; what is the default still is left to that.
    func finished(_ row: FixtureRow) -> FixtureRow {
        if dialect != .postgres { return row }
        var typed = row.typed(schema)
        for column in row.values.indices {
            if let value = row.values[column],
                defaults[Place(table: row.table, column: column)]?.contains(value) == true
            {
                typed.values[column] = nil
            }
        }
        return typed
    }

    /// A column that others refer to stays as it is.
    static func isOpen(_ place: Place, _ schema: Schema) -> Bool {
        let table = schema.tables[place.table]
        if table.columns[place.column].isGenerated { return false }
        // Where two references share a column, both would have to follow.
        if table.foreign.filter({ $0.columns.count > 1 && $0.columns.contains(place.column) }).count > 1 {
            return false
        }
        return !isReferred(place, schema)
    }

    static func isReferred(_ place: Place, _ schema: Schema) -> Bool {
        schema.tables.contains { other in
            other.foreign.contains { key in
                guard let (parent, columns) = schema.target(key) else { return false }
                return parent == place.table && columns.contains(place.column)
            }
        }
    }

    /// What the text of a statement and its bind values name; of patterns what they look for.
    static func literals(_ statement: ReadyStatement, _ dialect: SQLDialect, _ schema: Schema) -> [SQLValue] {
        var found = statement.recorded.parameters.filter { !$0.isNull }
        for token in SQLLexer.tokens(statement.recorded.sql, dialect) {
            switch token.kind {
            case .string: found.append(.text(token.text))
            // SQLite takes what is no name for a text.
            case .quotedWord where dialect == .sqlite && !isName(token.text, schema): found.append(.text(token.text))
            case .number:
                if let number = Int64(token.text) {
                    found.append(.int(number))
                } else if let number = Double(token.text) {
                    found.append(.real(number))
                }
            default: break
            }
        }
        return found.map {
            guard case .text(let text) = $0, text.contains("%") else { return $0 }
            return .text(text.replacing("%", with: ""))
        }
    }

    private static func isName(_ word: String, _ schema: Schema) -> Bool {
        schema.place(word) != nil || schema.tables.contains { $0.place(word) != nil }
    }
}
