/// Which rows of a state others refer to.
struct References {
    /// Rows that refer to a row, by their places.
    private(set) var from: [Int: [Int]] = [:]
    /// The rows that a row refers to, by the place of the reference among its table's.
    private var to: [Int: [(key: Int, row: Int)]] = [:]
    /// Rows that the recording's own rows refer to.
    private(set) var pinned: Set<Int> = []
    private let schema: Schema

    init(_ solver: Solver, _ rows: [FixtureRow]) {
        let tableau = solver.tableau
        schema = solver.schema
        let schema = schema
        var places: [FixtureKey: Int] = [:]
        var targets: [Int: Set<[Int]>] = [:]
        for table in schema.tables {
            for key in table.foreign {
                if let (parent, columns) = schema.target(key) { targets[parent, default: []].insert(columns) }
            }
        }
        for (place, row) in rows.enumerated() {
            for columns in targets[row.table] ?? [] {
                let values = columns.compactMap { row.values[$0] }
                if values.count == columns.count {
                    places[FixtureKey(table: row.table, columns: columns, values: values)] = place
                }
            }
        }
        func target(_ key: ForeignKey, _ values: [SQLValue?]) -> Int? {
            let values = values.compactMap { $0 }
            guard values.count == key.columns.count, !values.contains(.null), let (parent, columns) = schema.target(key)
            else { return nil }
            return places[FixtureKey(table: parent, columns: columns, values: values)]
        }
        for (place, row) in rows.enumerated() {
            for (number, key) in schema.tables[row.table].foreign.enumerated() {
                if let parent = target(key, key.columns.map { row.values[$0] }), parent != place {
                    from[parent, default: []].append(place)
                    to[place, default: []].append((number, parent))
                }
            }
        }
        for row in tableau.rows where row.into == nil && (row.born != nil || !row.writes.isEmpty) {
            for key in schema.tables[row.table].foreign {
                if row.born != nil, let parent = target(key, key.columns.map { tableau.value(row.cells[$0]) }) {
                    pinned.insert(parent)
                }
                guard key.columns.count == 1 else { continue }
                for write in row.writes where write.column == key.columns[0] {
                    if let parent = target(key, [tableau.value(write.variable)]) { pinned.insert(parent) }
                }
            }
        }
    }

    func canGo(_ part: Set<Int>, _ alive: Set<Int>) -> Bool {
        !part.isEmpty
            && part.allSatisfy { row in
                !pinned.contains(row) && (from[row] ?? []).allSatisfy { part.contains($0) || !alive.contains($0) }
            }
    }

    /// The open rows by kind: alike but for keys that the recording does not name, as are those they refer to and those that
    /// refer to them.
    func kinds(_ open: [Int], _ rows: [FixtureRow], _ facts: ColumnFacts) -> [[Int]] {
        var looks = Palette<[SQLValue?]>()
        var colours = rows.map { row -> Int in
            let table = schema.tables[row.table]
            let cells = row.values.enumerated().map { column, value -> SQLValue? in
                let isLoose = table.isInKey(column) || table.foreign.contains { $0.columns.contains(column) }
                return isLoose && value?.isNull == false && !(value.map(facts.speaks) ?? false) ? nil : value
            }
            return looks.colour(of: [.int(Int64(row.table))] + cells)
        }
        for _ in 0..<3 {
            var neighbours = Palette<[[Int]]>()
            colours = rows.indices.map { place in
                let parents = (to[place] ?? []).map { [$0.key, colours[$0.row]] }
                let children = (from[place] ?? []).map { colours[$0] }.sorted()
                return neighbours.colour(of: [[colours[place]]] + parents + [children])
            }
        }
        var places: [Int: Int] = [:]
        var kinds: [[Int]] = []
        for index in open {
            if let place = places[colours[index]] {
                kinds[place].append(index)
            } else {
                places[colours[index]] = kinds.count
                kinds.append([index])
            }
        }
        return kinds
    }
}

/// Numbers things, equal ones alike, in the order in which they come: the same in every run.
private struct Palette<Thing: Hashable> {
    private var numbers: [Thing: Int] = [:]

    mutating func colour(of thing: Thing) -> Int {
        if let known = numbers[thing] { return known }
        numbers[thing] = numbers.count
        return numbers.count - 1
    }
}
