/// What must hold of the rows that are chosen.
extension Inverter {
    /// States outputs and conditions of one combination of rows.
    func enforce(
        _ select: SQLSelect, _ outputs: [Term]?, _ scopes: [Scope], _ absent: Set<String>
    ) throws(Conflict) {
        // What functions make of a column has its choice in what the conditions leave; lengths come last.
        var computed: [Computed] = []
        if let outputs {
            var place = 0
            for item in select.items {
                if case .star(let only) = item.expression {
                    for (alias, binding) in scopes[0].sources where only.map({ Evaluator.same($0, alias) }) ?? true {
                        for term in evaluator.starTerms(binding) {
                            if place < outputs.count { try tableau.unify(term, outputs[place]) }
                            place += 1
                        }
                    }
                    continue
                }
                if place < outputs.count, !item.expression.hasAggregate {
                    // What two columns make together: the conditions may leave only one way.
                    if isLate(item.expression) {
                        computed.append(Computed(expression: item.expression, output: outputs[place]))
                    } else {
                        try assign(item.expression, outputs[place], scopes)
                    }
                }
                place += 1
            }
        }
        for (index, source) in select.from.enumerated() where !absent.contains(source.alias) {
            let isAlone =
                (source.join == .right || source.join == .full)
                && select.from[..<index].allSatisfy { absent.contains($0.alias) }
            if isAlone { continue }
            if let on = source.on { try require(on, scopes) }
            for name in source.using { try common(name, index, scopes) }
            if source.isNatural, case .row(let row) = scopes[0].sources[index].binding {
                for column in schema.tables[tableau.rows[row].table].columns { try common(column.name, index, scopes) }
            }
        }
        // What compares two columns has its choice in what the others leave.
        let parts = select.condition?.conjuncts ?? []
        for part in parts where !Self.comparesColumns(part) { try require(part, scopes) }
        for part in parts where Self.comparesColumns(part) { try require(part, scopes) }
        computed = try settledTogether(computed, scopes)
        for one in computed where !Self.isLength(one.expression) { try assign(one.expression, one.output, scopes) }
        for one in computed where Self.isLength(one.expression) { try assign(one.expression, one.output, scopes) }
    }

    private func isLate(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .binary("||", let left, let right): return Self.hasCall(left) || Self.hasCall(right)
        case .binary(let sign, _, _) where dialect == .postgres && PostgresOperators.paths.contains(sign): return false
        case .binary: return true
        case .cast(let inner, _): return isLate(inner)
        case .call(let call):
            return Self.isLength(expression)
                || ["COALESCE", "IFNULL"].contains(call.name)
                    && call.arguments.dropFirst().contains(where: Self.hasCall)
                || ["STRFTIME", "TO_CHAR", "EXTRACT", "DATE_PART", "DATE_TRUNC", "DATE", "JULIANDAY", "JSON_EXTRACT"]
                    .contains(call.name)
        default: return false
        }
    }

    private static func hasCall(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { if case .call = $0 { found = true } }
        return found
    }

    private static func isLength(_ expression: SQLExpr) -> Bool {
        if case .call(let call) = expression { return call.name == "LENGTH" || call.name == "CHAR_LENGTH" }
        return false
    }

    private static func comparesColumns(_ part: SQLExpr) -> Bool {
        if case .compare(let sign, .column, .column) = part { return sign != "=" }
        return false
    }

    /// USING: the column of this source is that of one before it.
    private func common(_ name: String, _ index: Int, _ scopes: [Scope]) throws(Conflict) {
        let mine = Scope(sources: [scopes[0].sources[index]])
        let before = Scope(sources: Array(scopes[0].sources[..<index]))
        guard let left = evaluator.lookup(nil, name, [before]), let right = evaluator.lookup(nil, name, [mine]) else {
            return
        }
        try tableau.unify(left, right)
    }
}
