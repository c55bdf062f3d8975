/// What the engines' totals give.
enum Totals {
    static func total(_ name: String, _ values: [SQLValue], _ dialect: SQLDialect) -> SQLValue? {
        switch name {
        case "COUNT": return .int(Int64(values.count))
        case "MIN": return values.min { $0.sorts(before: $1) } ?? .null
        case "MAX": return values.max { $0.sorts(before: $1) } ?? .null
        case "SUM", "TOTAL":
            if values.isEmpty { return name == "TOTAL" ? .real(0) : .null }
            if dialect == .postgres, case .text = values[0] { return TimeSpan.sum(values)?.value }
            return sum(values)
        case "AVG":
            if values.isEmpty { return .null }
            guard let total = sum(values) else { return nil }
            if dialect == .postgres, case .real = total {} else if dialect == .postgres { return nil }
            return total.looseDouble.map { .real($0 / Double(values.count)) }
        default: return nil
        }
    }

    static func sum(_ values: [SQLValue]) -> SQLValue? {
        var whole = SQLValue.int(0)
        for value in values {
            guard let next = add(whole, value) else { return nil }
            whole = next
        }
        return whole
    }

    private static func add(_ left: SQLValue, _ right: SQLValue) -> SQLValue? {
        // No rounding here: the engines add binary fractions as they are.
        if case .real(let a) = left, let b = right.looseDouble { return .real(a + b) }
        if case .real(let b) = right, let a = left.looseDouble { return .real(a + b) }
        return Arithmetic.apply("+", left, right)
    }
}
