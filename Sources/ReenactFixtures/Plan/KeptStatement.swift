/// What a statement gives, kept up to date from change to change.
final class KeptStatement {
    enum Sight {
        /// It gives what it gave.
        case same
        /// It was followed.
        case moved
        /// It is better run as a whole.
        case whole
    }

    private let machine: PlanMachine
    private let parts: [KeptPart]
    private let reaches: [PlanReach]
    /// Queries that look at nothing outside themselves, and what they gave.
    private let apart: [Apart]
    private var apartRows: [[Cell]] = []
    private var apartOnTrial: [(place: Int, rows: [Cell])] = []

    private struct Apart {
        enum Way {
            /// Nowhere but in other such queries.
            case within
            /// In those rows that have what stands in its rows.
            case rows(part: Int, [(item: Int, other: PlanColumn, path: [PlanLinks.Link])])
            case all
        }

        let plan: QueryPlan
        let way: Way
    }
    @exclusivity(unchecked) private var rows: KeptRows
    private let wanted: [Int32]
    private let limit: Int?
    private let offset: Int
    private let needsOrder: Bool
    private let isOrdered: Bool
    private let isStandIn: Bool
    private let heap: HeapCost
    private let strung: [Int: String]
    private let isOfGroups: Bool
    private var shownIDs: [Int32] = []
    private var epoch = 0
    private(set) var isBuilt = false
    @exclusivity(unchecked) private var roots: [[Int32]]

    /// - Parameters:
    ///   - ids: the rows that are wanted, in order, by their places in `known`.
    ///   - counts: how often each of those is wanted.
    init(
        _ query: QueryPlan, _ links: PlanLinks, _ machine: PlanMachine, known: RowTable, counts: [Int32],
        ids: [Int32], isOrdered: Bool, isStandIn: Bool, heap: HeapCost
    ) {
        (self.machine, self.isOrdered, self.isStandIn, wanted) = (machine, isOrdered, isStandIn, ids)
        (self.heap, strung) = (heap, query.strung)
        let selects = Self.selects(query)
        let hasLimit = query.limit != nil || query.offset != nil
        machine.epoch = machine.newEpoch()
        limit = query.limit.map { max(-1, Int(clamping: $0.value(machine).bits)) }.flatMap { $0 < 0 ? nil : $0 }
        offset = max(0, query.offset.map { Int(clamping: $0.value(machine).bits) } ?? 0)
        let follows = isOrdered && Self.follows(query, selects, known, ids)
        needsOrder = hasLimit || (isOrdered && !follows)
        var found: [KeptPart] = []
        for (number, select) in selects.enumerated() {
            guard select.windows.isEmpty, select.isFirm, !(needsOrder && selects.count > 1),
                let first = select.sources.first, case .table(let table) = first.rows
            else { break }
            found.append(
                KeptPart(select, number, table, machine, needsOrder: needsOrder, wanted: known))
        }
        let parts = found.count == selects.count ? found : []
        self.parts = parts
        isOfGroups = parts.contains { $0.select.isGrouped && !$0.select.groups.isEmpty }
        roots = parts.map { _ in [] }
        reaches = links.sources.indices.compactMap { source in
            let known = links.sources[source]
            guard let table = known.table else { return nil }
            func way() -> PlanReach.Way {
                if known.isApart { return .apart }
                for part in parts {
                    if let path = links.path(source, to: part.select.sources[0].number) {
                        return .rows(part: part.number, path)
                    }
                }
                return .all
            }
            return PlanReach(table: table.number, uses: known.uses.sorted(), way: way())
        }
        apart = links.apart.map { Apart(plan: $0.plan, way: Self.way($0, links, parts)) }
        let form: KeptRows.Form =
            switch query.body {
            case .select(let select): hasLimit ? .limited : select.isDistinct ? .distinct : .plain
            case .combine("UNION", let all, _, _): all ? .unionAll : .union
            case .combine(let word, _, _, _): word == "INTERSECT" ? .intersect : .except
            }
        rows = KeptRows(form, known, counts)
    }

    private static func way(_ query: PlanLinks.Apart, _ links: PlanLinks, _ parts: [KeptPart]) -> Apart.Way {
        if links.isWithin(query) { return .within }
        if query.isValue { return .all }
        for part in parts where !part.select.isGrouped {
            let root = part.select.sources[0].number
            let found = query.uses.filter { !links.sources[$0].isApart }.map { use in
                links.joins.first { $0.from == use && links.path($0.to, to: root) != nil }
            }
            let ways = found.compactMap { join in
                join.map { (item: $0.item, other: $0.other, path: links.path($0.to, to: root) ?? []) }
            }
            if ways.count == found.count { return .rows(part: part.number, ways) }
        }
        return .all
    }

    /// The selects that can be followed; none where there is more to it.
    private static func selects(_ query: QueryPlan) -> [SelectPlan] {
        if query.recursion != nil { return [] }
        switch query.body {
        case .select(let select): return select.distinctOn.isEmpty ? [select] : []
        case .combine(_, let all, let left, let right):
            guard query.limit == nil, query.offset == nil, case .select(let one) = left.body, left.limit == nil,
                left.offset == nil, case .select(let two) = right.body, right.limit == nil, right.offset == nil,
                !all || !(one.isDistinct || two.isDistinct)
            else { return [] }
            return [one, two]
        }
    }

    /// Whether the order is right where the rows are.
    private static func follows(
        _ query: QueryPlan, _ selects: [SelectPlan], _ known: RowTable, _ ids: [Int32]
    ) -> Bool {
        var columns = query.order.map(\.column)
        if case .select(let select) = query.body {
            columns = select.order.compactMap(\.item)
            if columns.count < select.order.count { return false }
        }
        if columns.isEmpty || columns.contains(where: { $0 >= known.width }) { return false }
        return zip(ids, ids.dropFirst()).allSatisfy { one, two in
            one == two
                || columns.contains {
                    known.cells[Int(one) * known.width + $0] != known.cells[Int(two) * known.width + $0]
                }
        }
    }

    /// There is more than the knowledge that nothing has changed.
    var isFollowed: Bool { !parts.isEmpty }

    private func shown(_ cell: Cell) -> Cell { StatementPlan.shown(cell, isStandIn) }

    // MARK: changes

    func build() {
        epoch = machine.newEpoch()
        machine.epoch = epoch
        machine.steps = 0
        apartRows = apart.map { $0.plan.rows(machine).cells }
        apartOnTrial = []
        rows.clear()
        for part in parts { part.build(&rows, shown) }
        if isFollowed { showLimited() }
        shownIDs = lastIDs
        isBuilt = true
    }

    private var lastIDs: [Int32] = []

    func see(_ changes: [CellChange]) -> Sight {
        guard isBuilt else { return .whole }
        for place in roots.indices { roots[place].removeAll(keepingCapacity: true) }
        apartOnTrial.removeAll(keepingCapacity: true)
        var reachesApart = false
        for change in changes {
            for reach in reaches where reach.sees(change) {
                switch reach.way {
                case .all: return .whole
                case .apart: reachesApart = true
                case .rows(let part, let path): collect(change, path, part)
                }
            }
        }
        machine.steps = 0
        if reachesApart {
            let now = machine.newEpoch()
            machine.epoch = now
            for (place, query) in apart.enumerated() {
                let rows = query.plan.rows(machine)
                if rows.cells == apartRows[place] { continue }
                switch query.way {
                case .within: break
                case .all: return .whole
                case .rows(let part, let ways): collect(rows, apartRows[place], ways, part)
                }
                apartOnTrial.append((place, rows.cells))
            }
            epoch = now
        }
        machine.epoch = epoch
        if roots.allSatisfy(\.isEmpty), apartOnTrial.isEmpty || parts.isEmpty { return .same }
        var isOverrun = false
        for part in parts where !roots[part.number].isEmpty {
            part.follow(roots[part.number], &rows, shown)
            isOverrun = isOverrun || part.isOverrun
        }
        showLimited()
        if isOverrun {
            undo()
            return .whole
        }
        return .moved
    }

    private func collect(_ change: CellChange, _ path: [PlanLinks.Link], _ part: Int) {
        guard let first = path.first else {
            add(change.slot, part)
            return
        }
        let before = change.old?[first.column.number]
        let after = change.new?[first.column.number]
        if let before { follow(before, path[...], part) }
        if let after, after != before { follow(after, path[...], part) }
    }

    /// What is in some rows of a subquery and not in others is felt beside them.
    private func collect(
        _ rows: CellRows, _ before: [Cell], _ ways: [(item: Int, other: PlanColumn, path: [PlanLinks.Link])],
        _ part: Int
    ) {
        let width = rows.width
        var known = RowTable(width: width)
        var counts: [Int] = []
        func count(_ cells: [Cell], _ step: Int) {
            cells.withUnsafeBufferPointer { cells in
                guard let base = cells.baseAddress, width > 0 else { return }
                for at in stride(from: 0, to: cells.count, by: width) {
                    let (place, isNew) = known.place(base + at)
                    if isNew { counts.append(0) }
                    counts[place] += step
                }
            }
        }
        count(before, -1)
        count(rows.cells, 1)
        for (place, count) in counts.enumerated() where count != 0 {
            for way in ways { beside(known.cells[place * width + way.item], way.other, way.path[...], part) }
        }
    }

    private func beside(_ value: Cell, _ column: PlanColumn, _ path: ArraySlice<PlanLinks.Link>, _ part: Int) {
        if value.isNull { return }
        var slot = column.first(value)
        while slot >= 0 {
            if column.cells[Int(slot)].equals(value) {
                if let next = path.first {
                    follow(next.column.cells[Int(slot)], path, part)
                } else {
                    add(slot, part)
                }
            }
            slot = column.next(slot)
        }
    }

    private func follow(_ value: Cell, _ path: ArraySlice<PlanLinks.Link>, _ part: Int) {
        guard let link = path.first else { return }
        beside(value, link.other, path.dropFirst(), part)
    }

    private func add(_ slot: Int32, _ part: Int) {
        if !roots[part].contains(slot) { roots[part].append(slot) }
    }

    func commit() {
        for part in parts { part.commit() }
        shownIDs = lastIDs
        for (place, rows) in apartOnTrial { apartRows[place] = rows }
        apartOnTrial.removeAll(keepingCapacity: true)
    }

    func undo() {
        for part in parts { part.undo(&rows) }
        // What those queries remember is of what was on trial.
        if !apartOnTrial.isEmpty { epoch = machine.newEpoch() }
        apartOnTrial.removeAll(keepingCapacity: true)
        if limit != nil || offset > 0 {
            rows.show(shownIDs)
            lastIDs = shownIDs
        }
    }

    /// So much is remembered that it is better forgotten.
    var isLarge: Bool { rows.count > 50_000 || parts.contains(where: \.isLarge) }

    private func showLimited() {
        guard limit != nil || offset > 0, let part = parts.first else { return }
        lastIDs = sequence(part)
        rows.show(lastIDs)
    }

    private func sequence(_ part: KeptPart) -> [Int32] {
        let all = part.ordered(machine.pool, most: limit.map { min(offset, 1 << 40) + min($0, 1 << 40) })
        return Array(all.dropFirst(offset).prefix(limit ?? all.count))
    }

    // MARK: how far off it is

    func cost() -> Int {
        let (missing, extra) = (rows.missing, rows.extra)
        if missing == 0, extra == 0 {
            guard isOrdered, needsOrder, let part = parts.first else { return 0 }
            let now = limit != nil || offset > 0 ? lastIDs : sequence(part)
            if now == wanted || (isStandIn && !rows.isLimited && part.isTied(wanted, machine.pool)) { return 0 }
            let right = zip(now, wanted).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
            return 500 + 1000 - 800 * right / max(1, wanted.count)
        }
        return StatementPlan.cost(missing, extra) - (missing * extra <= 900 ? likeness() : 0)
    }

    func mismatch() -> Comparison.Mismatch {
        var mismatch = Comparison.Mismatch()
        func row(_ id: Int32) -> [SQLValue] {
            rows.rows.cells[Int(id) * rows.width..<(Int(id) + 1) * rows.width].map(machine.pool.value)
        }
        mismatch.missing = rows.lacking.map(row)
        mismatch.extra = rows.excess.map(row)
        mismatch.isOrderOnly = mismatch.missing.isEmpty && mismatch.extra.isEmpty
        return mismatch
    }

    /// Rows that make up such an answer, by their tables: some of them, or all; none where that is not known.
    func behind(_ answer: [SQLValue], _ dice: inout Dice, all: Bool = false) -> [(table: Int, slot: Int)] {
        var cells: [Cell] = []
        for value in answer {
            guard let cell = machine.pool.cell(value) else { return [] }
            cells.append(shown(cell))
        }
        guard cells.count == rows.width, let id = cells.withUnsafeBufferPointer({ rows.rows.find($0.baseAddress!) })
        else { return [] }
        for part in parts {
            let found = all ? part.members(Int32(id), &dice) : part.behind(Int32(id), &dice)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// As `StatementPlan` counts it.
    private func likeness() -> Int {
        let near = rows.missing == 0 ? [] : parts.flatMap { $0.near.ids.filter { !rows.isShown($0) } }
        if near.isEmpty, rows.extra == 0 || (rows.missing == 0 && heap.isEmpty && !isOfGroups) { return 0 }
        var sum = 0
        var taken = rows.excess
        let width = rows.width
        func common(_ one: Int32, _ other: Int32) -> Int {
            let (mine, theirs) = (Int(one) * width, Int(other) * width)
            var sum = 0
            for column in 0..<width {
                sum += alike(rows.rows.cells[mine + column], rows.rows.cells[theirs + column], column)
            }
            return sum
        }
        for id in rows.lacking {
            var (best, score) = (-1, 0)
            for (candidate, other) in taken.enumerated() {
                let own = common(id, other)
                if own > score { (best, score) = (candidate, own) }
            }
            // What is kept back counts for less than what shows.
            if let hidden = near.lazy.map({ common(id, $0) * 4 / 5 }).max(), hidden > score {
                sum += hidden / max(1, width)
                continue
            }
            guard best >= 0 else { continue }
            sum += score / max(1, width)
            taken.remove(at: best)
        }
        for id in taken {
            // Where no count is shown the rows behind a group are counted all the same.
            sum -= heap.isEmpty ? hidden(id) : heap.cost { rows.rows.cells[Int(id) * width + $0] }
        }
        return sum
    }

    private func alike(_ left: Cell, _ right: Cell, _ column: Int) -> Int {
        guard let separator = strung[column], left.tag == .text, right.tag == .text, left != right else {
            return StatementPlan.likeness(left, right)
        }
        let texts = machine.pool.texts
        return StrungValues.likeness(texts[Int(left.bits)], texts[Int(right.bits)], separator)
    }

    private func hidden(_ id: Int32) -> Int {
        for part in parts {
            let size = part.size(id)
            if size > 0 { return 4 * min(250, size) }
        }
        return 0
    }
}
