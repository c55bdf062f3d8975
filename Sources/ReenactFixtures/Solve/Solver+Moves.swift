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
            if case .query(let query) = insert.source, mismatch.countOff > 0, mismatch.countOff <= 2000 {
                list += Self.ways(fresh: query.first.map(inverter.facts) ?? []).map {
                    .count(query, mismatch.countOff, $0)
                }
            }
            return list + anyRemovals(index)
        case .update, .delete: return mismatch.countOff < 0 ? anyRemovals(index) : []
        case .control: return []
        }
    }

    private func moves(_ index: Int, _ query: SQLQuery, _ mismatch: Comparison.Mismatch) -> [RepairMove] {
        for common in query.commons { inverter.commons[common.name.lowercased()] = common }
        inverter.derivedKinds = Self.counted(in: query)
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
            list += removals(index, blockers(query, mismatch.missing)).prefix(16)
            let fresh = query.first.map { inverter.facts($0) } ?? []
            let ways = Self.ways(fresh: fresh)
            list += ways.map { .add(query, rows: mismatch.missing, $0) }
            if mismatch.missing.count > 1 {
                list += ways.prefix(4).map { .add(query, rows: [mismatch.missing[0]], $0) }
            }
            if case .value(.int(let offset))? = query.offset, offset > 0, offset <= 2000 {
                list += before(query, Int(offset), mismatch)
            }
            list += beforePages(index, query)
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

    /// The names that queries in FROM and WITH give to what they count.
    private static func counted(in query: SQLQuery) -> [String: ColumnKind] {
        var found: [String: ColumnKind] = [:]
        func see(_ query: SQLQuery, _ names: [String]) {
            for common in query.commons { see(common.query, common.columns) }
            if case .combine(_, _, let left, let right) = query.body {
                see(left, names)
                see(right, [])
            }
            guard case .select(let select) = query.body else { return }
            for (place, item) in select.items.enumerated() {
                guard case .call(let call) = item.expression, call.name == "COUNT" else { continue }
                if let name = place < names.count ? names[place] : item.alias { found[name.lowercased()] = .integer }
            }
            for source in select.from { if case .query(let inner) = source.what { see(inner, source.columns) } }
        }
        see(query, [])
        return found
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
        let have = looking().rows(whole, []) ?? []
        var count = max(1, min(offset, offset + mismatch.missing.count - have.count))
        // Where the page is there already, only what comes before it is looked at.
        if let first = mismatch.missing.first,
            let place = have.firstIndex(where: { zip($0, first).allSatisfy { $0.matches($1) } }), place < offset
        {
            count = offset - place
        }
        return [FillMode.low, .high, .plain].flatMap { mode in
            [Inverter.Reuse.partners, .none].map {
                .count(whole, count, .init(reuse: $0, mode: mode, fresh: query.first.map(inverter.facts) ?? []))
            }
        }
    }

    /// Rows that the OFFSET of a query in FROM passed over; its columns come first in what was returned.
    private func beforePages(_ index: Int, _ query: SQLQuery) -> [RepairMove] {
        guard case .query(let page)? = query.first?.from.first?.what, case .value(.int(let offset))? = page.offset,
            offset > 0, offset <= 2000, let first = statements[index].recorded.rows?.first
        else { return [] }
        var whole = page
        (whole.limit, whole.offset) = (nil, nil)
        let have = looking().rows(whole, []) ?? []
        let place = have.firstIndex { zip($0, first).allSatisfy { $0.matches($1) } } ?? 0
        guard place < offset else { return [] }
        return [FillMode.low, .high, .plain].flatMap { mode in
            [Inverter.Reuse.partners, .none].map {
                .count(
                    whole, Int(offset) - place,
                    .init(reuse: $0, mode: mode, fresh: page.first.map(inverter.facts) ?? []))
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
}
