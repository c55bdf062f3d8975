/// Outer joins without a partner.
extension Inverter {
    /// Which outer joins found no partner: those whose outputs are all NULL; where nothing is returned of them, both.
    func absences(_ select: SQLSelect, _ outputs: [Term]?) -> [Set<String>] {
        var sure: Set<String> = []
        var open: Set<String> = []
        for source in select.from where source.join == .left || source.join == .full {
            var seen = false
            var present = isPresent(source.alias, select)
            guard case .table(let name) = source.what, let table = schema.place(name) else {
                if !present { open.insert(source.alias) }
                continue
            }
            for (item, output) in zip(select.items, outputs ?? []) {
                guard case .column(let alias?, let column, _) = item.expression, Evaluator.same(alias, source.alias),
                    let value = tableau.value(output)
                else { continue }
                let place = schema.tables[table].place(column)
                let needed = place.map { schema.tables[table].columns[$0].isNotNull } ?? false
                seen = seen || needed
                if !value.isNull { present = true }
            }
            if present || options.present.contains(source.alias) { continue }
            if seen { sure.insert(source.alias) } else { open.insert(source.alias) }
        }
        if let place = select.from.firstIndex(where: { $0.join == .right || $0.join == .full }) {
            return [sure, sure.union(select.from[..<place].map(\.alias)), sure.union(open)]
        }
        if open.isEmpty { return [sure] }
        var list = [sure.union(open)]
        for alias in open.sorted().prefix(4) { list.append(sure.union(open.subtracting([alias]))) }
        return list + [sure]
    }

    /// A condition speaks of a value of that source.
    private func isPresent(_ alias: String, _ select: SQLSelect) -> Bool {
        (select.condition?.conjuncts ?? []).contains { part in
            switch part {
            case .isNull(let inner, true):
                var mine = false
                inner.walk {
                    guard case .column(let table?, _, _) = $0 else { return }
                    mine = mine || Evaluator.same(table, alias)
                }
                return mine
            default: return false
            }
        }
    }
}
