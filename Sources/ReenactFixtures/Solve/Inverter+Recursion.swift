/// Subqueries in FROM and common tables, which may read themselves.
extension Inverter {
    func produce(_ pending: Scope.Pending, _ scopes: [Scope]) throws(Conflict) {
        let all = options
        defer { options = all }
        if pending.isStep {
            options.reuse = .all
        } else if pending.isFresh, let select = pending.query.first {
            if !select.groups.isEmpty {
                options.reuse = .none
                options.isNewGroup = true
            } else if options.reuse != .none {
                options.reuse = .partners
                options.fresh = facts(select)
            }
        }
        try produce(pending.query, pending.columns, scopes)
    }

    /// A counter that starts at a constant and rises with each step is never below it.
    func beginsBefore(_ query: SQLQuery, _ outputs: [Term]) throws(Conflict) {
        guard isRecursive(query), case .combine(_, _, let left, let right) = query.body, let first = left.first,
            let again = right.first
        else { return }
        for (place, output) in outputs.enumerated() where place < first.items.count && place < again.items.count {
            guard case .value(let start) = first.items[place].expression,
                case .binary("+", .column, .value(let step)) = again.items[place].expression,
                let value = tableau.value(output), step.looseDouble ?? 0 > 0, value.sorts(before: start)
            else { continue }
            throw Conflict(what: "a counter lies below its start")
        }
    }

    func readsRecursion(_ select: SQLSelect) -> Bool {
        select.from.contains { source in
            guard case .table(let name) = source.what, let common = commons[name.lowercased()] else { return false }
            return isRecursive(common.query)
        }
    }

    /// `WITH RECURSIVE`: the second part reads what is being produced.
    func isRecursive(_ query: SQLQuery) -> Bool {
        guard case .combine("UNION", _, _, let again) = query.body else { return false }
        return again.first?.from.contains { source in
            guard case .table(let name) = source.what, let common = commons[name.lowercased()] else { return false }
            return common.query.body == query.body
        } ?? false
    }
}
