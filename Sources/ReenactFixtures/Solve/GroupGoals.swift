/// What a returned row of totals says of the rows behind it.
struct GroupGoals {
    /// What is known of the values of one expression within the group.
    struct Column {
        var argument: SQLExpr
        var sum: SQLValue?
        var average: SQLValue?
        var low: SQLValue?
        var high: SQLValue?
        /// Values that are not NULL.
        var count: Int?
        var distinct: Int?
        /// The values themselves, all of them.
        var list: [SQLValue]?
        /// Every value is NULL.
        var isEmpty = false
        /// What stands in the middle of them, or is the most common of them.
        var middle: SQLValue?
    }

    /// Rows in the group, where counted.
    var count: Int?
    var least = 0
    var most = Int.max
    var columns: [Column] = []
    private var seen: Set<SQLExpr> = []
    /// What an expression holds, where its columns tell.
    var kindOf: (SQLExpr) -> ColumnKind? = { _ in nil }

    private mutating func change(_ argument: SQLExpr, _ body: (inout Column) -> Void) {
        if let place = columns.firstIndex(where: { $0.argument == argument }) {
            body(&columns[place])
        } else {
            var column = Column(argument: argument)
            body(&column)
            columns.append(column)
        }
    }

    /// COUNT or SUM with FILTER is a total over a CASE.
    static func argument(_ call: SQLCall) -> SQLExpr? {
        guard let filter = call.filter else { return call.hasStar ? nil : call.arguments.first }
        let inner =
            call.hasStar || call.name == "COUNT" ? SQLExpr.value(.int(1)) : call.arguments.first ?? .value(.int(1))
        let otherwise: SQLExpr? = call.name == "SUM" || call.hasStar || call.name == "COUNT" ? .value(.int(0)) : nil
        return .when(operand: nil, [SQLBranch(condition: filter, result: inner)], otherwise: otherwise)
    }

    static func integer(_ value: SQLValue) -> Int? {
        value.looseDouble.flatMap { abs($0) < 1e12 ? Int($0.rounded()) : nil }
    }

    /// The expression, in which totals stand, has that value.
    mutating func add(_ expression: SQLExpr, _ value: SQLValue) {
        switch expression {
        case .call(let call) where call.isAggregate: add(call, value)
        case .cast(let inner, _), .unary("+", let inner): add(inner, value)
        case .unary("-", let inner): if let back = Arithmetic.apply("-", .int(0), value) { add(inner, back) }
        case .call(let call) where ["ROUND", "COALESCE", "IFNULL", "ABS"].contains(call.name):
            if let first = call.arguments.first, first.hasAggregate { add(first, value) }
        case .call(let call) where call.name == "JULIANDAY" && call.arguments.count == 1:
            if let date = value.looseDouble.flatMap(Days.date(julian:)) { add(call.arguments[0], .text(date)) }
        case .call(let call) where addSeconds(call, value): break
        case .binary(let sign, let left, let right): add(sign, left, right, value)
        default: break
        }
    }

    private mutating func add(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ value: SQLValue) {
        let inverse = ["+": "-", "-": "+", "*": "/", "/": "*"]
        guard let back = inverse[sign], !value.isNull else { return }
        if left.hasAggregate, right.hasAggregate, addSpan(sign, left, right, value) { return }
        func divided(_ a: SQLValue, _ b: SQLValue) -> SQLValue? {
            // Whole numbers divide as fractions here: the inverse of a product need not be whole.
            guard back == "/", let x = a.looseDouble, let y = b.looseDouble, y != 0 else {
                return Arithmetic.apply(back, a, b)
            }
            let quotient = x / y
            if quotient == quotient.rounded(), abs(quotient) < 1e15, case .int = a { return .int(Int64(quotient)) }
            return .real(quotient)
        }
        switch (left.hasAggregate, right.hasAggregate) {
        case (true, false):
            if case .value(let known) = right, let wanted = divided(value, known) { add(left, wanted) }
        case (false, true):
            guard case .value(let known) = left else { return }
            let wanted = sign == "-" || sign == "/" ? Arithmetic.apply(sign, known, value) : divided(value, known)
            if let wanted { add(right, wanted) }
        case (true, true):
            if known(right) == nil, let first = known(left) {
                // One is told beside it: the other follows.
                if sign == "/", value.looseDouble == 0 { return }
                let wanted = sign == "-" || sign == "/" ? Arithmetic.apply(sign, first, value) : divided(value, first)
                if let wanted { add(right, wanted) }
                return
            }
            if sign == "/", known(right) == nil {
                if Self.isCount(right) {
                    if let (total, above, below) = Self.fraction(left, value) {
                        add(right, below)
                        return add(total, above)
                    }
                } else if let (above, below) = Self.ratio(left, value) {
                    add(right, below)
                    return add(left, above)
                }
            }
            if sign == "-", known(right) == nil, let days = Self.integer(value), let first = day(right),
                let last = Days.shifted("2000-01-01", by: days)
            {
                add(right, first)
                return add(left, Days.julian(last).map { first.double == nil ? .text(last) : .real($0) } ?? first)
            }
            // Any pair will do: the simplest.
            let plain = sign == "-" ? fewest(left, right, value) : SQLValue.int(sign == "+" ? 0 : 1)
            add(right, known(right) ?? plain)
            if let wanted = Arithmetic.apply(back, value, known(right) ?? plain) { add(left, wanted) }
        default: break
        }
    }

    /// A day to count from, as that total of dates has it; nil where it is none.
    private func day(_ total: SQLExpr) -> SQLValue? {
        guard case .call(let call) = total, let argument = call.arguments.first else { return nil }
        if call.name == "JULIANDAY" { return Days.julian("2000-01-01").map(SQLValue.real) }
        return call.isAggregate && kindOf(argument) == .date ? .text("2000-01-01") : nil
    }

    /// What is settled already for that very total.
    func known(_ expression: SQLExpr) -> SQLValue? {
        guard case .call(let call) = expression else { return nil }
        if call.name == "COUNT", call.hasStar, call.filter == nil { return count.map { .int(Int64($0)) } }
        guard let argument = Self.argument(call), let column = columns.first(where: { $0.argument == argument }) else {
            return nil
        }
        switch call.name {
        case "SUM", "TOTAL": return column.sum
        case "AVG": return column.average
        case "MIN": return column.low
        case "MAX": return column.high
        default: return column.count.map { .int(Int64($0)) }
        }
    }

    private mutating func add(_ call: SQLCall, _ value: SQLValue) {
        guard seen.insert(.call(call)).inserted else { return }
        guard let argument = Self.argument(call) else {
            count = Self.integer(value)
            return
        }
        if call.name == "COUNT", call.filter == nil {
            guard let number = Self.integer(value) else { return }
            if case .value(let constant) = argument, !constant.isNull {
                count = number
            } else {
                change(argument) { if call.isDistinct { $0.distinct = number } else { $0.count = number } }
            }
            return
        }
        let isSpread = call.name.hasPrefix("STDDEV") || call.name.hasPrefix("VAR")
        if value.isNull {
            // Of one value there is no deviation.
            return change(argument) { if isSpread { $0.count = $0.count ?? 1 } else { $0.isEmpty = true } }
        }
        if isSpread {
            if value.looseDouble == 0 {
                change(argument) {
                    $0.low = $0.low ?? .int(1); $0.high = $0.low
                }
            }
            return
        }
        switch call.name {
        case "SUM", "TOTAL", "COUNT": change(argument) { $0.sum = value }
        case "AVG": change(argument) { $0.average = value }
        case "MIN", "BOOL_AND", "EVERY": change(argument) { $0.low = value }
        case "MAX", "BOOL_OR": change(argument) { $0.high = value }
        case "PERCENTILE_CONT", "PERCENTILE_DISC", "MODE", "MEDIAN":
            change(argument) { $0.middle = value }
        case "GROUP_CONCAT", "STRING_AGG", "ARRAY_AGG", "JSON_AGG", "JSON_GROUP_ARRAY":
            guard let list = Self.list(call, value) else { return }
            change(argument) {
                $0.list = list
                if call.isDistinct { $0.distinct = list.count } else { $0.count = list.count }
            }
        default: break
        }
    }

    /// A bound on a mean where a sum or the edges are known already: it tells how many values there are. False where it does not.
    private mutating func mean(_ call: SQLCall, _ sign: String, _ number: Double) -> Bool {
        guard let argument = Self.argument(call), let column = columns.first(where: { $0.argument == argument }) else {
            return false
        }
        if let sum = column.sum?.looseDouble {
            guard sum > 0, number > 0, column.count == nil else { return column.count != nil }
            let count = sum / number
            switch sign {
            case ">": most = min(most, Int(min(1e9, count.rounded(.up))) - 1)
            case ">=": most = min(most, Int(min(1e9, count.rounded(.down))))
            case "<": least = max(least, Int(min(1e6, count.rounded(.down))) + 1)
            case "<=": least = max(least, Int(min(1e6, count.rounded(.up))))
            default: return false
            }
            return true
        }
        guard let low = column.low?.looseDouble, let high = column.high?.looseDouble else { return false }
        if low == high { return true }
        let isAbove = sign == ">" || sign == ">="
        guard isAbove || sign == "<" || sign == "<=" else { return false }
        let (near, far) = isAbove ? (high, low) : (low, high)
        let all = count ?? column.count
        // One at the far edge, the others at the near one, as many as the mean needs.
        let needed =
            abs(near - number) > 0 ? Int(min(1000, (abs(near - far) / abs(near - number)).rounded(.down))) + 1 : 1000
        let size = all ?? max(2, needed, least)
        guard size >= max(2, needed), size < 1000 else { return false }
        let sum = far + near * Double(size - 1)
        if case .int = column.low {
            change(argument) { $0.sum = .int(Int64(sum)) }
        } else if case .number = column.low {
            change(argument) { $0.sum = .number(Functions.fixed(sum, 2)) }
        } else {
            change(argument) { $0.sum = .real(sum) }
        }
        least = max(least, size)
        return true
    }

    /// How many values have that sum and that mean.
    mutating func countMeans() {
        settleMiddles()
        for place in columns.indices where columns[place].count == nil {
            guard let sum = columns[place].sum?.looseDouble, let mean = columns[place].average?.looseDouble, mean != 0,
                abs(sum / mean - (sum / mean).rounded()) < 1e-3, sum / mean >= 0.5, sum / mean < 1e6
            else { continue }
            columns[place].count = Int((sum / mean).rounded())
        }
    }

    /// A total meets a value, as in HAVING. `current` is what the total is now.
    mutating func bound(_ expression: SQLExpr, _ sign: String, _ value: SQLValue, current: SQLValue?) {
        guard let number = value.looseDouble else { return }
        if case .call(let call) = expression, call.isAggregate, call.name == "COUNT", call.filter == nil,
            !call.isDistinct
        {
            let whole = Int(max(-1e9, min(1e9, number)))
            switch sign {
            case ">": least = max(least, whole + 1)
            case ">=": least = max(least, number == number.rounded() ? whole : whole + 1)
            case "<": most = min(most, number == number.rounded() ? whole - 1 : whole)
            case "<=": most = min(most, whole)
            case "=": (least, most) = (max(least, whole), min(most, whole))
            default: break
            }
            return
        }
        if known(expression) != nil { return }
        if case .call(let call) = expression, call.name == "AVG", !call.isDistinct, mean(call, sign, number) { return }
        let step = abs(number) >= 1 ? 1.0 : 0.5
        let wanted: Double
        switch sign {
        case ">": wanted = (number + step).rounded(.up)
        case "<": wanted = (number - step).rounded(.down)
        case ">=", "<=", "=": wanted = number
        default: return
        }
        if let now = current?.looseDouble {
            let holds =
                switch sign {
                case ">": now > number
                case "<": now < number
                case ">=": now >= number
                case "<=": now <= number
                default: now == number
                }
            if holds { return }
        }
        if wanted == wanted.rounded(), abs(wanted) < 1e15 {
            add(expression, .int(Int64(wanted)))
        } else {
            add(expression, .real(wanted))
        }
    }
}
