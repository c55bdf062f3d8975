/// Values for COUNT(DISTINCT …).
extension Inverter {
    /// A value of that cell which is none of those.
    func shown(_ term: Term, _ known: [SQLValue]) -> SQLValue? {
        if let value = tableau.value(term) {
            return value.isNull || known.contains { $0.matches(value) } ? nil : value
        }
        guard case .variable(let cell) = term, let like = tableau.variables[tableau.root(cell)].like else { return nil }
        for count in Int64(0)..<40 {
            let value = SQLValue.text(like.text(count))
            if !known.contains(value), (try? tableau.bind(cell, value)) != nil { return value }
        }
        return nil
    }

    /// Values that a counted column may have: such as nobody speaks of, then those that conditions name.
    func candidates(_ expression: SQLExpr, _ select: SQLSelect) -> [SQLValue] {
        let place = column(expression, select)
        var list = [freshValue(place), freshValue(place)].compactMap { $0 }
        if let place {
            let kind = schema.tables[place.table].columns[place.column].kind
            let named = constants(place)
            list += named
            if kind == .integer {
                // Plain numbers, which other totals notice least.
                let small = (Int64(1)...150).map(SQLValue.int)
                list = options.mode == .low ? small + list : list + small
            }
            for value in named.prefix(6) {
                var (up, down) = (value, value)
                for _ in 0..<40 {
                    up = Values.stepped(up, kind, up: true)
                    down = Values.stepped(down, kind, up: false)
                    list += [up, down]
                }
            }
        }
        guard let domain = place.flatMap({ schema.tables[$0.table].columns[$0.column].domain }) else { return list }
        return list.filter(domain.takes) + domain.candidates()
    }
}
