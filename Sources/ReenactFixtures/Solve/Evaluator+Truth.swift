extension Evaluator {
    /// True, false (which includes SQL's unknown), or nil where it can't be told.
    func truth(_ expression: SQLExpr, _ scopes: [Scope]) -> Bool? {
        switch expression {
        case .and(let left, let right):
            let a = truth(left, scopes)
            if a == false { return false }
            let b = truth(right, scopes)
            return b == false ? false : a == nil || b == nil ? nil : true
        case .or(let left, let right):
            let a = truth(left, scopes)
            if a == true { return true }
            let b = truth(right, scopes)
            return b == true ? true : a == nil || b == nil ? nil : false
        case .not(let inner): return falsity(inner, scopes)
        case .isNull(let inner, let negated):
            return value(term(inner, scopes)).map { $0.isNull != negated } ?? never(inner, negated, scopes)
        case .compare(let sign, let left, let right): return compare(sign, left, right, scopes)
        case .between(let inner, let low, let high, let negated):
            if negated { return truth(.or(.compare("<", inner, low), .compare(">", inner, high)), scopes) }
            return truth(.and(.compare(">=", inner, low), .compare("<=", inner, high)), scopes)
        case .inList(let inner, let list, let negated):
            guard let value = value(term(inner, scopes)) else { return nil }
            if value.isNull { return false }
            var unknown = false
            for item in list {
                guard let other = self.value(term(item, scopes)) else {
                    unknown = true
                    continue
                }
                if value.matches(other) { return !negated }
            }
            return unknown ? nil : negated
        case .like(let word, let inner, let pattern, let escape, let negated):
            return like(word, inner, pattern, escape, negated, scopes)
        case .exists(let query): return assumes ? isAny(query, scopes) : nil
        case .inQuery(let inner, let query, let negated): return isIn(inner, query, negated, scopes)
        default: return value(term(expression, scopes)).map { $0.truth ?? false }
        }
    }

    private func isIn(_ inner: SQLExpr, _ query: SQLQuery, _ negated: Bool, _ scopes: [Scope]) -> Bool? {
        guard assumes, let sought = value(term(inner, scopes)), let rows = rows(query, scopes) else { return nil }
        if rows.isEmpty { return negated }
        if sought.isNull { return false }
        if rows.contains(where: { $0.first?.matches(sought) ?? false }) { return !negated }
        return rows.contains { $0.first?.isNull ?? true } ? false : negated
    }

    /// A column that can't be NULL is not, whatever it holds.
    private func never(_ inner: SQLExpr, _ negated: Bool, _ scopes: [Scope]) -> Bool? {
        guard case .variable(let place) = term(inner, scopes) else { return nil }
        return tableau.variables[tableau.root(place)].isNotNull ? negated : nil
    }

    private func falsity(_ expression: SQLExpr, _ scopes: [Scope]) -> Bool? {
        switch expression {
        case .and(let left, let right): return truth(.or(.not(left), .not(right)), scopes)
        case .or(let left, let right): return truth(.and(.not(left), .not(right)), scopes)
        case .not(let inner): return truth(inner, scopes)
        case .isNull(let inner, let negated): return truth(.isNull(inner, negated: !negated), scopes)
        case .compare(let sign, let left, let right):
            return truth(.compare(Self.opposite[sign] ?? sign, left, right), scopes)
        case .inList(let inner, let list, let negated):
            return truth(.inList(inner, list, negated: !negated), scopes)
        case .like(let word, let inner, let pattern, let escape, let negated):
            return like(word, inner, pattern, escape, !negated, scopes)
        case .between(let inner, let low, let high, let negated):
            return truth(.between(inner, low, high, negated: !negated), scopes)
        case .inQuery(let inner, let query, let negated):
            return truth(.inQuery(inner, query, negated: !negated), scopes)
        case .exists(let query): return assumes ? isAny(query, scopes).map { !$0 } : nil
        default: return value(term(expression, scopes)).map { $0.truth.map { !$0 } ?? false }
        }
    }

    static let opposite = [
        "=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "IS": "IS NOT", "IS NOT": "IS",
    ]
    static let mirrored = ["<": ">", ">": "<", "<=": ">=", ">=": "<="]

    private func compare(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) -> Bool? {
        let (a, b) = (term(left, scopes), term(right, scopes))
        guard let x = value(a), let y = value(b) else {
            // NULL compares with nothing.
            if sign != "IS", sign != "IS NOT", value(a)?.isNull == true || value(b)?.isNull == true { return false }
            if case .variable(let p) = a, case .variable(let q) = b, tableau.root(p) == tableau.root(q), sign == "=",
                tableau.variables[tableau.root(p)].isNotNull
            {
                return true
            }
            if case .variable(let place) = a, let y = value(b) { return decided(sign, place, y) }
            if case .variable(let place) = b, let x = value(a) { return decided(Self.mirrored[sign] ?? sign, place, x) }
            if let x = value(a), Clock.isMeant(right) { return Clock.truth(x, sign, right) }
            if let y = value(b), Clock.isMeant(left) { return Clock.truth(y, Self.mirrored[sign] ?? sign, left) }
            return nil
        }
        if sign == "IS" { return x.matches(y) }
        if sign == "IS NOT" { return !x.matches(y) }
        if x.isNull || y.isNull { return false }
        switch sign {
        case "=": return x.matches(y)
        case "<>": return !x.matches(y)
        case "<": return x.ordered(before: y)
        case ">": return y.ordered(before: x)
        case "<=": return y.ordered(before: x).map { !$0 }
        case ">=": return x.ordered(before: y).map { !$0 }
        default: return nil
        }
    }

    /// What the bounds of a cell say of a comparison, whatever its value will be.
    private func decided(_ sign: String, _ place: Int, _ value: SQLValue) -> Bool? {
        let cell = tableau.variables[tableau.root(place)]
        guard cell.value == nil, !value.isNull else { return nil }
        func isBelow(_ bound: Tableau.Bound) -> Bool {
            bound.value.ordered(before: value) == true || (bound.isStrict && bound.value.matches(value))
        }
        func isAbove(_ bound: Tableau.Bound) -> Bool {
            value.ordered(before: bound.value) == true || (bound.isStrict && bound.value.matches(value))
        }
        let (under, over) = (cell.high.map(isBelow) ?? false, cell.low.map(isAbove) ?? false)
        let atMost = under || cell.high?.value.matches(value) == true
        let atLeast = over || cell.low?.value.matches(value) == true
        switch sign {
        case ">": return over ? true : atMost ? false : nil
        case ">=": return atLeast ? true : under ? false : nil
        case "<": return under ? true : atLeast ? false : nil
        case "<=": return atMost ? true : over ? false : nil
        case "=": return under || over || cell.not.contains { $0.matches(value) } ? false : nil
        case "<>": return under || over || (cell.isNotNull && cell.not.contains { $0.matches(value) }) ? true : nil
        default: return nil
        }
    }

    private func like(
        _ word: String, _ inner: SQLExpr, _ pattern: SQLExpr, _ escape: SQLExpr?, _ negated: Bool, _ scopes: [Scope]
    ) -> Bool? {
        if case .variable(let place) = term(inner, scopes), case .text(let text)? = self.value(term(pattern, scopes)) {
            // The cell was made for that very pattern.
            let cell = tableau.variables[tableau.root(place)]
            if cell.value == nil, let known = cell.like {
                var sign: Character = "\\"
                if case .value(.text(let given))? = escape, let first = given.first { sign = first }
                return known == LikePattern(text, sign) ? !negated : nil
            }
        }
        guard word == "LIKE" || word == "ILIKE", let value = value(term(inner, scopes)),
            let wanted = self.value(term(pattern, scopes))
        else { return nil }
        if value.isNull || wanted.isNull { return false }
        guard case .text(let text) = value, case .text(let pattern) = wanted else { return nil }
        var escaping: UInt8? = dialect == .postgres ? UInt8(ascii: "\\") : nil
        if case .value(.text(let sign))? = escape { escaping = sign.utf8.first }
        let folds = word == "ILIKE" || (dialect == .sqlite && !isLikeExact)
        return Arithmetic.like(text, pattern, escape: escaping, folds: folds) != negated
    }
}
