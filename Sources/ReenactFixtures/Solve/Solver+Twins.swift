/// Rows that others refer to, and that differ in nothing but a key that no answer names, are made one: no row of them can be
/// left out by itself, as something refers to each, so the minimiser alone would keep them all.
extension Solver {
    /// Sends what refers to rows that are alike to as few of them as will do; the others go.
    func united(_ standing: Standing) throws(FixtureError) -> Standing {
        var best = standing
        // Parents that are made one make those that refer to them alike.
        for round in 0..<3 where !isOverdue {
            let before = best.state.rows.count
            try unite(isStrict: true, &best)
            // Where nothing but questions was recorded, also those that differ in what nobody may have asked for.
            if round == 0, isWalkable { try unite(isStrict: false, &best) }
            if best.state.rows.count == before { break }
        }
        return best
    }

    private func unite(isStrict: Bool, _ best: inout Standing) throws(FixtureError) {
        let kinds = TwinKinds(schema, facts, best.state.rows, isStrict: isStrict).kinds
        if kinds.isEmpty { return }
        var folding = Folding(rows: best.state.rows, links: References(self, best.state.rows))
        for kind in kinds where !isOverdue {
            let free = kind.nameless.filter(folding.canGo)
            if !kind.named.isEmpty, try fold(free, onto: kind.named, &folding, &best) { continue }
            // As few as will do: the next one is sent to the next one, since what is counted apart stands side by side.
            var count = 1
            while count < free.count, !isOverdue {
                if try fold(Array(free[count...]), onto: Array(free[..<count]), &folding, &best) { break }
                count *= 2
            }
            guard count > 2, count < free.count else { continue }
            let fewer = count * 3 / 4
            _ = try fold(Array(free[fewer..<count]), onto: Array(free[..<fewer]), &folding, &best)
        }
    }

    /// What refers to the first rows refers to the others instead, in turn; false, and nothing done, where an answer minds.
    private func fold(
        _ gone: [Int], onto targets: [Int], _ folding: inout Folding, _ best: inout Standing
    ) throws(FixtureError) -> Bool {
        guard !gone.isEmpty, !isOverdue else { return false }
        var trial = folding
        trial.fold(gone, onto: targets, schema)
        let next = try stand(FixtureState(rows: trial.rows.compactMap { $0 }, counters: best.state.counters))
        guard next.refusedRows.count <= best.refusedRows.count, next.distance <= best.distance,
            best.verdicts.indices.allSatisfy({ best.verdicts[$0] != .same || next.verdicts[$0] == .same })
        else { return false }
        best = next
        folding = trial
        return true
    }
}

/// A state whose rows keep their places while some of them go.
private struct Folding {
    var rows: [FixtureRow?]
    private var children: [Int: [Int]]
    private let pinned: Set<Int>

    init(rows: [FixtureRow], links: References) {
        (self.rows, children, pinned) = (rows, links.from, links.pinned)
    }

    /// Something refers to it that can refer to another row; one to which nothing does is the minimiser's.
    func canGo(_ row: Int) -> Bool { !pinned.contains(row) && !(children[row] ?? []).isEmpty }

    mutating func fold(_ gone: [Int], onto targets: [Int], _ schema: Schema) {
        for (number, place) in gone.enumerated() {
            let target = targets[number % targets.count]
            guard let old = rows[place], let new = rows[target] else { continue }
            for child in children[place] ?? [] {
                guard let row = rows[child] else { continue }
                for key in schema.tables[row.table].foreign {
                    guard let (parent, columns) = schema.target(key), parent == old.table,
                        zip(key.columns, columns).allSatisfy({ row.values[$0] == old.values[$1] })
                    else { continue }
                    for (column, other) in zip(key.columns, columns) { rows[child]?.values[column] = new.values[other] }
                }
            }
            children[target, default: []] += children[place] ?? []
            children[place] = nil
            rows[place] = nil
        }
    }
}

/// Rows of a table that others refer to, by what stands in them beside keys.
private struct TwinKinds {
    struct Kind {
        /// Rows whose key the recording names: they stay.
        var named: [Int] = []
        var nameless: [Int] = []
    }

    private(set) var kinds: [Kind] = []

    /// - Parameter isStrict: the same stands in rows of a kind; else they are of one table.
    init(_ schema: Schema, _ facts: ColumnFacts, _ rows: [FixtureRow], isStrict: Bool) {
        var parents: Set<Int> = []
        var circles: Set<Int> = []
        for (child, table) in schema.tables.enumerated() {
            for key in table.foreign {
                guard let (parent, _) = schema.target(key) else { continue }
                parents.insert(parent)
                // Rows above and below each other would come to stand in a circle.
                if parent == child { circles.insert(parent) }
            }
        }
        parents.subtract(circles)
        var places: [[SQLValue?]: Int] = [:]
        for (place, row) in rows.enumerated() where parents.contains(row.table) {
            let table = schema.tables[row.table]
            var look: [SQLValue?] = [.int(Int64(row.table))]
            if isStrict { look += row.values.enumerated().map { table.isInKey($0) ? nil : $1 } }
            let number = places[look] ?? kinds.count
            if number == kinds.count {
                places[look] = number
                kinds.append(Kind())
            }
            let isNameless = table.keys.contains { key in
                key.contains { column in row.values[column].map { !$0.isNull && !facts.speaks(of: $0) } ?? false }
            }
            if isNameless { kinds[number].nameless.append(place) } else { kinds[number].named.append(place) }
        }
        kinds.removeAll { $0.nameless.isEmpty || $0.nameless.count + $0.named.count < 2 }
    }
}
