/// Running totals: the differences of what stands behind one another in a partition are the rows' own numbers.
extension StateWalk {
    /// A running total over one table, whose rows are told by a key.
    struct Running {
        var item: Int
        var table: Int
        var number: Int
        /// The column whose values part the rows; nil: they are all together.
        var partition: Int?
        var order: [(column: Int, isDescending: Bool)]
        var key: (item: Int, column: Int)
    }

    static func running(_ statement: ReadyStatement, _ solver: Solver) -> Running? {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body,
            query.limit == nil, select.from.count == 1, case .table(let name) = select.from[0].what,
            let table = solver.schema.place(name)
        else { return nil }
        let places = select.items.map { solver.inverter.column($0.expression, select) }
        let key = places.enumerated().first { place in
            place.element.map { solver.schema.tables[table].keys.contains([$0.column]) } ?? false
        }
        guard let key, let own = key.element else { return nil }
        for (item, shown) in select.items.enumerated() {
            guard case .call(let call) = shown.expression, let window = call.window,
                ["SUM", "TOTAL"].contains(call.name),
                !window.order.isEmpty, call.arguments.count == 1, window.partition.count < 2,
                let number = solver.inverter.column(call.arguments[0], select)
            else { continue }
            let order = window.order.compactMap { order in
                solver.inverter.column(order.expression, select).map { ($0.column, order.isDescending) }
            }
            let partition = window.partition.first.map { solver.inverter.column($0, select) }
            if order.count < window.order.count || partition == .some(nil) { continue }
            return Running(
                item: item, table: table, number: number.column, partition: partition??.column, order: order,
                key: (key.offset, own.column))
        }
        return nil
    }

    /// All rows of the answer get numbers that give its totals, in partitions that let them grow as they do.
    func rerun(_ index: Int) -> [RowEdit]? {
        guard let running = running[index], let recorded = statements[index].recorded.rows, recorded.count <= 150 else {
            return nil
        }
        let definition = schema.tables[running.table]
        var there: [(slot: Int, row: FixtureRow, want: Double)] = []
        for answer in recorded {
            guard let want = answer[running.item].double,
                let slot = slots(running.table, [running.key.column], [answer[running.key.item]]).first,
                var row = rows[slot]
            else { return nil }
            for (item, place) in items[index].enumerated() where item != running.key.item {
                if let place, isFree(place) { row.values[place.column] = answer[item] }
            }
            there.append((slot, row, want))
        }
        there.sort { left, right in
            for order in running.order {
                guard let a = left.row.values[order.column], let b = right.row.values[order.column] else { continue }
                if a.sorts(before: b) { return !order.isDescending }
                if b.sorts(before: a) { return order.isDescending }
            }
            return left.slot < right.slot
        }
        let place = Place(table: running.table, column: running.number)
        let known = Set((shown[place] ?? []).compactMap(\.double))
        var parts: [SQLValue] = []
        var edits: [RowEdit] = []
        if let partition = running.partition {
            for row in there {
                if let value = row.row.values[partition], !parts.contains(value) { parts.append(value) }
            }
            for value in literals[index] where fits(value, definition.columns[partition].kind) {
                let isThere = definition.foreign.filter { $0.columns == [partition] }.allSatisfy { key in
                    schema.target(key).map { !slots($0.0, $0.1, [value]).isEmpty } ?? false
                }
                if parts.contains(value) { continue }
                if !isThere {
                    // A partition that is named may want its owner first.
                    guard dice.share() < 0.5, let owner = owner(value, of: partition, in: definition, index, edits)
                    else { continue }
                    edits.append(owner)
                }
                parts.append(value)
            }
        } else {
            parts = [.null]
        }
        if parts.isEmpty || parts.count > 40 { return nil }
        var last = [Double](repeating: 0, count: parts.count)
        let keeps = dice.share()
        for var one in there {
            func number(_ part: Int) -> SQLValue? { self.number(one.want - last[part], at: place, within: 1e-9) }
            var fitting = parts.indices.filter { part in
                number(part)?.double.map { known.contains($0) } ?? false
            }
            if fitting.isEmpty || dice.share() < 0.02 { fitting = parts.indices.filter { one.want - last[$0] > 1e-9 } }
            if fitting.isEmpty { fitting = Array(parts.indices) }
            let now = running.partition.flatMap { column in
                parts.firstIndex { part in one.row.values[column] == part }
            }
            guard
                let part = now.flatMap({ fitting.contains($0) && dice.share() < keeps ? $0 : nil })
                    ?? dice.one(of: fitting),
                let value = number(part)
            else { return nil }
            last[part] = one.want
            one.row.values[running.number] = value
            if let partition = running.partition { one.row.values[partition] = parts[part] }
            guard let old = rows[one.slot], isPossible(one.row) else { return nil }
            if old != one.row { edits.append(RowEdit(slot: one.slot, old: old, new: one.row)) }
        }
        return edits
    }

    /// A row like another that a reference of one column goes to, under that key.
    private func owner(
        _ value: SQLValue, of column: Int, in table: SchemaTable, _ index: Int, _ before: [RowEdit]
    ) -> RowEdit? {
        guard let key = table.foreign.first(where: { $0.columns == [column] }),
            let (parent, targets) = schema.target(key),
            schema.place(table.name) != parent, var row = dice.one(of: byTable[parent]).flatMap({ rows[$0] }),
            renamed(&row, index, [], before)
        else { return nil }
        row.values[targets[0]] = value
        guard isPossible(row), isSound([RowEdit(slot: rows.count + before.count, old: nil, new: row)]) else {
            return nil
        }
        return RowEdit(slot: rows.count + before.count, old: nil, new: row)
    }
}
