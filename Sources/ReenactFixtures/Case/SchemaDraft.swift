/// What a recording lets us know of a database's tables.
///
/// What is captured (a definition that the recording holds) goes before what is inferred; what is inferred is told.
struct SchemaDraft {
    /// Where a column's type comes from: what is greater counts more.
    enum Ground: Int, Comparable {
        /// A value beside it.
        case beside
        /// What is done with it, and what came of that.
        case derived
        /// The server, or the catalog.
        case told

        static func < (one: Ground, other: Ground) -> Bool { one.rawValue < other.rawValue }
    }

    struct Column {
        var name: String
        /// As CREATE TABLE has it; nil while nothing tells.
        var type: String?
        var ground = Ground.beside
        var isNotNull = false
        /// The place in the table that the server told; 0 where it did not.
        var attribute = 0
    }

    struct Table {
        var name: String
        var columns: [Column] = []
        var primary: [String] = []
        var unique: [[String]] = []
        /// The names of the unique constraints, where an error told them.
        var uniqueNames: [String] = []
        var foreign: [(columns: [String], parent: String)] = []
        /// The very statement that made it.
        var definition: String?
        /// The statements of the recording make it: it was not there at the start.
        var isMade = false
        /// Columns that the recording adds.
        var added: Set<String> = []
        /// All columns are known, in their order.
        var isWhole = false

        func place(_ name: String) -> Int? {
            columns.firstIndex { $0.name == name } ?? columns.firstIndex { $0.name.lowercased() == name.lowercased() }
        }
    }

    let dialect: SQLDialect
    private(set) var tables: [Table] = []
    private var places: [String: Int] = [:]
    var sequences: [String] = []
    /// The first number that a sequence gave in the recording.
    var firsts: [String: Int64] = [:]
    /// Types that statements name and nothing defines.
    var types: [String] = []
    /// Statements that make, change and drop tables, in order.
    var definitions: [String] = []
    /// What is in the schema besides: indexes, views, triggers.
    var extras: [String] = []
    private(set) var assumptions: [String] = []

    init(_ dialect: SQLDialect) { self.dialect = dialect }

    mutating func assume(_ sentence: String) {
        if !assumptions.contains(sentence) { assumptions.append(sentence) }
    }

    /// The schema was given: nothing of it is assumed.
    mutating func forgetAssumptions() { assumptions = [] }

    // MARK: tables

    func has(_ table: String) -> Bool { places[table.lowercased()] != nil }

    subscript(_ name: String) -> Table? { places[name.lowercased()].map { tables[$0] } }

    mutating func change(_ name: String, _ body: (inout Table) -> Void) {
        if places[name.lowercased()] == nil {
            places[name.lowercased()] = tables.count
            tables.append(Table(name: name))
        }
        if let place = places[name.lowercased()] { body(&tables[place]) }
    }

    func column(_ table: String, _ name: String) -> Column? {
        self[table].flatMap { known in known.place(name).map { known.columns[$0] } }
    }

    /// Notes a column, and a type where one is known; what the server said outdoes a guess.
    mutating func see(
        _ table: String, _ column: String, type: String? = nil, ground: Ground = .beside, attribute: Int = 0
    ) {
        change(table) { known in
            guard let place = known.place(column) else {
                if known.definition == nil, !known.isWhole {
                    known.columns.append(
                        Column(name: column, type: type, ground: ground, attribute: attribute))
                }
                return
            }
            if let type, known.columns[place].type == nil || known.columns[place].ground < ground {
                known.columns[place].type = type
                known.columns[place].ground = ground
            }
            if attribute > 0 { known.columns[place].attribute = attribute }
        }
    }

    // MARK: what comes of it

    /// The schema before the first recorded statement.
    var start: String {
        var out: [String] = []
        if dialect == .postgres {
            out += types.map { "CREATE DOMAIN \(quotedName($0)) AS text" }
            out += sequences.filter { !isOwned($0) }.map { name in
                "CREATE SEQUENCE IF NOT EXISTS \(quotedName(name))" + (firsts[name].map { " START WITH \($0)" } ?? "")
            }
        }
        for table in tables where !table.isMade {
            if let definition = table.definition {
                out.append(definition)
            } else if let text = self.definition(of: table) {
                out.append(text)
            }
        }
        return (out + extras).map { $0 + ";\n" }.joined()
    }

    /// The same with all that the recording itself makes.
    var whole: String { start + additions }

    /// What the recording itself makes.
    var additions: String { definitions.map { guarded($0) + ";\n" }.joined() }

    /// A statement that fails here must not take the others along.
    private func guarded(_ sql: String) -> String {
        guard dialect == .postgres else { return sql }
        let body = "BEGIN EXECUTE \(SQLValue.quoted(sql)); EXCEPTION WHEN OTHERS THEN NULL; END"
        return "DO \(SQLValue.quoted(body))"
    }

    /// A sequence that a table's serial or identity column brings along.
    private func isOwned(_ sequence: String) -> Bool {
        tables.contains { table in
            guard sequence.hasPrefix(table.name + "_"), sequence.hasSuffix("_seq") else { return false }
            return table.isMade || table.definition != nil
                || table.primary.contains { sequence == "\(table.name)_\($0)_seq" }
        }
    }

    /// Columns whose place is known stand there; the others fill the gaps.
    private static func inOrder(_ columns: [Column]) -> [Column] {
        var placed: [Int: Column] = [:]
        var waiting: [Column] = []
        for column in columns {
            if column.attribute > 0, placed[column.attribute] == nil {
                placed[column.attribute] = column
            } else {
                waiting.append(column)
            }
        }
        var out: [Column] = []
        waiting.reverse()
        for place in placed.keys.sorted() {
            while out.count + 1 < place, let next = waiting.popLast() { out.append(next) }
            if let column = placed[place] { out.append(column) }
        }
        return out + waiting.reversed()
    }

    private func definition(of table: Table) -> String? {
        let columns = Self.inOrder(table.columns.filter { !table.added.contains($0.name.lowercased()) })
        guard !columns.isEmpty else { return nil }
        var parts = columns.map { column -> String in
            var text = quotedName(column.name)
            let type = column.type ?? (dialect == .sqlite ? "" : "text")
            if !type.isEmpty { text += " " + type }
            if table.primary == [column.name] {
                if dialect == .postgres, ["smallint", "integer", "bigint"].contains(type) {
                    text += " GENERATED BY DEFAULT AS IDENTITY"
                } else if dialect == .postgres, type == "uuid" {
                    text += " DEFAULT gen_random_uuid()"
                }
                text += " PRIMARY KEY"
            } else if column.isNotNull {
                text += " NOT NULL"
            }
            return text
        }
        let names = Set(columns.map(\.name))
        func list(_ columns: [String]) -> String { columns.map(quotedName).joined(separator: ", ") }
        if table.primary.count > 1, names.isSuperset(of: table.primary) {
            parts.append("PRIMARY KEY (\(list(table.primary)))")
        }
        for (index, key) in table.unique.enumerated() where names.isSuperset(of: key) && key != table.primary {
            let name = table.uniqueNames.indices.contains(index) ? table.uniqueNames[index] : ""
            parts.append((name.isEmpty ? "" : "CONSTRAINT \(quotedName(name)) ") + "UNIQUE (\(list(key)))")
        }
        return "CREATE TABLE \(quotedName(table.name)) (\(parts.joined(separator: ", ")))"
    }
}
