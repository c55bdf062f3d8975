/// Numbers and totals over the rows of a partition.
final class PlanWindow {
    enum Kind {
        case number, rank, denseRank, first
        case total(PlanTotal.Kind)
        /// So many rows on.
        case beside(Int)
        /// Which of so many parts.
        case tile(Int)
    }

    let kind: Kind
    let number: Int
    let inner: PlanNode?
    let partition: [PlanNode]
    let order: [SelectPlan.Order]
    /// What stands for a row that is not there.
    var otherwise: PlanNode?
    private let pool: TextPool
    private var absent: [Cell] = []
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
        absent.removeAll(keepingCapacity: true)
        var parts = RowTable(width: partition.count)
        var part: [Int] = []
        var own = [Cell](repeating: .null, count: max(1, partition.count))
        for place in 0..<count {
            select.stand(place, m)
            for (column, node) in partition.enumerated() { own[column] = node.value(m) }
            part.append(own.withUnsafeBufferPointer { parts.place($0.baseAddress!).place })
            for key in order { keys.append(key.node.value(m)) }
            values.append(inner?.value(m) ?? .yes)
            absent.append(otherwise?.value(m) ?? .null)
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

    /// Where rows do not divide evenly the first parts have one more.
    private static func tile(_ place: Int, of count: Int, _ parts: Int) -> Int {
        let (size, more) = count.quotientAndRemainder(dividingBy: parts)
        let inLarger = more * (size + 1)
        return place < inLarger ? place / (size + 1) : more + (place - inLarger) / max(1, size)
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
                case .beside(let step):
                    let other = at + offset + step
                    results[row] = rows.indices.contains(other) ? values[rows[other]] : absent[row]
                case .first: results[row] = values[rows[0]]
                case .tile(let parts): results[row] = .int(Int64(Self.tile(at + offset, of: rows.count, parts) + 1))
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
