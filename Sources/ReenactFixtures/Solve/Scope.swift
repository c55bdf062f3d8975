/// What a name in FROM stands for while one combination of rows is looked at.
enum Binding {
    case row(Int)
    /// The partner that an outer join did not find.
    case absent(table: Int)
    /// A subquery's or common table's columns, in order.
    case derived([(name: String, term: Term)])
    /// Not chosen yet.
    case open(table: Int)
}

/// The sources of one SELECT; an inner query sees its own first, then those around it.
struct Scope {
    var sources: [(alias: String, binding: Binding)] = []
}

/// Terms and truth of expressions over symbolic rows, at a moment of the recording.
struct Evaluator {
    let tableau: Tableau
    let dialect: SQLDialect
    var time: Int

    func lookup(_ table: String?, _ name: String, _ scopes: [Scope]) -> Term? {
        for scope in scopes {
            for (alias, binding) in scope.sources {
                if let table, !Self.same(alias, table) { continue }
                switch binding {
                case .row(let row):
                    let definition = tableau.schema.tables[tableau.rows[row].table]
                    if let place = definition.place(name) { return .variable(tableau.cell(row, place, at: time)) }
                    if dialect == .sqlite, Self.same(name, "rowid"), let counter = definition.counter {
                        return .variable(tableau.cell(row, counter, at: time))
                    }
                case .absent(let table):
                    if tableau.schema.tables[table].place(name) != nil { return .value(.null) }
                case .open(let table):
                    if tableau.schema.tables[table].place(name) != nil { return .unknown }
                case .derived(let columns):
                    if let column = columns.first(where: { Self.same($0.name, name) }) { return column.term }
                }
            }
        }
        return nil
    }

    static func same(_ left: String, _ right: String) -> Bool {
        left == right || left.lowercased() == right.lowercased()
    }

    func term(_ expression: SQLExpr, _ scopes: [Scope]) -> Term {
        switch expression {
        case .value(let value): return .value(value)
        case .column(let table, let name, let quoted):
            if let found = lookup(table, name, scopes) { return found }
            return quoted && table == nil && dialect == .sqlite ? .value(.text(name)) : .unknown
        case .cast(let inner, _):
            // A cast changes the form, rarely the value; the engine has the last word.
            return term(inner, scopes)
        case .call(let call): return function(call, scopes)
        case .binary(let sign, let left, let right):
            guard let a = tableau.value(term(left, scopes)), let b = tableau.value(term(right, scopes)) else {
                return .unknown
            }
            return Arithmetic.apply(sign, a, b).map(Term.value) ?? .unknown
        case .when(let operand, let branches, let otherwise):
            for branch in branches {
                let condition = operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
                guard let holds = truth(condition, scopes) else { return .unknown }
                if holds { return term(branch.result, scopes) }
            }
            return otherwise.map { term($0, scopes) } ?? .value(.null)
        default: return .unknown
        }
    }

    private func function(_ call: SQLCall, _ scopes: [Scope]) -> Term {
        guard !call.isWindow, !call.isAggregate, let first = call.arguments.first else { return .unknown }
        switch call.name {
        case "COALESCE", "IFNULL":
            for argument in call.arguments {
                guard let value = tableau.value(term(argument, scopes)) else { return .unknown }
                if !value.isNull { return .value(value) }
            }
            return .value(.null)
        case "UPPER", "LOWER":
            guard case .text(let text)? = tableau.value(term(first, scopes)) else { return .unknown }
            return .value(.text(call.name == "UPPER" ? text.uppercased() : text.lowercased()))
        default: return .unknown
        }
    }

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
            return tableau.value(term(inner, scopes)).map { $0.isNull != negated } ?? never(inner, negated, scopes)
        case .compare(let sign, let left, let right): return compare(sign, left, right, scopes)
        case .between(let inner, let low, let high, let negated):
            guard !negated else { return nil }
            return truth(.and(.compare(">=", inner, low), .compare("<=", inner, high)), scopes)
        case .inList(let inner, let list, let negated):
            guard let value = tableau.value(term(inner, scopes)) else { return nil }
            if value.isNull { return false }
            var unknown = false
            for item in list {
                guard let other = tableau.value(term(item, scopes)) else {
                    unknown = true
                    continue
                }
                if value.matches(other) { return !negated }
            }
            return unknown ? nil : negated
        case .like(let word, let inner, let pattern, let escape, let negated):
            return like(word, inner, pattern, escape, negated, scopes)
        case .exists, .inQuery, .subquery: return nil
        default: return tableau.value(term(expression, scopes)).map { $0.truth ?? false }
        }
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
        case .between, .exists, .inQuery, .subquery: return nil
        default: return tableau.value(term(expression, scopes)).map { $0.truth.map { !$0 } ?? false }
        }
    }

    static let opposite = [
        "=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "IS": "IS NOT", "IS NOT": "IS",
    ]
    static let mirrored = ["<": ">", ">": "<", "<=": ">=", ">=": "<="]

    private func compare(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) -> Bool? {
        let (a, b) = (term(left, scopes), term(right, scopes))
        guard let x = tableau.value(a), let y = tableau.value(b) else {
            if case .variable(let p) = a, case .variable(let q) = b, tableau.root(p) == tableau.root(q), sign == "=",
                tableau.variables[tableau.root(p)].isNotNull
            {
                return true
            }
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

    private func like(
        _ word: String, _ inner: SQLExpr, _ pattern: SQLExpr, _ escape: SQLExpr?, _ negated: Bool, _ scopes: [Scope]
    ) -> Bool? {
        guard word == "LIKE" || word == "ILIKE", let value = tableau.value(term(inner, scopes)),
            let wanted = tableau.value(term(pattern, scopes))
        else { return nil }
        if value.isNull || wanted.isNull { return false }
        guard case .text(let text) = value, case .text(let pattern) = wanted else { return nil }
        var escaping: UInt8? = dialect == .postgres ? UInt8(ascii: "\\") : nil
        if case .value(.text(let sign))? = escape { escaping = sign.utf8.first }
        let folds = word == "ILIKE" || dialect == .sqlite
        return Arithmetic.like(text, pattern, escape: escaping, folds: folds) != negated
    }
}
