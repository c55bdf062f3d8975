import ReenactTimeline

/// What went into an expression, from what came out of it.
extension Inverter {
    /// Makes the function give that value, where its argument is free.
    func invert(_ call: SQLCall, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) {
        guard let first = call.arguments.first, !value.isNull else { return }
        if dialect == .postgres, try undone(call, value, scopes) { return }
        let namesUnit = ["STRFTIME", "EXTRACT", "DATE_PART", "DATE_TRUNC"].contains(call.name)
        if call.name == "JSON_EXTRACT", call.arguments.count == 2 {
            return try document(first, call.arguments[1], isBare: false, value, scopes)
        }
        if !namesUnit, call.name != "CONCAT", tableau.value(evaluator.term(first, scopes)) != nil { return }
        switch call.name {
        case "DATE" where call.arguments.count > 1:
            guard case .text(let text) = value else { return }
            var days = 0
            for case .value(.text(let change)) in call.arguments.dropFirst() {
                let words = change.split(separator: " ")
                guard words.count == 2, ["day", "days"].contains(words[1]), let number = Int(words[0]) else { continue }
                days += number
            }
            if let before = Days.shifted(text, by: -days) { try assign(first, .value(.text(before)), scopes) }
        case "JULIANDAY":
            if let date = value.looseDouble.flatMap(Days.date(julian:)) {
                try assign(first, .value(.text(date)), scopes)
            }
        case "CONCAT":
            guard let head = call.arguments.first else { return }
            let joined = call.arguments.dropFirst().reduce(head) { .binary("||", $0, $1) }
            try split(joined, value, scopes)
        case "LEFT":
            guard case .text(let text) = value else { return }
            try begin(first, text, scopes)
        case "ROUND", "ABS", "TRIM", "DATE", "DATETIME", "CEIL", "CEILING", "FLOOR", "LTRIM", "RTRIM", "INITCAP",
            "TRUNC",
            "GREATEST", "LEAST", "MIN", "MAX":
            try assign(first, .value(value), scopes)
            if ["GREATEST", "LEAST", "MIN", "MAX"].contains(call.name) {
                for other in call.arguments.dropFirst() where tableau.value(evaluator.term(other, scopes)) == nil {
                    try assign(other, .value(value), scopes)
                }
            }
        case "JSON_QUOTE":
            guard case .text(let text) = value, let inner = JSONParser.parse(text),
                let held = DocumentPath.value(inner, dialect)
            else { return }
            try assign(first, .value(held), scopes)
        case "NULLIF": try assign(first, .value(value), scopes)
        case "LENGTH", "CHAR_LENGTH":
            guard let count = GroupGoals.integer(value), count >= 0, count < 10_000 else { return }
            var text = String(repeating: "x", count: count)
            if case .variable(let place) = underlying(first, scopes),
                let like = tableau.variables[tableau.root(place)].like
            {
                text = like.text(0, filling: count)
            }
            try assign(first, .value(.text(text)), scopes)
        case "SUBSTR", "SUBSTRING":
            guard case .text(let text) = value, call.arguments.count == 3, call.arguments[1] == .value(.int(1)) else {
                return
            }
            try begin(first, text, scopes)
        case "DATE_TRUNC":
            guard call.arguments.count == 2, case .text(let text) = value else { return }
            let isDate = kind(call.arguments[1]) == .date
            if tableau.value(evaluator.term(call.arguments[1], scopes)) == nil {
                try assign(call.arguments[1], .value(.text(isDate ? String(text.prefix(10)) : text)), scopes)
            }
        case "STRFTIME", "EXTRACT", "DATE_PART":
            guard call.arguments.count == 2, case .value(.text(let unit)) = first, let text = Functions.text(value)
            else { return }
            try moment(unit, text, call.arguments[1], scopes)
        default: break
        }
    }

    /// A text that begins so.
    private func begin(_ expression: SQLExpr, _ text: String, _ scopes: [Scope]) throws(Conflict) {
        guard case .variable(let place) = underlying(expression, scopes), tableau.value(place) == nil else { return }
        try tableau.requireNotNull(place)
        if let known = tableau.variables[tableau.root(place)].like?.beginning {
            if known.hasPrefix(text) { return }
            guard text.hasPrefix(known) else { throw Conflict(what: "a text has two beginnings") }
        }
        tableau.change(tableau.root(place)) { $0.like = LikePattern(prefix: text) }
    }

    /// The first of these dates that the conditions allow.
    private func assignFirst(
        _ argument: SQLExpr, _ scopes: [Scope], _ moments: (String) -> [String]
    ) throws(Conflict) {
        var years: [String] = []
        if case .variable(let place) = underlying(argument, scopes) {
            let known = tableau.variables[tableau.root(place)]
            for bound in [known.low, known.high] {
                if case .text(let text)? = bound?.value, text.utf8.count >= 10 { years.append(String(text.prefix(4))) }
            }
        }
        var failure = Conflict(what: "no moment has that part")
        for moment in (years + ["2000"]).flatMap(moments) {
            let mark = tableau.mark
            do throws(Conflict) { return try assign(argument, .value(.text(moment)), scopes) } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
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
            try assignFirst(argument, scopes) { year in
                ["01", "14", "28"].map { "\(year)-\(Days.padded(month, 2))-\($0)" }
            }
        case "%d", "day":
            guard let day = Int(text), (1...31).contains(day) else { return }
            try assignFirst(argument, scopes) { year in
                (1...12).map { "\(year)-\(Days.padded($0, 2))-\(Days.padded(day, 2))" }
                    .filter { Days.shifted($0, by: 0) == $0 }
            }
        case "%w", "dow", "isodow":
            guard let day = Int(text), (0...7).contains(day) else { return }
            try assignFirst(argument, scopes) { year in
                (0..<360).compactMap { Days.shifted("\(year)-01-01", by: $0) }
                    .filter { Days.number($0).map { ($0 + 4) % 7 == day % 7 } ?? false }
            }
        case "quarter":
            guard let part = Int(text), (1...4).contains(part) else { return }
            try assignFirst(argument, scopes) { year in
                (1...3).map { "\(year)-\(Days.padded(part * 3 - 3 + $0, 2))-15" }
            }
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
                // What must be NULL is, before anything else is made of it.
                let nulls = way.conditions.filter { if case .isNull(_, negated: false) = $0 { true } else { false } }
                for condition in nulls { try require(condition, scopes) }
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
            // A path goes on behind its last mark.
            let isLast = place + 3 == parts.count
            if let next, !next.isEmpty, let cut = isLast ? rest.lastRange(of: next) : rest.firstRange(of: next) {
                piece = rest[..<cut.lowerBound]
            } else if place + 1 < parts.count {
                piece = rest.prefix(1)
            }
            try assign(part, .value(.text(String(piece))), scopes)
            rest = rest[piece.endIndex...]
        }
    }
}

extension SQLExpr {
    /// Texts put one behind the other.
    var isJoinedText: Bool { if case .binary("||", _, _) = self { true } else { false } }
}

extension Substring {
    fileprivate func lastRange(of part: String) -> Range<Index>? {
        var found: Range<Index>?
        var start = startIndex
        while let range = self[start...].firstRange(of: part) {
            found = range
            start = index(after: range.lowerBound)
        }
        return found
    }
}
