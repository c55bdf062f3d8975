/// A select's rows, kept up to date: of a change only those rows of its first source are run again that it touches.
final class KeptPart {
    let select: SelectPlan
    let number: Int
    let root: PlanTable
    private let rootSource: Int
    private let needsOrder: Bool
    private let machine: PlanMachine
    let width: Int
    let depth: Int

    // Combinations of rows that pass, in chains by the row of the first source and by group.
    @exclusivity(unchecked) private(set) var cells: [Cell] = []
    @exclusivity(unchecked) private(set) var frames: [Int32] = []
    @exclusivity(unchecked) private(set) var ids: [Int32] = []
    @exclusivity(unchecked) private(set) var nexts: [Int32] = []
    @exclusivity(unchecked) private(set) var nextOfGroup: [Int32] = []
    @exclusivity(unchecked) private var lastOfGroup: [Int32] = []
    @exclusivity(unchecked) private var free: [Int32] = []
    @exclusivity(unchecked) private(set) var heads: [Int32] = []

    @exclusivity(unchecked) private var keys: RowTable
    @exclusivity(unchecked) private(set) var groups: [Group] = []
    @exclusivity(unchecked) private var touched: [Int32] = []
    /// A group that shows a row, by that row.
    @exclusivity(unchecked) private var showing: [Int32] = []

    struct Group {
        var first: Int32 = -1
        var count = 0
        /// The row that is shown of it; -1: none.
        var shown: Int32 = -1
        var order: [Cell] = []
        var isTouched = false
        /// What it would show, where it is named as one that is wanted and is kept back; -1: nothing of the kind.
        var near: Int32 = -1
    }

    // What is undone.
    private var oldHeads: [(root: Int32, head: Int32)] = []
    private var oldGroups: [(group: Int32, shown: Int32, near: Int32, order: [Cell])] = []
    /// The names of groups that are wanted, and those groups that are kept back all the same.
    private let wantedNames: Set<[Cell]>
    private(set) var near = NearGroups()

    @exclusivity(unchecked) private var scratch: [Cell]
    @exclusivity(unchecked) private var made: Int32 = -1
    private(set) var isOverrun = false

    init(
        _ select: SelectPlan, _ number: Int, _ root: PlanTable, _ machine: PlanMachine, needsOrder: Bool,
        wanted: RowTable
    ) {
        (self.select, self.number, self.root, self.machine) = (select, number, root, machine)
        self.needsOrder = needsOrder
        rootSource = select.sources[0].number
        depth = select.sources.count
        width = select.isGrouped ? select.totals.count : needsOrder ? select.order.count : 0
        keys = RowTable(width: select.groups.count)
        wantedNames = NearGroups.names(select, wanted)
        scratch = Array(
            repeating: .null, count: max(1, select.groups.count, select.items.count, select.totals.count))
    }

    // MARK: from the beginning

    func build(_ rows: inout KeptRows, _ shown: (Cell) -> Cell) {
        cells.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
        nexts.removeAll(keepingCapacity: true)
        nextOfGroup.removeAll(keepingCapacity: true)
        lastOfGroup.removeAll(keepingCapacity: true)
        free.removeAll(keepingCapacity: true)
        heads = []
        keys.removeAll()
        groups.removeAll(keepingCapacity: true)
        near = NearGroups()
        isOverrun = false
        if select.isGrouped, select.groups.isEmpty {
            groups.append(Group())
            touch(0)
        }
        select.prepare(machine)
        if select.isOpen(machine) { for slot in root.live { run(slot, &rows, shown) } }
        regroup(&rows, shown)
        commit()
    }

    // MARK: changes

    /// Runs those rows of the first source again.
    func follow(_ roots: [Int32], _ rows: inout KeptRows, _ shown: (Cell) -> Cell) {
        select.prepare(machine)
        let isOpen = select.isOpen(machine)
        for slot in roots {
            reach(slot)
            oldHeads.append((slot, heads[Int(slot)]))
            take(away: heads[Int(slot)], &rows)
            heads[Int(slot)] = -1
            if isOpen, root.holds(slot) { run(slot, &rows, shown) }
        }
        regroup(&rows, shown)
    }

    func commit() {
        for (_, head) in oldHeads { release(head) }
        oldHeads.removeAll(keepingCapacity: true)
        oldGroups.removeAll(keepingCapacity: true)
    }

    func undo(_ rows: inout KeptRows) {
        for (slot, head) in oldHeads.reversed() {
            let now = heads[Int(slot)]
            take(away: now, &rows)
            release(now)
            heads[Int(slot)] = head
            var at = head
            while at >= 0 {
                join(at, &rows)
                at = nexts[Int(at)]
            }
        }
        for place in touched { groups[Int(place)].isTouched = false }
        touched.removeAll(keepingCapacity: true)
        for (group, before, nearBefore, order) in oldGroups.reversed() {
            keep(nearBefore, back: Int(group))
            let now = groups[Int(group)].shown
            if now != before {
                if now >= 0 { rows.add(now, number, -1) }
                if before >= 0 {
                    rows.add(before, number, 1)
                    note(Int(group), before)
                }
            }
            groups[Int(group)].shown = before
            groups[Int(group)].order = order
        }
        oldHeads.removeAll(keepingCapacity: true)
        oldGroups.removeAll(keepingCapacity: true)
    }

    /// So much is kept that it is better made anew.
    var isLarge: Bool { groups.count > 20_000 || ids.count > 200_000 }

    private func reach(_ slot: Int32) {
        if Int(slot) >= heads.count {
            heads += Array(repeating: -1, count: max(64, Int(slot) + 64 - heads.count))
        }
    }

    private func run(_ slot: Int32, _ rows: inout KeptRows, _ shown: (Cell) -> Cell) {
        reach(slot)
        machine.steps = 0
        made = -1
        select.collect(slot, machine, self)
        if machine.steps > PlanMachine.mostSteps { isOverrun = true }
        heads[Int(slot)] = made
        var at = made
        while at >= 0 {
            if !select.isGrouped { ids[Int(at)] = row(at, &rows, shown) }
            join(at, &rows)
            at = nexts[Int(at)]
        }
    }

    /// A combination of rows passed: what is needed of it is put down.
    func take(_ m: PlanMachine) {
        let at: Int32
        if let last = free.popLast() {
            at = last
        } else {
            at = Int32(ids.count)
            ids.append(-1)
            nexts.append(-1)
            nextOfGroup.append(-1)
            lastOfGroup.append(-1)
            for _ in 0..<width { cells.append(.null) }
            for _ in 0..<depth { frames.append(-1) }
        }
        for (place, source) in select.sources.enumerated() { frames[Int(at) * depth + place] = m.frame[source.number] }
        if select.isGrouped {
            for (place, node) in select.groups.enumerated() { scratch[place] = node.value(m) }
            let (group, isNew) = scratch.withUnsafeBufferPointer { keys.place($0.baseAddress!) }
            if isNew, group >= groups.count { groups.append(Group()) }
            ids[Int(at)] = Int32(group)
            for (place, total) in select.totals.enumerated() { cells[Int(at) * width + place] = total.taken(m) }
        } else if needsOrder {
            for (place, key) in select.order.enumerated() { cells[Int(at) * width + place] = key.node.value(m) }
        }
        nexts[Int(at)] = made
        made = at
    }

    private func stand(_ at: Int32) {
        for (place, source) in select.sources.enumerated() {
            machine.frame[source.number] = frames[Int(at) * depth + place]
        }
    }

    private func row(_ at: Int32, _ rows: inout KeptRows, _ shown: (Cell) -> Cell) -> Int32 {
        stand(at)
        return item(&rows, shown)
    }

    private func item(_ rows: inout KeptRows, _ shown: (Cell) -> Cell) -> Int32 {
        for (place, node) in select.items.enumerated() { scratch[place] = shown(node.value(machine)) }
        return scratch.withUnsafeBufferPointer { rows.id($0.baseAddress!) }
    }

    private func join(_ at: Int32, _ rows: inout KeptRows) {
        if !select.isGrouped {
            rows.add(ids[Int(at)], number, 1)
            return
        }
        let group = Int(ids[Int(at)])
        let first = groups[group].first
        nextOfGroup[Int(at)] = first
        lastOfGroup[Int(at)] = -1
        if first >= 0 { lastOfGroup[Int(first)] = at }
        groups[group].first = at
        groups[group].count += 1
        touch(group)
    }

    private func take(away head: Int32, _ rows: inout KeptRows) {
        var at = head
        while at >= 0 {
            if select.isGrouped {
                let group = Int(ids[Int(at)])
                let (last, next) = (lastOfGroup[Int(at)], nextOfGroup[Int(at)])
                if last >= 0 { nextOfGroup[Int(last)] = next } else { groups[group].first = next }
                if next >= 0 { lastOfGroup[Int(next)] = last }
                groups[group].count -= 1
                touch(group)
            } else {
                rows.add(ids[Int(at)], number, -1)
            }
            at = nexts[Int(at)]
        }
    }

    private func release(_ head: Int32) {
        var at = head
        while at >= 0 {
            free.append(at)
            at = nexts[Int(at)]
        }
    }

    // MARK: groups

    private func touch(_ group: Int) {
        if groups[group].isTouched { return }
        groups[group].isTouched = true
        touched.append(Int32(group))
    }

    private func regroup(_ rows: inout KeptRows, _ shown: (Cell) -> Cell) {
        for place in touched {
            let group = Int(place)
            groups[group].isTouched = false
            let before = groups[group].shown
            oldGroups.append((place, before, groups[group].near, groups[group].order))
            let (now, near) = result(group, &rows, shown)
            keep(near, back: group)
            if now == before { continue }
            groups[group].shown = now
            if before >= 0 { rows.add(before, number, -1) }
            if now >= 0 {
                rows.add(now, number, 1)
                note(group, now)
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func keep(_ id: Int32, back group: Int) {
        if groups[group].near == id { return }
        groups[group].near = id
        near.set(Int32(group), id)
    }

    private func note(_ group: Int, _ id: Int32) {
        if Int(id) >= showing.count {
            showing += Array(repeating: -1, count: max(64, Int(id) + 64 - showing.count))
        }
        showing[Int(id)] = Int32(group)
    }

    /// How many combinations of rows are in a group that shows that; 0 where that is not known.
    func size(_ id: Int32) -> Int {
        guard select.isGrouped, Int(id) < showing.count, showing[Int(id)] >= 0 else { return 0 }
        let group = Int(showing[Int(id)])
        return group < groups.count && groups[group].shown == id ? groups[group].count : 0
    }

    /// What a group shows, and what it would show if it were not kept back.
    private func result(
        _ group: Int, _ rows: inout KeptRows, _ shown: (Cell) -> Cell
    ) -> (shown: Int32, near: Int32) {
        let first = groups[group].first
        if first < 0, !select.groups.isEmpty { return (-1, -1) }
        for (place, total) in select.totals.enumerated() {
            machine.totals[total.number] = self.total(total, place, groups[group])
        }
        if first >= 0 {
            stand(first)
        } else {
            for source in select.sources { machine.frame[source.number] = -1 }
        }
        if needsOrder { groups[group].order = select.order.map { $0.node.value(machine) } }
        let passes = select.having.map { $0.truth(machine) == .yes } ?? true
        if passes, !rows.isLimited { return (item(&rows, shown), -1) }
        let isNear =
            !wantedNames.isEmpty && wantedNames.contains(select.names.map { shown(select.items[$0].value(machine)) })
        let id = passes || isNear ? item(&rows, shown) : -1
        return (passes ? id : -1, isNear ? id : -1)
    }

    private func total(_ total: PlanTotal, _ place: Int, _ group: Group) -> Cell {
        if total.isOfRows { return .int(Int64(group.count)) }
        total.reset()
        total.begin()
        var at = group.first
        while at >= 0 {
            total.add(cells[Int(at) * width + place])
            at = nextOfGroup[Int(at)]
        }
        return total.result(0)
    }
}
