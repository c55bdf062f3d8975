/// Intervals that make up a sum or a mean.
extension GroupValues {
    /// True where the totals are of intervals.
    var isOfSpans: Bool { dialect == .postgres && TimeSpan(goal.sum ?? goal.average) != nil }

    func spans(locked: [SQLValue], free: Int) throws(Conflict) -> [Place] {
        let given = locked.filter { !$0.isNull }.compactMap { TimeSpan($0) }
        guard given.count == locked.filter({ !$0.isNull }).count, let told = TimeSpan(goal.sum ?? goal.average) else {
            throw Conflict(what: "a sum of no intervals")
        }
        let room = goal.count.map { $0 - given.count } ?? free
        guard room >= 0, room <= free else { throw Conflict(what: "another count of values than recorded") }
        var values: [TimeSpan] = []
        for edge in [goal.low, goal.high].compactMap({ TimeSpan($0) })
        where !(given + values).contains(where: { $0.total == edge.total }) { values.append(edge) }
        guard values.count <= room else { throw Conflict(what: "too few rows for these totals") }
        let whole = goal.sum == nil ? told * Int64(given.count + room) : told
        let rest = (given + values).reduce(whole) { $0 - $1 }
        let count = room - values.count
        if count == 0 {
            guard rest.total == 0 || goal.sum == nil && abs(rest.total) <= Int64(room) else {
                throw Conflict(what: "the values give another sum")
            }
        } else {
            // Intervals of a distance in time are seldom negative, and never all on one row where edges are told.
            let isSpread = isEven || goal.low != nil || goal.high != nil || !(domain?.allows(.text("00:00:00")) ?? true)
            for place in 0..<count {
                values.append(
                    isSpread
                        ? rest.part(place, of: count)
                        : place == 0 ? rest : TimeSpan(isCounted: rest.isCounted))
            }
        }
        let (low, high) = (TimeSpan(goal.low)?.total ?? .min, TimeSpan(goal.high)?.total ?? .max)
        guard values.allSatisfy({ $0.total >= low && $0.total <= high }) else {
            throw Conflict(what: "no values between MIN and MAX give the sum")
        }
        return values.map { Place(value: $0.value) } + Array(repeating: Place(value: .null), count: free - room)
    }
}

/// Totals of intervals and of moments, and what is between two of them.
extension GroupGoals {
    /// True where the difference of two totals is an interval, and they got their values.
    mutating func addSpan(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ value: SQLValue) -> Bool {
        guard let span = TimeSpan(value), sign == "-" || sign == "+" else { return false }
        let known = (known(left), known(right))
        if let last = known.0 {
            if let wanted = TimeSpan.apply("-", sign == "-" ? last : value, sign == "-" ? value : last) {
                add(right, wanted)
            }
            return true
        }
        var first = known.1
        if first == nil {
            let kind = momentKind(right)
            first = kind == nil ? TimeSpan().value : TimeSpan.moment(946_684_800_000_000, kind)
            if let first { add(right, first) }
        }
        if let first,
            let wanted = TimeSpan.apply(
                sign == "-" ? "+" : "-", sign == "-" ? first : value, sign == "-" ? span.value : first)
        {
            add(left, wanted)
        }
        return true
    }

    private func momentKind(_ total: SQLExpr) -> ColumnKind? {
        guard case .call(let call) = total, call.name == "MIN" || call.name == "MAX",
            let argument = call.arguments.first,
            let kind = kindOf(argument), kind == .timestamp || kind == .timestampZone
        else { return nil }
        return kind
    }

    /// `extract(epoch FROM total)`. False of other functions.
    mutating func addSeconds(_ call: SQLCall, _ value: SQLValue) -> Bool {
        guard call.name == "EXTRACT" || call.name == "DATE_PART", call.arguments.count == 2,
            case .value(.text(let unit)) = call.arguments[0], unit.lowercased() == "epoch",
            call.arguments[1].hasAggregate
        else { return false }
        if value.isNull {
            add(call.arguments[1], .null)
        } else if let number = value.looseDouble, abs(number) < 1e12 {
            // A quotient brought back to seconds is off by its last digits.
            let seconds = abs(number - number.rounded()) < 1e-6 ? number.rounded() : number
            add(call.arguments[1], .text(TaggedForms.span(seconds)))
        }
        return true
    }
}
