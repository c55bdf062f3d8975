/// Whether a CHECK lets a row pass: true, false, or nil where SQL says unknown or we can't tell. Only false keeps a row out.
struct RowCondition {
    let dialect: SQLDialect
    /// The value of a column by its name; nil where it is not known.
    let value: (String) -> SQLValue?

    func truth(_ expression: SQLExpr) -> Bool? {
        switch expression {
        case .and(let left, let right):
            let (a, b) = (truth(left), truth(right))
            return a == false || b == false ? false : a == true && b == true ? true : nil
        case .or(let left, let right):
            let (a, b) = (truth(left), truth(right))
            return a == true || b == true ? true : a == false && b == false ? false : nil
        case .not(let inner): return truth(inner).map { !$0 }
        case .isNull(let inner, let negated): return term(inner).map { $0.isNull != negated }
        case .between(let inner, let low, let high, let negated):
            let inside = truth(.and(.compare(">=", inner, low), .compare("<=", inner, high)))
            return negated ? inside.map { !$0 } : inside
        case .inList(let inner, let list, let negated):
            var found: Bool? = false
            for item in list {
                switch compare("=", inner, item) {
                case true: return !negated
                case nil: found = nil
                default: break
                }
            }
            return found.map { $0 != negated }
        case .compare(let sign, let left, let right): return compare(sign, left, right)
        case .like(let word, let inner, let pattern, let escape, let negated):
            guard word == "LIKE" || word == "ILIKE", case .text(let text)? = term(inner),
                case .text(let wanted)? = term(pattern)
            else { return nil }
            var sign: UInt8? = dialect == .postgres ? UInt8(ascii: "\\") : nil
            if case .value(.text(let given))? = escape { sign = given.utf8.first }
            let folds = word == "ILIKE" || dialect == .sqlite
            return Arithmetic.like(text, wanted, escape: sign, folds: folds) != negated
        case .exists, .inQuery, .subquery: return nil
        default:
            guard let value = term(expression), !value.isNull else { return nil }
            return value.truth
        }
    }

    private func compare(_ sign: String, _ left: SQLExpr, _ right: SQLExpr) -> Bool? {
        guard let a = term(left), let b = term(right) else { return nil }
        if sign == "IS" { return a.matches(b) }
        if sign == "IS NOT" { return !a.matches(b) }
        if a.isNull || b.isNull { return nil }
        switch sign {
        case "=": return a.matches(b)
        case "<>": return !a.matches(b)
        case "<": return a.ordered(before: b)
        case ">": return b.ordered(before: a)
        case "<=": return b.ordered(before: a).map { !$0 }
        case ">=": return a.ordered(before: b).map { !$0 }
        default: return nil
        }
    }

    private func term(_ expression: SQLExpr) -> SQLValue? {
        switch expression {
        case .value(let value): return value
        case .column(_, let name, _): return value(name)
        case .cast(let inner, let type):
            // Texts of dates compare as they are.
            return term(inner).map {
                if case .text = $0, !type.hasPrefix("INT"), !type.hasPrefix("NUM") { return $0 }
                return Functions.cast($0, type, dialect)
            }
        case .unary("-", let inner): return term(inner).flatMap { Arithmetic.apply("-", .int(0), $0) }
        case .binary(let sign, let left, let right):
            guard let a = term(left), let b = term(right) else { return nil }
            return Arithmetic.apply(sign, a, b)
        case .call(let call):
            if call.isAggregate || call.isWindow { return nil }
            if call.name == "COALESCE" || call.name == "IFNULL" {
                for argument in call.arguments {
                    guard let value = term(argument) else { return nil }
                    if !value.isNull { return value }
                }
                return .null
            }
            let values = call.arguments.compactMap(term)
            return values.count == call.arguments.count ? Functions.apply(call.name, values, dialect) : nil
        case .when(let operand, let branches, let otherwise):
            for branch in branches {
                let condition = operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
                if truth(condition) == true { return term(branch.result) }
            }
            return otherwise.map(term) ?? .null
        case .compare, .and, .or, .not, .isNull, .between, .inList, .like:
            return truth(expression).map { Values.boolean($0, dialect) }
        default: return nil
        }
    }
}
