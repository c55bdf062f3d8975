/// SQLite in PostgreSQL's place while small changes are tried by the thousand: many times as quick, as it runs in this process.
///
/// It is never believed: where it does not give the same as PostgreSQL for the state that the walk begins with, it is not used,
/// and what is found with it counts only as PostgreSQL finds it.
enum StandIn {
    /// Nil where the state or the statements hold what SQLite can't stand in for.
    static func editor(
        _ schema: Schema, _ statements: [ReadyStatement], _ rows: [FixtureRow]
    ) throws(FixtureError) -> SQLiteEditor? {
        guard
            rows.allSatisfy({ row in
                zip(schema.tables[row.table].columns, row.values).allSatisfy { $0.isGenerated || $1 != nil }
            })
        else { return nil }
        let own = statements.map { statement in
            var own = statement
            own.recorded.sql = text(statement.recorded.sql)
            own.recorded.rows = statement.recorded.rows?.map { $0.map(plain) }
            return own
        }
        guard
            let editor = try? SQLiteEditor(
                schema: definition(schema) + views(schema, statements), own, isStandIn: true),
            editor.tables == schema.tables.map(\.name)
        else { return nil }
        return editor
    }

    /// Numbers without regard to their kind and their last digits.
    static func plain(_ value: SQLValue) -> SQLValue {
        guard let number = value.double, number.isFinite else { return value }
        if abs(number) < 1e15, number.rounded() == number { return .int(Int64(number)) }
        var scale = 1.0
        while abs(number) * scale < 1e9, scale < 1e15 { scale *= 10 }
        return .real((number * scale).rounded() / scale)
    }

    private static func definition(_ schema: Schema) -> String {
        schema.tables.map { table in
            var parts = table.columns.map { column in
                let type =
                    switch column.kind {
                    case .integer: "BIGINT"
                    case .real, .decimal: "REAL"
                    case .boolean: "BOOLEAN"
                    case .bytes: "BLOB"
                    default: "TEXT"
                    }
                return "\(quotedName(column.name)) \(type)\(column.isNotNull ? " NOT NULL" : "")"
            }
            func names(_ columns: [Int]) -> String {
                columns.map { quotedName(table.columns[$0].name) }.joined(separator: ", ")
            }
            for key in table.keys { parts.append("\(key == table.primary ? "PRIMARY KEY" : "UNIQUE") (\(names(key)))") }
            for key in table.foreign {
                guard let (parent, columns) = schema.target(key) else { continue }
                let targets = columns.map { quotedName(schema.tables[parent].columns[$0].name) }
                parts.append(
                    "FOREIGN KEY (\(names(key.columns))) REFERENCES \(quotedName(schema.tables[parent].name)) "
                        + "(\(targets.joined(separator: ", ")))")
            }
            return "CREATE TABLE \(quotedName(table.name)) (\(parts.joined(separator: ", ")))"
        }
        .joined(separator: ";\n")
    }

    /// The views that statements name, in SQLite's words where they are the same.
    private static func views(_ schema: Schema, _ statements: [ReadyStatement]) -> String {
        let named = schema.views(in: statements.map(\.recorded.sql).joined(separator: " "), .postgres)
        return named.map { view in
            let columns = (view.common?.columns ?? []).map(quotedName).joined(separator: ", ")
            let body = text(String(view.text.reversed().drop { $0 == ";" || $0.isWhitespace }.reversed()))
            return ";\nCREATE VIEW \(quotedName(view.name)) (\(columns)) AS \(body)"
        }.joined()
    }

    /// The statement with nulls sorted where PostgreSQL sorts them, and parameters as SQLite numbers them.
    static func text(_ sql: String) -> String {
        let bytes = Array(sql.utf8)
        let tokens = SQLLexer.tokens(sql, .postgres)
        var out: [UInt8] = []
        var at = 0
        func put(_ text: String, before token: SQLToken) {
            out += bytes[at..<token.offset]
            out += text.utf8
            at = token.offset
        }
        // Sort keys that are open, by how deep they stand.
        var open: [(depth: Int, isDescending: Bool, isTold: Bool)] = []
        var depth = 0
        func end(_ token: SQLToken) {
            guard let key = open.last, key.depth == depth else { return }
            if !key.isTold { put(key.isDescending ? " NULLS FIRST " : " NULLS LAST ", before: token) }
        }
        for (place, token) in tokens.enumerated() {
            switch token.upper {
            case "(" where token.kind == .symbol: depth += 1
            case ")" where token.kind == .symbol:
                end(token)
                if open.last?.depth == depth { open.removeLast() }
                depth -= 1
            case "," where token.kind == .symbol:
                if open.last?.depth == depth {
                    end(token)
                    open[open.count - 1] = (depth, false, false)
                }
            case "LIMIT", "OFFSET", "FETCH", "ROWS", "RANGE", "GROUPS":
                if token.kind == .word, open.last?.depth == depth {
                    end(token)
                    open.removeLast()
                }
            case "DESC": if open.last?.depth == depth { open[open.count - 1].isDescending = true }
            case "NULLS": if open.last?.depth == depth { open[open.count - 1].isTold = true }
            case "BY" where place > 0 && tokens[place - 1].upper == "ORDER": open.append((depth, false, false))
            default: break
            }
            if token.kind == .parameter, token.text.hasPrefix("$") {
                put("?" + token.text.dropFirst(), before: token)
                at += token.text.utf8.count
            }
            if token.kind == .end { end(token) }
        }
        return String(decoding: out + bytes[at...], as: UTF8.self)
    }
}
