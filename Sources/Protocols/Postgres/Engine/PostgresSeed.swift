import ReenactWire

/// The state before the first recorded statement, as far as the recording shows it: the naive reading.
///
/// A table whose making is recorded is made by the live program, or with the history. Of the others, columns are those
/// that results and statements name, and rows those that came back and were not put in by a recorded INSERT.
struct PostgresSeed {
    private var tables = PostgresFacts()
    /// Made by recorded statements: nothing of them was there before.
    private var made: Set<String> = []
    private var names: [Int32: String] = [:]

    static func of(_ runs: [PostgresTape.Run]) -> Seed {
        var seed = PostgresSeed()
        // What is made later was not there earlier either.
        for run in runs where run.error == nil {
            if let creates = SQLSurvey(run.sql.exact).creates {
                if run.wasThere {
                    seed.tables.define(creates.table, run.sql.exact)
                } else {
                    seed.made.insert(creates.table)
                }
            }
        }
        for run in runs where run.error == nil { seed.take(run) }
        return seed.tables.seed
    }

    private mutating func take(_ run: PostgresTape.Run) {
        let words = SQLWord.list(run.sql.exact)
        switch words.first?.keyword {
        case "SELECT" where !Self.asksCatalog(words): takeSelect(run)
        case "INSERT": takeInsert(run, words)
        default: break
        }
    }

    // MARK: - SELECT

    /// `information_schema.tables` is no table of the program's, though `tables` may be one.
    static func asksCatalog(_ words: [SQLWord]) -> Bool {
        zip(words, words.dropFirst()).contains { $0.name == "information_schema" && $1.symbol == "." }
    }

    private mutating func takeSelect(_ run: PostgresTape.Run) {
        guard !run.columns.isEmpty, let shape = SelectShape(run.sql.exact) else { return }
        guard !shape.tables.contains(where: { $0.table.hasPrefix("pg_") }) else { return }
        let places = places(of: run.columns, shape)
        for (_, table) in shape.tables where !made.contains(table) { tables.mention(table) }
        for (column, place) in zip(run.columns, places) {
            if let place, !made.contains(place.table) { tables.column(place.table, place.name, type: column.type) }
        }
        var fixed: [String: [(String, String)]] = [:]
        for equality in shape.equalities {
            guard let table = shape.table(equality.qualifier), !made.contains(table),
                let (value, type) = self.value(equality.value, run)
            else { continue }
            tables.column(table, equality.column, type: type, isGuess: true)
            fixed[table, default: []].append((equality.column, value))
        }
        for row in run.rows { takeRow(row, run.columns, places, fixed) }
    }

    private mutating func takeRow(
        _ row: [ArraySlice<UInt8>?], _ columns: [Column], _ places: [(table: String, name: String)?],
        _ fixed: [String: [(String, String)]]
    ) {
        var values: [String: [String: [UInt8]?]] = [:]
        for (index, place) in places.enumerated() where index < row.count {
            guard let place, !made.contains(place.table) else { continue }
            guard let cell = row[index] else {
                values[place.table, default: [:]].updateValue(nil, forKey: place.name)
                continue
            }
            let value =
                columns[index].isBinary
                ? BinaryValue.text(cell, type: columns[index].type).map { Array($0.utf8) } : Array(cell)
            if let value { values[place.table, default: [:]].updateValue(value, forKey: place.name) }
        }
        for (table, cells) in values.sorted(by: { $0.key < $1.key }) {
            // A join's missing partner comes as nulls all over.
            guard cells.values.contains(where: { $0 != nil }) else { continue }
            var cells = cells
            for (column, value) in fixed[table] ?? [] where cells[column] == nil {
                cells.updateValue(Array(value.utf8), forKey: column)
            }
            tables.row(table, cells)
        }
    }

    /// Where each result column comes from.
    private mutating func places(of columns: [Column], _ shape: SelectShape) -> [(table: String, name: String)?] {
        let hasStar = shape.items.contains(.star)
        if !hasStar, shape.items.count == columns.count {
            for (column, item) in zip(columns, shape.items) {
                if case .column(let qualifier, _) = item, column.table != 0, let table = shape.table(qualifier) {
                    names[column.table] = table
                }
            }
        }
        // `*` gives the tables in order of their standing.
        var unknown: [Int32] = []
        for column in columns where column.table != 0 && names[column.table] == nil && !unknown.contains(column.table) {
            unknown.append(column.table)
        }
        let unnamed = shape.tables.map(\.table).filter { table in !names.values.contains(table) }
        if unknown.count == unnamed.count { for (oid, table) in zip(unknown, unnamed) { names[oid] = table } }
        return columns.enumerated().map { index, column in
            guard column.table != 0, let table = names[column.table] else { return nil }
            if !hasStar, index < shape.items.count, shape.items.count == columns.count {
                guard case .column(_, let name) = shape.items[index] else { return nil }
                return (table, name)
            }
            return (table, column.name)
        }
    }

    private func value(_ value: SelectShape.Value, _ run: PostgresTape.Run) -> (String, Int32)? {
        switch value {
        case .literal(let literal, let isQuoted):
            if literal == "true" || literal == "false" { return (literal, isQuoted ? TypeOID.text : TypeOID.bool) }
            return (literal, isQuoted ? TypeOID.text : Int64(literal) == nil ? TypeOID.numeric : TypeOID.int8)
        case .parameter(let index):
            guard run.parameters.indices.contains(index), let bytes = run.parameters[index].bytes else { return nil }
            let type = run.types.indices.contains(index) ? run.types[index] : TypeOID.text
            let known = run.parameters[index].isBinary ? BinaryValue.text(bytes, type: type) : text(bytes)
            return known.map { ($0, type == 0 ? TypeOID.text : type) }
        }
    }

    // MARK: - INSERT

    /// The table and its columns were there; the row was not.
    private mutating func takeInsert(_ run: PostgresTape.Run, _ words: [SQLWord]) {
        guard words.count > 2, words[1].keyword == "INTO", let (table, end) = SQLWord.name(words, at: 2),
            !made.contains(table)
        else { return }
        tables.mention(table)
        var columns: [String] = []
        var index = end
        if index < words.count, words[index].symbol == "(" {
            index += 1
            while index < words.count, words[index].symbol != ")" {
                if words[index].isName { columns.append(words[index].name) }
                index += 1
            }
        }
        let values = index + 3 < words.count && words[index + 1].keyword == "VALUES" ? words[(index + 3)...] : []
        let types = Self.types(values, run)
        for (index, column) in columns.enumerated() {
            tables.column(table, column, type: index < types.count ? types[index] : TypeOID.text, isGuess: true)
        }
        for (index, column) in run.columns.enumerated() {
            tables.column(table, column.name, type: column.type)
            guard column.name == "id" else { continue }
            for row in run.rows where index < row.count {
                guard let cell = row[index] else { continue }
                let id = column.isBinary ? BinaryValue.text(cell, type: column.type) : text(cell)
                if let id { tables.inserted(table, id) }
            }
        }
    }

    /// Of the values in the first parentheses, as far as they are plain.
    private static func types(_ words: ArraySlice<SQLWord>, _ run: PostgresTape.Run) -> [Int32] {
        var types: [Int32] = []
        for value in words.prefix(while: { $0.depth > 0 }).split(separator: ",", by: \.symbol) {
            guard let first = value.first else { continue }
            if first.symbol == "$", let number = Int(value.dropFirst().first?.literal ?? ""),
                run.types.indices.contains(number - 1), run.types[number - 1] != 0
            {
                types.append(run.types[number - 1])
            } else if first.keyword == "TRUE" || first.keyword == "FALSE" {
                types.append(TypeOID.bool)
            } else if let literal = first.literal, Double(literal) != nil, value.count == 1 {
                types.append(Int64(literal) == nil ? TypeOID.numeric : TypeOID.int8)
            } else {
                types.append(TypeOID.text)
            }
        }
        return types
    }
}

extension ArraySlice {
    fileprivate func split<Value: Equatable>(separator: Value, by key: KeyPath<Element, Value>) -> [ArraySlice] {
        split(omittingEmptySubsequences: false) { $0[keyPath: key] == separator }
    }
}
