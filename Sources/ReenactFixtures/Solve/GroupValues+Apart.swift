extension GroupValues {
    /// So many values between MIN and MAX, each another one; nil where there is no room for them.
    func between(_ given: [SQLValue], _ count: Int) -> [SQLValue]? {
        guard let start = goal.low ?? goal.high else { return nil }
        var taken = Set(given)
        var made: [SQLValue] = []
        let up = goal.low != nil
        // Some that stand there already, and some that the domain refuses, are passed over.
        for step in 1...(2 * (count + given.count) + 100) {
            guard made.count < count, let value = Self.moved(start, by: up ? step : -step) else { break }
            if let low = goal.low, !low.sorts(before: value) { break }
            if let high = goal.high, !value.sorts(before: high) { break }
            guard domain?.allows(value) ?? true, taken.insert(value).inserted else { continue }
            made.append(value)
        }
        return made.count == count ? made : nil
    }

    /// The value so many whole steps on: numbers, days; texts have others behind them, and none before.
    private static func moved(_ value: SQLValue, by steps: Int) -> SQLValue? {
        switch value {
        case .int(let number): return .int(number &+ Int64(steps))
        case .real(let number): return .real(number + Double(steps))
        case .number: return Arithmetic.apply("+", value, .int(Int64(steps)))
        case .text(let text):
            if text.utf8.count >= 10, let day = Days.shifted(String(text.prefix(10)), by: steps) {
                return .text(day + text.dropFirst(10))
            }
            if steps < 0 { return nil }
            return .text(text + " " + Days.padded(steps, 5))
        default: return nil
        }
    }
}
