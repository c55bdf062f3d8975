/// The little arithmetic that conditions of applications need; everything else is left to the engine.
enum Arithmetic {
    static func apply(_ sign: String, _ left: SQLValue, _ right: SQLValue) -> SQLValue? {
        if left.isNull || right.isNull { return .null }
        if sign == "||" {
            guard let a = Functions.text(left), let b = Functions.text(right) else { return nil }
            return .text(a + b)
        }
        if case .int(let a) = left, case .int(let b) = right {
            let (sum, overflow): (Int64, Bool)
            switch sign {
            case "+": (sum, overflow) = a.addingReportingOverflow(b)
            case "-": (sum, overflow) = a.subtractingReportingOverflow(b)
            case "*": (sum, overflow) = a.multipliedReportingOverflow(by: b)
            case "/": (sum, overflow) = b == 0 ? (0, true) : a.dividedReportingOverflow(by: b)
            case "&": (sum, overflow) = (a & b, false)
            case "|": (sum, overflow) = (a | b, false)
            case "%": (sum, overflow) = b == 0 ? (0, true) : a.remainderReportingOverflow(dividingBy: b)
            default: return nil
            }
            return overflow ? nil : .int(sum)
        }
        if let exact = decimal(sign, left, right) { return exact }
        guard let a = left.looseDouble, let b = right.looseDouble else { return nil }
        switch sign {
        case "+": return .real(rounded(a + b, left, right))
        case "-": return .real(rounded(a - b, left, right))
        case "*": return .real(a * b)
        case "/": return b == 0 ? nil : .real(a / b)
        default: return nil
        }
    }

    /// Sums of decimal fractions as people write them: 0.1 + 0.2 is 0.3 where the inverse of an addition is sought.
    private static func rounded(_ value: Double, _ left: SQLValue, _ right: SQLValue) -> Double {
        if left.looseDouble == 0 || right.looseDouble == 0 { return value }
        let shorter = (value * 1e6).rounded() / 1e6
        return abs(shorter - value) < 1e-9 ? shorter : value
    }

    private static func decimal(_ sign: String, _ left: SQLValue, _ right: SQLValue) -> SQLValue? {
        guard sign == "+" || sign == "-" else { return nil }
        guard let a = scaled(left), let b = scaled(right) else { return nil }
        if case .number = left {} else if case .number = right {} else { return nil }
        let scale = max(a.scale, b.scale)
        guard scale <= 9 else { return nil }
        func lift(_ x: (units: Int64, scale: Int)) -> Int64? {
            var units = x.units
            for _ in x.scale..<scale {
                let (next, overflow) = units.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                units = next
            }
            return units
        }
        guard let x = lift(a), let y = lift(b) else { return nil }
        let (sum, overflow) = sign == "+" ? x.addingReportingOverflow(y) : x.subtractingReportingOverflow(y)
        return overflow ? nil : .number(text(sum, scale))
    }

    private static func scaled(_ value: SQLValue) -> (units: Int64, scale: Int)? {
        switch value {
        case .int(let number): return (number, 0)
        case .number(let text):
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 2, let units = Int64(parts.joined()) else { return nil }
            return (units, parts.count == 2 ? parts[1].utf8.count : 0)
        default: return nil
        }
    }

    private static func text(_ units: Int64, _ scale: Int) -> String {
        guard scale > 0 else { return String(units) }
        var digits = String(units.magnitude)
        while digits.utf8.count <= scale { digits = "0" + digits }
        return (units < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    /// `LIKE` with `%` and `_`; bounded by the product of the lengths.
    static func like(_ text: String, _ pattern: String, escape: UInt8?, folds: Bool) -> Bool {
        func fold(_ byte: UInt8) -> UInt8 { folds && byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
        let text = Array(text.unicodeScalars)
        enum Part: Equatable { case any, one, scalar(Unicode.Scalar) }
        var parts: [Part] = []
        var escaped = false
        for scalar in pattern.unicodeScalars {
            if !escaped, let escape, scalar.value == UInt32(escape) {
                escaped = true
                continue
            }
            parts.append(escaped ? .scalar(scalar) : scalar == "%" ? .any : scalar == "_" ? .one : .scalar(scalar))
            escaped = false
        }
        var (t, p, star, mark) = (0, 0, -1, 0)
        while t < text.count {
            let fits: Bool =
                p < parts.count
                && {
                    switch parts[p] {
                    case .any: false
                    case .one: true
                    case .scalar(let wanted):
                        wanted == text[t]
                            || (wanted.isASCII && text[t].isASCII
                                && fold(UInt8(wanted.value)) == fold(UInt8(text[t].value)))
                    }
                }()
            if fits {
                t += 1
                p += 1
            } else if p < parts.count, parts[p] == .any {
                star = p
                mark = t
                p += 1
            } else if star >= 0 {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < parts.count, parts[p] == .any { p += 1 }
        return p == parts.count
    }
}
