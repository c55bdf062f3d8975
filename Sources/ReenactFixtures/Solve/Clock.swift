/// Conditions on the time of day: a fixture holds whenever it is loaded, so that its moments lie far from any of them.
enum Clock {
    /// The expression is the time at which it is asked, or some days from that.
    static func isMeant(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): return isMeant(inner)
        case .binary("+", let left, let right), .binary("-", let left, let right):
            return isMeant(left) && !names(right)
        case .call(let call):
            if call.arguments.isEmpty {
                return ["CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP", "NOW"].contains(call.name)
            }
            guard ["DATETIME", "DATE"].contains(call.name), case .value(.text(let word)) = call.arguments[0] else {
                return false
            }
            return word.lowercased() == "now" && !call.arguments.contains(where: names)
        default: return false
        }
    }

    private static func names(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { if case .column = $0 { found = true } }
        return found
    }

    /// Nil of moments that the clock may pass.
    static func truth(_ value: SQLValue, _ sign: String) -> Bool? {
        guard case .text(let text) = value, text.utf8.count >= 10, let year = Int(text.prefix(4)) else { return nil }
        let isPast = year <= 2010
        guard isPast || year >= 2900 else { return nil }
        switch sign {
        case "<", "<=": return isPast
        case ">", ">=": return !isPast
        case "=": return false
        case "<>": return true
        default: return nil
        }
    }

    /// What the moments of a column are bounded by to lie on that side of the clock; nil of other kinds.
    static func edge(_ sign: String, _ kind: ColumnKind, _ dialect: SQLDialect) -> SQLValue? {
        let isMoment = [.timestamp, .timestampZone, .date].contains(kind)
        guard isMoment || kind == .text || kind == .any,
            case .text(let past) = Values.plain(isMoment ? kind : .timestamp, dialect)
        else { return nil }
        return .text(sign.hasPrefix("<") ? past : "9000" + past.dropFirst(4))
    }
}

extension Inverter {
    /// A free moment compared with the clock. False where it is something else.
    func reachBesideClock(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) throws(Conflict) -> Bool
    {
        guard Clock.isMeant(right), ["<", "<=", ">", ">="].contains(sign),
            case .variable(let place) = underlying(left, scopes), tableau.value(place) == nil
        else { return false }
        let known = tableau.variables[tableau.root(place)]
        guard known.table >= 0,
            let edge = Clock.edge(sign, schema.tables[known.table].columns[known.column].kind, dialect)
        else { return false }
        try bound(place, sign, edge)
        return true
    }
}
