import ReenactWire

/// Tables of which nothing recorded speaks, taken to be empty: other code may ask for them.
///
/// They are kept outside transactions (MyISAM): InnoDB refuses a table that is younger than the asking transaction.
struct MySQLInventions {
    /// How often one statement may complain.
    static let roundsMax = 60

    /// Tables by their last name, with their database.
    private(set) var tables: [String: String] = [:]
    private var columns: Set<String> = []

    /// What would make an error's complaint untrue; nil where nothing can, or where the statement itself is wrong.
    mutating func remedy(for error: ErrorPacket, _ sql: String, made: Set<String>) -> [String]? {
        switch error.code {
        case 1146:
            // `Table 'shop.setting' doesn't exist`
            guard let path = Self.named(in: error.message), let dot = path.lastIndex(of: ".") else { return nil }
            let table = String(path[path.index(after: dot)...])
            guard !made.contains(table), tables[table] == nil else { return nil }
            tables[table] = String(path[..<dot])
            columns = columns.filter { !$0.hasPrefix(table + ".") }
            columns.insert("\(table).id")
            return [
                "SET lock_wait_timeout = 1",
                "CREATE TABLE \(place(of: table)) (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE = MyISAM",
            ]
        case 1054:
            // `Unknown column 's.size' in 'field list'`
            guard let path = Self.named(in: error.message) else { return nil }
            let parts = path.split(separator: ".").map(String.init)
            let asked = SQLSurvey(sql).tables.filter { tables[$0] != nil }
            let alias = parts.count > 1 ? parts[parts.count - 2] : ""
            let owner = alias.isEmpty ? nil : SelectShape(SQLWord.list(sql))?.table(alias) ?? alias
            let table = owner.flatMap { asked.contains($0) ? $0 : nil } ?? (asked.count == 1 ? asked.first : nil)
            guard let table, let name = parts.last, columns.insert("\(table).\(name)").inserted else { return nil }
            if let owner, owner != table, SQLSurvey(sql).tables.contains(owner) { return nil }
            let type = name.hasSuffix("_id") ? "BIGINT" : "LONGTEXT"
            return ["ALTER TABLE \(place(of: table)) ADD COLUMN \(Self.quoted(name)) \(type)"]
        default: return nil
        }
    }

    private func place(of table: String) -> String { "\(Self.quoted(tables[table] ?? "")).\(Self.quoted(table))" }

    private static func named(in message: String) -> String? {
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count >= 3 && !parts[1].isEmpty ? String(parts[1]) : nil
    }

    private static func quoted(_ name: String) -> String { "`\(name.replacing("`", with: "``"))`" }
}
