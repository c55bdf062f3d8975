/// Moments, and what lies between them.
extension Inverter {
    /// The operands of a sum or difference that is an interval, or of a moment and an interval. False of all else.
    func spans(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ value: SQLValue, _ scopes: [Scope]
    ) throws(Conflict) -> Bool {
        guard dialect == .postgres, sign == "-" || sign == "+", TimeSpan(value) != nil || TimeSpan.instant(value) != nil
        else { return false }
        let (a, b) = (tableau.value(evaluator.term(left, scopes)), tableau.value(evaluator.term(right, scopes)))
        if let a, let b {
            guard let now = TimeSpan.apply(sign, a, b) else { return false }
            if let x = TimeSpan.instant(now) ?? TimeSpan(now)?.total,
                let y = TimeSpan.instant(value) ?? TimeSpan(value)?.total, x != y
            {
                throw Conflict(what: "a computed value is another")
            }
            return true
        }
        let kinds = (kind(left), kind(right))
        func isMoment(_ kind: ColumnKind?) -> Bool { kind == .timestamp || kind == .timestampZone }
        if let b {
            guard var wanted = TimeSpan.apply(sign == "-" ? "+" : "-", sign == "-" ? b : value, sign == "-" ? value : b)
            else { return false }
            if isMoment(kinds.0), let instant = TimeSpan.instant(wanted) {
                wanted = TimeSpan.moment(instant, kinds.0) ?? wanted
            }
            try assign(left, .value(wanted), scopes)
            return true
        }
        if let a {
            guard var wanted = TimeSpan.apply("-", sign == "-" ? a : value, sign == "-" ? value : a) else {
                return false
            }
            if isMoment(kinds.1), let instant = TimeSpan.instant(wanted) {
                wanted = TimeSpan.moment(instant, kinds.1) ?? wanted
            }
            try assign(right, .value(wanted), scopes)
            return true
        }
        guard sign == "-", let span = TimeSpan(value), isMoment(kinds.0), isMoment(kinds.1) else { return false }
        var failure = Conflict(what: "no two moments are that far apart")
        for start in starts(left, right, span.total, scopes) {
            guard let first = TimeSpan.moment(start, kinds.1), let last = TimeSpan.moment(start + span.total, kinds.0)
            else { continue }
            let mark = tableau.mark
            do throws(Conflict) {
                try assign(right, .value(first), scopes)
                try assign(left, .value(last), scopes)
                return true
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// Moments to begin with: within the bounds of either, then a plain one.
    private func starts(_ end: SQLExpr, _ start: SQLExpr, _ span: Int64, _ scopes: [Scope]) -> [Int64] {
        func bounds(_ expression: SQLExpr) -> [Int64] {
            guard case .variable(let cell) = evaluator.term(expression, scopes) else { return [] }
            let known = tableau.variables[tableau.root(cell)]
            return [known.low, known.high].compactMap { bound in
                guard case .text(let text)? = bound?.value else { return nil }
                return TimeSpan.instant(.text(text)) ?? Days.number(text).map { Int64($0) * TimeSpan.day }
            }
        }
        let near = bounds(start) + bounds(end).map { $0 - span }
        return near.flatMap { [$0, $0 + TimeSpan.day, $0 - TimeSpan.day] } + [946_684_800_000_000]
    }
}
