/// COUNT, SUM, AVG, MIN, MAX of each group.
final class PlanTotal {
    enum Kind { case count, sum, total, average, least, most }

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
        if isDistinct { seen.removeAll() }
    }

    func begin() {
        counts.append(0)
        wholes.append(0)
        sums.append(0)
        best.append(.null)
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
            guard best[group].isNull || (kind == .least ? sign < 0 : sign > 0) else { return false }
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
        }
    }
}

/// Numbers and totals over the rows of a partition.
final class PlanWindow {
    enum Kind { case number, rank, denseRank, total(PlanTotal.Kind) }

    let kind: Kind
    let number: Int
    let inner: PlanNode?
    let partition: [PlanNode]
    let order: [SelectPlan.Order]
    private let pool: TextPool
    private(set) var results: [Cell] = []

    init(
        _ kind: Kind, _ number: Int, _ inner: PlanNode?, _ partition: [PlanNode], _ order: [SelectPlan.Order],
        _ pool: TextPool
    ) {
        (self.kind, self.number, self.inner) = (kind, number, inner)
        (self.partition, self.order, self.pool) = (partition, order, pool)
    }

    func compute(_ count: Int, _ select: SelectPlan, _ m: PlanMachine) {
        results = Array(repeating: .null, count: count)
        let width = order.count
        var keys: [Cell] = []
        var values: [Cell] = []
        var parts = RowTable(width: partition.count)
        var part: [Int] = []
        var own = [Cell](repeating: .null, count: max(1, partition.count))
        for place in 0..<count {
            select.stand(place, m)
            for (column, node) in partition.enumerated() { own[column] = node.value(m) }
            part.append(own.withUnsafeBufferPointer { parts.place($0.baseAddress!).place })
            for key in order { keys.append(key.node.value(m)) }
            values.append(inner?.value(m) ?? .yes)
        }
        func compare(_ left: Int, _ right: Int) -> Int {
            for (column, key) in order.enumerated() {
                let sign = key.compare(keys[left * width + column], keys[right * width + column], pool)
                if sign != 0 { return sign }
            }
            return 0
        }
        let sorted = (0..<count).sorted {
            if part[$0] != part[$1] { return part[$0] < part[$1] }
            let sign = compare($0, $1)
            return sign == 0 ? $0 < $1 : sign < 0
        }
        var at = 0
        while at < count {
            var end = at
            while end < count, part[sorted[end]] == part[sorted[at]] { end += 1 }
            fill(Array(sorted[at..<end]), values, compare, m)
            at = end
        }
    }

    private func fill(_ rows: [Int], _ values: [Cell], _ compare: (Int, Int) -> Int, _ m: PlanMachine) {
        let total: PlanTotal? =
            if case .total(let kind) = kind {
                PlanTotal(kind, 0, WindowValue(), filter: nil, isDistinct: false, pool)
            } else { nil }
        total?.begin()
        var (rank, dense, at) = (0, 0, 0)
        while at < rows.count {
            // Peers have one place in the order; without an order all are peers.
            var end = at + 1
            while end < rows.count, compare(rows[at], rows[end]) == 0 { end += 1 }
            (rank, dense) = (at + 1, dense + 1)
            if let total {
                for row in rows[at..<end] {
                    m.totals[PlanMachine.capacity - 1] = values[row]
                    _ = total.add(0, m)
                }
            }
            for (offset, row) in rows[at..<end].enumerated() {
                switch kind {
                case .number: results[row] = .int(Int64(at + offset + 1))
                case .rank: results[row] = .int(Int64(rank))
                case .denseRank: results[row] = .int(Int64(dense))
                case .total: results[row] = total?.result(0) ?? .null
                }
            }
            at = end
        }
    }
}

/// The value that a window hands to its total.
private final class WindowValue: PlanNode {
    override func value(_ m: PlanMachine) -> Cell { m.totals[PlanMachine.capacity - 1] }
}
