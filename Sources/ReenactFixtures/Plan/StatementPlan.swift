/// A statement as a plan, with what it should give.
final class StatementPlan {
    private let query: QueryPlan
    private let machine: PlanMachine
    private let isOrdered: Bool
    private let isStandIn: Bool
    private let width: Int
    private let wanted: CellRows
    private var known: RowTable
    /// How often each different row is wanted.
    private var counts: [Int32] = []
    private var left: [Int32] = []
    private var extra: [Int] = []
    private var last = CellRows(width: 0)
    private let tables: PlanTables
    private var kept: KeptStatement?
    private let heap: HeapCost
    /// Of the state without what is on trial.
    private var costBefore = 0
    private var costNow = 0
    private var sight = KeptStatement.Sight.same

    /// Nil where the statement, or what it should give, is beyond plans.
    init?(_ statement: ReadyStatement, _ tables: PlanTables, _ machine: PlanMachine, isStandIn: Bool) {
        let compiler = PlanCompiler(tables, machine, isStandIn ? .postgres : .sqlite)
        guard case .select(let parsed)? = statement.parsed, let rows = statement.recorded.rows,
            let (query, names) = try? compiler.query(parsed),
            rows.allSatisfy({ $0.count == names.count }), query.strung.count == compiler.links.strung
        else { return nil }
        let strung = query.strung
        (self.query, self.machine, self.isStandIn, self.tables) = (query, machine, isStandIn, tables)
        isOrdered = Comparison.isOrdered(statement)
        heap = HeapCost(parsed)
        width = names.count
        wanted = CellRows(width: width)
        known = RowTable(width: width)
        for row in rows {
            for (item, value) in row.enumerated() {
                var value = value
                if let separator = strung[item], case .text(let text) = value {
                    value = .text(StrungValues.plain(text, separator))
                }
                guard let cell = machine.pool.cell(value) else { return nil }
                wanted.cells.append(Self.shown(cell, isStandIn))
            }
            wanted.count += 1
        }
        var ids: [Int32] = []
        wanted.cells.withUnsafeBufferPointer { cells in
            for place in 0..<wanted.count {
                guard let base = cells.baseAddress else { break }
                let (row, isNew) = known.place(base + place * width)
                if isNew { counts.append(0) }
                counts[row] += 1
                ids.append(Int32(row))
            }
        }
        kept = KeptStatement(
            query, compiler.links, machine, known: known, counts: counts, ids: ids, isOrdered: isOrdered,
            isStandIn: isStandIn, heap: heap)
    }

    /// What is on trial needs no whole run.
    var isFollowing: Bool { sight != .whole && kept?.isBuilt == true }

    /// From now on changes are followed, from the state as it is.
    func renew() {
        guard let kept else { return }
        kept.build()
        sight = .same
        costBefore = kept.isFollowed ? kept.cost() : wholeCost()
    }

    /// What was on trial stays. The tables know it already.
    func keep() {
        switch sight {
        case .same: return
        case .moved:
            kept?.commit()
            costBefore = costNow
            if kept?.isLarge == true { renew() }
        case .whole: renew()
        }
        sight = .same
    }

    /// What was on trial is undone. The tables are as before.
    func drop() {
        if sight == .moved {
            kept?.undo()
            if kept?.isLarge == true { renew() }
        }
        sight = .same
    }

    /// What is compared: fractions without their last bits, which depend on the order of additions.
    static func shown(_ cell: Cell, _ isStandIn: Bool) -> Cell {
        guard cell.tag == .real else { return cell }
        if isStandIn {
            let whole = cell.normal
            if whole.tag == .int { return whole }
        }
        if cell.fraction == 0 { return .real(0) }
        let rounded = Cell(tag: .real, bits: (cell.bits &+ 0x800) & ~0xFFF)
        return isStandIn ? rounded.normal : rounded
    }

    /// How far off the tables are: 0 where the statement gives what was recorded, else as `StateWalk` counts it.
    func cost() -> Int {
        guard let kept, kept.isBuilt else { return wholeCost() }
        sight = kept.see(tables.changes)
        switch sight {
        case .same: costNow = costBefore
        case .moved: costNow = kept.cost()
        case .whole: costNow = wholeCost()
        }
        return costNow
    }

    /// What rows cost that are too few and too many. A row with none in its place costs as much as one with another that is not
    /// alike at all: else a group that is there and counts wrong would be farther off than none, and no step would lead to it.
    static func cost(_ missing: Int, _ extra: Int) -> Int { 500 + 1000 * max(2 * missing, missing + extra) }

    private func wholeCost() -> Int {
        run()
        let missing = left.reduce(0) { $0 + Int($1) }
        if missing == 0, extra.isEmpty {
            guard isOrdered, last.cells != wanted.cells, !isTied else { return 0 }
            var right = 0
            for place in 0..<wanted.count where last.row(place) == wanted.row(place) { right += 1 }
            return 500 + 1000 - 800 * right / max(1, wanted.count)
        }
        return Self.cost(missing, extra.count) - (missing * extra.count <= 900 ? likeness() : 0)
    }

    /// Only rows are changed about that the order does not tell apart, and the engine is free to give as it likes.
    private var isTied: Bool {
        guard isStandIn, case .select(let select) = query.body, query.limit == nil, query.offset == nil else {
            return false
        }
        func rows(_ rows: CellRows) -> [[Cell]] { (0..<rows.count).map { Array(rows.row($0)) } }
        return TiedRows.agree(rows(last), rows(wanted), select.ties)
    }

    /// The rows that are too few and too many; empty where only the order is off.
    func mismatch() -> Comparison.Mismatch {
        if let kept, kept.isBuilt, kept.isFollowed { return kept.mismatch() }
        run()
        var mismatch = Comparison.Mismatch()
        for (place, count) in left.enumerated() where count > 0 {
            let row = known.cells[place * width..<(place + 1) * width].map(machine.pool.value)
            mismatch.missing += Array(repeating: row, count: Int(count))
        }
        mismatch.extra = extra.map { last.row($0).map(machine.pool.value) }
        mismatch.isOrderOnly = mismatch.missing.isEmpty && mismatch.extra.isEmpty
        return mismatch
    }

    /// Rows that make up such an answer, by their tables: some of them, or all; none where that is not known.
    func behind(_ answer: [SQLValue], _ dice: inout Dice, all: Bool = false) -> [(table: Int, slot: Int)] {
        guard let kept, kept.isBuilt, kept.isFollowed, !answer.isEmpty else { return [] }
        return kept.behind(answer, &dice, all: all)
    }

    private func run() {
        machine.epoch = machine.newEpoch()
        machine.steps = 0
        let rows = query.rows(machine)
        last = CellRows(width: width)
        last.cells = rows.cells
        last.count = rows.count
        left = counts
        extra.removeAll(keepingCapacity: true)
        last.cells.withUnsafeMutableBufferPointer { cells in
            guard let base = cells.baseAddress else { return }
            for place in cells.indices { cells[place] = Self.shown(cells[place], isStandIn) }
            for place in 0..<last.count {
                if let row = known.find(base + place * width), left[row] > 0 {
                    left[row] -= 1
                } else {
                    extra.append(place)
                }
            }
        }
    }

    /// How much of the missing rows is in those that came instead, in thousandths of a row.
    private func likeness() -> Int {
        if extra.isEmpty { return 0 }
        var sum = 0
        var taken = extra
        for (place, count) in left.enumerated() where count > 0 {
            for _ in 0..<count {
                var (best, score) = (-1, 0)
                for (candidate, row) in taken.enumerated() {
                    var own = 0
                    for column in 0..<width {
                        own += Self.likeness(known.cells[place * width + column], last.cells[row * width + column])
                    }
                    if own > score { (best, score) = (candidate, own) }
                }
                guard best >= 0 else { continue }
                sum += score / max(1, width)
                taken.remove(at: best)
            }
        }
        for row in taken { sum -= heap.cost { last.cells[row * width + $0] } }
        return sum
    }

    static func likeness(_ left: Cell, _ right: Cell) -> Int {
        if left == right { return 1000 }
        guard left.isNumber, right.isNumber else { return 0 }
        let (a, b) = (left.double, right.double)
        let size = max(abs(a), abs(b))
        let near = size == 0 ? 900 : Int(900 * max(0, 1 - abs(a - b) / size))
        if left.tag != .int || right.tag != .int { return near }
        // Of a count that is far off each row counts for something.
        return max(near, 450 - 2 * Int(min(225, abs(a - b))))
    }
}
