/// The operands of a sum or product, from what came out of it.
extension Inverter {
    func arithmetic(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ target: Term, _ scopes: [Scope]
    ) throws(Conflict) {
        guard let value = tableau.value(target), !value.isNull else { return }
        if sign == "||" { return try split(.binary(sign, left, right), value, scopes) }
        if sign == "->>" { return try document(left, right, isBare: true, value, scopes) }
        if sign == "%", case .value = right { return try assign(left, target, scopes) }
        if sign == "&" || sign == "|" {
            // Alone the result gives itself, where the other side allows it at all.
            for (known, free) in [(left, right), (right, left)] {
                guard let mask = tableau.value(evaluator.term(known, scopes)),
                    tableau.value(evaluator.term(free, scopes)) == nil
                else { continue }
                guard Arithmetic.apply(sign, mask, value)?.matches(value) == true else {
                    throw Conflict(what: "bits that can't be")
                }
                return try assign(free, target, scopes)
            }
            return
        }
        if try spans(sign, left, right, value, scopes) { return }
        guard ["+", "-", "*", "/"].contains(sign) else { return }
        if case .text(let text) = value, sign == "+" || sign == "-", Days.number(text) != nil,
            case .int(let days)? = tableau.value(evaluator.term(right, scopes)),
            let before = Days.shifted(text, by: Int(clamping: sign == "+" ? -days : days))
        {
            return try assign(left, .value(.text(before)), scopes)
        }
        let (a, b) = (tableau.value(evaluator.term(left, scopes)), tableau.value(evaluator.term(right, scopes)))
        if a != nil, b != nil {
            guard let a, let b, let now = Arithmetic.apply(sign, a, b), !now.matches(value) else { return }
            // Of fractions the engine knows the last digit.
            guard let x = now.looseDouble, let y = value.looseDouble, abs(x - y) > 1e-6 * max(1, abs(y)) else { return }
            throw Conflict(what: "a computed value is another")
        }
        if let b {
            if let wanted = Factors.left(sign, value, b, digits(left)) { try assign(left, .value(wanted), scopes) }
            return
        }
        if let a {
            if let wanted = Factors.right(sign, value, a, digits(right)) { try assign(right, .value(wanted), scopes) }
            return
        }
        var failure = Conflict(what: "no two values give that result")
        for choice in choices(sign, right, value, digits(left), scopes) {
            guard let wanted = Factors.left(sign, value, choice, digits(left)) else { continue }
            let mark = tableau.mark
            do throws(Conflict) {
                try assign(right, .value(choice), scopes)
                // The operand may have become another: then so must the first.
                let settled = tableau.value(evaluator.term(right, scopes)) ?? choice
                let first = settled.matches(choice) ? wanted : Factors.left(sign, value, settled, digits(left))
                return try assign(left, .value(first ?? wanted), scopes)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        guard sign == "*" || sign == "+" else { throw failure }
        for choice in choices(sign, left, value, digits(right), scopes) {
            guard let wanted = Factors.right(sign, value, choice, digits(right)) else { continue }
            let mark = tableau.mark
            do throws(Conflict) {
                try assign(left, .value(choice), scopes)
                return try assign(right, .value(wanted), scopes)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// `60 > 100 - n` says where n lies. False where it is no sum of one free number and a known one.
    func isolate(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard case .binary(let operation, let first, let second) = left, operation == "+" || operation == "-",
            sign != "<>", sign != "IS NOT", let edge = tableau.value(evaluator.term(right, scopes)), edge.double != nil
        else { return false }
        let (a, b) = (tableau.value(evaluator.term(first, scopes)), tableau.value(evaluator.term(second, scopes)))
        if let b, a == nil, b.double != nil, let moved = Arithmetic.apply(operation == "+" ? "-" : "+", edge, b) {
            try require(.compare(sign, first, .value(moved)), scopes)
            return true
        }
        guard let a, b == nil, a.double != nil else { return false }
        if operation == "+" {
            guard let moved = Arithmetic.apply("-", edge, a) else { return false }
            try require(.compare(sign, second, .value(moved)), scopes)
        } else {
            guard let moved = Arithmetic.apply("-", a, edge) else { return false }
            try require(.compare(Evaluator.mirrored[sign] ?? sign, second, .value(moved)), scopes)
        }
        return true
    }

    /// Values for the second operand: the one that changes nothing, then what its bounds allow.
    private func choices(
        _ sign: String, _ right: SQLExpr, _ value: SQLValue, _ digits: Int?, _ scopes: [Scope]
    ) -> [SQLValue] {
        var list: [SQLValue] = [.int(sign == "+" || sign == "-" ? 0 : 1)]
        if case .variable(let place) = evaluator.term(right, scopes) {
            let known = tableau.variables[tableau.root(place)]
            let (low, high) = (known.low?.value.looseDouble, known.high?.value.looseDouble)
            if low != nil || high != nil {
                // Powers of two divide binary fractions without loss.
                for power in -10...10 {
                    let two = power < 0 ? 1 / Double(1 << -power) : Double(1 << power)
                    if two > low ?? 0, two < high ?? .infinity, self.digits(right) == nil { list.append(.real(two)) }
                }
                if let low, let high, self.digits(right) == nil { list.append(.real((low + high) / 2)) }
                list += [known.low?.value, known.high?.value].compactMap { $0 }
                for edge in [known.low?.value, known.high?.value].compactMap({ $0 }) {
                    let unit = SQLValue.number(
                        "0." + String(repeating: "0", count: max(0, (self.digits(right) ?? 2) - 1)) + "1")
                    for sign in ["+", "-"] {
                        if let next = Arithmetic.apply(sign, edge, unit) { list.append(next) }
                    }
                }
            }
        }
        if let digits, sign == "*", case .number(let text) = value, let dot = text.firstIndex(of: ".") {
            let more = text.distance(from: dot, to: text.endIndex) - 1 - digits
            if more > 0, more < 6 { list.append(.number("0." + String(repeating: "0", count: more - 1) + "1")) }
        }
        return list
    }

    /// How many digits behind the point the engine keeps of it; nil where it keeps any.
    func digits(_ expression: SQLExpr) -> Int? {
        switch expression {
        case .value(.int): return 0
        case .value(.number(let text)), .value(.text(let text)):
            guard Double(text) != nil else { return nil }
            return text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
        case .column(_, let name, _):
            for table in schema.tables {
                guard let place = table.place(name) else { continue }
                let column = table.columns[place]
                if column.kind == .integer { return 0 }
                return column.kind == .decimal && dialect == .postgres ? column.scale : nil
            }
            return nil
        case .unary(_, let inner): return digits(inner)
        case .binary(let sign, let left, let right):
            guard let a = digits(left), let b = digits(right) else { return nil }
            return sign == "*" ? a + b : sign == "/" ? nil : max(a, b)
        default: return nil
        }
    }
}
