/// What could mend a statement.
extension Solver {
    func moves(_ index: Int, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        guard let parsed = statements[index].parsed else { return [] }
        inverter.evaluator.time = index
        inverter.commons = [:]
        switch parsed {
        case .select(let query): return moves(index, query, mismatch)
        case .insert(let insert):
            guard let table = schema.place(insert.table) else { return [] }
            var list: [RepairMove] = []
            if mismatch.identityOff, let counter = schema.tables[table].counter, let last = counters[table], last > 0 {
                list.append(.last(table: table, column: counter, last))
            }
            return list + anyRemovals(index)
        case .update, .delete: return mismatch.countOff < 0 ? anyRemovals(index) : []
        case .control: return []
        }
    }

    private func moves(_ index: Int, _ query: SQLQuery, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        var list: [RepairMove] = []
        if let inner = counted(query), let select = query.first { list += counts(select, inner, mismatch) }
        for select in Self.means(query) {
            for count in [passing(index, query, select), nil] {
                for mode in [FillMode.plain, .fence] {
                    list.append(.dilute(query, select, count: count, .init(reuse: .partners, mode: mode)))
                }
            }
        }
        if case .select(let select) = query.body, isGrouped(select, query.order) {
            if mismatch.isOrderOnly {
                let rows = statements[index].recorded.rows ?? []
                return [.reorder(query, rows: rows), .permute(query, rows: rows)]
            }
            list += groups(index, query, select, mismatch)
            if !mismatch.extra.isEmpty { list += anyRemovals(index) }
            return list
        }
        if let select = query.first, select.items.contains(where: { $0.expression.hasWindow }), !mismatch.extra.isEmpty
        {
            list.append(.windows(query, rows: statements[index].recorded.rows ?? []))
        }
        if case .select(let select) = query.body, Self.mean(select) != nil {
            for reuse in [Inverter.Reuse.all, .partners, .none] {
                list.append(
                    .pivot(
                        query, rows: mismatch.missing, .init(reuse: reuse, mode: .plain, fresh: inverter.facts(select)))
                )
            }
            if !mismatch.missing.isEmpty { list.append(.pivot(query, rows: [], .init(reuse: .all, mode: .plain))) }
        }
        if !mismatch.missing.isEmpty {
            let fresh = query.first.map { inverter.facts($0) } ?? []
            let ways = Self.ways(fresh: fresh)
            list += ways.map { .add(query, rows: mismatch.missing, $0) }
            if mismatch.missing.count > 1 {
                list += ways.prefix(4).map { .add(query, rows: [mismatch.missing[0]], $0) }
            }
            if case .value(.int(let offset))? = query.offset, offset > 0, offset <= 2000 {
                list += before(query, Int(offset), mismatch)
            }
        }
        if !mismatch.extra.isEmpty {
            let wrong = witnesses(query, mismatch.extra)
            list += refutations(query, wrong)
            list += removals(index, wrong)
            list += excluded(query, mismatch.extra)
            list += anyRemovals(index)
        }
        if mismatch.isOrderOnly {
            let rows = statements[index].recorded.rows ?? []
            list += [.reorder(query, rows: rows), .permute(query, rows: rows)]
        }
        return (mismatch.isOrderOnly || mismatch.missing.isEmpty ? alignments(index, query) : []) + list
            + (mismatch.isOrderOnly || mismatch.missing.isEmpty ? [] : alignments(index, query))
    }

    /// How many rows of that select stand behind what was recorded, where that can be told.
    private func passing(_ index: Int, _ query: SQLQuery, _ select: SQLSelect) -> Int? {
        guard let rows = statements[index].recorded.rows, query.limit == nil else { return nil }
        guard let outer = query.first, outer.isAggregate else {
            return query.body == .select(select) ? rows.count : nil
        }
        let count = outer.items.firstIndex {
            if case .call(let call) = $0.expression {
                call.name == "COUNT" && call.hasStar && call.filter == nil
            } else {
                false
            }
        }
        guard let count, outer.having == nil else { return nil }
        return rows.reduce(0) { sum, row in sum + (GroupGoals.integer(row[count]) ?? 0) }
    }

    func isGrouped(_ select: SQLSelect, _ order: [SQLOrder]) -> Bool {
        select.isAggregate
            || (!select.groups.isEmpty
                && order.contains { inverter.evaluator.aliased($0.expression, select).hasAggregate })
    }

    func looking(_ index: Int? = nil) -> Evaluator {
        var looking = inverter.evaluator
        if let index { looking.time = index }
        looking.assumes = true
        looking.lookup = RowLookup()
        looking.steps = StepCounter()
        return looking
    }

    /// Rows that OFFSET passed over.
    private func before(_ query: SQLQuery, _ offset: Int, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        var whole = query
        (whole.limit, whole.offset) = (nil, nil)
        let have = looking().rows(whole, [])?.count ?? 0
        let count = max(1, min(offset, offset + mismatch.missing.count - have))
        return [FillMode.low, .high, .plain].flatMap { mode in
            [Inverter.Reuse.partners, .none].map {
                .count(whole, count, .init(reuse: $0, mode: mode, fresh: query.first.map(inverter.facts) ?? []))
            }
        }
    }

    /// Rows that EXCEPT should have taken away.
    private func excluded(_ query: SQLQuery, _ extra: [[SQLValue]]) -> [RepairMove] {
        guard case .combine("EXCEPT", _, _, let right) = query.body else { return [] }
        return Self.ways(fresh: right.first.map(inverter.facts) ?? []).map { .add(right, rows: extra, $0) }
    }

    /// The query inside `SELECT COUNT(*) FROM (query)`.
    private func counted(_ query: SQLQuery) -> SQLQuery? {
        guard let select = query.first, select.from.count == 1, case .query(let inner) = select.from[0].what,
            select.condition == nil, select.groups.isEmpty, select.items.count == 1,
            case .call(let call) = select.items[0].expression, call.name == "COUNT"
        else { return nil }
        return inner
    }

    private func counts(_ select: SQLSelect, _ inner: SQLQuery, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        guard case .int(let wanted)? = mismatch.missing.first?.first, case .int(let got)? = mismatch.extra.first?.first,
            wanted > got, wanted - got <= 5000
        else { return [] }
        return Self.ways(fresh: inner.first.map(inverter.facts) ?? []).map { .count(inner, Int(wanted - got), $0) }
    }

    // MARK: groups

    private func groups(
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
            for (reuse, mode) in bases.prefix(2) {
                for even in [false, true] {
                    ways += [1, -1].map { .init(reuse: reuse, mode: mode, nudge: $0, isEven: even) }
                }
            }
        }
        return ways
            + (summed ? [false, true] : [false]).map {
                .init(reuse: .all, mode: .plain, isEven: $0, overrides: true)
            }
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
