/// Values for the free places of a group, such that its totals come out.
struct GroupValues {
    let goal: GroupGoals.Column
    /// Values are whole numbers.
    let isWhole: Bool
    /// Digits behind the point that values may have; nil is any.
    let scale: Int?
    /// Spread over all free places, or all on the first.
    let isEven: Bool
    /// Last digits to add to a sum of binary fractions.
    let nudge: Int
    /// Values with two digits behind the point, whatever the last digit of a sum.
    let isPlain: Bool
    /// What a CASE can give.
    let choices: [SQLValue]
    /// The column allows each value once.
    let isKey: Bool
    /// Of one group each value is there once.
    let isApart: Bool
    /// The column keeps 24 bits of a fraction.
    let isSingle: Bool
    /// The column may be NULL.
    let isNullable: Bool
    /// What CHECKs let the column hold.
    let domain: ColumnDomain?
    let dialect: SQLDialect

    struct Place: Equatable {
        /// Nil leaves it as it is.
        var value: SQLValue?
        /// Whatever it is, it is not NULL.
        var isPresent = false
        /// None of those that are there, nor of each other.
        var isDifferent = false
        /// One of those that are there already.
        var isRepeated = false
    }

    /// What each free place gets.
    /// - Throws: `Conflict` where the totals can't come out.
    func spread(locked: [SQLValue], free: Int) throws(Conflict) -> [Place] {
        if goal.isEmpty { return Array(repeating: Place(value: .null), count: free) }
        if isOfSpans { return try spans(locked: locked, free: free) }
        if var list = goal.list {
            for value in locked where !value.isNull || list.contains(.null) {
                guard let place = list.firstIndex(where: { $0.matches(value) || $0 == value }) else {
                    throw Conflict(what: "a value is none of those that were strung together")
                }
                list.remove(at: place)
            }
            guard list.count <= free else { throw Conflict(what: "too few rows for a list of values") }
            return list.map { Place(value: $0) } + Array(repeating: Place(value: .null), count: free - list.count)
        }
        let given = locked.filter { !$0.isNull }
        var values: [SQLValue] = []
        var room = goal.count.map { $0 - given.count } ?? free
        if isNullable, goal.count == nil, goal.sum == nil, let mean = goal.average?.looseDouble,
            case .real? = goal.average
        {
            // Not every number of values has a sum that divides to the last digit; the others are NULL.
            let fitting = stride(from: free, to: 0, by: -1).first { divides(mean, given.count + $0) }
            if let fitting { room = fitting }
        }
        guard room >= 0, room <= free else { throw Conflict(what: "another count of values than recorded") }
        for (edge, isLow) in [(goal.low, true), (goal.high, false)] {
            guard let edge else { continue }
            if given.contains(where: {
                isLow ? $0.sorts(before: edge) && !$0.matches(edge) : edge.sorts(before: $0) && !$0.matches(edge)
            }) {
                throw Conflict(what: "a value lies outside MIN and MAX")
            }
            if !(given + values).contains(where: { $0.matches(edge) }) { values.append(edge) }
        }
        let total = goal.sum ?? goal.average.flatMap { whole($0, times: given.count + room) }
        if let distinct = goal.distinct, let total, !isKey {
            let made = try series(distinct, total, given + values, room - values.count)
            return (values + made).map { Place(value: $0) }
                + Array(repeating: Place(value: .null), count: free - values.count - made.count)
        }
        let different = try different(given + values)
        guard values.count + different <= room else { throw Conflict(what: "too few rows for these totals") }
        let rest = room - values.count - different
        if let total {
            values += try shares(total, given + values, rest)
        } else if rest > 0, isApart, goal.low != nil || goal.high != nil {
            guard let more = between(given + values, rest) else {
                throw Conflict(what: "too few values lie between MIN and MAX")
            }
            values += more
        } else if rest > 0, let edge = goal.low ?? goal.high {
            values += Array(repeating: edge, count: rest)
        } else if different > 0 || goal.distinct != nil, goal.count != nil || goal.distinct != nil, rest > 0, !isKey,
            let first = (given + values).first
        {
            values += Array(repeating: first, count: rest)
        }
        var out = values.map { Place(value: $0) }
        let needed = goal.count != nil || goal.average != nil
        out += Array(repeating: Place(isDifferent: true), count: different)
        if different > 0, out.count < room {
            out += Array(repeating: Place(isRepeated: true), count: room - out.count)
        }
        while out.count < room { out.append(Place(isPresent: needed)) }
        while out.count < free { out.append(Place(value: .null)) }
        return out
    }

    /// True where some sum of so many values has that mean.
    private func divides(_ mean: Double, _ count: Int) -> Bool {
        let sum = mean * Double(count)
        if isWhole { return sum.rounded() / Double(count) == mean }
        return [sum, sum.nextUp, sum.nextDown, sum.nextUp.nextUp, sum.nextDown.nextDown].contains {
            $0 / Double(count) == mean
        }
    }

    /// How many further values COUNT(DISTINCT) asks for.
    private func different(_ known: [SQLValue]) throws(Conflict) -> Int {
        guard let distinct = goal.distinct, !isKey else { return 0 }
        let count = Set(known).count
        guard count <= distinct else { throw Conflict(what: "more different values than counted") }
        return distinct - count
    }

    /// The sum behind an average.
    private func whole(_ average: SQLValue, times count: Int) -> SQLValue? {
        guard let mean = average.looseDouble, count > 0 else { return nil }
        let sum = mean * Double(count)
        if isWhole { return abs(sum) < 9e18 ? .int(Int64(sum.rounded())) : nil }
        if isSingle {
            // The coarsest grid on which the mean comes out is the one of the recorded values.
            for power in 0..<50 {
                let grid = Double(1 << power)
                let near = (sum * grid).rounded() / grid
                if near / Double(count) == mean { return .real(near) }
            }
        }
        if let scale {
            if dialect == .postgres { return .number(Functions.fixed(sum, scale)) }
            let near = nice(sum, scale)
            if near.looseDouble.map({ $0 / Double(count) == mean }) ?? false { return near }
        }
        // The nearest fraction that divides back to the recorded mean.
        for step in 0..<8 {
            for direction in [1.0, -1.0] {
                var candidate = sum
                for _ in 0..<step { candidate = direction > 0 ? candidate.nextUp : candidate.nextDown }
                if candidate / Double(count) == mean { return .real(candidate) }
            }
        }
        return .real(sum)
    }

    private func nice(_ number: Double, _ scale: Int) -> SQLValue {
        Double(Functions.fixed(number, scale)).map(SQLValue.real) ?? .real(number)
    }

    /// So many different values, the places filled with them such that they add up: neighbours around the mean.
    private func series(
        _ distinct: Int, _ total: SQLValue, _ given: [SQLValue], _ count: Int
    ) throws(Conflict) -> [SQLValue] {
        let have = Set(given)
        let more = distinct - have.count
        guard more >= 0, more <= count, let sum = Totals.sum(given), let rest = difference(total, sum)?.looseDouble,
            have.allSatisfy({ $0.looseDouble != nil })
        else { throw Conflict(what: "another number of values than counted") }
        if count == 0 { return [] }
        let unit = isWhole ? 1.0 : 0.01
        let middle = (rest / Double(count) / unit).rounded(.down)
        let (low, high) = (goal.low?.looseDouble ?? -.infinity, goal.high?.looseDouble ?? .infinity)
        for start in [more / 2, more, 0, more / 2 + 1, more / 2 + 2, more / 2 - 1] {
            var fresh: [Double] = []
            var next = middle - Double(start)
            while fresh.count < more, next < middle + Double(2 * more + 10) {
                let value = next * unit
                if value >= low, value <= high, !have.contains(where: { abs(($0.looseDouble ?? 0) - value) < unit / 2 })
                {
                    fresh.append(value)
                }
                next += 1
            }
            guard fresh.count == more else { continue }
            // What is left is made of the values that there are, from the greatest down.
            let usable = (fresh + have.compactMap(\.looseDouble)).map { ($0 / unit).rounded() }.sorted()
            var left = (rest / unit).rounded() - fresh.reduce(0) { $0 + ($1 / unit).rounded() }
            var places = count - more
            var units = fresh.map { ($0 / unit).rounded() }
            guard let least = usable.first else { continue }
            while places > 0 {
                let most = left - least * Double(places - 1)
                guard let value = usable.last(where: { $0 <= most }) else { break }
                units.append(value)
                left -= value
                places -= 1
            }
            guard places == 0, abs(left) < 0.5 else { continue }
            return units.map { value in
                isWhole
                    ? .int(Int64(value))
                    : dialect == .postgres && scale != nil
                        ? .number(Functions.fixed(value * unit, 2)) : nice(value * unit, 2)
            }
        }
        throw Conflict(what: "no so many values give the sum")
    }

    /// Values for so many places that add up, with what is given, to the total.
    private func shares(_ total: SQLValue, _ given: [SQLValue], _ count: Int) throws(Conflict) -> [SQLValue] {
        let given = isSingle ? given.map { $0.looseDouble.map { .real(Double(Float($0))) } ?? $0 } : given
        guard let have = Totals.sum(given), let rest = difference(total, have) else {
            throw Conflict(what: "a sum of no numbers")
        }
        let left = rest.looseDouble ?? 0
        guard count > 0 else {
            if abs(left) > 1e-6 * max(1, abs(total.looseDouble ?? 0)) {
                throw Conflict(what: "the values give another sum")
            }
            return []
        }
        if choices.count >= 2 { return try chosen(left, count) }
        if hidesFractions(total, given) {
            // Two halves make a fraction of a sum of whole numbers.
            guard count > 1 else { throw Conflict(what: "a sum of fractions needs two of them") }
            let share = goal.low == nil && goal.high == nil && !isEven ? left / 2 : left / Double(count)
            let each = share.rounded(.down) + 0.5
            var values = Array(
                repeating: goal.low == nil && goal.high == nil && !isEven ? 0 : share.rounded(.down), count: count)
            values[0] = each
            let rest = left - values.dropLast().reduce(0, +)
            values[count - 1] = rest
            guard rest != rest.rounded(.down), values.allSatisfy({ domain?.allows(.real($0)) ?? true }),
                values.allSatisfy({
                    $0 >= goal.low?.looseDouble ?? -.infinity && $0 <= goal.high?.looseDouble ?? .infinity
                })
            else { throw Conflict(what: "no fractions give the sum") }
            return values.map(SQLValue.real)
        }
        var bounded = goal.low != nil || goal.high != nil
        if let domain, !domain.allows(rest) || (count > 1 && !domain.allows(zero)) { bounded = true }
        if isSingle { return try singles(left, count, isEven: isEven || bounded) }
        guard isEven || bounded, count > 1 else {
            return [rest] + Array(repeating: zero, count: count - 1)
        }
        let share = left / Double(count)
        if let low = goal.low?.looseDouble, share < low - 1e-9 {
            throw Conflict(what: "no values between MIN and MAX give the sum")
        }
        if let high = goal.high?.looseDouble, share > high + 1e-9 {
            throw Conflict(what: "no values between MIN and MAX give the sum")
        }
        if isWhole {
            let base = Int64(share.rounded(.down))
            let more = Int(Int64(left.rounded()) - base * Int64(count))
            return (0..<count).map { .int($0 < more ? base + 1 : base) }
        }
        let digits = min(scale ?? 2, 4)
        // All lie within a unit of the mean: the last one must not carry what the others were rounded by.
        let unit = [1, 0.1, 0.01, 0.001, 0.0001][max(0, digits)]
        let base = (share / unit + 1e-7).rounded(.down)
        let more = ((left - base * unit * Double(count)) / unit).rounded(.down)
        func each(_ place: Int) -> SQLValue {
            let value = (base + (Double(place) < more ? 1 : 0)) * unit
            return dialect == .postgres && scale != nil ? .number(Functions.fixed(value, digits)) : nice(value, digits)
        }
        var values = (0..<(count - 1)).map(each)
        guard let before = Totals.sum(given + values), let last = difference(total, before) else {
            throw Conflict(what: "a sum of no numbers")
        }
        values.append(last)
        return values
    }

    /// SQLite keeps whole numbers in a decimal column without a point: a sum with one came of fractions.
    func hidesFractions(_ total: SQLValue, _ given: [SQLValue]) -> Bool {
        guard dialect == .sqlite, scale != nil, !isWhole, case .real(let sum) = total, sum == sum.rounded(),
            abs(sum) < 1e15
        else { return false }
        return !given.contains { value in
            if case .real(let number) = value { return number != number.rounded() }
            return false
        }
    }

    /// Short binary fractions: equal ones on the coarsest grid that the sum lies on, or one after the other what is left.
    private func singles(_ total: Double, _ count: Int, isEven: Bool) throws(Conflict) -> [SQLValue] {
        func isShort(_ value: Double) -> Bool { Double(Float(value)) == value }
        if isEven {
            for power in 0..<40 {
                let grid = Double(1 << power)
                let units = total * grid
                guard units == units.rounded(), abs(units) < 9e15 else { continue }
                let base = (units / Double(count)).rounded(.down)
                let more = Int(units - base * Double(count))
                let values = (0..<count).map { ($0 < more ? base + 1 : base) / grid }
                if values.allSatisfy(isShort) { return values.map(SQLValue.real) }
            }
        }
        if isEven, count > 1 {
            // A small value carries the digits that the others have no room for.
            for power in stride(from: 18, through: 4, by: -1) {
                let grid = Double(1 << power)
                let least = ((goal.low?.looseDouble ?? 0) * grid).rounded(.up) / grid
                let small = least + (total - (total * grid).rounded(.down) / grid)
                let units = (total - small) * grid
                guard isShort(small), units == units.rounded(), abs(units) < 9e15 else { continue }
                let base = (units / Double(count - 1)).rounded(.down)
                let more = Int(units - base * Double(count - 1))
                let others = (0..<(count - 1)).map { ($0 < more ? base + 1 : base) / grid }
                guard others.allSatisfy(isShort) else { continue }
                return ([small] + others).map(SQLValue.real)
            }
        }
        var rest = total
        var values: [SQLValue] = []
        while values.count < count {
            let part = Double(Float(rest))
            values.append(.real(part))
            rest -= part
        }
        // SUM gives a short fraction, too.
        guard rest == 0 || Float(total - rest) == Float(total) else {
            throw Conflict(what: "too few short fractions for a sum")
        }
        return values
    }

    private var zero: SQLValue {
        isWhole ? .int(0) : dialect == .postgres && scale != nil ? .number("0") : .real(0)
    }

    private func difference(_ total: SQLValue, _ have: SQLValue) -> SQLValue? {
        if case .real(let whole) = total, let known = have.looseDouble {
            if isPlain { return nice(whole - known, 2) }
            var rest = exact(whole, known)
            for _ in 0..<abs(nudge) { rest = nudge > 0 ? rest.nextUp : rest.nextDown }
            return .real(rest)
        }
        if case .int(let whole) = total, case .real(let known) = have { return .real(Double(whole) - known) }
        return Arithmetic.apply("-", total, have)
    }

    /// What has to be added, digit for digit.
    private func exact(_ whole: Double, _ known: Double) -> Double {
        let near = whole - known
        var (up, down) = (near, near)
        for _ in 0..<16 {
            if known + up == whole { return up }
            if known + down == whole { return down }
            (up, down) = (up.nextUp, down.nextDown)
        }
        return near
    }

    /// A CASE gives one of a few constants: how often each.
    private func chosen(_ left: Double, _ count: Int) throws(Conflict) -> [SQLValue] {
        guard let one = choices.first, let other = choices.last, let a = one.looseDouble, let b = other.looseDouble,
            a != b
        else {
            throw Conflict(what: "a CASE gives always the same")
        }
        let often = ((left - b * Double(count)) / (a - b))
        guard abs(often - often.rounded()) < 1e-6, often >= -0.5, often <= Double(count) + 0.5 else {
            throw Conflict(what: "no mixture of a CASE's results gives the sum")
        }
        let times = Int(often.rounded())
        return Array(repeating: one, count: times) + Array(repeating: other, count: count - times)
    }
}
