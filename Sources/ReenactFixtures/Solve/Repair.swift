extension Solver {
    /// Tries, for one failing statement after another, what could mend it, and keeps what the engine says is better.
    ///
    /// - Parameter isBrief: what mends one at the cost of others is tried only where it is quickly made good.
    func repair(_ standing: inout Standing, isBrief: Bool = false) throws(FixtureError) {
        if statements.count > 1 {
            try mend(&standing, attempts: Int.max, isShallow: true)
            try shove(&standing, moves: 12)
        }
        try mend(&standing, attempts: Int.max)
        if isBrief { return }
        // What is left is in the way of others: mend it at their cost, then mend those.
        try shove(&standing, moves: 60)
    }

    private func shove(_ standing: inout Standing, moves: Int) throws(FixtureError) {
        var stuck: Set<Int> = []
        while !isOverdue, let index = next(standing, stuck) {
            if try shove(index, &standing, moves) {
                stuck = []
                try mend(&standing, attempts: Int.max, isShallow: true)
            } else {
                stuck.insert(index)
            }
        }
    }

    /// A few moves for each statement first, all of them only where those do not help. A statement that nothing mended waits
    /// until it fails in another way, or nothing else is left.
    ///
    /// - Parameters:
    ///   - only: the statements that are looked at; nil is all.
    ///   - isShallow: no more than the first moves of each.
    private func mend(
        _ standing: inout Standing, attempts: Int, only: Set<Int>? = nil, isShallow: Bool = false
    ) throws(FixtureError) {
        let others = only.map { Set(statements.indices).subtracting($0) } ?? []
        var hopeless: [Int: Comparison.Verdict] = [:]
        var left = attempts
        var isDeep = false
        var mended = false
        var turns = Turns()
        while !isOverdue, left > 0 {
            let waiting = Set(hopeless.filter { standing.verdicts[$0.key] == $0.value }.keys)
            guard let index = next(standing, waiting.union(turns.tired).union(others)),
                case .different(let mismatch) = standing.verdicts[index]
            else {
                guard !standing.failures.isEmpty else { return }
                if turns.begin() { continue }
                guard !isShallow, !isDeep || mended else { return }
                (isDeep, mended, hopeless) = (!isDeep, false, [:])
                continue
            }
            var helped = false
            var isWhole = true
            let all = turned(moves(index, mismatch), index)
            let (first, begun) = (turns.first(index, standing.verdicts[index]), spent)
            for (place, move) in all.enumerated().prefix(isDeep ? Int.max : 24) where place >= first {
                left -= 1
                if isOverdue || left <= 0 { break }
                let follows = only == nil && place < 4
                if let next = try attempt(move, index, standing, follows: follows) {
                    standing = next
                    helped = true
                    break
                }
                if turns.isTired(index, spent - begun) {
                    turns.stop(index, place + 1, standing.verdicts[index])
                    isWhole = false
                    break
                }
            }
            turns.spend(index, spent - begun)
            inverter.options = .init()
            if helped { mended = true } else if isWhole { hopeless[index] = standing.verdicts[index] }
        }
    }

    /// Takes a move that mends this statement and harms others, if those can be mended after it.
    private func shove(_ index: Int, _ standing: inout Standing, _ count: Int) throws(FixtureError) -> Bool {
        guard case .different(let mismatch) = standing.verdicts[index] else { return false }
        tableau.assumed = standing.assumed
        let failing = Set(standing.failures)
        for move in moves(index, mismatch).prefix(count) {
            if isOverdue { return false }
            let (mark, waiting) = (tableau.mark, merger.waiting)
            tableau.assumed = standing.assumed
            if var next = try perform(move, index), next.verdicts[index] == .same,
                next.failures.count <= standing.failures.count + 3, next.refusedRows.isEmpty
            {
                try mend(&next, attempts: 60, only: Set(next.failures).subtracting(failing), isShallow: true)
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

    /// A later solver tries other moves first for what was left over.
    private func turned(_ moves: [RepairMove], _ index: Int) -> [RepairMove] {
        guard variation > 0, moves.count > 2, weights[index] ?? 0 > 0 else { return moves }
        let turn = variation * 3 % moves.count
        return Array(moves[turn...] + moves[..<turn])
    }

    /// What is most specific comes first: rows before groups, groups before totals.
    private func next(_ standing: Standing, _ without: Set<Int>) -> Int? {
        // Every other solver begins at the end.
        let turn = (lane?.number ?? 0) % 2 == 0 ? 1 : -1
        return standing.failures.filter { !without.contains($0) }.min {
            (-(weights[$0] ?? 0), rank($0), turn * $0) < (-(weights[$1] ?? 0), rank($1), turn * $1)
        }
    }

    private func rank(_ index: Int) -> Int {
        guard case .select(let query)? = statements[index].parsed, let select = query.first else { return 0 }
        return query.limit == nil && namesAll(select) ? -1 : rank(select)
    }

    private func rank(_ select: SQLSelect) -> Int {
        if !select.isAggregate { return 0 }
        // What is counted of a query is as special as that.
        if select.from.count == 1, case .query(let inner) = select.from[0].what, let inner = inner.first {
            return inner.condition != nil || inner.from.count > 1 ? 3 : 4
        }
        // Different values are more easily made while rows are open than found among those that are settled.
        let isDistinct = select.items.contains {
            if case .call(let call) = $0.expression { call.name == "COUNT" && call.isDistinct } else { false }
        }
        if isDistinct { return 1 }
        if !select.groups.isEmpty { return 2 }
        return select.condition != nil || select.from.count > 1 ? 3 : 4
    }

    /// It gives the keys of all rows that a table has: others make do with those.
    private func namesAll(_ select: SQLSelect) -> Bool {
        guard !select.groups.isEmpty, select.condition == nil, select.having == nil, let first = select.from.first,
            select.from.dropFirst().allSatisfy({ $0.join == .left }), case .table(let name) = first.what,
            let table = schema.place(name), schema.tables[table].primary.count == 1
        else { return false }
        return select.groups.contains {
            inverter.column($0, select) == Place(table: table, column: schema.tables[table].primary[0])
        }
    }

    /// Rows that fill counts lean on parents that are there; only where that does not help do they get new ones.
    ///
    /// - Parameter follows: what the move breaks is mended before it is judged.
    private func attempt(
        _ move: RepairMove, _ index: Int, _ standing: Standing, follows: Bool
    ) throws(FixtureError) -> Standing? {
        defer { adopts = false }
        switch move {
        case .count, .groups, .add, .dilute:
            (adopts, adopted) = (true, false)
            let (next, leaned) = try attemptOnce(move, index, standing, follows)
            if let next { return next }
            adopts = false
            if !leaned { return nil }
        default: break
        }
        return try attemptOnce(move, index, standing, follows).standing
    }

    /// Where the recording stands after the move; nil where that is no better, and nothing has changed. Also whether a reference
    /// went to a row that was there.
    private func attemptOnce(
        _ move: RepairMove, _ index: Int, _ standing: Standing, _ follows: Bool
    ) throws(FixtureError) -> (standing: Standing?, leaned: Bool) {
        let (mark, waiting) = (tableau.mark, merger.waiting)
        let next = try perform(move, index)
        let leaned = adopted
        if var next {
            if next.isBetter(than: standing) { return (next, leaned) }
            if follows, try followUp(&next, index, standing) { return (next, leaned) }
        }
        tableau.undo(to: mark)
        merger.waiting = waiting
        tableau.assumed = standing.assumed
        return (nil, leaned)
    }

    /// True where what a move broke, which did what it was for, could be mended.
    private func followUp(_ next: inout Standing, _ index: Int, _ before: Standing) throws(FixtureError) -> Bool {
        let broken = Set(next.failures).subtracting(before.failures)
        guard next.verdicts[index] == .same, next.refusedRows.isEmpty, !broken.isEmpty, broken.count <= 3 else {
            return false
        }
        try mend(&next, attempts: 20 * broken.count, only: broken, isShallow: true)
        return next.isBetter(than: before)
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
            // Which rows are one is a move of its own.
            switch move {
            case .add, .count, .groups, .refute, .scatter: tableau.apart = first
            default: break
            }
            defer { tableau.apart = 0 }
            try apply(move)
            tableau.apart = 0
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
