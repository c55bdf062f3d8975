/// What totals were made of: ratios, and values strung together.
extension GroupGoals {
    /// A number of rows.
    static func isCount(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): isCount(inner)
        case .call(let call) where call.name == "NULLIF" || call.name == "COALESCE":
            call.arguments.first.map(isCount) ?? false
        case .call(let call) where call.name == "COUNT": true
        case .call(let call) where call.name == "SUM":
            if case .when(_, let branches, _)? = call.arguments.first {
                branches.allSatisfy { [.value(.int(1)), .value(.int(0))].contains($0.result) }
            } else {
                false
            }
        default: false
        }
    }

    /// `k * x / count` as the least count that gives the value to the last digit, and `x`.
    static func fraction(
        _ left: SQLExpr, _ value: SQLValue
    ) -> (total: SQLExpr, above: SQLValue, below: SQLValue)? {
        var factor = 1.0
        var total = left
        while true {
            if case .cast(let inner, _) = total {
                total = inner
            } else if case .binary("*", let a, let b) = total, case .value(let known) = a.hasAggregate ? b : a {
                factor *= known.looseDouble ?? 1
                total = a.hasAggregate ? a : b
            } else {
                break
            }
        }
        guard let wanted = value.looseDouble, wanted.isFinite, factor != 0 else { return nil }
        let isWhole = isCount(total)
        for below in 1...2000 {
            let above = wanted * Double(below) / factor
            let near = isWhole ? above.rounded() : (above * 100).rounded() / 100
            let fits: Bool
            switch value {
            case .real: fits = factor * near / Double(below) == wanted
            default: fits = abs(near - above) <= 1e-11 * max(1, abs(above))
            }
            guard fits else { continue }
            let exact: SQLValue =
                near == near.rounded() && abs(near) < 1e15 ? .int(Int64(near)) : .number(Functions.fixed(near, 2))
            if case .number(let text) = exact, case .real = value {
                return (total, Double(text).map(SQLValue.real) ?? exact, .int(Int64(below)))
            }
            return (total, exact, .int(Int64(below)))
        }
        return nil
    }

    /// What `x` and `y` are in `x / y` or `k * x / y`, so that the engine's fractions give the value to the last digit: the
    /// dividend as a whole, and the divisor.
    static func ratio(_ left: SQLExpr, _ value: SQLValue) -> (SQLValue, SQLValue)? {
        if case .number(let text) = value { return decimals(left, text) }
        guard case .real(let wanted) = value, wanted.isFinite else { return nil }
        var factor = 1.0
        if case .binary("*", .value(let known), _) = left { factor = known.looseDouble ?? 1 }
        if factor == 0 { return nil }
        for below in [1.0, 100, 2, 4, 8, 10, 1000, 3, 7, 1024] {
            var (up, down) = (wanted * below / factor, wanted * below / factor)
            for _ in 0..<4 {
                for x in [up, down] where factor * x / below == wanted { return (.real(factor * x), .real(below)) }
                (up, down) = (up.nextUp, down.nextDown)
            }
        }
        return nil
    }

    /// The same for PostgreSQL's decimals: the least whole numbers whose quotient has these digits. How many digits a quotient has
    /// tells how large its parts were (src/backend/utils/adt/numeric.c, select_div_scale: four digits for each group of four).
    private static func decimals(_ left: SQLExpr, _ text: String) -> (SQLValue, SQLValue)? {
        var factor: Int64 = 1
        if case .binary("*", .value(let known), _) = left {
            guard let number = known.looseDouble, number == number.rounded(), number >= 1, number <= 1e6 else {
                return nil
            }
            factor = Int64(number)
        }
        if Double(text) == 0 {
            let exponent = text.split(whereSeparator: { $0 == "E" || $0 == "e" }).dropFirst().first
            guard let scale = exponent.flatMap({ Int($0) }).map(abs), scale > 20, scale % 4 == 0, scale <= 28 else {
                return nil
            }
            return (.int(0), .int(scale == 24 ? 10_000 : 100_000_000))
        }
        guard let dot = text.firstIndex(of: "."), let digits = Int64(text.filter { $0 != "." && $0 != "-" }),
            digits > 0
        else { return nil }
        let scale = text.distance(from: dot, to: text.endIndex) - 1
        guard scale <= 18, let unit = Int64("1" + String(repeating: "0", count: scale)),
            case (let whole, false) = unit.multipliedReportingOverflow(by: factor)
        else { return nil }
        // Convergents of the continued fraction.
        var (above, below) = (digits, whole)
        var (p, q, lastP, lastQ): (Int64, Int64, Int64, Int64) = (1, 0, 0, 1)
        while below != 0 {
            let part = above / below
            (above, below) = (below, above % below)
            guard part < 1_000_000_000_000 / max(p, q) else { break }
            (p, lastP) = (part * p + lastP, p)
            (q, lastQ) = (part * q + lastQ, q)
            guard q > 0, p > 0, case (let total, false) = p.multipliedReportingOverflow(by: factor) else { continue }
            let product = total.multipliedFullWidth(by: unit)
            guard product.high < q / 2 else { continue }
            let (quotient, rest) = q.dividingFullWidth(product)
            if quotient + (rest >= q - rest ? 1 : 0) == digits {
                return (.int(text.hasPrefix("-") ? -total : total), .int(q))
            }
        }
        return nil
    }

    /// The values that were strung together.
    static func list(_ call: SQLCall, _ value: SQLValue) -> [SQLValue]? {
        guard case .text(let text) = value else { return nil }
        if call.name == "JSON_AGG" || call.name == "JSONB_AGG", case .array(let list)? = PostgresDocument.read(value) {
            return list.map { DocumentPath.plain($0) }
        }
        if call.name == "ARRAY_AGG", let list = PostgresArray.elements(value) { return list }
        if call.name.hasSuffix("CONCAT") || call.name == "STRING_AGG" {
            var between = ","
            if call.arguments.count > 1 {
                guard case .value(.text(let given)) = call.arguments[1] else { return nil }
                between = given
            }
            if between.isEmpty { return nil }
            return text.components(between).map(SQLValue.text)
        }
        let inner = text.drop { "[{".contains($0) }.reversed().drop { "]}".contains($0) }.reversed()
        if inner.contains(where: { "[{\\".contains($0) }) { return nil }
        return String(inner).components(",").map { part in
            let bare = part.trimmed(" ")
            if bare.lowercased() == "null" { return .null }
            if let number = Int64(bare) { return .int(number) }
            return .text(bare.trimmed("\""))
        }
    }
}

extension String {
    /// The parts between the separators.
    fileprivate func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let cut = rest.firstRange(of: separator) {
            parts.append(String(rest[..<cut.lowerBound]))
            rest = rest[cut.upperBound...]
        }
        return parts + [String(rest)]
    }

    fileprivate func trimmed(_ sign: Character) -> String {
        String(String(drop { $0 == sign }.reversed()).drop { $0 == sign }.reversed())
    }
}
