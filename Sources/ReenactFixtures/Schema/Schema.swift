/// What a column can hold, as far as inventing a value for it needs to know.
enum ColumnKind: Sendable, Hashable {
    case integer, real, decimal, boolean, text, timestamp, timestampZone, date, time, bytes, uuid, json, interval,
        array,
        network
    /// One of these labels.
    case label([String])
    /// SQLite's columns without a type: each value is kept as it comes.
    case any
}

struct SchemaColumn: Sendable {
    var name: String
    var kind: ColumnKind
    var isNotNull: Bool
    var hasDefault: Bool
    var isGenerated = false
    /// What a row has that is inserted without it, where that is a plain value.
    var given: SQLValue?
    /// What a generated column is computed from, where that is understood.
    var formula: SQLExpr?
    /// The longest text it takes.
    var length: Int?
    /// Digits behind the point that a decimal column keeps; nil is any.
    var scale: Int?
    /// Binary fractions of 24 bits, PostgreSQL's `real`.
    var isSingle = false
    /// What CHECKs let it hold; nil is anything.
    var domain: ColumnDomain?
}

extension SchemaColumn {
    /// Takes in the text of the default, nil where there is none.
    mutating func learn(defaultText: String?, _ dialect: SQLDialect) {
        guard let defaultText else {
            given = isGenerated ? nil : .null
            return
        }
        var expression = SQLParser.expression(defaultText, dialect)
        while case .cast(let inner, _)? = expression { expression = inner }
        guard case .value(let value)? = expression else { return }
        switch (kind, value) {
        case (_, .null), (.text, .text), (.label, .text), (.integer, .int), (.boolean, .bool), (.date, .text):
            given = value
        case (.boolean, .int) where dialect == .sqlite: given = value
        case (.json, .text), (.array, .text), (.uuid, .text): given = value
        case (.real, .int(let number)): given = .real(Double(number))
        case (.decimal, .int(let number)) where dialect == .postgres:
            given = .number(
                String(number) + (scale.map { $0 > 0 ? "." + String(repeating: "0", count: $0) : "" } ?? ""))
        default: break
        }
    }
}

struct ForeignKey: Sendable {
    var columns: [Int]
    var parent: String
    /// Empty: the parent's primary key.
    var parentColumns: [String]
    /// Of SQLite, what becomes of a row whose parent goes: `CASCADE`, `SET NULL`; nil where the parent must stay.
    var onDelete: String?
    /// A changed key takes its references along.
    var cascades = false
}

/// A unique index that holds only the rows of a condition.
struct PartialKey: Sendable {
    var name: String
    var columns: [Int]
    var condition: SQLExpr
}

struct SchemaTable: Sendable {
    var name: String
    var columns: [SchemaColumn]
    var primary: [Int] = []
    /// The primary key comes first where there is one.
    var keys: [[Int]] = []
    var partialKeys: [PartialKey] = []
    var foreign: [ForeignKey] = []
    /// CHECKs of several columns together.
    var checks: [(condition: SQLExpr, columns: [Int])] = []
    /// Columns that a CHECK wants to differ.
    var apart: [(Int, Int)] = []
    /// What numbers its rows: the column and, in PostgreSQL, the sequence.
    var counter: Int?
    var sequence: String?
    /// Of PostgreSQL, `GENERATED ALWAYS AS IDENTITY`: rows say so where they bring their own id.
    var overridesIdentity = false
    /// SQLite's AUTOINCREMENT.
    var hasSequenceRow = false
    private(set) var places: [String: Int] = [:]
    private(set) var keyed: [Bool] = []

    mutating func index() {
        for (place, column) in columns.enumerated() { places[column.name.lowercased()] = place }
        if !primary.isEmpty {
            keys.removeAll { $0 == primary }
            keys.insert(primary, at: 0)
        }
        keyed = columns.indices.map { column in
            keys.contains { $0.contains(column) } || partialKeys.contains { $0.columns.contains(column) }
        }
    }

    /// Notes a unique index of expressions or of a part of the rows. What is computed from the same columns is the same, so that
    /// the columns of an expression are a key themselves.
    mutating func note(unique definition: String, _ dialect: SQLDialect) {
        guard let parsed = SQLParser.index(definition, dialect) else { return }
        index()
        var columns: [Int] = []
        for part in parsed.parts {
            part.walk { expression in
                guard case .column(_, let name, _) = expression, let column = place(name), !columns.contains(column)
                else {
                    return
                }
                columns.append(column)
            }
        }
        if columns.isEmpty { return }
        if let condition = parsed.condition {
            partialKeys.append(PartialKey(name: parsed.name, columns: columns, condition: condition))
        } else if !keys.contains(columns) {
            keys.append(columns)
        }
    }

    /// Keys that a row with those cells may be held to: unconditional ones, and those whose condition it doesn't fail.
    func keys(of values: @escaping (Int) -> SQLValue?, _ dialect: SQLDialect) -> [[Int]] {
        if partialKeys.isEmpty { return keys }
        let row = RowCondition(dialect: dialect) { name in place(name).flatMap(values) }
        return keys + partialKeys.filter { row.truth($0.condition) != false }.map(\.columns)
    }

    func place(_ column: String) -> Int? { places[column] ?? places[column.lowercased()] }

    /// True where the column is a key by itself, if only of a part of the rows.
    func isUnique(_ column: Int) -> Bool {
        keys.contains([column]) || partialKeys.contains { $0.columns == [column] }
    }

    /// True where the column takes part in the key alone or with others.
    func isInKey(_ column: Int) -> Bool { column < keyed.count && keyed[column] }
}

/// The tables of a recording, as the real engine describes them.
struct Schema: Sendable {
    var tables: [SchemaTable]
    var views: [SchemaView] = []
    /// Those of PostgreSQL that number no table.
    var sequences: [SchemaSequence] = []
    /// Of SQLite: tables that have triggers, or views.
    var triggers: [(name: String, table: Int?)] = []
    private var places: [String: Int] = [:]
    /// The columns of each table by name, without the rest of the table.
    private let columnPlaces: [ColumnPlaces]

    init(_ tables: [SchemaTable]) {
        columnPlaces = tables.map { ColumnPlaces($0.columns.map(\.name)) }
        self.tables = tables
        for place in self.tables.indices {
            self.tables[place].index()
            places[tables[place].name.lowercased()] = place
        }
    }

    func place(_ table: String) -> Int? { places[table] ?? places[table.lowercased()] }

    func place(_ column: String, in table: Int) -> Int? { columnPlaces[table].place(column) }

    /// The columns of the parent that a foreign key points to.
    func target(_ key: ForeignKey) -> (table: Int, columns: [Int])? {
        guard let parent = place(key.parent) else { return nil }
        let columns =
            key.parentColumns.isEmpty
            ? tables[parent].primary : key.parentColumns.compactMap { tables[parent].place($0) }
        return columns.count == key.columns.count ? (parent, columns) : nil
    }
}

/// Where the columns of a table are.
private final class ColumnPlaces: Sendable {
    private let places: [String: Int]

    init(_ names: [String]) {
        var places: [String: Int] = [:]
        for (place, name) in names.enumerated() {
            places[name] = place
            places[name.lowercased()] = place
        }
        self.places = places
    }

    func place(_ name: String) -> Int? { places[name] ?? places[name.lowercased()] }
}
