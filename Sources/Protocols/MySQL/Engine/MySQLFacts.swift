import ReenactWire

/// Tables, columns and rows that a recording shows.
struct MySQLFacts {
    struct Name: Hashable {
        var database: String
        var table: String
        var quoted: String { "\(quotedName(database)).\(quotedName(table))" }
    }

    struct ColumnFact {
        /// As CREATE TABLE takes it.
        var type: String
        var isKey = false
        var isCounter = false
        /// How sure it is: a guess from values, the server's description of a result, its description of the table.
        var rank: Rank

        enum Rank: Int, Comparable {
            case guess, result, described
            static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
        }
    }

    private struct Table {
        var columns: [String: ColumnFact] = [:]
        var order: [String] = []
        var rows: [[String: Value]] = []
        /// Keys of rows that recorded INSERTs made.
        var inserted: Set<String> = []
        var firstCount: UInt64?
        /// The statement that makes it, as the server told.
        var definition: String?
        /// Where the row with a key stands, for the key's columns as they were known when it was made.
        private var places: (columns: [String], byKey: [String: Int]) = ([], [:])
        /// Rows without a key that a new one is compared with.
        private static let comparedMax = 1000

        /// Adds a row or a part of one, unless a recorded INSERT made it.
        mutating func take(_ cells: [String: Value]) {
            let columns = key
            if places.columns != columns {
                places = (columns, [:])
                for (place, row) in rows.enumerated() {
                    if let text = Self.text(of: columns, in: row), places.byKey[text] == nil {
                        places.byKey[text] = place
                    }
                }
            }
            if let text = Self.text(of: columns, in: cells) {
                if inserted.contains(text) { return }
                if let place = places.byKey[text] {
                    rows[place].merge(cells) { first, _ in first }
                    return
                }
                places.byKey[text] = rows.count
            } else if rows.prefix(Self.comparedMax).contains(where: { row in
                cells.allSatisfy { row[$0.key] == $0.value }
            }) {
                return
            }
            rows.append(cells)
        }

        /// The values of the key; nil where one of them is not there.
        static func text(of columns: [String], in cells: [String: Value]) -> String? {
            guard !columns.isEmpty else { return nil }
            var parts: [String] = []
            for column in columns {
                guard let cell = cells[column], cell != .null else { return nil }
                parts.append(cell.plain)
            }
            return parts.joined(separator: "\u{0}")
        }

        var counter: String? { order.first { columns[$0]?.isCounter == true } }
        /// The columns of the primary key, as far as they were seen.
        var key: [String] { counter.map { [$0] } ?? order.filter { columns[$0]?.isKey == true } }
    }

    private static let rowsMax = 20_000

    private var tables: [Name: Table] = [:]
    private var order: [Name] = []

    mutating func mention(_ name: Name) {
        guard tables[name] == nil else { return }
        tables[name] = Table()
        order.append(name)
    }

    mutating func define(_ name: Name, _ sql: String) {
        mention(name)
        if tables[name]?.definition == nil { tables[name]?.definition = sql }
    }

    mutating func column(_ name: Name, _ column: String, _ fact: ColumnFact) {
        mention(name)
        // Columns are told apart without their case.
        guard let table = tables[name] else { return }
        let known = table.order.first { $0.lowercased() == column.lowercased() }
        if known == nil { tables[name]?.order.append(column) }
        let place = known ?? column
        if table.columns[place].map({ $0.rank < fact.rank }) ?? true { tables[name]?.columns[place] = fact }
    }

    mutating func counted(_ name: Name, from first: UInt64, _ count: UInt64) {
        mention(name)
        if tables[name]?.firstCount == nil { tables[name]?.firstCount = first }
        for number in first..<(first + min(max(1, count), 10_000)) { tables[name]?.inserted.insert("\(number)") }
    }

    /// A recorded INSERT made the row.
    mutating func inserted(_ name: Name, _ cells: [String: Value]) {
        mention(name)
        guard let columns = tables[name]?.key, let key = Table.text(of: columns, in: cells) else { return }
        tables[name]?.inserted.insert(key)
    }

    /// A row, or a part of one: parts with the same key are one row; what was seen first was there first.
    mutating func row(_ name: Name, _ cells: [String: Value]) {
        mention(name)
        // In place: a table may have thousands of rows.
        if tables[name].map({ $0.rows.count < Self.rowsMax }) ?? false { tables[name]?.take(cells) }
    }

    // MARK: - What comes of it

    var seed: Seed {
        var seed = Seed()
        seed.statements.append(.init("SET foreign_key_checks=0, unique_checks=0, sql_mode='NO_AUTO_VALUE_ON_ZERO'"))
        var inferred: [String] = []
        for name in order {
            guard var table = tables[name] else { continue }
            if let counter = Self.unseenCounter(of: table) {
                table.order.insert(counter, at: 0)
                table.columns[counter] = ColumnFact(type: "BIGINT", isKey: true, isCounter: true, rank: .guess)
                seed.assume("the column that numbers the rows of \(name.table) is taken to be called \(counter)")
            }
            guard !table.columns.isEmpty || table.definition != nil else { continue }
            seed.statements.append(
                .init("CREATE DATABASE IF NOT EXISTS \(quotedName(name.database)) CHARACTER SET utf8mb4"))
            if let definition = table.definition {
                seed.statements.append(.init("USE \(quotedName(name.database))"))
                seed.statements.append(.init(definition))
            } else {
                seed.statements.append(.init(Self.definition(name, table)))
                inferred.append(name.table)
            }
            for row in table.rows {
                let columns = row.keys.sorted()
                seed.statements.append(
                    .init(
                        "INSERT INTO \(name.quoted) (\(columns.map(quotedName).joined(separator: ", "))) VALUES ("
                            + columns.map { row[$0]?.literal ?? "NULL" }.joined(separator: ", ") + ")"))
            }
            if table.counter != nil, let next = table.firstCount {
                seed.statements.append(.init("ALTER TABLE \(name.quoted) AUTO_INCREMENT = \(next)"))
            }
        }
        if !inferred.isEmpty {
            seed.assume(
                "inferred from results and statements, without constraints and defaults: the tables "
                    + inferred.prefix(20).joined(separator: ", "))
        }
        return seed
    }

    /// New rows were numbered, and nothing says in which column.
    private static func unseenCounter(of table: Table) -> String? {
        let usual = "id"
        guard table.firstCount != nil, table.definition == nil, table.counter == nil, table.columns[usual] == nil,
            !table.columns.isEmpty
        else { return nil }
        return usual
    }

    private static func definition(_ name: Name, _ table: Table) -> String {
        var parts = table.order.map { column -> String in
            let fact = table.columns[column]!
            let counts = column == table.counter ? " NOT NULL AUTO_INCREMENT" : ""
            return "\(quotedName(column)) \(fact.type)\(counts)"
        }
        let key = table.key
        if let counter = table.counter {
            parts.append("PRIMARY KEY (\(quotedName(counter)))")
        } else if !key.isEmpty, key.allSatisfy({ !(table.columns[$0]?.type ?? "LONG").hasPrefix("LONG") }),
            isUnique(key, table.rows)
        {
            parts.append("PRIMARY KEY (\(key.map(quotedName).joined(separator: ", ")))")
        }
        return "CREATE TABLE \(name.quoted) (\(parts.joined(separator: ", "))) DEFAULT CHARACTER SET utf8mb4"
    }

    /// Of a key not all columns may have been seen.
    private static func isUnique(_ key: [String], _ rows: [[String: Value]]) -> Bool {
        var seen: Set<String> = []
        return rows.allSatisfy { row in
            Table.text(of: key, in: row).map { seen.insert($0).inserted } ?? false
        }
    }
}

extension MySQLFacts.ColumnFact {
    private static let isKeyFlag: UInt16 = 2
    private static let isCounterFlag: UInt16 = 512
    private static let isBinaryFlag: UInt16 = 128
    private static let binaryCharset: UInt16 = 63

    /// From what the server says of a result's column.
    ///
    /// Source: https://mariadb.com/kb/en/result-set-packets/#column-definition-packet
    init(_ column: Column) {
        isKey = column.flags & Self.isKeyFlag != 0
        isCounter = column.flags & Self.isCounterFlag != 0
        rank = .result
        let sign = column.isUnsigned ? " UNSIGNED" : ""
        let fraction = column.decimals <= 6 && column.decimals > 0 ? "(\(column.decimals))" : ""
        let collation = column.flags & Self.isBinaryFlag != 0 ? " COLLATE utf8mb4_bin" : ""
        type =
            switch column.type {
            case .tiny: "TINYINT" + sign
            case .short: "SMALLINT" + sign
            case .long: "INT" + sign
            case .int24: "MEDIUMINT" + sign
            case .longLong: "BIGINT" + sign
            case .float: "FLOAT"
            case .double: "DOUBLE"
            case .year: "YEAR"
            case .date: "DATE"
            case .time: "TIME" + fraction
            case .dateTime, .timestamp: "DATETIME" + fraction
            case .bit: "BIT(\(min(max(column.length, 1), 64)))"
            default:
                switch column.type.name {
                case "decimal": Self.decimal(column, sign)
                case "geometry": "LONGBLOB"
                default:
                    if column.charset == Self.binaryCharset {
                        column.length <= 3000 && column.length > 0 ? "VARBINARY(\(column.length))" : "LONGBLOB"
                    } else {
                        column.length <= 3000 && column.length > 0 && !column.isBlob
                            ? "VARCHAR(\(column.length))" + collation : "LONGTEXT" + collation
                    }
                }
            }
    }

    /// Digits, a sign where there may be one, and a point where there is a fraction.
    private static func decimal(_ column: Column, _ sign: String) -> String {
        let scale = Int(min(column.decimals, 30))
        let digits = Int(column.length) - (scale > 0 ? 1 : 0) - (column.isUnsigned ? 0 : 1)
        return "DECIMAL(\(min(max(digits, scale, 1), 65)),\(scale))\(sign)"
    }

    /// From a value that was put into it or compared with it.
    init(guessedFrom value: Value) {
        rank = .guess
        type =
            switch value {
            case .integer, .unsigned: "BIGINT"
            case .number: "DOUBLE"
            case .moment: "DATETIME(6)"
            case .bytes(let bytes) where bytes.count > 255: "LONGTEXT"
            case .bytes, .null: "VARCHAR(255)"
            }
    }
}

extension Column {
    fileprivate var isBlob: Bool { (249...252).contains(type.rawValue) || type.rawValue == 245 }
}
