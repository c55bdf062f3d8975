/// Totals that say what lies in the middle.
extension GroupGoals {
    /// Values around a median: that one itself, or two whole numbers on either side of it.
    mutating func settleMiddles() {
        for place in columns.indices {
            guard let middle = columns[place].middle else { continue }
            columns[place].middle = nil
            let known = columns[place]
            guard known.sum == nil, known.average == nil, known.distinct == nil, known.list == nil else { continue }
            guard known.low == nil, known.high == nil else {
                edge(place, middle)
                continue
            }
            guard kindOf(known.argument) == .integer, let number = middle.looseDouble, number != number.rounded() else {
                (columns[place].low, columns[place].high) = (middle, middle)
                continue
            }
            let size = max(2, known.count ?? count ?? least)
            guard size % 2 == 0, size < 5000 else { continue }
            let below = Array(repeating: SQLValue.int(Int64(number.rounded(.down))), count: size / 2)
            let above = Array(repeating: SQLValue.int(Int64(number.rounded(.up))), count: size / 2)
            (columns[place].list, columns[place].count) = (below + above, size)
        }
    }

    /// Beside the edges the others are all as the middle is.
    private mutating func edge(_ place: Int, _ middle: SQLValue) {
        let known = columns[place]
        let edges = Set([known.low, known.high].compactMap { $0 })
        let size = known.count ?? count ?? (edges.count == 2 ? 3 : edges.contains(middle) ? 1 : 2)
        guard size < 5000 else { return }
        let isWhole = middle.looseDouble.map { $0 == $0.rounded() } ?? true
        guard isWhole || kindOf(known.argument) != .integer else { return }
        var value = middle
        if kindOf(known.argument) == .integer, let number = middle.looseDouble { value = .int(Int64(number)) }
        let list = edges + Array(repeating: value, count: max(0, size - edges.count))
        (columns[place].list, columns[place].count) = (list, list.count)
    }

    /// `COUNT(*) - COUNT(x)`: as many as the other totals of the same rows ask for; zero of what counts nothing.
    func fewest(_ left: SQLExpr, _ right: SQLExpr, _ value: SQLValue) -> SQLValue {
        guard Self.isCount(left), Self.isCount(right), let more = Self.integer(value), more >= 0,
            case .call(let call) = right, let argument = Self.argument(call)
        else { return .int(0) }
        let needed = columns.map { max($0.distinct ?? 0, $0.count ?? 0) }.max() ?? 0
        let own = columns.first { $0.argument == argument }?.distinct ?? 0
        return .int(Int64(max(own, needed - more, least - more, 0)))
    }
}
