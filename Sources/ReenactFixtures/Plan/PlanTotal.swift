/// COUNT, SUM, AVG, MIN, MAX of each group.
final class PlanTotal {
    enum Kind {
        case count, sum, total, average, least, most
        /// With what between them.
        case strung(String)
    }

    let kind: Kind
    let number: Int
    /// Nil: of rows.
    let inner: PlanNode?
    let filter: PlanNode?
    let isDistinct: Bool
    private let pool: TextPool
    @exclusivity(unchecked) private var counts: [Int] = []
    @exclusivity(unchecked) private var wholes: [Int64] = []
    @exclusivity(unchecked) private var sums: [Double] = []
    @exclusivity(unchecked) private var best: [Cell] = []
    private var texts: [[String]] = []
    @exclusivity(unchecked) private var seen = RowTable(width: 2)

    init(_ kind: Kind, _ number: Int, _ inner: PlanNode?, filter: PlanNode?, isDistinct: Bool, _ pool: TextPool) {
        (self.kind, self.number, self.inner, self.filter) = (kind, number, inner, filter)
        (self.isDistinct, self.pool) = (isDistinct, pool)
    }

    func reset() {
        counts.removeAll(keepingCapacity: true)
        wholes.removeAll(keepingCapacity: true)
        sums.removeAll(keepingCapacity: true)
        best.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
        if isDistinct { seen.removeAll() }
    }

    func begin() {
        counts.append(0)
        wholes.append(0)
        sums.append(0)
        best.append(.null)
        if case .strung = kind { texts.append([]) }
    }

    /// Rows alone are counted.
    var isOfRows: Bool { inner == nil && filter == nil }

    /// What it takes of a row; NULL: nothing.
    func taken(_ m: PlanMachine) -> Cell {
        if let filter, filter.truth(m) != .yes { return .null }
        return inner?.value(m) ?? .yes
    }

    /// True where this row has a new least or greatest value.
    func add(_ group: Int, _ m: PlanMachine) -> Bool {
        if isOfRows {
            counts[group] += 1
            return false
        }
        return add(taken(m), to: group)
    }

    @discardableResult
    func add(_ cell: Cell, to group: Int = 0) -> Bool {
        if cell.isNull { return false }
        if isDistinct {
            let isNew = withUnsafeTemporaryAllocation(of: Cell.self, capacity: 2) { pair in
                pair[0] = .int(Int64(group))
                pair[1] = cell.normal
                return seen.place(UnsafePointer(pair.baseAddress!)).isNew
            }
            if !isNew { return false }
        }
        counts[group] += 1
        switch kind {
        case .count: return false
        case .strung:
            texts[group].append(Functions.text(pool.value(cell)) ?? "\(cell.double)")
            return false
        case .sum, .total, .average:
            if cell.tag == .int {
                wholes[group] &+= cell.bits
            } else {
                // Marked as a sum of fractions.
                best[group] = cell
            }
            sums[group] += cell.double
            return false
        case .least, .most:
            let sign = best[group].isNull ? 1 : pool.order(cell, best[group])
            let isLeast = if case .least = kind { true } else { false }
            guard best[group].isNull || (isLeast ? sign < 0 : sign > 0) else { return false }
            best[group] = cell
            return true
        }
    }

    func result(_ group: Int) -> Cell {
        switch kind {
        case .count: .int(Int64(counts[group]))
        case .sum: counts[group] == 0 ? .null : best[group].isNull ? .int(wholes[group]) : .real(sums[group])
        case .total: .real(sums[group])
        case .average: counts[group] == 0 ? .null : .real(sums[group] / Double(counts[group]))
        case .least, .most: best[group]
        case .strung(let separator):
            counts[group] == 0 ? .null : pool.cell(StrungValues.joined(texts[group], by: separator))
        }
    }
}
