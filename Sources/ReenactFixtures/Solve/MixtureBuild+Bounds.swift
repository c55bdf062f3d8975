/// What is known of a group's totals, as bounds on linear forms of its kinds of rows.
extension MixtureBuild {
    private typealias Form = GroupMixture.Form

    /// Adds what is known of that total. False where it is no matter of a mixture.
    mutating func state(_ total: MixedTotal) -> Bool {
        if total.value.isNull {
            // Whatever is made of one total alone is NULL where that is.
            guard total.calls.count == 1, let call = total.calls.first, total.sign == "=", call.name != "COUNT",
                let argument = GroupGoals.argument(call),
                let count = call.filter.map(passing) ?? count(argument)
            else { return false }
            bounds.append(.init(form: count, low: 0, high: 0))
            return true
        }
        guard let value = total.value.looseDouble, abs(value) < 1e15 else { return false }
        let step = 1e-6 * max(1, abs(value))
        switch total.sign {
        case "=": return bound(total.expression, value, value, isWhole: total.value.isInteger)
        case ">": return bound(total.expression, value + step, .infinity, isWhole: false)
        case ">=": return bound(total.expression, value, .infinity, isWhole: false)
        case "<": return bound(total.expression, -.infinity, value - step, isWhole: false)
        case "<=": return bound(total.expression, -.infinity, value, isWhole: false)
        default: return false
        }
    }

    private mutating func bound(_ expression: SQLExpr, _ low: Double, _ high: Double, isWhole: Bool) -> Bool {
        switch expression {
        case .cast(let inner, let type):
            let cuts = type.uppercased().hasPrefix("INT") && low >= 0
            return bound(inner, low, cuts ? high + 1 - 1e-9 : high, isWhole: false)
        case .call(let call) where call.name == "ROUND":
            guard let first = call.arguments.first else { return false }
            var digits = 0
            if call.arguments.count > 1 {
                guard case .value(.int(let given)) = call.arguments[1], (0...9).contains(given) else { return false }
                digits = Int(given)
            }
            var half = 0.5
            for _ in 0..<digits { half /= 10 }
            // The very edge is the engine's to judge.
            half *= 0.999
            return bound(first, low - half, high + half, isWhole: false)
        case .call(let call) where ["COALESCE", "IFNULL"].contains(call.name) && call.arguments.count == 2:
            return bound(call.arguments[0], low, high, isWhole: isWhole)
        case .call(let call) where call.name == "MIN" || call.name == "MAX":
            guard low == high, let argument = GroupGoals.argument(call) else { return false }
            return edge(argument, low, isLow: call.name == "MIN")
        default: break
        }
        guard let (above, below) = ratio(expression) else { return false }
        var high = high
        if isWhole, case .binary("/", _, _) = expression, low >= 0 { high += 1 - 1e-9 }
        if below.isConstant {
            guard below.constant > 0 else { return false }
            bounds.append(.init(form: above, low: low * below.constant, high: high * below.constant))
        } else {
            // Exact fractions come with their last digit rounded.
            let slack = low == high ? 1e-9 * max(1, abs(low)) : 0
            if low > -.infinity { bounds.append(.init(form: above + below * -(low - slack), low: 0, high: .infinity)) }
            if high < .infinity {
                bounds.append(.init(form: above + below * -(high + slack), low: -.infinity, high: 0))
            }
            bounds.append(.init(form: below, low: 1e-6, high: .infinity))
        }
        return true
    }

    /// Some row holds the edge itself.
    private mutating func edge(_ argument: SQLExpr, _ value: Double, isLow: Bool) -> Bool {
        for member in members {
            guard let mine = looking.value(looking.term(argument, [member] + outer)) else { return false }
            guard let number = mine.looseDouble else { continue }
            if number == value { return true }
            if isLow ? number < value : number > value { return false }
        }
        var form = blank()
        for (place, share) in (shares[argument] ?? []).enumerated() {
            if case .number(let number, let opens) = share, opens.isEmpty, abs(number - value) < 1e-9 {
                form.fixed[place] = 1
            }
        }
        if form.isConstant { return false }
        bounds.append(.init(form: form, low: 1, high: .infinity))
        return true
    }

    private func blank(_ constant: Double = 0) -> Form { Form(constant, kinds: kinds.count, opens: opens.count) }

    private func ratio(_ expression: SQLExpr) -> (Form, Form)? {
        let one = blank(1)
        switch expression {
        case .value(let value): return value.looseDouble.map { (blank($0), one) }
        case .cast(let inner, let type):
            return type.uppercased().hasPrefix("INT") ? nil : ratio(inner)
        case .unary("+", let inner): return ratio(inner)
        case .unary("-", let inner): return ratio(inner).map { ($0.0 * -1, $0.1) }
        case .call(let call) where call.isAggregate: return total(call)
        case .call(let call) where ["NULLIF", "COALESCE", "IFNULL"].contains(call.name) && call.arguments.count == 2:
            return call.arguments[1] == .value(.int(0)) || call.arguments[1] == .value(.real(0))
                ? ratio(call.arguments[0]) : nil
        case .binary(let sign, let left, let right):
            guard let (a, b) = ratio(left), let (c, d) = ratio(right) else { return nil }
            switch sign {
            case "+", "-":
                guard b.isConstant, d.isConstant, b.constant != 0, d.constant != 0 else { return nil }
                return (a * (1 / b.constant) + c * ((sign == "-" ? -1 : 1) / d.constant), one)
            case "*":
                if c.isConstant, d.isConstant, d.constant != 0 { return (a * (c.constant / d.constant), b) }
                if a.isConstant, b.isConstant, b.constant != 0 { return (c * (a.constant / b.constant), d) }
                return nil
            case "/":
                guard b.isConstant, b.constant != 0, d.isConstant, d.constant != 0 else {
                    if c.isConstant, d.isConstant, c.constant != 0 { return (a, b * (c.constant / d.constant)) }
                    return nil
                }
                return (a * (1 / b.constant), c * (1 / d.constant))
            default: return nil
            }
        default: return nil
        }
    }

    private func total(_ call: SQLCall) -> (Form, Form)? {
        let one = blank(1)
        guard let argument = GroupGoals.argument(call) else {
            var form = blank(Double(members.count))
            form.fixed = form.fixed.map { _ in 1 }
            return (form, one)
        }
        switch call.name {
        case "COUNT" where call.filter == nil: return count(argument).map { ($0, one) }
        case "SUM", "TOTAL", "COUNT": return sum(argument).map { ($0, one) }
        case "AVG":
            guard let sum = sum(argument), let count = count(argument) else { return nil }
            return (sum, count)
        default: return nil
        }
    }

    private func count(_ argument: SQLExpr) -> Form? {
        var form = blank()
        for member in members {
            guard let value = looking.value(looking.term(argument, [member] + outer)) else { return nil }
            if !value.isNull { form.constant += 1 }
        }
        for (place, share) in (shares[argument] ?? []).enumerated() {
            if case .number = share { form.fixed[place] = 1 }
        }
        return form
    }

    /// How many rows pass a FILTER.
    private func passing(_ filter: SQLExpr) -> Form? {
        var form = blank()
        for member in members where looking.truth(filter, [member] + outer) != false { form.constant += 1 }
        for (place, kind) in kinds.enumerated() where isTrue(filter, kind) { form.fixed[place] = 1 }
        return form
    }

    private func sum(_ argument: SQLExpr) -> Form? {
        var form = blank()
        for member in members {
            guard let value = looking.value(looking.term(argument, [member] + outer)) else { return nil }
            form.constant += value.looseDouble ?? 0
        }
        for (place, share) in (shares[argument] ?? []).enumerated() {
            guard case .number(let number, let parts) = share else { continue }
            form.fixed[place] = number
            for part in parts { form.open[part.place] = part.factor }
        }
        return form
    }
}
