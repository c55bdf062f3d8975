import ReenactTimeline
import ReenactTriage

/// What a database file lacked, or had too many of, when it refused a statement: a table, a column, a row with the same
/// key.
///
/// Source: https://www.sqlite.org/rescode.html, messages of `sqlite3_errmsg`.
enum StatementErrorConditions {
    private static let columnsMax = 30

    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter { $0.kind == .statement }.compactMap { of($0, subject) }
    }

    private static func of(_ event: Event, _ subject: Subject) -> Condition? {
        guard let error = event.detail["error"]?.string, let sql = event.detail["sql"]?.string,
            subject.failure.databases.contains(where: { $0.path == event.peer })
        else { return nil }
        let words = SQLConditions.tokens(sql)
        if let table = rest(of: error, behind: "no such table: ") {
            let name = SQLConditions.bare(table)
            let columns = columns(of: words, without: name).map(quoted).joined(separator: ", ")
            return condition(
                .answer, event, "\(event.summary) found no table \(name)", "an empty table \(name)",
                "CREATE TABLE \(quoted(name)) (\(columns))")
        }
        if let column = rest(of: error, behind: "no such column: ") ?? rest(of: error, behind: " has no column named "),
            let table = table(in: words)
        {
            let name = SQLConditions.bare(column)
            return condition(
                .answer, event, "\(event.summary) found no column \(name) in \(table)", "with a column \(name)",
                "ALTER TABLE \(quoted(table)) ADD COLUMN \(quoted(name))")
        }
        if let list = rest(of: error, behind: "UNIQUE constraint failed: ") {
            var rival = rival(list, words, event)
            rival?.score = Likelihood.told
            return rival
        }
        return nil
    }

    /// The row that has the same key already.
    private static func rival(_ list: String, _ words: [String], _ event: Event) -> Condition? {
        let keys = list.split(separator: ",").map { SQLConditions.bare(String($0).trimmed) }
        guard let first = list.split(separator: ".").first, let open = words.firstIndex(of: "("),
            let close = words[open...].firstIndex(of: ")"),
            words.prefix(open).contains(where: { $0.uppercased() == "INTO" })
        else { return nil }
        let table = SQLConditions.bare(String(first))
        let columns = words[(open + 1)..<close].filter { $0 != "," }.map(SQLConditions.bare)
        let params = event.detail["params"]?.array ?? []
        var values: [JSONValue] = []
        for key in keys {
            guard let place = columns.firstIndex(of: key), params.indices.contains(place) else { return nil }
            values.append(params[place]["f"] ?? params[place])
        }
        let told = zip(keys, values).map { "\($0) \(StandIn.told($1))" }.joined(separator: ", ")
        let test = keys.map { "\(quoted($0)) = ?" }.joined(separator: " AND ")
        return condition(
            .row, event, "a row of \(table) with \(told) was there", "absent",
            "DELETE FROM \(quoted(table)) WHERE \(test)", values)
    }

    private static func condition(
        _ kind: Condition.Kind, _ event: Event, _ recorded: String, _ changed: String, _ sql: String,
        _ values: [JSONValue] = []
    ) -> Condition {
        Condition(
            kind, recorded: recorded, changed: changed, event: event.id, target: "event \(event.id)",
            change: .database(path: event.peer, sql: sql, values: values))
    }

    private static func rest(of error: String, behind phrase: String) -> String? {
        error.firstRange(of: phrase).map { String(error[$0.upperBound...]).trimmed }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func table(in words: [String]) -> String? {
        zip(words, words.dropFirst()).first { ["FROM", "INTO", "UPDATE", "TABLE"].contains($0.0.uppercased()) }
            .map { SQLConditions.bare($0.1) }
    }

    /// All words that may be names of columns: more than are needed do no harm.
    private static func columns(of words: [String], without table: String) -> [String] {
        var seen: Set<String> = [table.lowercased()]
        let found = words.filter { word in
            let name = SQLConditions.bare(word)
            guard let first = name.first, first.isLetter || first == "_", !word.hasPrefix("'"),
                !keywords.contains(name.uppercased())
            else { return false }
            return seen.insert(name.lowercased()).inserted
        }.prefix(columnsMax).map(SQLConditions.bare)
        return found.isEmpty ? ["id"] : found
    }

    private static let keywords: Set<String> = [
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "NULL", "IS", "IN", "LIKE", "ORDER", "BY", "GROUP", "HAVING",
        "LIMIT",
        "OFFSET", "ASC", "DESC", "AS", "ON", "JOIN", "LEFT", "INNER", "OUTER", "CROSS", "INSERT", "INTO", "VALUES",
        "UPDATE",
        "SET", "DELETE", "DISTINCT", "COUNT", "SUM", "MAX", "MIN", "AVG", "BETWEEN", "EXISTS", "CASE", "WHEN", "THEN",
        "ELSE",
        "END", "UNION", "ALL", "WITH", "REPLACE", "USING",
    ]

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}
