/// References of a state that find no row: the search's engine does not look at them. From one state to the next only tables
/// that have changed, and those that refer to them, are looked at again.
struct Dangling {
    private struct Target: Hashable {
        var table: Int
        var columns: [Int]
    }

    private let names: [String]
    private var present: [Target: Set<[SQLValue]>] = [:]
    private var outgoing: [[(columns: [Int], parent: Target)]]
    private let incoming: [Int: [Target]]
    private var last: [[FixtureRow]]
    private var found: [[String]]

    init(_ schema: Schema) {
        names = schema.tables.map(\.name)
        var outgoing: [[(columns: [Int], parent: Target)]] = []
        for definition in schema.tables {
            outgoing.append(
                definition.foreign.compactMap { key in
                    schema.target(key).map { (key.columns, Target(table: $0.table, columns: $0.columns)) }
                })
        }
        for (_, target) in outgoing.joined() { present[target] = [] }
        incoming = Dictionary(grouping: present.keys, by: \.table)
        self.outgoing = outgoing
        last = Array(repeating: [], count: names.count)
        found = Array(repeating: [], count: names.count)
    }

    mutating func look(_ state: FixtureState) -> [String] {
        var byTable: [[FixtureRow]] = Array(repeating: [], count: names.count)
        for row in state.rows { byTable[row.table].append(row) }
        let changed = byTable.indices.filter { byTable[$0] != last[$0] }
        for table in changed {
            last[table] = byTable[table]
            for target in incoming[table] ?? [] {
                var values: Set<[SQLValue]> = []
                for row in byTable[table] {
                    let key = target.columns.compactMap { row.values[$0] }
                    if key.count == target.columns.count { values.insert(key) }
                }
                present[target] = values
            }
        }
        for table in byTable.indices
        where changed.contains(table) || outgoing[table].contains(where: { changed.contains($0.parent.table) }) {
            found[table] = []
            for row in byTable[table] {
                for (columns, parent) in outgoing[table] {
                    let values = columns.compactMap { row.values[$0] }
                    guard values.count == columns.count, !values.contains(.null),
                        present[parent]?.contains(values) != true,
                        present[parent]?.contains(where: { zip($0, values).allSatisfy { $0.matches($1) } }) != true
                    else { continue }
                    found[table].append("a reference of \(names[table]) points nowhere")
                }
            }
        }
        return found.flatMap { $0 }
    }
}
