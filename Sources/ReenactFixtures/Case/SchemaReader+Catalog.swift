/// Answers of the catalog that the program, its driver or its ORM asked for: the schema as the server itself tells it.
extension SchemaReader {
    mutating func takeCatalog(_ statements: [CaseStatement]) {
        for statement in statements where statement.succeeded {
            guard let rows = statement.recorded.rows, !rows.isEmpty else { continue }
            let columns = statement.columns.map { $0.name.lowercased() }
            switch dialect {
            case .sqlite:
                takeMaster(statement, columns, rows)
                takePragma(statement, columns, rows)
            case .postgres:
                takeInformationSchema(columns, rows)
                takeAttributes(statement, columns, rows)
            }
        }
    }

    // MARK: SQLite

    /// `sqlite_master` keeps the statements themselves.
    private mutating func takeMaster(_ statement: CaseStatement, _ columns: [String], _ rows: [[SQLValue]]) {
        let sql = statement.sql.lowercased()
        guard sql.contains("sqlite_master") || sql.contains("sqlite_schema"), let place = columns.firstIndex(of: "sql")
        else { return }
        for row in rows where place < row.count {
            guard case .text(let text) = row[place], let definition = DataDefinition(text, .sqlite) else { continue }
            if case .table = definition.kind {
                if draft[definition.name]?.isMade == true { continue }
                draft.change(definition.name) { $0.definition = $0.definition ?? text }
            } else if !draft.extras.contains(text), !draft.definitions.contains(text) {
                draft.extras.append(text)
            }
        }
    }

    /// `PRAGMA table_info(name)`: cid, name, type, notnull, dflt_value, pk.
    private mutating func takePragma(_ statement: CaseStatement, _ columns: [String], _ rows: [[SQLValue]]) {
        let tokens = SQLLexer.tokens(statement.sql, .sqlite)
        guard tokens.count > 4, tokens[0].upper == "PRAGMA", ["TABLE_INFO", "TABLE_XINFO"].contains(tokens[1].upper),
            columns.prefix(6) == ["cid", "name", "type", "notnull", "dflt_value", "pk"]
        else { return }
        let table = tokens[3].text
        guard draft[table]?.definition == nil, draft[table]?.isMade != true else { return }
        var primary: [(Int64, String)] = []
        draft.change(table) { known in
            known.columns = []
            known.isWhole = true
            for row in rows where row.count >= 6 {
                guard case .text(let name) = row[1] else { continue }
                var column = SchemaDraft.Column(name: name, attribute: known.columns.count + 1)
                if case .text(let type) = row[2] { column.type = type }
                column.ground = .told
                column.isNotNull = row[3] == .int(1)
                if case .int(let place) = row[5], place > 0 { primary.append((place, name)) }
                known.columns.append(column)
            }
            known.primary = primary.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    // MARK: PostgreSQL

    /// `information_schema.columns`, with whatever of it was asked for.
    private mutating func takeInformationSchema(_ columns: [String], _ rows: [[SQLValue]]) {
        guard let table = columns.firstIndex(of: "table_name"), let name = columns.firstIndex(of: "column_name"),
            let type = columns.firstIndex(of: "data_type") ?? columns.firstIndex(of: "udt_name")
        else { return }
        let nullable = columns.firstIndex(of: "is_nullable")
        let schema = columns.firstIndex(of: "table_schema")
        for row in rows where row.count == columns.count {
            guard case .text(let table) = row[table], case .text(let name) = row[name], case .text(let type) = row[type]
            else { continue }
            if let schema, case .text(let schema) = row[schema], schema != "public" { continue }
            let isNotNull = nullable.map { row[$0] == .text("NO") } ?? false
            takeAttribute(table, name, type, isNotNull: isNotNull)
        }
    }

    /// The shape that ORMs ask of `pg_attribute`: attname, format_type, attnotnull.
    private mutating func takeAttributes(_ statement: CaseStatement, _ columns: [String], _ rows: [[SQLValue]]) {
        guard let name = columns.firstIndex(of: "attname"), let type = columns.firstIndex(of: "format_type") else {
            return takePrimary(statement, columns, rows)
        }
        let notNull = columns.firstIndex { $0 == "attnotnull" || $0 == "not_null" }
        guard let table = Self.table(in: statement) else { return }
        for row in rows where row.count == columns.count {
            guard case .text(let name) = row[name], case .text(let type) = row[type] else { continue }
            takeAttribute(table, name, type, isNotNull: notNull.map { row[$0] == .bool(true) } ?? false)
        }
        draft.change(table) { $0.isWhole = true }
    }

    private mutating func takeAttribute(_ table: String, _ name: String, _ type: String, isNotNull: Bool) {
        guard !table.hasPrefix("pg_"), draft[table]?.definition == nil, draft[table]?.isMade != true else { return }
        let isKnown = SchemaTypes.isBuiltIn(type) && type != "USER-DEFINED" && type != "ARRAY"
        draft.see(table, name, type: isKnown ? type : "text", ground: .told)
        if isNotNull {
            draft.change(table) { if let place = $0.place(name) { $0.columns[place].isNotNull = true } }
        }
    }

    /// One column of names, of an index that is the primary key's.
    private mutating func takePrimary(_ statement: CaseStatement, _ columns: [String], _ rows: [[SQLValue]]) {
        guard columns == ["attname"], statement.sql.lowercased().contains("indisprimary"),
            let table = Self.table(in: statement), draft[table]?.definition == nil, draft[table]?.isMade != true
        else { return }
        let key = rows.compactMap { if case .text(let name)? = $0.first { name } else { nil } }
        draft.change(table) { $0.primary = key }
    }

    /// The table that `'"name"'::regclass` names.
    private static func table(in statement: CaseStatement) -> String? {
        let tokens = SQLLexer.tokens(statement.sql, .postgres)
        for (index, token) in tokens.enumerated() where token.upper == "REGCLASS" && index >= 2 {
            let given: String?
            switch tokens[index - 2].kind {
            case .string: given = tokens[index - 2].text
            case .parameter:
                let place = (Int(tokens[index - 2].text.dropFirst()) ?? 0) - 1
                let values = statement.recorded.parameters
                if values.indices.contains(place), case .text(let text) = values[place] {
                    given = text
                } else {
                    given = nil
                }
            default: given = nil
            }
            if let name = given?.split(separator: ".").last { return String(name).replacing("\"", with: "") }
        }
        return nil
    }
}
