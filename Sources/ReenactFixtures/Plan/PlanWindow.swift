/// Numbers and totals over the rows of a partition.
final class PlanWindow {
    enum Kind {
        case number, rank, denseRank, percentRank, share
        /// The value of a row of the frame, -1: of the last one.
        case at(Int)
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
    /// Which rows a total takes.
    var filter: PlanNode?
    /// Nil: from the first row to the last peer.
    var frame: SQLFrame?
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
            let isTaken = filter.map { $0.truth(m) == .yes } ?? true
            values.append(isTaken ? inner?.value(m) ?? .yes : .null)
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
        var (dense, at) = (0, 0)
        let total: PlanTotal? =
            if case .total(let kind) = kind {
                PlanTotal(kind, 0, WindowValue(), filter: nil, isDistinct: false, pool)
            } else { nil }
        total?.begin()
        // Those that the total has by now.
        var taken = 0..<0
        while at < rows.count {
            // Peers have one place in the order; without an order all are peers.
            var end = at + 1
            while end < rows.count, compare(rows[at], rows[end]) == 0 { end += 1 }
            dense += 1
            for (offset, row) in rows[at..<end].enumerated() {
                switch kind {
                case .number: results[row] = .int(Int64(at + offset + 1))
                case .rank: results[row] = .int(Int64(at + 1))
                case .denseRank: results[row] = .int(Int64(dense))
                case .percentRank: results[row] = .real(rows.count < 2 ? 0 : Double(at) / Double(rows.count - 1))
                case .share: results[row] = .real(Double(end) / Double(rows.count))
                case .beside(let step):
                    let other = at + offset + step
                    results[row] = rows.indices.contains(other) ? values[rows[other]] : absent[row]
                case .at(let place):
                    let seen = self.seen(from: at + offset, peers: at..<end, of: rows.count)
                    let other = place < 0 ? seen.upperBound - 1 : seen.lowerBound + place
                    results[row] = seen.contains(other) ? values[rows[other]] : .null
                case .tile(let parts): results[row] = .int(Int64(Self.tile(at + offset, of: rows.count, parts) + 1))
                case .total:
                    let seen = self.seen(from: at + offset, peers: at..<end, of: rows.count)
                    if seen.lowerBound != taken.lowerBound || seen.upperBound < taken.upperBound {
                        taken = seen.lowerBound..<seen.lowerBound
                        total?.reset()
                        total?.begin()
                    }
                    for other in taken.upperBound..<seen.upperBound {
                        m.totals[PlanMachine.capacity - 1] = values[rows[other]]
                        _ = total?.add(0, m)
                    }
                    taken = seen
                    results[row] = total?.result(0) ?? .null
                }
            }
            at = end
        }
    }

    /// The rows of the partition that a row's frame has.
    private func seen(from place: Int, peers: Range<Int>, of count: Int) -> Range<Int> {
        guard let frame else { return 0..<peers.upperBound }
        let isOfRows = frame.unit == "ROWS"
        let start = frame.start.map { isOfRows ? place + $0 : peers.lowerBound } ?? 0
        let end = frame.end.map { isOfRows ? place + $0 + 1 : peers.upperBound } ?? count
        let low = min(max(0, start), count)
        return low..<max(low, min(count, end))
    }
}

/// The value that a window hands to its total.
private final class WindowValue: PlanNode {
    override func value(_ m: PlanMachine) -> Cell { m.totals[PlanMachine.capacity - 1] }
}
