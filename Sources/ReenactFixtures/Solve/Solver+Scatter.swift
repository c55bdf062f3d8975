/// Rows that came for other statements and of which nothing is known are heaped on one parent, one day, one value: a group that
/// HAVING or LIMIT lets through, though it was not returned. They go to groups that are too small to be seen.
extension Solver {
    /// How many rows a group that is not returned may have.
    private func room(_ query: SQLQuery, _ select: SQLSelect, _ rows: [[SQLValue]]) -> Int? {
        func isCount(_ expression: SQLExpr) -> Bool {
            guard case .call(let call) = expression else { return false }
            return call.name == "COUNT" && !call.isDistinct && !call.isWindow && call.filter == nil
        }
        for part in select.having?.conjuncts ?? [] {
            guard case .compare(let given, let one, let other) = part else { continue }
            let left = inverter.evaluator.aliased(one, select)
            guard
                case (let total, .value(let bound), let sign) =
                    left.hasAggregate
                    ? (left, other, given)
                    : (inverter.evaluator.aliased(other, select), one, Evaluator.mirrored[given] ?? given),
                isCount(total), let least = GroupGoals.integer(bound)
            else { continue }
            if sign == ">" { return least }
            if sign == ">=" { return least - 1 }
        }
        guard query.limit != nil, query.offset == nil, let first = query.order.first, first.isDescending,
            let last = rows.last
        else { return nil }
        let total = inverter.evaluator.aliased(first.expression, select)
        guard isCount(total), let place = select.items.firstIndex(where: { $0.expression == total }),
            place < last.count, let least = GroupGoals.integer(last[place])
        else { return nil }
        return least - 1
    }

    /// Moves that scatter the groups which should not be there.
    func scatterings(
        _ index: Int, _ query: SQLQuery, _ select: SQLSelect, _ strange: [(key: [SQLValue], members: [Scope])],
        _ taken: [[SQLValue]]
    ) -> [RepairMove] {
        guard let room = room(query, select, statements[index].recorded.rows ?? []), room > 0 else { return [] }
        var heaps = strange.filter { $0.members.count > room && $0.members.count < 3000 }
        if heaps.isEmpty || heaps.count > 50 { return [] }
        if let below = below(query, select) {
            let groups = looking().groups(below, []) ?? []
            heaps = heaps.compactMap { heap in groups.first { $0.key == heap.key } }
            return heaps.isEmpty ? [] : [.scatter(query, below, heaps.map(\.members), taken: taken, room: room)]
        }
        return [.scatter(query, select, heaps.map(\.members), taken: taken, room: room)]
    }

    /// The rows themselves where a view, or a query in FROM, stands before them: what is grouped there by what its columns are.
    private func below(_ query: SQLQuery, _ select: SQLSelect) -> SQLSelect? {
        guard select.from.count == 1, select.condition == nil else { return nil }
        var inner: SQLQuery?
        switch select.from[0].what {
        case .query(let query): inner = query
        case .table(let name): inner = inverter.commons[name.lowercased()]?.query
        case .function: break
        }
        guard case .select(var below)? = inner?.body, !below.isAggregate, below.groups.isEmpty else { return nil }
        let names = inverter.evaluator.sourceNames(select.from[0])
        var groups: [SQLExpr] = []
        for key in select.groups {
            guard case .column(_, let name, _) = key,
                let place = names.firstIndex(where: { Evaluator.same($0, name) }), place < below.items.count
            else { return nil }
            groups.append(below.items[place].expression)
        }
        below.groups = groups
        return below
    }

    func scatter(
        _ query: SQLQuery, _ select: SQLSelect, _ heaps: [[Scope]], _ taken: [[SQLValue]], _ room: Int
    ) throws(Conflict) {
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        inverter.options = .init(existential: true, reuse: .none)
        var bare = SQLSelect(from: select.from, condition: select.condition)
        bare.items = []
        let blank = [Scope(sources: inverter.evaluator.openSources(select, 0))]
        let keys = select.groups.map { inverter.evaluator.resolved($0, select, blank) }
        var taken = Set(taken)
        for heap in heaps {
            var failure = Conflict(what: "the rows are settled")
            var isDone = false
            for kept in ways(heap) where !isDone {
                let mark = tableau.mark
                do throws(Conflict) {
                    try scatter(heap, kept, bare, keys, &taken, room)
                    isDone = true
                } catch {
                    failure = error
                    tableau.undo(to: mark)
                }
                if isOverdue { throw Conflict(what: "the time was over") }
            }
            if !isDone { throw failure }
        }
    }

    /// Which sources of the heap keep their rows: all, or those of which there are most.
    private func ways(_ heap: [Scope]) -> [Set<Int>] {
        let rows = heap.map(Inverter.rows)
        guard let first = rows.first else { return [] }
        let counts = first.indices.map { place in Set(rows.map { $0[place] }).count }
        let isRow = first.indices.map { place in first[place] >= 0 }
        var found = [Set(first.indices)]
        for least in Set(counts).sorted(by: >) {
            let kept = Set(first.indices.filter { counts[$0] >= least || !isRow[$0] })
            if !found.contains(kept) { found.append(kept) }
        }
        return found
    }

    /// The first rows of the heap stay; of the others as many as there is room for go to each new group.
    private func scatter(
        _ heap: [Scope], _ kept: Set<Int>, _ bare: SQLSelect, _ keys: [SQLExpr], _ taken: inout Set<[SQLValue]>,
        _ room: Int
    ) throws(Conflict) {
        var left = heap.dropFirst(room)
        let firstNew = tableau.rows.count
        while !left.isEmpty {
            var made: [Int: Int] = [:]
            var chosen: [Place: SQLValue] = [:]
            for member in left.prefix(room) {
                var scope = member
                for (source, bound) in member.sources.enumerated() where !kept.contains(source) {
                    guard case .row(let row) = bound.binding else { continue }
                    let new = made[source] ?? inverter.newRow(tableau.rows[row].table)
                    made[source] = new
                    scope.sources[source].binding = .row(new)
                }
                inverter.steps = 0
                try name(keys, [scope], firstNew, &taken, &chosen)
                if !made.isEmpty { try inverter.enforce(bare, nil, [scope], []) }
            }
            left = left.dropFirst(room)
            if isOverdue { throw Conflict(what: "the time was over") }
        }
    }

    /// Gives the group of that row a key that no other has: one part of it that is open, while the others stay what they are.
    private func name(
        _ keys: [SQLExpr], _ scopes: [Scope], _ firstNew: Int, _ taken: inout Set<[SQLValue]>,
        _ chosen: inout [Place: SQLValue]
    ) throws(Conflict) {
        for key in keys {
            var cells: [Int] = []
            key.walk {
                guard case .column = $0, case .variable(let cell) = inverter.evaluator.term($0, scopes) else { return }
                cells.append(cell)
            }
            for cell in cells {
                let known = tableau.variables[tableau.root(cell)]
                // A new row's key is none that is there.
                if known.value == nil, known.keyRow >= firstNew { return }
                guard known.table >= 0 else { continue }
                let place = Place(table: known.table, column: known.column)
                // Rows that go together, and one that they share has the name already.
                if let value = known.value, value == chosen[place] { return }
                guard isOpen(known) else { continue }
                if let value = chosen[place] { return try tableau.bind(cell, value) }
                if case .column = key {
                    guard let value = inverter.freshValue(place) else { continue }
                    chosen[place] = value
                    return try tableau.bind(cell, value)
                }
                let looking = looking()
                guard case .text(let text)? = looking.value(.variable(cell)) else { continue }
                for step in 1...400 {
                    guard let day = Days.shifted(text, by: step * 31) else { break }
                    let mark = tableau.mark
                    try tableau.bind(cell, .text(day))
                    let now = keys.compactMap { looking.value(looking.term($0, scopes)) }
                    if taken.insert(now).inserted {
                        chosen[place] = .text(day)
                        return
                    }
                    tableau.undo(to: mark)
                }
            }
        }
        throw Conflict(what: "nothing of the group's key is open")
    }
}
