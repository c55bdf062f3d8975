/// One operand from the result and the other, so that the engine's own arithmetic gives the result to the last digit.
enum Factors {
    /// `x` in `x sign known = value`; `digits` are those that x can have behind the point, nil is any.
    static func left(_ sign: String, _ value: SQLValue, _ known: SQLValue, _ digits: Int?) -> SQLValue? {
        switch sign {
        case "+": return sum("-", value, known) { $0 + $1 }
        case "-": return sum("+", value, known) { $0 - $1 }
        case "*": return quotient(value, known, digits)
        default: return Arithmetic.apply("*", value, known)
        }
    }

    /// `x` in `known sign x = value`.
    static func right(_ sign: String, _ value: SQLValue, _ known: SQLValue, _ digits: Int?) -> SQLValue? {
        switch sign {
        case "+": return sum("-", value, known) { $0 + $1 }
        case "-":
            guard let x = Arithmetic.apply("-", known, value) else { return nil }
            guard let known = known.looseDouble else { return x }
            return near(x, value) { known - $0 }
        case "*": return quotient(value, known, digits)
        default: return value.looseDouble == 0 ? nil : Arithmetic.apply("/", known, value)
        }
    }

    private static func sum(
        _ sign: String, _ value: SQLValue, _ known: SQLValue, _ check: (Double, Double) -> Double
    ) -> SQLValue? {
        guard let x = Arithmetic.apply(sign, value, known) else { return nil }
        guard case .real(let first) = x, let other = known.looseDouble, let whole = value.looseDouble else { return x }
        if check(first, other) == whole { return x }
        // The difference as it is, where the one that people would write does not give the sum back.
        return near(.real(sign == "-" ? whole - other : whole + other), value) { check($0, other) }
    }

    /// The binary fraction beside `x` that gives the value.
    private static func near(_ x: SQLValue, _ value: SQLValue, _ check: (Double) -> Double) -> SQLValue? {
        guard case .real(let first) = x, let wanted = value.looseDouble, check(first) != wanted else { return x }
        var (up, down) = (first, first)
        for _ in 0..<8 {
            (up, down) = (up.nextUp, down.nextDown)
            if check(up) == wanted { return .real(up) }
            if check(down) == wanted { return .real(down) }
        }
        return x
    }

    private static func quotient(_ value: SQLValue, _ known: SQLValue, _ digits: Int?) -> SQLValue? {
        if let digits {
            guard let a = scaled(value), let b = scaled(known), b.units != 0 else { return nil }
            // x · 10^-digits times b · 10^-scale is a · 10^-scale.
            let shift = digits + b.scale - a.scale
            var (top, bottom) = (a.units, b.units)
            for _ in 0..<abs(shift) {
                let (next, overflow) = (shift > 0 ? top : bottom).multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                if shift > 0 { top = next } else { bottom = next }
            }
            guard top % bottom == 0 else { return nil }
            return digits == 0
                ? Int64(exactly: top / bottom).map(SQLValue.int) : .number(Self.text(top / bottom, digits))
        }
        guard let a = value.looseDouble, let b = known.looseDouble, b != 0 else { return nil }
        if case .int(let whole) = value, case .int(let part) = known, whole % part == 0 { return .int(whole / part) }
        var (up, down) = (a / b, a / b)
        for _ in 0..<4 {
            if up * b == a { return .real(up) }
            if down * b == a { return .real(down) }
            (up, down) = (up.nextUp, down.nextDown)
        }
        return nil
    }

    static func scaled(_ value: SQLValue) -> (units: Int128, scale: Int)? {
        let text: String
        switch value {
        case .int(let number): return (Int128(number), 0)
        case .number(let number), .text(let number): text = number
        case .real(let number): text = "\(number)"
        default: return nil
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let units = Int128(parts.joined()) else { return nil }
        return (units, parts.count == 2 ? parts[1].utf8.count : 0)
    }

    static func text(_ units: Int128, _ scale: Int) -> String {
        guard scale > 0 else { return String(units) }
        var digits = String(units.magnitude)
        while digits.utf8.count <= scale { digits = "0" + digits }
        return (units < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }
}
