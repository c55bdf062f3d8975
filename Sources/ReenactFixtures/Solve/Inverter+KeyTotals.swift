/// What is shown of a total and of a column that the group has one of: `places - COUNT(x)`.
extension Inverter {
    /// True where the column side got its value from the total beside it, or the total from what is settled.
    func settle(
        _ expression: SQLExpr, _ value: SQLValue, _ select: SQLSelect, _ keys: inout [(SQLExpr, Term)],
        _ goals: inout GroupGoals
    ) -> Bool {
        guard case .binary(let sign, let left, let right) = expression, sign == "-" || sign == "+", !value.isNull,
            left.hasAggregate != right.hasAggregate
        else { return false }
        let (total, other) = left.hasAggregate ? (left, right) : (right, left)
        guard case .call(let call) = total, call.isAggregate, case .column = other else { return false }
        func back(_ known: SQLValue) -> SQLValue? {
            if sign == "+" { return Arithmetic.apply("-", value, known) }
            return left.hasAggregate ? Arithmetic.apply("-", known, value) : Arithmetic.apply("+", value, known)
        }
        if let known = goals.known(total) {
            if let made = back(known) { keys.append((other, .value(made))) }
            return true
        }
        // The column may be told beside it.
        if let told = keys.first(where: { $0.0 == other }), let known = tableau.value(told.1) {
            let wanted =
                sign == "+" || !left.hasAggregate
                ? (sign == "+" ? Arithmetic.apply("-", value, known) : Arithmetic.apply("-", known, value))
                : Arithmetic.apply("+", value, known)
            if let wanted { goals.add(total, wanted) }
            return true
        }
        // Any count will do: none, where rows of the group may lack what is counted.
        let fewest = SQLValue.int(select.from.contains { $0.join == .left } ? 0 : 1)
        guard call.name == "COUNT", let made = back(fewest), members(select, keys).isEmpty else { return false }
        keys.append((other, .value(made)))
        goals.add(total, fewest)
        return true
    }

    /// Groups with those keys that are there already keep what they have.
    private func members(_ select: SQLSelect, _ keys: [(SQLExpr, Term)]) -> [Scope] {
        var looking = evaluator
        looking.isLenient = true
        looking.assumes = true
        looking.lookup = RowLookup()
        looking.steps = StepCounter()
        return existing(select, keys, [], looking)
    }
}
