/// Rows in the order of a recorded ORDER BY: which row is which, and which holds what.
extension Solver {
    /// Rows whose place in the order nobody knows are taken for those that are known to be at it, one after the other.
    func alignments(_ index: Int, _ query: SQLQuery) -> [RepairMove] {
        guard case .select(let select) = query.body, select.from.count == 1, !select.isAggregate, select.groups.isEmpty,
            !query.order.isEmpty, let rows = statements[index].recorded.rows, rows.count <= 500
        else { return [] }
        let looking = looking()
        var placed: [(scope: Scope, keys: [SQLValue])] = []
        var loose: [Scope] = []
        for scope in looking.combinations(select, []) ?? [] {
            let keys = query.order.compactMap { order in
                tableau.value(looking.term(looking.aliased(order.expression, select), [scope]))
            }
            if keys.count == query.order.count { placed.append((scope, keys)) } else { loose.append(scope) }
        }
        placed.sort { precedes($0.keys, $1.keys, query.order) }
        func shows(_ scope: Scope, _ row: [SQLValue], hard: Bool) -> Bool {
            zip(select.items, row).allSatisfy { item, wanted in
                let term = looking.term(item.expression, [scope])
                return (hard ? tableau.value(term) : looking.value(term))?.matches(wanted) ?? !hard
            }
        }
        var pairs: [(Int, Int)] = []
        var next = 0
        for row in rows {
            if next < placed.count, shows(placed[next].scope, row, hard: true) {
                next += 1
                continue
            }
            guard let place = loose.firstIndex(where: { shows($0, row, hard: true) }),
                let mine = Inverter.rows(loose[place]).first, mine >= 0
            else { continue }
            while next < placed.count {
                defer { next += 1 }
                guard let theirs = Inverter.rows(placed[next].scope).first, theirs >= 0,
                    sameness(tableau.rows[mine], tableau.rows[theirs]) != nil
                else { continue }
                pairs.append((mine, theirs))
                loose.remove(at: place)
                break
            }
        }
        if pairs.isEmpty { return [] }
        return [.merge(pairs)] + (pairs.count > 1 ? pairs.prefix(4).map { .merge([$0]) } : [])
    }

    /// Of rows or groups in a wrong order each gets what was recorded at its place, as far as that was a choice.
    func permute(_ query: SQLQuery, _ rows: [[SQLValue]]) throws(Conflict) {
        guard case .select(let select) = query.body else { throw Conflict(what: "no plain select") }
        let looking = looking()
        let isGrouped = isGrouped(select, query.order) || !select.groups.isEmpty
        let sets =
            isGrouped
            ? (looking.groups(select, []) ?? []).map(\.members) : (looking.combinations(select, []) ?? []).map { [$0] }
        var all: [(members: [Scope], keys: [SQLValue])] = []
        for members in sets {
            guard let first = members.first else { continue }
            let keys = query.order.compactMap { order -> SQLValue? in
                let expression = looking.aliased(order.expression, select)
                return looking.value(
                    looking.term(isGrouped ? looking.totalled(expression, members, []) : expression, [first]))
            }
            guard keys.count == query.order.count else { throw Conflict(what: "an order that is not known") }
            all.append((members, keys))
        }
        all.sort { precedes($0.keys, $1.keys, query.order) }
        tableau.overrides = true
        tableau.isSoft = true
        defer { tableau.isSoft = false }
        var changed = false
        for (set, row) in zip(all, rows) {
            for (item, wanted) in zip(select.items, row) where !item.expression.hasAggregate {
                if looking.value(looking.term(item.expression, [set.members[0]]))?.matches(wanted) ?? false { continue }
                for member in set.members { try inverter.assign(item.expression, .value(wanted), [member]) }
                changed = true
            }
        }
        if !changed { throw Conflict(what: "nothing to change") }
    }

    private func precedes(_ left: [SQLValue], _ right: [SQLValue], _ order: [SQLOrder]) -> Bool {
        for (place, key) in order.enumerated() {
            let (a, b) = (left[place], right[place])
            if a.isNull != b.isNull {
                return a.isNull == (key.nullsFirst ?? ((dialect == .sqlite) != key.isDescending))
            }
            if a.sorts(before: b) { return !key.isDescending }
            if b.sorts(before: a) { return key.isDescending }
        }
        return false
    }
}

extension Solver {
    /// Keys of ORDER BY that no statement returned get values in the order of the rows.
    func rank(_ query: SQLQuery, _ scopes: [Scope], _ index: Int, _ count: Int, _ run: Int?) {
        for order in query.order {
            guard case .variable(let cell) = inverter.evaluator.term(order.expression, scopes) else { continue }
            let root = tableau.root(cell)
            let known = tableau.variables[root]
            guard known.value == nil else { continue }
            if known.rank == nil {
                let place = known.unique == nil ? run : nil
                tableau.change(root) {
                    $0.rank =
                        place.map { order.isDescending ? count - $0 : $0 }
                        ?? (order.isDescending ? count - index : index + 1)
                }
            }
            return
        }
    }

    /// Which run of rows each is in: as the first key is not returned, a later key that falls back tells that the first went on.
    /// Nil where the first key is returned, or none of the others is.
    func runs(_ query: SQLQuery, _ select: SQLSelect, _ rows: [[SQLValue]]) -> [Int]? {
        guard query.order.count > 1, case .column = query.order[0].expression else { return nil }
        func item(_ order: SQLOrder) -> Int? { select.items.firstIndex { $0.expression == order.expression } }
        guard item(query.order[0]) == nil else { return nil }
        var later: [(item: Int, isDescending: Bool)] = []
        for order in query.order.dropFirst() {
            guard let place = item(order) else { break }
            later.append((place, order.isDescending))
        }
        guard !later.isEmpty else { return nil }
        var run = 0
        var runs = [0]
        for (last, next) in zip(rows, rows.dropFirst()) {
            for key in later where key.item < last.count && key.item < next.count {
                let (a, b) = (last[key.item], next[key.item])
                if a.matches(b) { continue }
                if b.sorts(before: a) != key.isDescending { run += 1 }
                break
            }
            runs.append(run)
        }
        return runs
    }
}
