/// The tables that a select's columns may belong to.
struct SchemaScope {
    private(set) var tables: [(alias: String, table: String)] = []
    /// Names that the select list makes.
    private(set) var aliases: Set<String> = []
    /// Nothing but tables stands in FROM.
    private(set) var isPlain = true

    init(_ tables: [(alias: String, table: String)]) { self.tables = tables }

    init(_ select: SQLSelect, without commons: Set<String> = []) {
        for source in select.from {
            switch source.what {
            case .table(let table) where !commons.contains(table.lowercased()): tables.append((source.alias, table))
            default: isPlain = false
            }
        }
        aliases = Set(select.items.compactMap { $0.alias?.lowercased() })
    }

    /// The table behind an alias or a name; without one, the only table.
    func table(_ qualifier: String?) -> String? {
        guard let qualifier else { return tables.count == 1 && isPlain ? tables[0].table : nil }
        return tables.first { $0.alias.lowercased() == qualifier.lowercased() }?.table
    }
}
