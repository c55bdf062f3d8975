/// Finds rows that a key says are the same, and makes them one.
final class Merger {
    private enum Part: Hashable {
        case value(SQLValue)
        case variable(Int)
    }

    private struct Key: Hashable {
        var table: Int
        var key: Int
        var parts: [Part]
    }

    private let tableau: Tableau
    private var index: [Key: [Int]] = [:]
    /// Rows with a key that is not known yet.
    var waiting: Set<Int> = []
    /// Statements whose rows were read as something else than they inserted.
    var doubted: Set<Int> = []
    /// The time allowed is gone.
    var isOverdue: () -> Bool = { false }

    init(_ tableau: Tableau) { self.tableau = tableau }

    private func keys(_ row: Int) -> (known: [Key], complete: Bool) {
        let content = tableau.rows[row]
        var known: [Key] = []
        var complete = true
        for (place, columns) in tableau.schema.tables[content.table].keys.enumerated() {
            var parts: [Part] = []
            for column in columns {
                let root = tableau.root(content.cells[column])
                if let value = tableau.variables[root].value {
                    if value.isNull { break }
                    parts.append(.value(value))
                } else {
                    complete = false
                    guard tableau.variables[root].isShared || columns.count > 1 else { break }
                    parts.append(.variable(root))
                }
            }
            if parts.count == columns.count { known.append(Key(table: content.table, key: place, parts: parts)) }
        }
        return (known, complete)
    }

    /// A row that is there at that time with those key values.
    func find(_ table: Int, _ columns: [Int], _ values: [SQLValue], at time: Int) -> Int? {
        guard let key = tableau.schema.tables[table].keys.firstIndex(where: { Set($0) == Set(columns) }) else {
            return nil
        }
        var parts: [Part] = []
        for column in tableau.schema.tables[table].keys[key] {
            guard let place = columns.firstIndex(of: column) else { return nil }
            parts.append(.value(values[place]))
        }
        let wanted = Key(table: table, key: key, parts: parts)
        for row in index[wanted] ?? [] {
            let row = row < tableau.rows.count ? tableau.live(row) : -1
            if row >= 0, tableau.exists(row, at: time), keys(row).known.contains(wanted) { return row }
        }
        return nil
    }

    /// Looks at the rows made since `first` and at those that waited for a key.
    func merge(from first: Int) throws(Conflict) {
        try merge(only: Array(first..<max(first, tableau.rows.count)) + waiting.filter { $0 < first }.sorted())
    }

    /// Looks at those rows.
    func merge(only rows: [Int]) throws(Conflict) {
        var work = rows
        work.reverse()
        var steps = 0
        while let row = work.popLast() {
            guard row < tableau.rows.count, tableau.rows[row].into == nil else {
                waiting.remove(row)
                continue
            }
            steps += 1
            if steps % 512 == 0, isOverdue() { throw Conflict(what: "the time was over") }
            if steps > 200_000 { throw Conflict(what: "merging took too long") }
            let (known, complete) = keys(row)
            if complete { waiting.remove(row) } else { waiting.insert(row) }
            for key in known {
                var others = index[key] ?? []
                if let other = match(others, row, key) {
                    try unite(row, other)
                    work.append(other)
                    break
                }
                if !others.contains(row) {
                    others.append(row)
                    index[key] = others
                }
            }
        }
    }

    /// Another row with that key which is there when this one was seen. Entries may be stale after an undo.
    private func match(_ others: [Int], _ row: Int, _ key: Key) -> Int? {
        for other in others where other != row && other < tableau.rows.count {
            let other = tableau.live(other)
            // A row that was left out is no other row.
            if other == row || tableau.rows[other].died == Int.min || !keys(other).known.contains(key) { continue }
            let (mine, theirs) = (tableau.rows[row], tableau.rows[other])
            if mine.born != nil, theirs.born != nil { continue }
            if let born = mine.born, theirs.seen <= born { continue }
            if let born = theirs.born, mine.seen <= born { continue }
            if let died = theirs.died, mine.born != nil, mine.born ?? 0 > died { continue }
            return other
        }
        return nil
    }

    func unite(_ row: Int, _ other: Int) throws(Conflict) {
        // The row that the recording inserted stays, so that it is not taken for one of the fixture.
        if tableau.rows[row].born != nil, tableau.rows[other].born == nil { return try unite(other, row) }
        let (mine, theirs) = (tableau.rows[row], tableau.rows[other])
        // Seen earlier, written in between: what was read is what the row was then.
        let time = max(mine.seen, (theirs.born ?? -2) + 1)
        for column in mine.cells.indices {
            let cell = tableau.cell(other, column, at: time)
            if theirs.born != nil {
                do { try tableau.unify(cell, mine.cells[column]) } catch { doubted.insert(theirs.born ?? -1) }
            } else {
                try tableau.unify(cell, mine.cells[column])
            }
        }
        tableau.changeRow(other) {
            $0.writes += mine.writes
            $0.isInvented = mine.isInvented && theirs.isInvented
            if !mine.isInvented || !theirs.isInvented { $0.mode = .plain }
            if let died = mine.died { $0.died = min($0.died ?? died, died) }
        }
        tableau.changeRow(row) { $0.into = other }
    }
}
