import ReenactTimeline
import ReenactWire

/// What could have been otherwise in the program's own database files: rows and values that its statements found.
///
/// The change is made in the copy of the file that the attempt starts with.
enum FileDatabaseConditions {
    static func find(_ subject: Subject) -> [Condition] {
        let paths = Dictionary(
            subject.failure.databases.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var schemas: [String: FileSchema] = [:]
        for (path, file) in paths { schemas[path] = FileSchema(file.bytes) }
        return subject.calls.filter { $0.kind == .statement }.flatMap { event -> [Condition] in
            guard let schema = schemas[event.peer], let answer = SQLRows(event.detail),
                let statement = FileStatement(event.detail, schema)
            else { return [] }
            return SQLRowChanges(answer: answer, event: event, subject: subject).all.compactMap { found in
                guard let change = statement.change(found.edit, answer) else { return nil }
                var condition = Condition(
                    found.kind, recorded: found.recorded, changed: found.changed, event: event.id,
                    target: "event \(event.id) \(found.target)", stage: found.stage,
                    change: .database(path: event.peer, sql: change.sql, values: change.values))
                condition.score = found.score
                return condition
            }
        }
    }
}

/// The tables of a database file.
struct FileSchema: Sendable {
    struct Column: Sendable {
        var name: String
        var type: String
        var isNotNull: Bool
        var hasDefault: Bool
        var isKey: Bool
    }

    /// Names in lower case.
    let tables: [String: [Column]]

    /// Nil where the bytes are no database.
    init?(_ bytes: [UInt8]) {
        guard let tables = try? FileDatabase.with(bytes, { try FileDatabase.tables($0) }).result else { return nil }
        self.tables = tables
    }
}

/// A recorded SELECT, taken apart far enough to name the rows and columns that it read.
struct FileStatement: Sendable {
    private struct Source: Sendable {
        var table: String
        var alias: String
    }

    private let schema: FileSchema
    private let sources: [Source]
    /// From FROM on.
    private let tail: String
    /// The parameters that the tail uses.
    private let values: [JSONValue]
    private let items: [String]
    private let all: [JSONValue]
    private let sql: String

    /// Nil for what is no plain SELECT of tables of the file.
    init?(_ detail: JSONValue, _ schema: FileSchema) {
        let sql = detail["sql"]?.string ?? ""
        let pieces = SQLConditions.pieces(sql)
        let words = pieces.map { $0.text.uppercased() }
        guard words.first == "SELECT",
            let from = pieces.indices.first(where: { pieces[$0].depth == 0 && words[$0] == "FROM" })
        else { return nil }
        let top = Set(pieces.indices.filter { pieces[$0].depth == 0 }.map { words[$0] })
        guard top.isDisjoint(with: ["UNION", "GROUP", "INTERSECT", "EXCEPT", "HAVING"]) else { return nil }
        // What is counted or summed is no row's own value.
        let totals: Set<String> = ["COUNT", "SUM", "TOTAL", "AVG", "MIN", "MAX", "GROUP_CONCAT", "JSON_GROUP_ARRAY"]
        guard totals.isDisjoint(with: words[1..<from]) else { return nil }
        let all = detail["params"]?.array ?? []
        let before = pieces[..<from].count { $0.text.hasPrefix("?") }
        let isNumbered = pieces.contains { $0.text.hasPrefix(":") || ($0.text.hasPrefix("?") && $0.text.count > 1) }
        guard before == 0 || !isNumbered else { return nil }
        self.sql = sql
        self.schema = schema
        self.all = all
        tail = String(sql[pieces[from].start...]).trimmedOfSemicolon
        values = Array(all.dropFirst(before))
        let stops: Set<String> = ["WHERE", "ORDER", "LIMIT", "OFFSET"]
        let end =
            pieces.indices.first { $0 > from && pieces[$0].depth == 0 && stops.contains(words[$0]) } ?? pieces.count
        sources = Self.sources(pieces[(from + 1)..<end].map(\.text))
        guard !sources.isEmpty, sources.allSatisfy({ schema.tables[$0.table.lowercased()] != nil }) else { return nil }
        items = Self.items(pieces[1..<from].map { ($0.text, $0.depth) })
    }

    private static func sources(_ words: [String]) -> [Source] {
        let joins: Set<String> = ["JOIN", ",", "FROM"]
        let ends: Set<String> = [
            "ON", "USING", "LEFT", "INNER", "CROSS", "OUTER", "NATURAL", "JOIN", ",", "WHERE", "RIGHT", "FULL",
        ]
        var found: [Source] = []
        var index = 0
        var isName = true
        while index < words.count {
            let word = words[index].uppercased()
            if isName {
                // A subquery has no name that could be changed.
                guard word != "(" else { return [] }
                let table = SQLConditions.bare(words[index])
                var alias = table
                var next = index + 1
                if next < words.count, words[next].uppercased() == "AS" { next += 1 }
                if next < words.count, !ends.contains(words[next].uppercased()) {
                    alias = SQLConditions.bare(words[next])
                }
                found.append(Source(table: table, alias: alias))
                isName = false
            } else if joins.contains(word) {
                isName = true
            }
            index += 1
        }
        return found
    }

    /// The selected expressions, as written, without their new names.
    private static func items(_ words: [(text: String, depth: Int)]) -> [String] {
        var items: [[String]] = [[]]
        for word in words {
            if word.depth == 0, word.text == "," { items.append([]) } else { items[items.count - 1].append(word.text) }
        }
        return items.map { words in
            let name = words.firstIndex { $0.uppercased() == "AS" }.map { Array(words[..<$0]) } ?? words
            return name.count == 1 ? name[0] : name.count == 2 && words.count == 2 ? name[0] : ""
        }
    }

    /// The table and column behind a column of the result.
    private func place(_ index: Int, _ answer: SQLRows) -> (source: Source, column: FileSchema.Column)? {
        let name = answer.columns[index].name
        // With a star the items are fewer than the columns, and names decide.
        let item = items.count == answer.columns.count ? items[index] : name
        let parts = item.split(separator: ".").map { SQLConditions.bare(String($0)) }
        let column = parts.last ?? SQLConditions.bare(name)
        let candidates = sources.filter { parts.count < 2 || $0.alias.lowercased() == parts[0].lowercased() }
        for source in candidates {
            if let found = schema.tables[source.table.lowercased()]?.first(where: {
                $0.name.lowercased() == column.lowercased()
            }) {
                return (source, found)
            }
        }
        return nil
    }

    /// The statement that makes the change in the file.
    func change(_ edit: AnswerEdit, _ answer: SQLRows) -> (sql: String, values: [JSONValue])? {
        switch edit {
        case .cell(let row, let index, let text):
            guard let (source, column) = place(index, answer) else { return nil }
            let value = text.map { Self.value($0, column) } ?? .null
            return (
                "UPDATE \(Self.quoted(source.table)) SET \(Self.quoted(column.name)) = \(Self.literal(value)) "
                    + "WHERE rowid IN (\(rows(of: source, row)))", values
            )
        case .removeRow(let row):
            // A count is no row of a table.
            guard let source = sources.first, answer.columns.indices.contains(where: { place($0, answer) != nil })
            else {
                return nil
            }
            return ("DELETE FROM \(Self.quoted(source.table)) WHERE rowid IN (\(rows(of: source, row)))", values)
        case .insertRow(let cells): return insertion(cells, answer)
        case .whole, .success, .status, .header, .member, .splice, .bytes: return nil
        }
    }

    private func rows(of source: Source, _ row: Int) -> String {
        "SELECT r FROM (SELECT \(Self.quoted(source.alias)).rowid AS r \(tail)) LIMIT 1 OFFSET \(row)"
    }

    private static func literal(_ value: JSONValue) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): "'\(text.replacing("'", with: "''"))'"
        default: "NULL"
        }
    }

    private func insertion(_ cells: [String?], _ answer: SQLRows) -> (sql: String, values: [JSONValue])? {
        guard let source = sources.first, let columns = schema.tables[source.table.lowercased()] else { return nil }
        var given: [String: JSONValue] = [:]
        for (index, cell) in cells.enumerated() {
            guard let (owner, column) = place(index, answer), owner.table == source.table, let cell else { continue }
            given[column.name] = Self.value(cell, column)
        }
        for equality in SQLConditions.equalities(in: sql) {
            guard let value = SQLConditions.value(equality.value, parameters: all),
                let column = columns.first(where: { $0.name.lowercased() == equality.column.lowercased() })
            else { continue }
            given[column.name] = value
        }
        for column in columns where given[column.name] == nil && column.isNotNull && !column.hasDefault && !column.isKey
        {
            given[column.name] = Self.value("1", column)
        }
        guard !given.isEmpty else { return nil }
        let names = given.keys.sorted()
        return (
            "INSERT OR REPLACE INTO \(Self.quoted(source.table)) (\(names.map(Self.quoted).joined(separator: ", "))) VALUES "
                + "(\(names.map { _ in "?" }.joined(separator: ", ")))", names.compactMap { given[$0] }
        )
    }

    private static func value(_ text: String, _ column: FileSchema.Column) -> JSONValue {
        let type = column.type.uppercased()
        if type.contains("INT") || type.contains("BOOL") || type.isEmpty, let number = Int64(text) {
            return .integer(number)
        }
        if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") || type.contains("NUM")
            || type.contains("DEC"), let number = Double(text)
        {
            return .number(number)
        }
        if type.contains("DATETIME") || type.contains("TIMESTAMP"), Int64(text) != nil {
            return "2026-01-01 00:00:00"
        }
        return .string(text)
    }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}

extension String {
    fileprivate var trimmedOfSemicolon: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
        return String(text)
    }
}
