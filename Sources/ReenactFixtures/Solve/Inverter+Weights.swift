/// Sums of products beside the sum of one factor: `SUM(a * b)` beside `SUM(a)`.
extension Inverter {
    /// The other factor is their ratio in every row of the group, so that the sum of the products follows from that of the factor.
    ///
    /// - Returns: the keys with the factor among them, and the goals that are left.
    func weighted(
        _ keys: [(SQLExpr, Term)], _ goals: GroupGoals, _ select: SQLSelect
    ) -> (keys: [(SQLExpr, Term)], goals: GroupGoals) {
        var (keys, left) = (keys, goals)
        for product in goals.columns {
            let factors = Self.factors(product.argument)
            guard factors.count > 1, product.isSumAlone, let whole = product.sum?.looseDouble else { continue }
            for weight in left.columns where weight.argument != product.argument && weight.sum != nil {
                guard let rest = Self.without(Self.factors(weight.argument), factors),
                    let sum = weight.sum?.looseDouble, sum != 0
                else { continue }
                var ratio = whole / sum
                var open: [SQLExpr] = []
                var pinned: [(SQLExpr, Term)] = []
                for factor in rest {
                    if let known = evaluator.value(evaluator.term(factor, []))?.looseDouble {
                        ratio /= known
                    } else if let (column, known) = plain(factor, select) {
                        ratio /= known
                        pinned.append((column, .value(.int(0))))
                    } else {
                        open.append(factor)
                    }
                }
                guard open.count == 1, let factor = open.first, ratio.isFinite, case .column = factor,
                    !keys.contains(where: { $0.0 == factor }), let value = fitting(ratio, factor, select),
                    !left.columns.contains(where: { $0.argument == factor })
                else { continue }
                keys += [(factor, .value(value))] + pinned
                left.columns.removeAll { $0.argument == product.argument }
                break
            }
        }
        return (keys, left)
    }

    /// A factor that changes nothing where its column is 0, as `1 - discount`; what it is then.
    private func plain(_ factor: SQLExpr, _ select: SQLSelect) -> (column: SQLExpr, value: Double)? {
        if case .column = factor { return nil }
        let columns = GroupAtoms.columns(factor)
        guard columns.count == 1, let only = columns.first, let place = column(only, select),
            [.integer, .real, .decimal].contains(schema.tables[place.table].columns[place.column].kind),
            schema.tables[place.table].columns[place.column].domain?.allows(.int(0)) != false
        else { return nil }
        let held = factor.mapped { $0 == only ? .value(.int(0)) : nil }
        guard let value = evaluator.value(evaluator.term(held, []))?.looseDouble, value != 0 else { return nil }
        return (only, value)
    }

    /// The ratio as the column would keep it; nil where it would not.
    private func fitting(_ ratio: Double, _ factor: SQLExpr, _ select: SQLSelect) -> SQLValue? {
        guard let place = column(factor, select) else { return nil }
        let column = schema.tables[place.table].columns[place.column]
        let near = (ratio * 1e4).rounded() / 1e4
        let plain = abs(near - ratio) < 1e-9 * max(1, abs(ratio)) ? near : ratio
        let value: SQLValue
        switch column.kind {
        case .integer:
            guard abs(ratio - ratio.rounded()) < 1e-9 * max(1, abs(ratio)), abs(ratio) < 1e15 else { return nil }
            value = .int(Int64(ratio.rounded()))
        case .real: value = .real(plain)
        case .decimal where dialect == .sqlite:
            value = plain == plain.rounded() && abs(plain) < 1e15 ? .int(Int64(plain)) : .real(plain)
        default: return nil
        }
        return column.domain?.allows(value) == false ? nil : value
    }

    /// What a product is made of; one thing where it is none.
    private static func factors(_ expression: SQLExpr) -> [SQLExpr] {
        switch expression {
        case .binary("*", let left, let right): factors(left) + factors(right)
        case .binary("/", let left, let right):
            if case .value(let value) = right, let number = value.double, number != 0 {
                factors(left) + [.value(.real(1 / number))]
            } else {
                [expression]
            }
        default: [expression]
        }
    }

    /// The factors without those; nil where one is not among them.
    private static func without(_ some: [SQLExpr], _ all: [SQLExpr]) -> [SQLExpr]? {
        var rest = all
        for factor in some {
            guard let place = rest.firstIndex(of: factor) else { return nil }
            rest.remove(at: place)
        }
        return rest.isEmpty ? nil : rest
    }
}

extension GroupGoals.Column {
    /// Nothing but its sum is known.
    var isSumAlone: Bool {
        sum != nil && average == nil && low == nil && high == nil && count == nil && distinct == nil && list == nil
    }
}
