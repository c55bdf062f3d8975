/// Arrays of PostgreSQL, from what they must hold.
extension Inverter {
    /// Makes an array hold what is asked for.
    func gather(_ sign: String, _ left: SQLExpr, _ wanted: SQLValue, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard sign == "@>" || sign == "&&", case .variable(let cell) = underlying(left, scopes),
            let elements = PostgresArray.elements(wanted)
        else { return false }
        try include(sign == "&&" ? Array(elements.prefix(1)) : elements, cell)
        return true
    }

    /// An element that is not known yet: one that the array holds, or a new one of both.
    func share(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard sign == "@>", case .call(let call) = right, call.name == "ARRAY", call.arguments.count == 1,
            case .variable(let element) = evaluator.term(call.arguments[0], scopes),
            case .variable(let cell) = underlying(left, scopes)
        else { return false }
        let root = tableau.variables[tableau.root(element)]
        var candidates = tableau.value(cell).flatMap(PostgresArray.elements)?.filter { !$0.isNull } ?? []
        if root.table >= 0, let fresh = freshValue(Place(table: root.table, column: root.column)) {
            candidates.append(fresh)
        }
        for candidate in candidates {
            let mark = tableau.mark
            do throws(Conflict) {
                try tableau.bind(element, candidate)
                try include([candidate], cell)
                return true
            } catch { tableau.undo(to: mark) }
        }
        throw Conflict(what: "an array holds no such element")
    }

    /// Makes the array of that cell hold these elements too.
    func include(_ elements: [SQLValue], _ cell: Int) throws(Conflict) {
        let old = tableau.value(cell)
        if old?.isNull == true { throw Conflict(what: "an array is NULL") }
        let list = old.flatMap(PostgresArray.elements) ?? []
        let more = elements.filter { !PostgresArray.contains(list, $0) }
        if more.isEmpty, old != nil { return }
        let known = tableau.variables[tableau.root(cell)]
        guard old == nil || known.isSoft else { throw Conflict(what: "an array holds other values") }
        let (soft, overrides) = (tableau.isSoft, tableau.overrides)
        (tableau.isSoft, tableau.overrides) = (true, true)
        defer { (tableau.isSoft, tableau.overrides) = (soft, overrides) }
        // What only filled a length gives its place to what is asked for.
        var all = list
        for element in more {
            let filler = all.firstIndex { held in
                guard case .text(let text) = held, let number = Int(text), (1...400).contains(number) else {
                    return false
                }
                return !isSpokenOf(held) && !isSpokenOf(.int(Int64(number))) && !elements.contains(held)
            }
            if let filler, Functions.text(element).flatMap({ Int($0) }) == nil {
                all[filler] = element
            } else {
                all.append(element)
            }
        }
        try tableau.bind(cell, .text(PostgresArray.text(all)))
    }
}
