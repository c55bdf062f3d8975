/// The schema as SQLite itself describes it.
enum SQLiteCatalog {
    static func read(_ engine: SQLiteEngine) throws(FixtureError) -> Schema {
        var tables: [SchemaTable] = []
        let list = "SELECT name, sql FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        for row in try rows(engine, list) {
            guard case .text(let name) = row[0] else { continue }
            let sql = text(row[1]) ?? ""
            var table = try self.table(engine, name)
            for place in table.columns.indices where table.columns[place].isGenerated {
                table.columns[place].formula = SQLParser.formula(sql, table.columns[place].name, .sqlite)
            }
            table.hasSequenceRow = sql.uppercased().contains("AUTOINCREMENT")
            for check in SQLParser.checks(sql, .sqlite) {
                guard let column = table.add(check.condition, .sqlite) else { continue }
                let name = table.columns[column].name
                guard let passing = try? rows(engine, CheckProbe.query(name, check.text, .sqlite)).map({ $0[0] }) else {
                    continue
                }
                table.columns[column].domain?.learn(passing)
                guard table.isInKey(column), !passing.isEmpty else { continue }
                let more = CheckProbe.query(name, check.text, .sqlite, CheckProbe.more(passing))
                if let also = try? rows(engine, more) { table.columns[column].domain?.learn(also.map { $0[0] }) }
            }
            tables.append(table)
        }
        var schema = Schema(tables)
        for row in try rows(engine, "SELECT name, sql FROM sqlite_schema WHERE type='view' ORDER BY rowid") {
            guard let name = text(row[0]), let sql = text(row[1]) else { continue }
            let tokens = SQLLexer.tokens(sql, .sqlite)
            guard let place = tokens.firstIndex(where: { $0.kind == .word && $0.upper == "AS" }) else { continue }
            var columns: [String] = []
            if let open = tokens[..<place].firstIndex(where: { $0.kind == .symbol && $0.text == "(" }) {
                columns = tokens[open..<place].filter { $0.kind != .symbol }.map(\.text)
            }
            let body = Array(sql.utf8)[(tokens[place].offset + 2)...]
            schema.views.append(SchemaView(name, columns, String(decoding: body, as: UTF8.self), .sqlite))
        }
        for row in try rows(engine, "SELECT name, tbl_name FROM sqlite_schema WHERE type='trigger' ORDER BY rowid") {
            guard let name = text(row[0]), let table = text(row[1]) else { continue }
            schema.triggers.append((name, schema.place(table)))
        }
        return schema
    }

    private static func rows(_ engine: SQLiteEngine, _ sql: String) throws(FixtureError) -> [[SQLValue]] {
        switch engine.execute(sql, []) {
        case .rows(let rows, _, _): return rows
        case .refused(let why): throw .schema(why)
        case .skipped: return []
        }
    }

    private static func text(_ value: SQLValue) -> String? { if case .text(let text) = value { text } else { nil } }

    private static func table(_ engine: SQLiteEngine, _ name: String) throws(FixtureError) -> SchemaTable {
        let literal = SQLValue.quoted(name)
        var table = SchemaTable(name: name, columns: [])
        var primary: [(place: Int64, column: Int)] = []
        // cid, name, type, notnull, dflt_value, pk, hidden
        for row in try rows(engine, "PRAGMA table_xinfo(\(literal))") {
            let type = (text(row[2]) ?? "").uppercased()
            table.columns.append(
                SchemaColumn(
                    name: text(row[1]) ?? "", kind: kind(type), isNotNull: row[3] != .int(0),
                    hasDefault: !row[4].isNull,
                    isGenerated: row[6] == .int(2) || row[6] == .int(3)))
            table.columns[table.columns.count - 1].learn(defaultText: text(row[4]), .sqlite)
            if case .int(let place) = row[5], place > 0 { primary.append((place, table.columns.count - 1)) }
            if row[5] == .int(1), type == "INTEGER" { table.counter = table.columns.count - 1 }
        }
        table.primary = primary.sorted { $0.place < $1.place }.map(\.column)
        if table.primary.count != 1 { table.counter = nil }
        if !table.primary.isEmpty { table.keys.append(table.primary) }
        table.index()
        // seq, name, unique, origin, partial
        for row in try rows(engine, "PRAGMA index_list(\(literal))") where row[2] != .int(0) {
            guard let index = text(row[1]) else { continue }
            let names = try rows(engine, "PRAGMA index_info(\(SQLValue.quoted(index)))").map { text($0[2]) }
            let columns = names.compactMap { $0.flatMap(table.place) }
            if columns.count != names.count || row[4] != .int(0) {
                let made = "SELECT sql FROM sqlite_schema WHERE type='index' AND name=\(SQLValue.quoted(index))"
                if let definition = try rows(engine, made).first.flatMap({ text($0[0]) }) {
                    table.note(unique: definition, .sqlite)
                }
            } else if !table.keys.contains(columns) {
                table.keys.append(columns)
            }
        }
        var keys: [Int64: ForeignKey] = [:]
        // id, seq, table, from, to, on_update, on_delete
        for row in try rows(engine, "PRAGMA foreign_key_list(\(literal))") {
            guard case .int(let id) = row[0], let parent = text(row[2]), let from = text(row[3]),
                let column = table.place(from)
            else { continue }
            keys[id, default: ForeignKey(columns: [], parent: parent, parentColumns: [])].columns.append(column)
            if let to = text(row[4]) { keys[id]?.parentColumns.append(to) }
            if let action = text(row[6]), !["NO ACTION", "RESTRICT"].contains(action) { keys[id]?.onDelete = action }
            keys[id]?.cascades = text(row[5]) == "CASCADE"
        }
        table.foreign = keys.sorted { $0.key < $1.key }.map(\.value)
        return table
    }

    /// Declared types say more than affinities: a driver's converters go by them.
    static func kind(_ type: String) -> ColumnKind {
        if type.contains("BOOL") { return .boolean }
        if type.contains("INT") { return .integer }
        if type.contains("TIMESTAMP") || type.contains("DATETIME") { return .timestamp }
        if type.contains("DATE") { return .date }
        if type.contains("TIME") { return .time }
        if type.contains("CHAR") || type.contains("TEXT") || type.contains("CLOB") { return .text }
        if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") { return .real }
        if type.contains("DEC") || type.contains("NUM") { return .decimal }
        if type.contains("BLOB") { return .bytes }
        if type.isEmpty { return .any }
        return .text
    }
}
