/// A column of a table: a cell for every slot, and where its values are found.
final class PlanColumn {
    let number: Int
    /// Safety: as many cells as `capacity` says, all initialised; freed with the column.
    @exclusivity(unchecked) private(set) var cells: UnsafeMutablePointer<Cell>
    private var capacity = 64
    /// Slots of like values in chains, in the order of the table; none before the first question.
    @exclusivity(unchecked) private var heads: [Int32] = []
    @exclusivity(unchecked) private var nexts: [Int32] = []
    @exclusivity(unchecked) private var isIndexed = false
    unowned let table: PlanTable
    /// Of an enum, in its order.
    let labels: [String]?

    init(_ table: PlanTable, _ number: Int, _ kind: ColumnKind) {
        (self.table, self.number) = (table, number)
        labels = if case .label(let labels) = kind { labels } else { nil }
        cells = .allocate(capacity: capacity)
        cells.initialize(repeating: .null, count: capacity)
    }

    deinit { cells.deallocate() }

    func reserve(_ count: Int) {
        guard count > capacity else { return }
        let more = max(count, capacity * 2)
        let next = UnsafeMutablePointer<Cell>.allocate(capacity: more)
        next.initialize(repeating: .null, count: more)
        next.update(from: cells, count: capacity)
        cells.deallocate()
        (cells, capacity) = (next, more)
        if isIndexed { nexts += Array(repeating: -1, count: more - nexts.count) }
    }

    /// The first slot that may hold the value; `next` gives the others, in the order of the table.
    func first(_ value: Cell) -> Int32 {
        if !isIndexed { index() }
        return heads[bucket(value)]
    }

    func next(_ slot: Int32) -> Int32 { nexts[Int(slot)] }

    /// The cell of a row that is there.
    func change(_ slot: Int, _ cell: Cell) {
        unlink(slot)
        cells[slot] = cell
        link(slot)
    }

    /// The cell of a row that comes.
    func set(_ slot: Int, _ cell: Cell) { cells[slot] = cell }

    /// What is known of where values are is forgotten.
    func forget() { isIndexed = false }

    /// A row has come.
    func link(_ slot: Int) {
        guard isIndexed, !cells[slot].isNull else { return }
        if table.live.count * 2 > heads.count {
            isIndexed = false
            return
        }
        let bucket = bucket(cells[slot])
        let (at, order) = (Int32(slot), table.order(slot))
        var before: Int32 = -1
        var after = heads[bucket]
        while after >= 0, table.order(Int(after)) < order { (before, after) = (after, nexts[Int(after)]) }
        nexts[slot] = after
        if before < 0 { heads[bucket] = at } else { nexts[Int(before)] = at }
    }

    /// A row goes.
    func unlink(_ slot: Int) {
        guard isIndexed, !cells[slot].isNull else { return }
        let bucket = bucket(cells[slot])
        let at = Int32(slot)
        if heads[bucket] == at {
            heads[bucket] = nexts[slot]
            return
        }
        var before = heads[bucket]
        while before >= 0, nexts[Int(before)] != at { before = nexts[Int(before)] }
        if before >= 0 { nexts[Int(before)] = nexts[slot] }
    }

    private func bucket(_ value: Cell) -> Int { Int(truncatingIfNeeded: value.normal.mixed) & (heads.count - 1) }

    private func index() {
        isIndexed = true
        var size = 64
        while size < table.live.count * 4 { size *= 2 }
        heads = Array(repeating: -1, count: size)
        if nexts.count < capacity { nexts = Array(repeating: -1, count: capacity) }
        for slot in table.live.reversed() {
            let cell = cells[Int(slot)]
            if cell.isNull { continue }
            let bucket = bucket(cell)
            nexts[Int(slot)] = heads[bucket]
            heads[bucket] = slot
        }
    }
}

final class PlanTable {
    let number: Int
    private(set) var columns: [PlanColumn] = []
    /// The slots that hold a row, in the order of the engine's row numbers.
    @exclusivity(unchecked) private(set) var live: [Int32] = []
    @exclusivity(unchecked) private var isLive: [Bool] = []
    /// The column that numbers the rows.
    private var counter: PlanColumn?

    init(_ number: Int, _ definition: SchemaTable) {
        self.number = number
        columns = definition.columns.enumerated().map { PlanColumn(self, $0.offset, $0.element.kind) }
        counter = definition.counter.map { columns[$0] }
    }

    /// Rows stand in the order of these.
    func order(_ slot: Int) -> Int64 { counter?.cells[slot].bits ?? Int64(slot) }

    func holds(_ slot: Int32) -> Bool { Int(slot) < isLive.count && isLive[Int(slot)] }

    /// A row comes, to the place that it had, or that its number gives it.
    func come(_ slot: Int32, at place: Int? = nil) {
        if Int(slot) >= isLive.count {
            isLive += Array(repeating: false, count: max(64, Int(slot) + 1 - isLive.count))
        }
        isLive[Int(slot)] = true
        var at = place ?? live.count
        if place == nil, counter != nil {
            while at > 0, order(Int(live[at - 1])) > order(Int(slot)) { at -= 1 }
        }
        live.insert(slot, at: at)
        for column in columns { column.link(Int(slot)) }
    }

    /// A row goes; the place that it had.
    func go(_ slot: Int32) -> Int? {
        guard holds(slot), let place = live.lastIndex(of: slot) else { return nil }
        for column in columns { column.unlink(Int(slot)) }
        isLive[Int(slot)] = false
        live.remove(at: place)
        return place
    }

    func removeAll() {
        (live, isLive) = ([], [])
        for column in columns { column.forget() }
    }
}
