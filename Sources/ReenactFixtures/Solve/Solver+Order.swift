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
