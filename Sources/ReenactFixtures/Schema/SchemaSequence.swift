/// A sequence that no column owns; statements ask for its numbers themselves.
struct SchemaSequence: Sendable {
    var name: String
    var first: Int64
    var step: Int64 = 1

    /// What makes it have given that number last.
    func setting(_ last: Int64) -> String {
        let isFresh = step > 0 ? last < first : last > first
        return
            "SELECT setval(\(SQLValue.quoted(name)), \(isFresh ? last &+ step : last), \(isFresh ? "false" : "true"));\n"
    }

    /// The name as the catalog has it: `nextval('public."S"')` means `S`.
    static func plain(_ written: String) -> String {
        var name = written[...]
        for prefix in ["public.", "\"public\"."] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        return name.hasPrefix("\"") ? String(name).replacing("\"", with: "") : name.lowercased()
    }
}

extension Schema {
    /// The number under which a state's counters hold what that sequence gave last: of a sequence that numbers a table
    /// the table's, of others one behind all tables.
    func counter(ofSequence written: String) -> Int? {
        let name = SchemaSequence.plain(written)
        if let table = tables.firstIndex(where: { $0.sequence.map(SchemaSequence.plain) == name }) { return table }
        return sequences.firstIndex { SchemaSequence.plain($0.name) == name }.map { tables.count + $0 }
    }

    /// The sequence that such a number stands for; nil of tables.
    func sequence(_ counter: Int) -> SchemaSequence? {
        sequences.indices.contains(counter - tables.count) ? sequences[counter - tables.count] : nil
    }

    /// What the number stands for, by name.
    func nameOfCounter(_ counter: Int) -> String { sequence(counter)?.name ?? tables[counter].name }
}
