/// One SELECT, run over the cells of a walk: sources one within the other, then groups, then what is shown.
final class SelectPlan {
    enum Rows {
        case table(PlanTable)
        case derived(QueryPlan?, RowsHolder)
    }

    final class Source {
        let number: Int
        let rows: Rows
        let isLeft: Bool
        /// Its rows depend on those of the sources before it.
        var isLateral = false
        /// Rows are found by this column.
        var probe: (column: PlanColumn, key: PlanNode)?
        var conditions: [PlanNode] = []
        /// What WHERE asks once this source is chosen.
        var filters: [PlanNode] = []

        init(number: Int, rows: Rows, isLeft: Bool) { (self.number, self.rows, self.isLeft) = (number, rows, isLeft) }
    }

    struct Order {
        var node: PlanNode
        /// The item that it is.
        var item: Int?
        var isDescending: Bool
        var nullsFirst: Bool
    }

    var sources: [Source] = []
    /// Conditions that no source is needed for.
    var filters: [PlanNode] = []
    var isGrouped = false
    var groups: [PlanNode] = []
    var totals: [PlanTotal] = []
    var windows: [PlanWindow] = []
    var having: PlanNode?
    var items: [PlanNode] = []
    /// Those items that groups are named by: no totals.
    var names: [Int] = []
    var order: [Order] = []
    var isDistinct = false
    /// Only the first row for each of these is shown, where there are any.
    var distinctOn: [PlanNode] = []
    /// Of each row that was shown last, in order: whether it ties with the one before it.
    @exclusivity(unchecked) private(set) var ties: [Bool] = []
    /// All rows of a group show the same.
    var isFirm = true

    // Nobody else looks at these meanwhile: no access needs to be watched.
    @exclusivity(unchecked) private var keys = RowTable(width: 0)
    @exclusivity(unchecked) private var seen = RowTable(width: 0)
    @exclusivity(unchecked) private var scratch: [Cell] = []
    /// Where each group's first row stands, source by source; of windows each row.
    @exclusivity(unchecked) private var places: [Int32] = []
    @exclusivity(unchecked) private var found = 0
    private var stopsAtFirst = false
    private var collector: KeptPart?
    private var hasMore = false
    @exclusivity(unchecked) private var out = CellRows(width: 0)
    @exclusivity(unchecked) private var sorting: [Cell] = []

    /// All rows, in order.
    func run(_ m: PlanMachine) -> CellRows {
        prepare(m)
        out = CellRows(width: items.count)
        sorting.removeAll(keepingCapacity: true)
        if isDistinct { seen.removeAll() }
        if isOpen(m) { _ = scan(0, m) }
        if isGrouped { finishGroups(m) } else if !windows.isEmpty { finishWindows(m) }
        return order.isEmpty && distinctOn.isEmpty ? out : sorted(m)
    }

    /// Whether the conditions hold that no row is needed for.
    func isOpen(_ m: PlanMachine) -> Bool { filters.allSatisfy { $0.truth(m) == .yes } }

    /// Hands over what passes with that row of the first source.
    func collect(_ slot: Int32, _ m: PlanMachine, _ collector: KeptPart) {
        m.frame[sources[0].number] = slot
        guard passes(sources[0].conditions, m), passes(sources[0].filters, m) else { return }
        self.collector = collector
        _ = scan(1, m)
        self.collector = nil
    }

    /// Whether any row passes; for what is not grouped.
    func isAny(_ m: PlanMachine) -> Bool {
        prepare(m)
        stopsAtFirst = true
        defer { stopsAtFirst = false }
        guard filters.allSatisfy({ $0.truth(m) == .yes }) else { return false }
        return scan(0, m)
    }

    func prepare(_ m: PlanMachine) {
        for source in sources {
            if case .derived(let query?, let holder) = source.rows, !source.isLateral { holder.rows = query.rows(m) }
        }
        found = 0
        places.removeAll(keepingCapacity: true)
        if scratch.isEmpty {
            scratch = [Cell](repeating: .null, count: max(groups.count, items.count, 1))
            keys = RowTable(width: groups.count)
            seen = RowTable(width: items.count)
        }
        if isGrouped {
            keys.removeAll()
            for total in totals { total.reset() }
            if groups.isEmpty {
                for source in sources { m.frame[source.number] = -1 }
                beginGroup(m)
            }
        }
    }

    private func beginGroup(_ m: PlanMachine) {
        for source in sources { places.append(m.frame[source.number]) }
        for total in totals { total.begin() }
        found += 1
    }

    /// True where no more is looked for.
    private func scan(_ depth: Int, _ m: PlanMachine) -> Bool {
        if depth == sources.count { return take(m) }
        let source = sources[depth]
        let number = source.number
        var matched = false
        m.steps += 1
        if m.steps > PlanMachine.mostSteps { return true }
        switch source.rows {
        case .table(let table):
            if let probe = source.probe {
                let key = probe.key.value(m)
                if !key.isNull {
                    var slot = probe.column.first(key)
                    while slot >= 0 {
                        if probe.column.cells[Int(slot)].equals(key) {
                            m.frame[number] = slot
                            if passes(source.conditions, m) {
                                matched = true
                                if passes(source.filters, m), scan(depth + 1, m) { return true }
                            }
                        }
                        slot = probe.column.next(slot)
                    }
                }
            } else {
                for slot in table.live {
                    m.frame[number] = slot
                    guard passes(source.conditions, m) else { continue }
                    matched = true
                    if passes(source.filters, m), scan(depth + 1, m) { return true }
                }
                m.steps += table.live.count
            }
        case .derived(let query, let holder):
            if source.isLateral, let query { holder.rows = query.rows(m) }
            holder.isLive = true
            defer { holder.isLive = false }
            for place in 0..<holder.rows.count {
                m.frame[number] = Int32(place)
                guard passes(source.conditions, m) else { continue }
                matched = true
                if passes(source.filters, m), scan(depth + 1, m) { return true }
            }
            m.steps += holder.rows.count
        }
        if !matched, source.isLeft {
            m.frame[number] = -1
            if passes(source.filters, m), scan(depth + 1, m) { return true }
        }
        return false
    }

    private func passes(_ nodes: [PlanNode], _ m: PlanMachine) -> Bool {
        for node in nodes where node.truth(m) != .yes { return false }
        return true
    }

    private func take(_ m: PlanMachine) -> Bool {
        if stopsAtFirst { return true }
        if let collector {
            collector.take(m)
            return false
        }
        if isGrouped {
            var group = 0
            if !groups.isEmpty {
                for (place, node) in groups.enumerated() { scratch[place] = node.value(m) }
                let (place, isNew) = scratch.withUnsafeBufferPointer { keys.place($0.baseAddress!) }
                group = place
                if isNew { beginGroup(m) }
            } else if places.first == -1 {
                for (place, source) in sources.enumerated() { places[place] = m.frame[source.number] }
            }
            for total in totals where total.add(group, m) {
                // A column beside a MIN or MAX comes from the row that has it.
                if totals.count == 1 {
                    for (place, source) in sources.enumerated() {
                        places[group * sources.count + place] = m.frame[source.number]
                    }
                }
            }
        } else if windows.isEmpty {
            emit(m)
        } else {
            for source in sources { places.append(m.frame[source.number]) }
            found += 1
        }
        return false
    }

    private func emit(_ m: PlanMachine) {
        for (place, node) in items.enumerated() { scratch[place] = node.value(m) }
        if isDistinct {
            let (_, isNew) = scratch.withUnsafeBufferPointer { seen.place($0.baseAddress!) }
            if !isNew { return }
        }
        out.append(scratch[0..<items.count])
        for key in order { sorting.append(key.node.value(m)) }
        for node in distinctOn { sorting.append(node.value(m)) }
    }

    func stand(_ place: Int, _ m: PlanMachine) {
        for (offset, source) in sources.enumerated() { m.frame[source.number] = places[place * sources.count + offset] }
    }

    private func finishGroups(_ m: PlanMachine) {
        for group in 0..<found {
            stand(group, m)
            for total in totals { m.totals[total.number] = total.result(group) }
            if let having, having.truth(m) != .yes { continue }
            emit(m)
        }
    }

    private func finishWindows(_ m: PlanMachine) {
        for window in windows { window.compute(found, self, m) }
        for place in 0..<found {
            stand(place, m)
            for window in windows { m.totals[window.number] = window.results[place] }
            emit(m)
        }
    }

    private func sorted(_ m: PlanMachine) -> CellRows {
        let order = self.order
        let width = order.count + distinctOn.count
        let places = sorting.withUnsafeBufferPointer { keys in
            (0..<out.count).sorted { left, right in
                for (column, key) in order.enumerated() {
                    let sign = key.compare(keys[left * width + column], keys[right * width + column], m.pool)
                    if sign != 0 { return sign < 0 }
                }
                return left < right
            }
        }
        let rows = CellRows(width: out.width)
        rows.cells.reserveCapacity(out.cells.count)
        var firsts: Set<[Cell]> = []
        var last = -1
        ties.removeAll(keepingCapacity: true)
        for place in places {
            if !distinctOn.isEmpty {
                let key = sorting[place * width + order.count..<(place + 1) * width].map(\.normal)
                if !firsts.insert(key).inserted { continue }
            }
            rows.append(out.row(place))
            ties.append(
                last >= 0
                    && order.indices.allSatisfy { column in
                        let (a, b) = (sorting[last * width + column], sorting[place * width + column])
                        return order[column].compare(a, b, m.pool) == 0
                    })
            last = place
        }
        return rows
    }
}

extension SelectPlan {
    /// Which way a key sorts.
    struct Direction {
        var isDescending: Bool
        var nullsFirst: Bool

        init(_ order: Order) { (isDescending, nullsFirst) = (order.isDescending, order.nullsFirst) }

        func compare(_ left: Cell, _ right: Cell, _ pool: TextPool) -> Int {
            if left.isNull || right.isNull {
                return left.isNull == right.isNull ? 0 : left.isNull == nullsFirst ? -1 : 1
            }
            let sign = pool.order(left, right)
            return isDescending ? -sign : sign
        }
    }
}

extension SelectPlan.Order {
    func compare(_ left: Cell, _ right: Cell, _ pool: TextPool) -> Int {
        SelectPlan.Direction(self).compare(left, right, pool)
    }
}
