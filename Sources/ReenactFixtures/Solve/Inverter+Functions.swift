/// What went into an expression, from what came out of it.
extension Inverter {
    /// Makes the function give that value, where its argument is free.
    func invert(_ call: SQLCall, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) {
        guard let first = call.arguments.first, !value.isNull else { return }
        if tableau.value(evaluator.term(first, scopes)) != nil, call.name != "STRFTIME", call.name != "EXTRACT" {
            return
        }
        switch call.name {
        case "ROUND", "ABS", "TRIM", "DATE": try assign(first, .value(value), scopes)
        case "NULLIF": try assign(first, .value(value), scopes)
        case "LENGTH", "CHAR_LENGTH":
            guard let count = GroupGoals.integer(value), count >= 0, count < 10_000 else { return }
            try assign(first, .value(.text(String(repeating: "x", count: count))), scopes)
        case "SUBSTR", "SUBSTRING":
            guard case .text(let text) = value, call.arguments.count == 3, call.arguments[1] == .value(.int(1)),
                case .variable(let place) = underlying(first, scopes), tableau.value(place) == nil
            else { return }
            try tableau.requireNotNull(place)
            tableau.change(tableau.root(place)) { $0.like = LikePattern(prefix: text) }
        case "STRFTIME", "EXTRACT", "DATE_PART":
            guard call.arguments.count == 2, case .value(.text(let unit)) = first, let text = Functions.text(value)
            else { return }
            try moment(unit, text, call.arguments[1], scopes)
        default: break
        }
    }

    /// A date with that year, or that year and month.
    private func moment(_ unit: String, _ text: String, _ argument: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        guard tableau.value(evaluator.term(argument, scopes)) == nil else { return }
        switch unit.lowercased() {
        case "%y", "year":
            guard unit != "%y", let year = Double(text).map({ Int($0) }), year > 0, year < 9999 else { return }
            let digits = String(repeating: "0", count: max(0, 4 - String(year).utf8.count)) + String(year)
            try require(.compare(">=", argument, .value(.text("\(digits)-01-01"))), scopes)
            try require(.compare("<=", argument, .value(.text("\(digits)-12-31"))), scopes)
        case "%y-%m":
            try require(.compare(">=", argument, .value(.text("\(text)-01"))), scopes)
            try require(.compare("<=", argument, .value(.text("\(text)-28"))), scopes)
        case "%y-%m-%d": try assign(argument, .value(.text(text)), scopes)
        case "%m" where unit != "%M", "month":
            guard let month = Int(text), (1...12).contains(month) else { return }
            try assign(argument, .value(.text("2000-\(month < 10 ? "0" : "")\(month)-01")), scopes)
        default: break
        }
    }

    /// Takes the branch of a CASE that gives the value.
    func choose(
        _ operand: SQLExpr?, _ branches: [SQLBranch], _ otherwise: SQLExpr?, _ value: SQLValue, _ scopes: [Scope]
    ) throws(Conflict) {
        var ways: [(conditions: [SQLExpr], result: SQLExpr)] = []
        var before: [SQLExpr] = []
        for branch in branches {
            let condition = operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
            ways.append((before + [condition], branch.result))
            before.append(.not(condition))
        }
        ways.append((before, otherwise ?? .value(.null)))
        // Results that are that constant come before those that would have to become it.
        let exact = ways.filter { if case .value(let known) = $0.result { known.matches(value) } else { false } }
        let open = ways.filter { if case .value = $0.result { false } else { true } }
        var failure = Conflict(what: "no branch of a CASE gives that")
        for way in exact + open {
            let mark = tableau.mark
            do throws(Conflict) {
                for condition in way.conditions {
                    if case .not(let inner) = condition {
                        try requireUntrue(inner, scopes)
                    } else {
                        try require(condition, scopes)
                    }
                }
                return try assign(way.result, .value(value), scopes)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// False or unknown; what can't be NULL must be false.
    private func requireUntrue(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        switch evaluator.truth(condition, scopes) {
        case true: throw Conflict(what: "a condition is true")
        case false: return
        case nil: try requireFalse(condition, scopes)
        }
    }

    /// `a || '-' || b` cut at what is known of it.
    func split(_ expression: SQLExpr, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) {
        guard let text = Functions.text(value) else { return }
        var parts: [SQLExpr] = []
        func flatten(_ part: SQLExpr) {
            if case .binary("||", let left, let right) = part {
                flatten(left)
                flatten(right)
            } else {
                parts.append(part)
            }
        }
        flatten(expression)
        var rest = Substring(text)
        for (place, part) in parts.enumerated() {
            if let known = tableau.value(evaluator.term(part, scopes)).flatMap(Functions.text) {
                guard rest.hasPrefix(known) else { throw Conflict(what: "a text is not made of these parts") }
                rest = rest.dropFirst(known.count)
                continue
            }
            let next =
                place + 1 < parts.count
                ? tableau.value(evaluator.term(parts[place + 1], scopes)).flatMap(Functions.text) : nil
            var piece = rest
            if let next, !next.isEmpty, let cut = rest.firstRange(of: next) {
                piece = rest[..<cut.lowerBound]
            } else if place + 1 < parts.count {
                piece = rest.prefix(1)
            }
            try assign(part, .value(.text(String(piece))), scopes)
            rest = rest[piece.endIndex...]
        }
    }
}
