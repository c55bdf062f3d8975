import ReenactTimeline

/// What could have been otherwise in the schema of a database file that the program asked about.
enum SchemaConditions {
    /// `PRAGMA foreign_key_list(t)` tells NULL for the column where the table does not name it: it could have.
    ///
    /// Source: https://www.sqlite.org/pragma.html#pragma_foreign_key_list
    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter { $0.kind == .statement }.flatMap { event -> [Condition] in
            let words = SQLConditions.tokens(event.detail["sql"]?.string ?? "")
            guard words.count >= 4, words[0].uppercased() == "PRAGMA", words[1].lowercased() == "foreign_key_list",
                let answer = SQLRows(event.detail), let to = answer.columns.firstIndex(where: { $0.name == "to" }),
                let target = answer.columns.firstIndex(where: { $0.name == "table" }),
                let file = subject.failure.databases.first(where: { $0.path == event.peer })
            else { return [] }
            let table = SQLConditions.bare(words[2] == "(" ? words[3] : words[2]).filter { $0 != "'" }
            return answer.rows.enumerated().compactMap { row, cells in
                guard cells.indices.contains(to), cells[to] == .null, let other = cells[target].string,
                    let key = FileSchema(file.bytes)?.tables[other.lowercased()]?.first(where: \.isKey)?.name,
                    let statement = naming(other, key, in: table, of: file.bytes)
                else { return nil }
                return Condition(
                    .cell, recorded: "row \(row + 1), to, of \(event.summary) was NULL", changed: "\"\(key)\"",
                    event: event.id, target: "event \(event.id) row \(row)",
                    stage: .suspect, change: .database(path: event.peer, sql: statement, values: []))
            }
        }
    }

    /// Exchanges `REFERENCES user` for `REFERENCES user(id)` in the table's own text.
    private static func naming(_ other: String, _ key: String, in table: String, of bytes: [UInt8]) -> String? {
        var text = ""
        _ = try? FileDatabase.with(bytes) { connection in
            try connection.query(
                "SELECT sql FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?)", .text(table)
            ) {
                text = $0.text(0) ?? ""
            }
        }
        let pieces = SQLConditions.pieces(text)
        var changed = text
        for (index, piece) in pieces.enumerated().reversed()
        where piece.text.uppercased() == "REFERENCES" && index + 1 < pieces.count {
            let name = pieces[index + 1]
            guard SQLConditions.bare(name.text).lowercased() == other.lowercased(),
                index + 2 >= pieces.count || pieces[index + 2].text != "("
            else { continue }
            let end = text.index(name.start, offsetBy: name.text.count)
            changed.insert(contentsOf: "(\"\(key)\")", at: end)
        }
        guard changed != text else { return nil }
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
        return
            "UPDATE sqlite_master SET sql = \(quoted(changed)) WHERE type = 'table' AND lower(name) = lower(\(quoted(table)))"
    }
}
