import Glibc

/// A group that is not there at all, or too small, comes into being as a whole: row by row it would be wrong on the way.
extension StateWalk {
    func gathered(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let plan = plans[index], right.count == items[index].count, let cells,
            let table = dice.one(of: tables[index])
        else { return nil }
        let shown = shown(table, index)
        if shown.own.isEmpty, shown.parents.isEmpty, !isComputed(index, table) { return nil }
        let isSame =
            wrong.count == right.count
            && items[index].indices.allSatisfy { items[index][$0] == nil || wrong[$0] == right[$0] }
        func slots(_ answer: [SQLValue]) -> [Int] {
            plan.behind(answer, &dice, all: true).filter { $0.table == table && rows[$0.slot] != nil }.map(\.slot)
        }
        let there = isSame ? slots(wrong) : []
        let totals = plainTotals[index].filter { $0.place.table == table && numbers[index].contains($0.place) }
        guard let count = size(index, right, totals), count > there.count, count <= 150 else { return nil }
        // Rows of no group that is shown.
        var taken = Set(there)
        for answer in (statements[index].recorded.rows ?? []).prefix(60) where answer != right {
            taken.formUnion(slots(answer))
        }
        var loose = byTable[table].filter { !taken.contains($0) }
        let comes = loose.isEmpty || dice.share() < 0.3
        var edits: [RowEdit] = []
        for slot in there {
            if let row = rows[slot] { edits.append(RowEdit(slot: slot, old: row, new: row)) }
        }
        for _ in there.count..<count {
            if !comes, !loose.isEmpty {
                let slot = loose.remove(at: dice.below(loose.count))
                guard var new = rows[slot], assign(&new, shown, right, cells), compute(&new, index, right) else {
                    return nil
                }
                edits.append(RowEdit(slot: slot, old: rows[slot], new: new))
            } else {
                guard let model = slot(table, right).flatMap({ rows[$0] }),
                    var new = copied(model, index, right, edits), assign(&new, shown, right, cells),
                    compute(&new, index, right)
                else { return nil }
                let next = rows.count + edits.filter { $0.old == nil }.count
                edits.append(RowEdit(slot: next, old: nil, new: new))
            }
        }
        if dice.share() < 0.7 {
            for total in totals where !fill(&edits, total, right) { return nil }
        }
        edits.removeAll { $0.old == $0.new }
        guard edits.allSatisfy({ $0.new.map(isPossible) ?? true }), isSound(edits) else { return nil }
        return edits
    }

    /// How many rows the answer says that it has.
    private func size(_ index: Int, _ answer: [SQLValue], _ totals: [PlainTotal]) -> Int? {
        if let item = counts[index].first, case .int(let count) = answer[item] { return Int(clamping: count) }
        let means = totals.filter(\.isMean)
        let fitting = (1...40).filter { count in
            means.allSatisfy { mean in answer[mean.item].double.map { isWhole($0, mean, count) } ?? false }
        }
        return dice.share() < 0.5 ? fitting.first : dice.one(of: Array(fitting.prefix(12)))
    }

    /// The numbers of the rows give the total.
    private func fill(_ edits: inout [RowEdit], _ total: PlainTotal, _ answer: [SQLValue]) -> Bool {
        let kind = schema.tables[total.place.table].columns[total.place.column].kind
        guard let want = answer[total.item].double, let steps = steps(total.place) else { return true }
        let sum = (want * (total.isMean ? Double(edits.count) : 1) * steps).rounded()
        guard abs(sum) < 1e15, !edits.isEmpty else { return false }
        let (each, rest) = Int64(sum).quotientAndRemainder(dividingBy: Int64(edits.count))
        for place in edits.indices {
            let own = each + (place < abs(rest) ? rest.signum() : 0)
            guard let number = Self.number(Double(own) / steps, kind, dialect, within: 1e-15) else { return false }
            edits[place].new?.values[total.place.column] = number
        }
        return true
    }

    /// So many numbers of that column can have the mean.
    func isWhole(_ mean: Double, _ total: PlainTotal, _ count: Int) -> Bool {
        guard let steps = steps(total.place) else { return true }
        let sum = mean * steps * Double(count)
        if let digits = total.digits {
            // Any sum that is rounded to it will do.
            let slack = 0.5 * steps * Double(count) / pow(10, Double(digits))
            return abs(sum - sum.rounded()) <= slack
        }
        return abs(sum - sum.rounded()) <= max(1e-6, abs(sum) * 1e-13)
    }
}
