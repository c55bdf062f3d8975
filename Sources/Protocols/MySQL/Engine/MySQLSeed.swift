import ReenactWire

/// The state before the first recorded statement, as far as the recording shows it: the naive reading.
///
/// The server says of each result's column which table and column it comes from. A table whose making is recorded is made
/// by the live program, or with the history; of the others, rows are those that came back and were not put in by a
/// recorded INSERT.
struct MySQLSeed {
    private var facts = MySQLFacts()
    /// Made by recorded statements: nothing of them was there before.
    private var made: Set<MySQLFacts.Name> = []

    static func of(_ runs: [MySQLTape.Run]) -> Seed {
        var seed = MySQLSeed()
        // What is made later was not there earlier either.
        for run in runs where run.error == nil {
            guard let creates = SQLSurvey(run.sql.exact).creates else { continue }
            let name = MySQLFacts.Name(database: run.database, table: creates.table)
            // "Table already exists" comes as a warning.
            if creates.unlessThere, (run.ok?.warnings ?? 0) > 0 {
                seed.facts.define(name, run.sql.exact)
            } else {
                seed.made.insert(name)
            }
        }
        for run in runs where run.error == nil { seed.take(run) }
        return seed.facts.seed
    }

    private mutating func take(_ run: MySQLTape.Run) {
        let words = SQLWord.list(run.sql.exact)
        switch words.first?.keyword {
        case "SELECT", "WITH": takeResults(run, words)
        case "INSERT", "REPLACE": takeInsert(run, words)
        case "SHOW", "DESCRIBE", "DESC": takeDescription(run, words)
        default: break
        }
    }

    private func isKnown(_ name: MySQLFacts.Name) -> Bool {
        !name.table.isEmpty && !made.contains(name)
            && !["information_schema", "mysql", "performance_schema", "sys"].contains(name.database.lowercased())
    }

    /// The databases of the tables that are named with one: `information_schema.tables` is no table of the program's.
    static func databases(_ words: [SQLWord]) -> [String: String] {
        var found: [String: String] = [:]
        for index in words.indices.dropFirst(3)
        where words[index - 1].symbol == "." && words[index].isName && words[index - 2].isName
            && ["FROM", "JOIN", "INTO"].contains(words[index - 3].keyword)
        {
            found[words[index].name] = words[index - 2].name
        }
        return found
    }

    // MARK: - Results

    private mutating func takeResults(_ run: MySQLTape.Run, _ words: [SQLWord]) {
        let shape = SelectShape(words)
        let databases = Self.databases(words)
        func name(_ table: String) -> MySQLFacts.Name {
            .init(database: databases[table] ?? run.database, table: table)
        }
        for (_, table) in shape?.tables ?? [] where isKnown(name(table)) { facts.mention(name(table)) }
        var fixed: [MySQLFacts.Name: [String: Value]] = [:]
        for equality in shape?.equalities ?? [] {
            guard let table = shape?.table(equality.qualifier), let value = Self.value(equality.value, run) else {
                continue
            }
            guard isKnown(name(table)) else { continue }
            facts.column(name(table), equality.column, .init(guessedFrom: value))
            fixed[name(table), default: [:]][equality.column] = value
        }
        // A table that stands twice in a query has rows of both under one name.
        let isTwice = shape.map { Set($0.tables.map(\.table)).count < $0.tables.count } ?? false
        for result in run.results {
            let places = result.columns.map { column -> (name: MySQLFacts.Name, column: String)? in
                let name = MySQLFacts.Name(database: text(column.schema), table: text(column.orgTable))
                guard isKnown(name), !column.orgName.isEmpty else { return nil }
                return (name, text(column.orgName))
            }
            for (column, place) in zip(result.columns, places) {
                if let place { facts.column(place.name, place.column, .init(column)) }
            }
            let aliases = result.columns.map { text($0.table) }
            for row in result.values { take(row, places, aliases, isTwice ? [:] : fixed) }
        }
    }

    private mutating func take(
        _ row: [Value], _ places: [(name: MySQLFacts.Name, column: String)?], _ aliases: [String],
        _ fixed: [MySQLFacts.Name: [String: Value]]
    ) {
        var found: [(alias: String, name: MySQLFacts.Name, cells: [String: Value])] = []
        for (index, place) in places.enumerated() where index < row.count {
            guard let place else { continue }
            if let known = found.firstIndex(where: { $0.alias == aliases[index] && $0.name == place.name }) {
                found[known].cells[place.column] = row[index]
            } else {
                found.append((aliases[index], place.name, [place.column: row[index]]))
            }
        }
        for (_, name, cells) in found {
            // A join's missing partner comes as nulls all over.
            guard cells.values.contains(where: { $0 != .null }) else { continue }
            facts.row(name, cells.merging(fixed[name] ?? [:]) { seen, _ in seen })
        }
    }

    private static func value(_ value: SelectShape.Value, _ run: MySQLTape.Run) -> Value? {
        switch value {
        case .literal(let literal, let isQuoted):
            if isQuoted { return .bytes(Array(literal.utf8)[...]) }
            if literal.lowercased() == "true" { return .integer(1) }
            if literal.lowercased() == "false" { return .integer(0) }
            return Int64(literal).map { .integer($0) } ?? .bytes(Array(literal.utf8)[...])
        case .parameter(let index):
            return run.values.indices.contains(index) ? run.values[index] : nil
        }
    }

    // MARK: - INSERT

    /// The table and its columns were there; the row was not.
    private mutating func takeInsert(_ run: MySQLTape.Run, _ words: [SQLWord]) {
        guard let into = words.firstIndex(where: { $0.keyword == "INTO" }), into < 4,
            let (table, end) = SQLWord.name(words, at: into + 1)
        else { return }
        let name = MySQLFacts.Name(database: Self.databases(words)[table] ?? run.database, table: table)
        guard isKnown(name) else { return }
        facts.mention(name)
        if let ok = run.ok, ok.lastInsertID > 0, words.first?.keyword == "INSERT" {
            facts.counted(name, from: ok.lastInsertID, ok.affected)
        }
        guard end < words.count, words[end].symbol == "(",
            let close = words[end...].firstIndex(where: { $0.depth == 0 && $0.symbol == ")" })
        else { return }
        let columns = words[(end + 1)..<close].filter(\.isName).map(\.name)
        var rest = words[(close + 1)...]
        guard let first = rest.popFirst(), ["VALUES", "VALUE"].contains(first.keyword) else { return }
        while rest.first?.symbol == "(", let end = rest.firstIndex(where: { $0.depth == 0 && $0.symbol == ")" }) {
            let cells = Self.cells(rest[(rest.startIndex + 1)..<end], columns, run)
            for (column, value) in cells { facts.column(name, column, .init(guessedFrom: value)) }
            facts.inserted(name, cells)
            rest = rest[(end + 1)...]
            if rest.first?.symbol == "," { rest = rest.dropFirst() }
        }
        for column in columns { facts.column(name, column, .init(guessedFrom: .null)) }
    }

    /// Of the values between parentheses those that are plain.
    private static func cells(
        _ words: ArraySlice<SQLWord>, _ columns: [String], _ run: MySQLTape.Run
    ) -> [String: Value] {
        var cells: [String: Value] = [:]
        let parts = words.split(omittingEmptySubsequences: false) { $0.depth == 1 && $0.symbol == "," }
        for (column, part) in zip(columns, parts) {
            guard let first = part.first else { continue }
            if first.symbol == "$", let number = Int(part.dropFirst().first?.literal ?? ""), part.count == 2 {
                if run.values.indices.contains(number - 1) { cells[column] = run.values[number - 1] }
            } else if let literal = first.literal, part.count == 1 {
                cells[column] = Int64(literal).map { .integer($0) } ?? .bytes(Array(literal.utf8)[...])
            }
        }
        return cells
    }

    // MARK: - What the server says of a table

    /// `SHOW CREATE TABLE t`; `SHOW FULL COLUMNS FROM t`, `DESCRIBE t`.
    ///
    /// Source: https://mariadb.com/kb/en/show-columns/
    private mutating func takeDescription(_ run: MySQLTape.Run, _ words: [SQLWord]) {
        guard let result = run.results.first else { return }
        let titles = result.columns.map { text($0.name).lowercased() }
        if titles.count == 2, titles[1] == "create table" {
            for row in result.values where row.count == 2 {
                let name = MySQLFacts.Name(database: run.database, table: row[0].plain)
                if isKnown(name) { facts.define(name, row[1].plain) }
            }
            return
        }
        guard let field = titles.firstIndex(of: "field"), let type = titles.firstIndex(of: "type") else { return }
        let start = words.firstIndex { ["FROM", "IN"].contains($0.keyword) }.map { $0 + 1 } ?? 1
        guard let (table, _) = SQLWord.name(words, at: start) else { return }
        let name = MySQLFacts.Name(database: run.database, table: table)
        guard isKnown(name) else { return }
        let key = titles.firstIndex(of: "key")
        let extra = titles.firstIndex(of: "extra")
        for row in result.values where row.count == titles.count {
            facts.column(
                name, row[field].plain,
                .init(
                    type: row[type].plain, isKey: key.map { row[$0].plain == "PRI" } ?? false,
                    isCounter: extra.map { row[$0].plain.lowercased().contains("auto_increment") } ?? false,
                    rank: .described))
        }
    }
}
