/// Numbers that make a total right.
extension StateWalk {
    /// What of a statement's row is a sum or a mean.
    static func sums(_ statement: ReadyStatement) -> [Int] {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body else { return [] }
        return select.items.indices.filter { item in
            var found = false
            select.items[item].expression.walk { part in
                if case .call(let call) = part, ["SUM", "AVG", "TOTAL"].contains(call.name) { found = true }
            }
            return found
        }
    }

    /// A number gets the value that makes a total right: what the total makes of a small change tells which.
    func fitted(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], let cells, wrong.count == right.count,
            let item = dice.one(of: sums[index].filter { $0 < right.count && wrong[$0] != right[$0] }),
            let want = right[item].double, let got = wrong[item].double, let place = dice.one(of: numbers[index]),
            let one = culprit(place.table, wrong), let old = rows[one]?.values[place.column], let before = old.double
        else { return nil }
        let kind = schema.tables[place.table].columns[place.column].kind
        var step = kind == .integer ? 1 : max(1, (abs(before) / 8).rounded())
        for _ in 0..<3 {
            guard let number = self.number(before + step, at: place), let trial = changed(one, place.column, number)
            else { return nil }
            // Where the total is rounded a small change may not show.
            guard let now = shown(item, trial, index, wrong, got, plan, cells) else {
                step *= 15
                continue
            }
            var target = before + (want - got) / (now - got) * step
            guard target.isFinite, abs(target) < 1e14 else { return nil }
            if kind == .integer, abs(target - target.rounded()) > 1e-4, dice.share() < 0.5 { target.round() }
            guard let value = self.number(target, at: place, within: dice.share() < 0.5 ? 1e-8 : 1e-13) else {
                return nil
            }
            return changed(one, place.column, value).map { [$0] }
        }
        return nil
    }

    /// What a total becomes by a change that is only tried; nil where it stays what it is.
    private func shown(
        _ item: Int, _ trial: RowEdit, _ index: Int, _ wrong: [SQLValue], _ got: Double, _ plan: StatementPlan,
        _ cells: PlanTables
    ) -> Double? {
        defer {
            cells.drop()
            plan.drop()
        }
        guard cells.apply([trial]) else { return nil }
        _ = plan.cost()
        // The same row, but for its totals.
        let those = plan.mismatch().extra.filter { row in
            row.indices.allSatisfy { sums[index].contains($0) || row[$0] == wrong[$0] }
        }
        return those.compactMap { $0[item].double }.first { $0 != got }
    }

    /// The plainest number there.
    static func number(
        _ value: Double, _ kind: ColumnKind, _ dialect: SQLDialect, within tolerance: Double = 1e-8
    ) -> SQLValue? {
        guard value.isFinite, abs(value) < 1e15 else { return nil }
        if kind == .integer { return abs(value - value.rounded()) < 1e-4 ? .int(Int64(value.rounded())) : nil }
        var scale = 1.0
        var plain = value
        for _ in 0...6 {
            let rounded = (value * scale).rounded() / scale
            if abs(rounded - value) <= tolerance * max(1, abs(value)) {
                plain = rounded
                break
            }
            scale *= 10
        }
        return .real(plain)
    }
}
