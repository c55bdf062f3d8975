extension Solver {
    /// Tries, for one failing statement after another, what could mend it, and keeps what the engine says is better.
    func repair(_ standing: inout Standing) throws(FixtureError) {
        try mend(&standing, attempts: Int.max)
        // What is left is in the way of others: mend it at their cost, then mend those.
        var stuck: Set<Int> = []
        while !isOverdue, let index = next(standing, stuck) {
            if try shove(index, &standing) {
                stuck = []
                try mend(&standing, attempts: Int.max)
            } else {
                stuck.insert(index)
            }
        }
    }

    private func mend(_ standing: inout Standing, attempts: Int) throws(FixtureError) {
        var hopeless: Set<Int> = []
        var left = attempts
        while !isOverdue, left > 0 {
            guard let index = next(standing, hopeless), case .different(let mismatch) = standing.verdicts[index] else { return }
            var mended = false
            for move in moves(index, mismatch) {
                left -= 1
                if isOverdue || left <= 0 { break }
                if let next = try attempt(move, index, standing) {
                    standing = next
                    mended = true
                    break
                }
            }
            inverter.options = .init()
            if mended { hopeless = [] } else { hopeless.insert(index) }
        }
    }

    /// Takes a move that mends this statement and harms others, if those can be mended after it.
    private func shove(_ index: Int, _ standing: inout Standing) throws(FixtureError) -> Bool {
        guard case .different(let mismatch) = standing.verdicts[index] else { return false }
        tableau.assumed = standing.assumed
        for move in moves(index, mismatch).prefix(60) {
            if isOverdue { return false }
            let (mark, waiting) = (tableau.mark, merger.waiting)
            tableau.assumed = standing.assumed
            if var next = try perform(move, index), next.verdicts[index] == .same,
                next.failures.count <= standing.failures.count + 3, next.refusedRows.isEmpty
            {
                try mend(&next, attempts: 60)
                if next.isBetter(than: standing) {
                    standing = next
                    return true
                }
            }
            tableau.undo(to: mark)
            merger.waiting = waiting
        }
        inverter.options = .init()
        tableau.assumed = standing.assumed
        return false
    }

    /// What is most specific comes first: rows before groups, groups before totals.
    private func next(_ standing: Standing, _ without: Set<Int>) -> Int? {
        standing.failures.filter { !without.contains($0) }.min { (rank($0), $0) < (rank($1), $1) }
    }

    private func rank(_ index: Int) -> Int {
        guard case .select(let query)? = statements[index].parsed, let select = query.first else { return 0 }
        if !select.isAggregate { return 0 }
        if !select.groups.isEmpty { return 1 }
        return select.condition != nil || select.from.count > 1 ? 2 : 3
    }

    /// Rows that fill counts lean on parents that are there; only where that does not help do they get new ones.
    private func attempt(_ move: RepairMove, _ index: Int, _ standing: Standing) throws(FixtureError) -> Standing? {
        defer { adopts = false }
        switch move {
        case .count, .groups, .add:
            adopts = true
            if let next = try attemptOnce(move, index, standing) { return next }
            adopts = false
        default: break
        }
        return try attemptOnce(move, index, standing)
    }

    /// Where the recording stands after the move; nil where that is no better, and nothing has changed.
    private func attemptOnce(_ move: RepairMove, _ index: Int, _ standing: Standing) throws(FixtureError) -> Standing? {
        let (mark, waiting) = (tableau.mark, merger.waiting)
        if let next = try perform(move, index), next.isBetter(than: standing) { return next }
        tableau.undo(to: mark)
        merger.waiting = waiting
        tableau.assumed = standing.assumed
        return nil
    }

    /// The standing after the move, which stays; nil where it can't be made, and nothing has changed.
    private func perform(_ move: RepairMove, _ index: Int) throws(FixtureError) -> Standing? {
        let (mark, waiting) = (tableau.mark, merger.waiting)
        let first = tableau.rows.count
        inverter.evaluator.time = index
        tableau.statement = index
        inverter.commons = [:]
        inverter.steps = 0
        do {
            try apply(move)
            try merger.merge(from: first)
            // What pointed at a row that is gone is found only by looking at all.
            if case .drop = move { try closeForeignKeys() } else { try closeForeignKeys(tableau.touched(since: mark)) }
        } catch {
            tableau.undo(to: mark)
            merger.waiting = waiting
            return nil
        }
        return try prove()
    }
}
