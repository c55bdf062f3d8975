/// Rows that writes of the timeline made or changed are there for certain: what is read of them later is theirs.
extension Solver {
    /// Those among the rows of the first table of a question that pass what it asks of that table.
    func touched(_ select: SQLSelect) -> [Int] {
        guard let source = select.from.first, case .table(let name) = source.what, let table = schema.place(name),
            inverter.commons[name.lowercased()] == nil, select.groups.isEmpty, !select.isDistinct,
            select.from.dropFirst().allSatisfy({ $0.join == .inner || $0.join == .left || $0.join == .cross })
        else { return [] }
        // Where its key is shown or named, it finds itself.
        let named = columns(select, source.alias, table)
        let shown = schema.tables[table].keys.filter { Set($0).isSubset(of: named) }
        let parts = (select.condition?.conjuncts ?? []).filter { isAbout($0, source.alias, table) }
        let rows = tableau.byTable[table].filter { place in
            let row = tableau.rows[place]
            guard row.born != nil || !row.writes.isEmpty, tableau.exists(place, at: inverter.time) else { return false }
            // Only one whose key nobody told yet does not.
            let isNameless = shown.allSatisfy { key in
                row.born != nil && key.contains { tableau.value(tableau.cell(place, $0, at: inverter.time)) == nil }
            }
            if !isNameless { return false }
            let scope = Scope(sources: [(source.alias, .row(place))])
            return parts.allSatisfy { inverter.evaluator.truth($0, [scope]) == true }
        }
        return rows.count <= 200 ? rows : []
    }

    /// Columns of that table that are shown, or compared with a constant.
    private func columns(_ select: SQLSelect, _ alias: String, _ table: Int) -> Set<Int> {
        var found: Set<Int> = []
        func add(_ expression: SQLExpr) {
            guard case .column(let named, let name, _) = expression, named.map({ Evaluator.same($0, alias) }) ?? true,
                let column = schema.tables[table].place(name)
            else { return }
            found.insert(column)
        }
        for item in select.items {
            if case .star = item.expression { return Set(schema.tables[table].columns.indices) }
            add(item.expression)
        }
        for case .compare("=", let left, let right) in select.condition?.conjuncts ?? [] {
            if case .value = right { add(left) }
            if case .value = left { add(right) }
        }
        return found
    }

    private func isAbout(_ part: SQLExpr, _ alias: String, _ table: Int) -> Bool {
        var isOwn = true
        part.walk { expression in
            switch expression {
            case .column(let named, let column, _):
                if let named { isOwn = isOwn && Evaluator.same(named, alias) }
                isOwn = isOwn && schema.tables[table].place(column) != nil
            case .exists, .inQuery, .subquery: isOwn = false
            default: break
            }
        }
        return isOwn
    }

    /// Which of the touched rows an answer shows. One that passes for certain, and of which nothing is known that is shown, is the first
    /// that it can be.
    func owner(_ touched: [Int], _ query: SQLQuery, _ answer: [SQLValue], _ answers: [[SQLValue]]) -> Int? {
        guard !touched.isEmpty, let select = query.first else { return nil }
        if let own = touched.firstIndex(where: { fits($0, select, answer) }) { return own }
        guard select.from.count == 1, query.limit == nil, query.offset == nil, answers.count <= 200 else { return nil }
        return touched.firstIndex { row in
            fits(row, select, answer, isCertain: true) && !answers.contains { fits(row, select, $0) }
        }
    }

    private static func areNamed(_ expression: SQLExpr) -> Bool {
        var areNamed = true
        expression.walk { if case .column(nil, _, _) = $0 { areNamed = false } }
        return areNamed
    }

    /// True where what is known of the row is what the answer shows, of one column at least.
    func fits(_ place: Int, _ select: SQLSelect, _ answer: [SQLValue], isCertain: Bool = false) -> Bool {
        guard let source = select.from.first, select.items.count == answer.count else { return false }
        let table = tableau.rows[place].table
        var agreed = isCertain
        for (item, value) in zip(select.items, answer) {
            if case .value = item.expression { continue }
            guard isAbout(item.expression, source.alias, table),
                select.from.count == 1 || Self.areNamed(item.expression),
                let known = tableau.value(
                    inverter.evaluator.term(item.expression, [Scope(sources: [(source.alias, .row(place))])]))
            else { continue }
            if !known.matches(value) { return false }
            agreed = true
        }
        return agreed
    }
}
