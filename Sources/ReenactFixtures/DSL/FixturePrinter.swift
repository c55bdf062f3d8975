extension FixtureDocument {
    /// Columns wider than this do not push the next ones further to the right.
    private static let widthMax = 32

    /// The text: parsed again it gives this document back.
    public var text: String {
        var out = ""
        for item in items {
            switch item {
            case .blank: out += "\n"
            case .comment(let text): out += "#\(text)\n"
            case .moment(let moment): out += "at \(moment.rawValue)\n"
            case .database(let name, _): out += "database \(FixtureText.value(.text(name)))\n"
            case .table(let table): Self.print(table, &out)
            case .absent(let fact):
                out += "absent \(FixtureText.name(fact.table))"
                if let alias = fact.alias { out += " as \(FixtureText.name(alias))" }
                if let condition = fact.condition { out += " where \(condition)" }
                out += "\n"
            case .next(let counter): out += "next \(FixtureText.name(counter.table)) \(counter.next)\n"
            case .after(let write): out += "after \(write.event) \(write.sql)\n"
            }
        }
        return out
    }

    private static func print(_ table: Table, _ out: inout String) {
        out += "table \(FixtureText.name(table.name))\n"
        guard !table.columns.isEmpty else { return }
        let rows = table.rows.map { $0.cells.map(FixtureText.cell) }
        let names = table.columns.map(FixtureText.name)
        let widths = names.indices.map { column in
            min(widthMax, ([names[column]] + rows.map { $0[column] }).map(\.unicodeScalars.count).max() ?? 0)
        }
        func line(_ words: [String], _ remark: String? = nil) {
            out += " "
            for (index, word) in words.enumerated() {
                out += " " + word
                guard index < words.count - 1 else { continue }
                out += String(repeating: " ", count: 1 + max(0, widths[index] - word.unicodeScalars.count))
            }
            if let remark { out += "  #\(remark)" }
            out += "\n"
        }
        line(names)
        var next = 0
        for entry in table.lines {
            switch entry {
            case .blank: out += "\n"
            case .comment(let text): out += "  #\(text)\n"
            case .row(let row):
                line(rows[next], row.remark)
                next += 1
            }
        }
    }
}
