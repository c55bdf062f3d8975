/// The right rows in the wrong order.
extension StateWalk {
    /// What an answer is sorted by: a column, and what the answer shows of the row that it is of.
    struct OrderKey {
        var place: Place
        var isDescending: Bool
        var own: [(item: Int, column: Int)]
        /// What is sorted by before it, as far as the answer shows it.
        var before: [Int]
    }

    static func orderKeys(_ statement: ReadyStatement, _ inverter: Inverter) -> [OrderKey] {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body else { return [] }
        func source(_ expression: SQLExpr) -> String? {
            guard case .column(let alias, let name, _) = expression else { return nil }
            if let alias { return alias.lowercased() }
            let own = select.from.first { source in
                guard case .table(let table) = source.what, let place = inverter.schema.place(table) else {
                    return false
                }
                return inverter.schema.tables[place].place(name) != nil
            }
            return own?.alias.lowercased()
        }
        var found: [OrderKey] = []
        var before: [Int] = []
        for order in query.order {
            var expression = order.expression
            var item = select.items.firstIndex { $0.expression == expression }
            if case .value(.int(let number)) = expression, number > 0, number <= select.items.count {
                item = Int(number) - 1
            } else if case .column(nil, let name, _) = expression,
                let named = select.items.firstIndex(where: { $0.alias?.lowercased() == name.lowercased() })
            {
                item = named
            }
            if let item { expression = select.items[item].expression }
            if let place = inverter.column(expression, select), let alias = source(expression) {
                let own = select.items.enumerated().compactMap { number, shown -> (item: Int, column: Int)? in
                    guard number != item, source(shown.expression) == alias,
                        let column = inverter.column(shown.expression, select), column.table == place.table
                    else { return nil }
                    return (number, column.column)
                }
                // What is sorted by and shown is right already.
                if !own.isEmpty, item == nil {
                    found.append(.init(place: place, isDescending: order.isDescending, own: own, before: before))
                }
            }
            if let item {
                before.append(item)
            } else if let own = found.last?.own, found.last?.place == inverter.column(expression, select) {
                // What is shown of its row stands for it.
                before += own.map(\.item)
            }
        }
        return found
    }

    /// Rows behind the answer get keys in the order of the answer, or change places; all of them, or two.
    func reordered(_ index: Int) -> [RowEdit]? {
        guard let key = dice.one(of: orderKeys[index]), let recorded = statements[index].recorded.rows,
            recorded.count <= 200
        else { return nil }
        var taken: Set<Int> = []
        var runs: [[Int]] = []
        var last: [SQLValue]?
        for answer in recorded {
            let prefix = key.before.map { answer[$0] }
            if last != prefix { runs.append([]) }
            last = prefix
            guard let slot = behind(answer, key, index, taken) else { continue }
            taken.insert(slot)
            runs[runs.count - 1].append(slot)
        }
        let column = key.place.column
        func value(_ slot: Int) -> SQLValue? { rows[slot]?.values[column] }
        runs = runs.filter { run in
            run.count > 1 && zip(run, run.dropFirst()).contains { !isBefore(value($0), value($1), key.isDescending) }
        }
        guard var run = dice.one(of: runs), run.count <= 60 else { return nil }
        if dice.share() < 0.5 {
            let wrong = run.indices.flatMap { one in
                (one + 1..<run.count).filter { !isBefore(value(run[one]), value(run[$0]), key.isDescending) }
                    .map { (one, $0) }
            }
            guard let pair = dice.one(of: wrong) else { return nil }
            run = [run[pair.0], run[pair.1]]
        }
        if dice.share() < 0.5 { return keyed(run, key) }
        // The keys stay, what is shown beside them moves.
        let columns = key.own.map(\.column).filter { isFree(Place(table: key.place.table, column: $0)) }
        let sorted = run.sorted { isBefore(value($0), value($1), key.isDescending) }
        var edits: [RowEdit] = []
        for (from, to) in zip(run, sorted) where from != to {
            guard let old = rows[to], let model = rows[from] else { return nil }
            var new = old
            for column in columns { new.values[column] = model.values[column] }
            guard isPossible(new) else { return nil }
            let edit = RowEdit(slot: to, old: old, new: new)
            if columns.contains(where: { isCircular(edit, $0) }) { return nil }
            if new != old { edits.append(edit) }
        }
        return isSound(edits) ? edits : nil
    }

    private func keyed(_ run: [Int], _ key: OrderKey) -> [RowEdit]? {
        let column = key.place.column
        let values = run.map { rows[$0]?.values[column] ?? nil }
        if values.contains(where: { $0?.isNull ?? true }) { return nil }
        let sorted = values.sorted { isBefore($0, $1, key.isDescending) }
        var edits: Edits = [:]
        for (slot, value) in zip(run, sorted) {
            guard var new = edits[slot]?.new ?? rows[slot], let value else { return nil }
            if new.values[column] == value { continue }
            new.values[column] = value
            guard follow(slot, new, &edits) else { return nil }
        }
        guard isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    private func isBefore(_ left: SQLValue?, _ right: SQLValue?, _ isDescending: Bool) -> Bool {
        guard let left, let right else { return false }
        return isDescending ? right.sorts(before: left) : left.sorts(before: right)
    }

    private func behind(_ answer: [SQLValue], _ key: OrderKey, _ index: Int, _ taken: Set<Int>) -> Int? {
        func fits(_ slot: Int) -> Bool {
            guard !taken.contains(slot), let row = rows[slot] else { return false }
            return key.own.allSatisfy { row.values[$0.column]?.matches(answer[$0.item]) ?? false }
        }
        let members = plans[index]?.behind(answer, &dice, all: true) ?? []
        if let one = members.first(where: { $0.table == key.place.table && fits($0.slot) }) { return one.slot }
        let all = slots(key.place.table, key.own.map(\.column), key.own.map { answer[$0.item] })
        return all.first { fits($0) }
    }
}
