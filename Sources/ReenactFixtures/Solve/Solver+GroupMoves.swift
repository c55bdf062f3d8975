/// What could mend a select of groups.
extension Solver {
    func groups(
        _ index: Int, _ query: SQLQuery, _ select: SQLSelect, _ mismatch: Comparison.Mismatch
    ) -> [RepairMove] {
        let looking = looking()
        let keys = select.items.indices.filter { !select.items[$0].expression.hasAggregate }
        var apart: [[SQLValue]] = []
        var stray: [(key: [SQLValue], members: [Scope], row: [SQLValue?])] = []
        var open = statements[index].recorded.rows ?? []
        for row in mismatch.missing { if let place = open.firstIndex(of: row) { open.remove(at: place) } }
        for group in looking.groups(select, []) ?? [] where !select.groups.isEmpty {
            let scopes = [group.members.first ?? Scope()]
            let row = select.items.map {
                looking.value(looking.term(looking.totalled($0.expression, group.members, []), scopes))
            }
            if let place = open.firstIndex(where: {
                zip($0, row).allSatisfy { a, b in b.map { a.matches($0) } ?? true }
            }) {
                open.remove(at: place)
                apart.append(group.key)
            } else {
                stray.append((group.key, group.members, row))
            }
        }
        func isWanted(_ row: [SQLValue?]) -> Bool {
            mismatch.missing.contains { wanted in
                keys.allSatisfy { place in row[place].map { wanted[place].matches($0) } ?? true }
            }
        }
        let strange = stray.filter { !isWanted($0.row) }
        var list: [RepairMove] = []
        var short = short(query, select, mismatch, strange.map(\.members), looking)
        for place in short.indices { short[place].totals = siblings(index, select, short[place].outputs) }
        let real = mismatch.missing.joined().contains { if case .real = $0 { true } else { false } }
        let ways = Self.groupWays(real, summed: Self.isSummed(select))
        for way in ways {
            if !short.isEmpty { list.append(.groups(query, short, apart: apart, way)) }
        }
        // The groups that are short may still take rows of the heap.
        list += scatterings(
            index, query, select, strange.map { ($0.key, $0.members) }, apart + stray.map(\.key))
        let before = passedOver(query, select, stray.map(\.members), looking)
        if !before.isEmpty {
            list = ways.prefix(4).map { .groups(query, before + short, apart: apart, $0) } + list
        }
        if short.count > 1 {
            for group in short.prefix(20) {
                for way in ways.prefix(10) { list.append(.groups(query, [group], apart: apart, way)) }
            }
        }
        list += raised(query, select, strange.map { ($0.members, $0.row) }, mismatch, looking)
        if !mismatch.extra.isEmpty || !strange.isEmpty {
            let wrong = select.groups.isEmpty ? looking.combinations(select, []) ?? [] : strange.flatMap(\.members)
            list += removals(index, wrong)
            for group in stray where isWanted(group.row) { list += removals(index, group.members) }
        }
        return list
    }

    /// - Parameters:
    ///   - real: binary fractions are summed, whose last digits depend on the order.
    ///   - summed: there are values to be spread over rows.
    static func groupWays(_ real: Bool, summed: Bool) -> [RepairMove.Way] {
        let bases: [(Inverter.Reuse, FillMode)] = [
            (.all, .plain), (.partners, .plain), (.partners, .fence), (.none, .plain), (.partners, .low),
            (.partners, .high), (.none, .fence),
        ]
        var ways: [RepairMove.Way] = bases.flatMap { reuse, mode in
            (summed ? [false, true] : [false]).map { .init(reuse: reuse, mode: mode, isEven: $0) }
        }
        if real, summed {
            for (reuse, mode) in bases.prefix(3) {
                ways += [true, false].map { .init(reuse: reuse, mode: mode, isPlain: true, isEven: $0) }
            }
            for (reuse, mode) in bases.prefix(2) {
                for even in [false, true] {
                    ways += [1, -1].map { .init(reuse: reuse, mode: mode, nudge: $0, isEven: even) }
                }
            }
        }
        for even in summed ? [false, true] : [false] {
            ways.append(.init(reuse: .all, mode: .plain, isEven: even, overrides: true))
            guard real, summed else { continue }
            ways.append(.init(reuse: .all, mode: .plain, isPlain: true, isEven: even, overrides: true))
            ways += [1, -1].map { .init(reuse: .all, mode: .plain, nudge: $0, isEven: even, overrides: true) }
        }
        return ways
    }

    /// SUM, AVG and their like, which values are spread for.
    private static func isSummed(_ select: SQLSelect) -> Bool {
        var found = false
        for expression in select.items.map(\.expression) + (select.having.map { [$0] } ?? []) {
            expression.walk {
                guard case .call(let call) = $0, call.isAggregate else { return }
                found = found || ["SUM", "TOTAL", "AVG"].contains(call.name) || call.filter != nil
            }
        }
        return found
    }

    /// Totals over the same rows that other statements returned, with no write between.
    private func siblings(
        _ index: Int, _ select: SQLSelect, _ outputs: [SQLValue?]
    ) -> [(expression: SQLExpr, value: SQLValue)] {
        var found: [(expression: SQLExpr, value: SQLValue)] = []
        for (other, statement) in statements.enumerated() where other != index {
            guard case .select(let query)? = statement.parsed, case .select(let twin) = query.body,
                twin.from == select.from,
                twin.condition == select.condition, twin.groups == select.groups, let rows = statement.recorded.rows,
                !hasWrite(min(index, other), max(index, other))
            else { continue }
            var shared: [(Int, Int)] = []
            for (mine, item) in select.items.enumerated() where !item.expression.hasAggregate {
                if let theirs = twin.items.firstIndex(where: { $0.expression == item.expression }) {
                    shared.append((mine, theirs))
                }
            }
            if !select.groups.isEmpty, shared.isEmpty { continue }
            let fitting = rows.filter { row in
                shared.allSatisfy { mine, theirs in outputs[mine]?.matches(row[theirs]) ?? true }
            }
            guard fitting.count == 1, let row = fitting.first, row.count == twin.items.count else { continue }
            for (item, value) in zip(twin.items, row) where item.expression.hasAggregate {
                found.append((item.expression, value))
            }
        }
        return found
    }

    private func hasWrite(_ first: Int, _ last: Int) -> Bool {
        statements[first...last].contains {
            switch $0.parsed {
            case .select, .control: false
            default: true
            }
        }
    }

    /// The recorded rows that are missing, with what ORDER BY of a total asks of them.
    private func short(
        _ query: SQLQuery, _ select: SQLSelect, _ mismatch: Comparison.Mismatch, _ strange: [[Scope]],
        _ looking: Evaluator
    ) -> [RepairMove.Group] {
        var groups = mismatch.missing.map { RepairMove.Group(outputs: $0.map { $0 }) }
        guard query.limit != nil, let first = query.order.first else { return groups }
        let total = looking.aliased(first.expression, select)
        guard total.hasAggregate, !select.items.contains(where: { $0.expression == total }) else { return groups }
        let others = strange.compactMap { members in
            looking.value(looking.term(looking.totalled(total, members, []), [members.first ?? Scope()]))
        }
        guard
            var edge = first.isDescending
                ? others.max(by: { $0.sorts(before: $1) }) : others.min(by: { $0.sorts(before: $1) })
        else { return groups }
        // The last recorded row is nearest to those that were not returned.
        for place in groups.indices.reversed() {
            groups[place].bounds = [(total, first.isDescending ? ">" : "<", edge)]
            guard let next = Arithmetic.apply(first.isDescending ? "+" : "-", edge, .int(1)) else { continue }
            edge = next
        }
        return groups
    }

    /// Groups that OFFSET passed over: before the first that was returned.
    private func passedOver(
        _ query: SQLQuery, _ select: SQLSelect, _ strange: [[Scope]], _ looking: Evaluator
    ) -> [RepairMove.Group] {
        guard case .value(.int(let offset))? = query.offset, offset > 0, offset <= 300, let first = query.order.first,
            let rows = statements[looking.time].recorded.rows, let row = rows.first
        else { return [] }
        let total = looking.aliased(first.expression, select)
        guard total.hasAggregate, let place = select.items.firstIndex(where: { $0.expression == total }),
            row.indices.contains(place), row[place].looseDouble != nil
        else { return [] }
        let have = strange.count { members in
            let now = looking.value(looking.term(looking.totalled(total, members, []), [members.first ?? Scope()]))
            guard let now else { return false }
            return first.isDescending ? row[place].sorts(before: now) : now.sorts(before: row[place])
        }
        guard have < Int(offset) else { return [] }
        let bound = (expression: total, sign: first.isDescending ? ">" : "<", value: row[place])
        let group = RepairMove.Group(outputs: select.items.map { _ in nil }, bounds: [bound])
        return Array(repeating: group, count: Int(offset) - have)
    }

    /// Groups that were not returned are moved out of sight: behind those that were, or past HAVING.
    private func raised(
        _ query: SQLQuery, _ select: SQLSelect, _ strange: [(members: [Scope], row: [SQLValue?])],
        _ mismatch: Comparison.Mismatch,
        _ looking: Evaluator
    ) -> [RepairMove] {
        guard !strange.isEmpty, strange.count <= 200 else { return [] }
        var bounds: [(expression: SQLExpr, sign: String, value: SQLValue)] = []
        if query.limit != nil, let first = query.order.first, !first.isDescending {
            let total = looking.aliased(first.expression, select)
            if total.hasAggregate { bounds.append((total, ">", .int(1))) }
        }
        for case .compare(let sign, let left, let right) in select.having?.conjuncts ?? [] where left.hasAggregate {
            guard let value = looking.value(looking.term(right, [Scope()])), let opposite = Evaluator.opposite[sign]
            else { continue }
            bounds.append((left, opposite == "<>" ? ">" : opposite, value))
        }
        var list: [RepairMove] = []
        for bound in bounds {
            let groups = strange.map { _, row in
                RepairMove.Group(
                    outputs: zip(select.items, row).map { $0.expression.hasAggregate ? nil : $1 }, bounds: [bound])
            }
            let bare = SQLQuery(commons: query.commons, body: .select(Self.without(select)))
            for way in Self.groupWays(false, summed: false).prefix(4) {
                list.append(.groups(bare, groups, apart: [], way))
            }
        }
        return list
    }

    private static func without(_ select: SQLSelect) -> SQLSelect {
        var select = select
        select.having = nil
        return select
    }
}
