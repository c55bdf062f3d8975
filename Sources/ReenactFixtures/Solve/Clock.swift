/// Conditions on the time of day: a fixture holds whenever it is loaded, so that its moments lie far from any of them.
enum Clock {
    /// The expression is the time at which it is asked, or some days from that.
    static func isMeant(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): return isMeant(inner)
        case .binary("+", let left, let right), .binary("-", let left, let right):
            return isMeant(left) && !names(right)
        case .call(let call):
            guard let first = call.arguments.first else {
                return ["CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP", "NOW"].contains(call.name)
            }
            if call.arguments.contains(where: names) { return false }
            switch call.name {
            case "DATETIME", "DATE", "UNIXEPOCH": return isNow(first)
            case "STRFTIME": return call.arguments.count > 1 && isSeconds(expression) && isNow(call.arguments[1])
            default: return false
            }
        default: return false
        }
    }

    private static func isNow(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .value(.text(let word)), .column(nil, let word, true): word.lowercased() == "now"
        default: isMeant(expression)
        }
    }

    /// Seconds since 1970.
    private static func isSeconds(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): return isSeconds(inner)
        case .binary(_, let left, _): return isSeconds(left)
        case .call(let call):
            if call.name == "UNIXEPOCH" { return true }
            guard call.name == "STRFTIME" else { return false }
            switch call.arguments.first {
            case .value(.text("%s"))?, .column(nil, "%s", true)?: return true
            default: return false
            }
        default: return false
        }
    }

    private static func names(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { if case .column(let table, _, let quoted) = $0, table != nil || !quoted { found = true } }
        return found
    }

    /// What a moment beside the clock says; nil of those that the clock may pass.
    static func truth(_ value: SQLValue, _ sign: String, _ clock: SQLExpr) -> Bool? {
        let isPast: Bool
        if isSeconds(clock) {
            guard let seconds = value.double, seconds < 1_200_000_000 || seconds > 30_000_000_000 else { return nil }
            isPast = seconds < 1_200_000_000
        } else {
            guard case .text(let text) = value, text.utf8.count >= 10, let year = Int(text.prefix(4)),
                year <= 2010 || year >= 2900
            else { return nil }
            isPast = year <= 2010
        }
        switch sign {
        case "<", "<=": return isPast
        case ">", ">=": return !isPast
        case "=": return false
        case "<>": return true
        default: return nil
        }
    }

    /// What the moments of a column are bounded by to lie on that side of the clock; nil of other kinds.
    static func edge(
        _ sign: String, _ kind: ColumnKind, _ dialect: SQLDialect, _ clock: SQLExpr
    ) -> SQLValue? {
        if isSeconds(clock) {
            let seconds = sign.hasPrefix("<") ? Int64(946_684_800) : 221_845_392_000
            return kind == .integer ? .int(seconds) : kind == .real ? .real(Double(seconds)) : nil
        }
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
            let edge = Clock.edge(sign, schema.tables[known.table].columns[known.column].kind, dialect, right)
        else { return false }
        try bound(place, sign, edge)
        return true
    }
}
