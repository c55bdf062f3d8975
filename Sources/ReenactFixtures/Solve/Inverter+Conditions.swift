extension Inverter {
    /// Makes the condition true.
    func require(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        if try requireOfDocument(condition, scopes) { return }
        switch condition {
        case .and(let left, let right):
            try require(left, scopes)
            try require(right, scopes)
        case .or: try requireAny(condition, scopes)
        case .not(let inner): try requireFalse(inner, scopes)
        case .isNull(let inner, let negated):
            guard case .variable(let place) = underlying(inner, scopes) else {
                return try mustNotBeFalse(condition, scopes)
            }
            if negated { try tableau.requireNotNull(place) } else { try tableau.bind(place, .null) }
        case .compare(let sign, let left, let right): try compare(sign, left, right, scopes)
        case .between(let inner, let low, let high, let negated):
            if negated { return try requireAny(.or(.compare("<", inner, low), .compare(">", inner, high)), scopes) }
            try compare(">=", inner, low, scopes)
            try compare("<=", inner, high, scopes)
        case .inList(let inner, let list, let negated): try inList(inner, list, negated, scopes)
        case .inQuery(let inner, let query, let negated):
            guard options.existential, !negated else { return }
            let term = evaluator.term(inner, scopes)
            try produce(query, [term], scopes)
        case .exists(let query):
            if options.existential { try produce(query, nil, scopes) }
        case .like(_, let inner, let pattern, let escape, let negated):
            try like(condition, inner, pattern, escape, negated, scopes)
        case .column:
            guard case .variable(let place) = evaluator.term(condition, scopes) else { return }
            if tableau.value(place) == nil { try tableau.bind(place, dialect == .sqlite ? .int(1) : .bool(true)) }
            try mustNotBeFalse(condition, scopes)
        default: try mustNotBeFalse(condition, scopes)
        }
    }

    private func mustNotBeFalse(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        if evaluator.truth(condition, scopes) == false { throw Conflict(what: "a condition is false") }
    }

    private func requireAny(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        var sides: [SQLExpr] = []
        func collect(_ expression: SQLExpr) {
            if case .or(let left, let right) = expression {
                collect(left)
                collect(right)
            } else {
                sides.append(expression)
            }
        }
        collect(condition)
        var open: [SQLExpr] = []
        for side in sides {
            switch evaluator.truth(side, scopes) {
            case true: return
            case nil: open.append(side)
            case false: break
            }
        }
        var failure = Conflict(what: "no side of an OR is true")
        for side in open {
            let (mark, soft) = (tableau.mark, tableau.isSoft)
            // NULL, where another side would do as well, is a choice.
            if open.count > 1, case .isNull(_, negated: false) = side { tableau.isSoft = true }
            defer { tableau.isSoft = soft }
            do { return try require(side, scopes) } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    func requireFalse(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        switch condition {
        case .not(let inner): try require(inner, scopes)
        case .and(let left, let right): try requireAny(.or(.not(left), .not(right)), scopes)
        case .or(let left, let right):
            try requireFalse(left, scopes)
            try requireFalse(right, scopes)
        case .isNull(let inner, let negated): try require(.isNull(inner, negated: !negated), scopes)
        case .compare(let sign, let left, let right):
            try compare(Evaluator.opposite[sign] ?? sign, left, right, scopes)
        case .inList(let inner, let list, let negated): try inList(inner, list, !negated, scopes)
        case .column:
            guard case .variable(let place) = evaluator.term(condition, scopes), tableau.value(place) == nil else {
                return try mustNotBeFalse(.not(condition), scopes)
            }
            try tableau.bind(place, dialect == .sqlite ? .int(0) : .bool(false))
        case .between(let inner, let low, let high, let negated):
            try require(.between(inner, low, high, negated: !negated), scopes)
        case .inQuery(let inner, let query, let negated):
            try require(.inQuery(inner, query, negated: !negated), scopes)
        case .like(let word, let inner, let pattern, let escape, let negated):
            try require(.like(word, inner, pattern, escape: escape, negated: !negated), scopes)
        case .binary where dialect == .postgres, .cast where dialect == .postgres:
            if try !requireOfDocument(.not(condition), scopes) { try mustNotBeFalse(.not(condition), scopes) }
        default: break
        }
    }

    private func inList(_ inner: SQLExpr, _ list: [SQLExpr], _ negated: Bool, _ scopes: [Scope]) throws(Conflict) {
        guard case .variable(let place) = underlying(inner, scopes), tableau.value(place) == nil else {
            try mustNotBeFalse(.inList(inner, list, negated: negated), scopes)
            // A function of a free column: the first value that it can give.
            if negated || tableau.value(evaluator.term(inner, scopes)) != nil { return }
            return try assignAny(inner, list.compactMap { tableau.value(evaluator.term($0, scopes)) }, scopes)
        }
        let values = list.compactMap { tableau.value(evaluator.term($0, scopes)) }.filter { !$0.isNull }
        if negated {
            try tableau.requireNotNull(place)
            tableau.change(tableau.root(place)) { $0.not += values }
            return
        }
        guard !values.isEmpty else { return }
        var failure = Conflict(what: "no value of a list fits")
        for value in values.prefix(50)
        where values.count == 1 || !isTaken(value, place) && !isTakenBesideOthers(value, place) {
            let mark = tableau.mark
            let soft = tableau.isSoft
            // One of several is a choice.
            tableau.isSoft = soft || values.count > 1
            defer { tableau.isSoft = soft }
            do { return try tableau.bind(place, value) } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// Another row has that value in a column that allows it once.
    private func isTaken(_ value: SQLValue, _ place: Int) -> Bool {
        guard options.existential, let unique = tableau.variables[tableau.root(place)].unique else { return false }
        return tableau.byTable[unique.table].contains {
            tableau.rows[$0].into == nil && tableau.value(tableau.rows[$0].cells[unique.column])?.matches(value) == true
        }
    }

    private func assignAny(_ inner: SQLExpr, _ values: [SQLValue], _ scopes: [Scope]) throws(Conflict) {
        for value in values.prefix(50) {
            let mark = tableau.mark
            do { return try assign(inner, .value(value), scopes) } catch { tableau.undo(to: mark) }
        }
    }

    private func like(
        _ condition: SQLExpr, _ inner: SQLExpr, _ pattern: SQLExpr, _ escape: SQLExpr?, _ negated: Bool,
        _ scopes: [Scope]
    ) throws(Conflict) {
        try mustNotBeFalse(condition, scopes)
        guard case .variable(let place) = underlying(inner, scopes), tableau.value(place) == nil else { return }
        try tableau.requireNotNull(place)
        let known = tableau.variables[tableau.root(place)]
        if known.table >= 0, let values = schema.tables[known.table].columns[known.column].domain?.values {
            // Of the values that a CHECK names, those that fit.
            let fitting = values.filter { value in
                let held = condition.mapped { $0 == inner ? .value(value) : nil }
                return evaluator.truth(held, scopes) == true
            }
            if fitting.isEmpty { throw Conflict(what: "no value that a CHECK allows is like that") }
            return try inList(inner, fitting.map(SQLExpr.value), false, scopes)
        }
        guard !negated, case .text(let text)? = tableau.value(evaluator.term(pattern, scopes)) else { return }
        var escaping: Character = "\\"
        if case .value(.text(let sign))? = escape, let first = sign.first { escaping = first }
        let like = LikePattern(text, escaping)
        if known.table >= 0,
            let (first, end) = Days.span(of: like, schema.tables[known.table].columns[known.column].kind)
        {
            try bound(place, ">=", .text(first))
            return try bound(place, "<", .text(end))
        }
        tableau.change(tableau.root(place)) { $0.like = like }
    }

    /// The column under casts and case folding, else the term itself.
    func underlying(_ expression: SQLExpr, _ scopes: [Scope]) -> Term {
        switch expression {
        case .cast(let inner, _): return underlying(inner, scopes)
        case .call(let call) where ["UPPER", "LOWER", "TRIM"].contains(call.name) && call.arguments.count == 1:
            return underlying(call.arguments[0], scopes)
        default: return evaluator.term(expression, scopes)
        }
    }

    private func compare(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]
    ) throws(Conflict) {
        if case .subquery(let query) = left {
            // Of two queries one is taken for what it gives now.
            if case .subquery = right {
                guard options.existential else { return }
                let now = assumed(right, scopes) ?? .null
                // Of nothing there is one.
                return try reach(query, sign, now.isNull ? .int(1) : now, scopes)
            }
            return try compare(Evaluator.mirrored[sign] ?? sign, right, left, scopes)
        }
        if case .subquery(let query) = right {
            guard options.existential else { return }
            if sign == "=" || sign == "IS" { return try equal(left, query, scopes) }
            if let known = tableau.value(evaluator.term(left, scopes)), query.first?.isAggregate == true {
                return try reach(query, Evaluator.mirrored[sign] ?? sign, known, scopes)
            }
            guard let value = assumed(right, scopes), !value.isNull else { return }
            return try compare(sign, left, .value(value), scopes)
        }
        if try compareDocument(sign, left, right, scopes) { return }
        let (a, b) = (evaluator.term(left, scopes), evaluator.term(right, scopes))
        switch sign {
        case "=", "IS":
            switch (a, b) {
            case (.unknown, .unknown): return
            case (.unknown, _): return try assign(left, b, scopes)
            case (_, .unknown): return try assign(right, a, scopes)
            default: break
            }
            if sign == "=" {
                for case .variable(let place) in [a, b] { try tableau.requireNotNull(place) }
                if case .value(.null) = a { throw Conflict(what: "= NULL is never true") }
                if case .value(.null) = b { throw Conflict(what: "= NULL is never true") }
            }
            try tableau.unify(a, b)
        default:
            if evaluator.truth(.compare(sign, left, right), scopes) == false {
                throw Conflict(what: "a comparison is false")
            }
            if case .variable(let left) = a, case .variable(let right) = b, tableau.value(left) == nil,
                tableau.value(right) == nil
            {
                try apart(left, sign, right)
            } else if case .variable(let place) = a, tableau.value(place) == nil, let value = tableau.value(b) {
                try bound(place, sign, value)
            } else if case .variable(let place) = b, tableau.value(place) == nil, let value = tableau.value(a) {
                try bound(place, Evaluator.mirrored[sign] ?? sign, value)
            } else {
                let mirrored = Evaluator.mirrored[sign] ?? sign
                for (sign, one, other) in [(sign, left, right), (mirrored, right, left)] {
                    if try reachBesideClock(sign, one, other, scopes) { return }
                    if try isolate(sign, one, other, scopes) { return }
                }
                try reachBeside(sign, left, right, scopes)
                try reachBeside(mirrored, right, left, scopes)
            }
        }
    }

    /// Makes a query's total reach a value.
    private func reach(_ query: SQLQuery, _ sign: String, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) {
        if let now = assumed(.subquery(query), scopes),
            evaluator.truth(.compare(sign, .value(now), .value(value)), []) == true
        {
            return
        }
        if case .call(let call)? = query.first?.items.first?.expression, call.name == "AVG" { return }
        let total = tableau.newLoose()
        try bound(total, sign, value)
        try produce(query, [.variable(total)], scopes)
    }

    /// Two free cells in that order: the second gets a value, the first a bound.
    private func apart(_ left: Int, _ sign: String, _ right: Int) throws(Conflict) {
        let (a, b) = (tableau.variables[tableau.root(left)], tableau.variables[tableau.root(right)])
        guard b.table >= 0 else { return }
        let column = schema.tables[b.table].columns[b.column]
        let up = sign == "<" || sign == "<="
        var value = Values.numbered(column, 40, dialect)
        if let unique = b.unique, let fresh = freshValue(unique) { value = fresh }
        if let low = Tableau.tighter(a.low, b.low, low: true), let high = b.high ?? a.high, up,
            let inside = Values.inside(low.value, high.value, column.kind)
        {
            value = inside
        } else if let edge = up ? a.low ?? b.low : a.high ?? b.high {
            value = Values.stepped(edge.value, column.kind, up: up)
        } else if let edge = b.low ?? b.high {
            value = edge.isStrict ? Values.stepped(edge.value, column.kind, up: b.low != nil) : edge.value
        }
        try tableau.requireNotNull(right)
        try tableau.bind(right, value)
        try bound(left, sign, value)
    }

    /// What the expression is in the state as it was last loaded.
    func assumed(_ expression: SQLExpr, _ scopes: [Scope]) -> SQLValue? {
        var looking = evaluator
        looking.assumes = true
        looking.isLenient = true
        looking.lookup = RowLookup()
        looking.steps = StepCounter()
        return looking.value(looking.term(expression, scopes))
    }

    /// Equal to what a query gives: to what it gives now, or else the query is made to give it.
    private func equal(_ left: SQLExpr, _ query: SQLQuery, _ scopes: [Scope]) throws(Conflict) {
        let term = evaluator.term(left, scopes)
        if case .variable(let place) = term { try tableau.requireNotNull(place) }
        let now = assumed(.subquery(query), scopes)
        if let value = tableau.value(term) {
            if now?.matches(value) == true { return }
            return try produce(query, [term], scopes)
        }
        if let now, !now.isNull {
            let mark = tableau.mark
            do { return try assign(left, .value(now), scopes) } catch { tableau.undo(to: mark) }
        }
        // The row itself may be what the query finds.
        if let select = query.first, select.isAggregate {
            // The greatest of what is not known yet: any value, the same for all.
            guard case .variable(let place) = term, let item = select.items.first?.expression,
                case .call(let call) = item,
                call.name == "MAX" || call.name == "MIN"
            else { return }
            let variable = tableau.variables[tableau.root(place)]
            guard variable.table >= 0, variable.low == nil, variable.high == nil else { return }
            if let value = freshValue(Place(table: variable.table, column: variable.column)) {
                try tableau.bind(place, value)
            }
            return
        }
        try produce(query, [term], scopes)
    }

    func bound(_ place: Int, _ sign: String, _ value: SQLValue) throws(Conflict) {
        if value.isNull { throw Conflict(what: "a comparison with NULL is never true") }
        try tableau.requireNotNull(place)
        let root = tableau.root(place)
        let bound = Tableau.Bound(value: value, isStrict: sign == ">" || sign == "<")
        tableau.change(root) {
            switch sign {
            case ">", ">=": $0.low = Tableau.tighter($0.low, bound, low: true)
            case "<", "<=": $0.high = Tableau.tighter($0.high, bound, low: false)
            default: $0.not.append(value)
            }
        }
        let variable = tableau.variables[root]
        if let low = variable.low, let high = variable.high, high.value.ordered(before: low.value) == true {
            throw Conflict(what: "no value lies between the bounds", statement: variable.statement)
        }
    }

    /// Makes the expression have that value.
    func assign(_ expression: SQLExpr, _ target: Term, _ scopes: [Scope]) throws(Conflict) {
        if let value = tableau.value(target), !value.isNull, !expression.isJoinedText, isTried(expression),
            try tried(expression, value, scopes)
        {
            return
        }
        if let value = tableau.value(target), try assignDocument(expression, value, scopes) { return }
        switch expression {
        case .column(let table, let name, _):
            if let term = evaluator.lookup(table, name, scopes) { try tableau.unify(term, target) }
        case .cast(let inner, _):
            if let now = tableau.value(evaluator.term(expression, scopes)), let value = tableau.value(target),
                now.matches(value)
            {
                return
            }
            try assign(inner, target, scopes)
        case .binary(let sign, let left, let right): try arithmetic(sign, left, right, target, scopes)
        case .call(let call):
            guard let value = tableau.value(target), let first = call.arguments.first else { return }
            switch call.name {
            case "COALESCE", "IFNULL":
                let fallback = call.arguments.last.flatMap { tableau.value(evaluator.term($0, scopes)) }
                if fallback?.matches(value) == true || value.isNull { return }
                // What is NULL already leaves it to the next.
                let open = call.arguments.first { tableau.value(evaluator.term($0, scopes)) != .null }
                try assign(open ?? first, target, scopes)
            case "UPPER", "LOWER":
                if case .text = value, tableau.value(evaluator.term(first, scopes)) == nil,
                    Functions.apply(call.name, [value], dialect) == value
                {
                    try assign(first, target, scopes)
                }
            default: try invert(call, value, scopes)
            }
        case .unary("-", let inner):
            if let value = tableau.value(target), let back = Arithmetic.apply("-", .int(0), value) {
                try assign(inner, .value(back), scopes)
            }
        case .when(let operand, let branches, let otherwise):
            guard let value = tableau.value(target) else { return }
            try choose(operand, branches, otherwise, value, scopes)
        case .exists, .compare, .isNull, .inList, .inQuery, .like, .and, .or, .not, .between:
            guard let truth = tableau.value(target)?.truth else { return }
            if truth { try require(expression, scopes) } else { try requireFalse(expression, scopes) }
        case .subquery(let query):
            guard options.existential, let value = tableau.value(target), !value.isNull else { return }
            if assumed(expression, scopes)?.matches(value) == true { return }
            try produce(query, [target], scopes)
        case .value(let known):
            if let wanted = tableau.value(target), !wanted.matches(known), wanted.double != nil || known.double == nil {
                throw Conflict(what: "a constant is another")
            }
        default: break
        }
    }
}
