/// How many rows of each kind a group is mixed from, so that linear forms of its totals lie within bounds: a small integer programme,
/// solved by depth first with intervals. A kind may leave a number open; then its sum over the rows of that kind is sought, too.
struct GroupMixture {
    /// A number that rows of one kind may hold: between two edges, on a grid.
    struct Open {
        var kind: Int
        var low: Double
        var high: Double
        var unit: Double
    }

    /// `constant + Σ fixed[kind] · rows + Σ open[number] · sum` over the rows.
    struct Form {
        var constant = 0.0
        var fixed: [Double]
        var open: [Double]

        init(_ constant: Double, kinds: Int, opens: Int) {
            self.constant = constant
            fixed = Array(repeating: 0, count: kinds)
            open = Array(repeating: 0, count: opens)
        }

        var isConstant: Bool { fixed.allSatisfy { $0 == 0 } && open.allSatisfy { $0 == 0 } }

        static func * (form: Form, factor: Double) -> Form {
            var out = form
            out.constant *= factor
            out.fixed = out.fixed.map { $0 * factor }
            out.open = out.open.map { $0 * factor }
            return out
        }

        static func + (left: Form, right: Form) -> Form {
            var out = left
            out.constant += right.constant
            for place in out.fixed.indices { out.fixed[place] += right.fixed[place] }
            for place in out.open.indices { out.open[place] += right.open[place] }
            return out
        }
    }

    /// The form lies between these two.
    struct Bound {
        var form: Form
        var low: Double
        var high: Double
    }

    struct Answer {
        /// Rows by kind.
        var rows: [Int]
        /// The sum of each open number over the rows of its kind.
        var sums: [Double]
    }

    let kinds: Int
    let opens: [Open]
    let bounds: [Bound]
    /// The kinds of which most is known come first.
    private let order: [Int]
    /// Steps that the search may still take.
    private var steps = 60_000

    init(kinds: Int, opens: [Open], bounds: [Bound]) {
        let fixed = bounds.filter { $0.low == $0.high }
        var bounds = bounds
        // Numbers of parts that are told one by one say together what all of them come to.
        for (place, one) in fixed.prefix(6).enumerated() {
            for other in fixed.prefix(6).dropFirst(place + 1) {
                bounds.append(Bound(form: one.form + other.form, low: one.low + other.low, high: one.high + other.high))
            }
        }
        order = (0..<kinds).map { kind in (kind, fixed.count { $0.form.fixed[kind] != 0 }) }.sorted {
            $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0
        }.map(\.0)
        let places = order
        self.kinds = kinds
        self.opens = opens.map { open in
            var moved = open
            moved.kind = places.firstIndex(of: open.kind) ?? 0
            return moved
        }
        self.bounds = bounds.map { bound in
            var moved = bound
            moved.form.fixed = places.map { bound.form.fixed[$0] }
            return moved
        }
    }

    /// The mixture of the fewest rows, at least and at most so many; nil where none is found within the steps.
    func solve(least: Int, most: Int) -> Answer? {
        var search = self
        return search.mix(least: least, most: most)
    }

    private mutating func mix(least: Int, most: Int) -> Answer? {
        guard kinds > 0, least <= most else { return nil }
        // What a row of each kind can add to each form, and the kinds after it.
        var low = bounds.map(\.form.fixed)
        var high = low
        for (place, bound) in bounds.enumerated() {
            for (number, open) in opens.enumerated() {
                let factor = bound.form.open[number]
                low[place][open.kind] += min(factor * open.low, factor * open.high)
                high[place][open.kind] += max(factor * open.low, factor * open.high)
            }
        }
        let after = (
            low.map { Self.suffix($0, by: min) }, high.map { Self.suffix($0, by: max) }
        )
        var (total, most) = (least, most)
        // The number of rows itself may be told.
        for bound in bounds where bound.form.fixed.allSatisfy({ $0 == 1 }) && bound.form.open.allSatisfy({ $0 == 0 }) {
            let fewest = (bound.low - bound.form.constant - 1e-9).rounded(.up)
            // More than are tried, or no number at all.
            guard fewest <= Double(most) else { return nil }
            total = max(total, Int(max(0, fewest)))
            most = Int(max(-1, min(Double(most), (bound.high - bound.form.constant + 1e-9).rounded(.down))))
        }
        while total <= most {
            // Of many rows a few more do no harm.
            defer { total += 1 + total / 40 }
            var counts = Array(repeating: 0, count: kinds)
            let known = bounds.map { ($0.form.constant, $0.form.constant) }
            if let sums = count(0, total, known, &counts, low, high, after) {
                var rows = counts
                for (place, kind) in order.enumerated() { rows[kind] = counts[place] }
                return Answer(rows: rows, sums: sums)
            }
            if steps <= 0 { return nil }
        }
        return nil
    }

    private static func suffix(_ values: [Double], by pick: (Double, Double) -> Double) -> [Double] {
        var out = values
        for place in values.indices.reversed().dropFirst() { out[place] = pick(values[place], out[place + 1]) }
        return out
    }

    /// Chooses how many rows are of that kind and the ones after it; gives the sums of the open numbers.
    private mutating func count(
        _ kind: Int, _ left: Int, _ known: [(Double, Double)], _ counts: inout [Int], _ low: [[Double]],
        _ high: [[Double]], _ after: (low: [[Double]], high: [[Double]])
    ) -> [Double]? {
        steps -= 1
        guard steps > 0 else { return nil }
        if kind == kinds {
            guard left == 0 else { return nil }
            return sums(
                0, counts,
                bounds.map { bound in
                    zip(bound.form.fixed, counts).reduce(bound.form.constant) { $0 + $1.0 * Double($1.1) }
                }, [])
        }
        var (from, to) = kind == kinds - 1 ? (Double(left), Double(left)) : (0, Double(left))
        for (place, bound) in bounds.enumerated() {
            let (below, above) = kind == kinds - 1 ? (0, 0) : (after.low[place][kind + 1], after.high[place][kind + 1])
            let slack = 1e-9 * max(1, abs(bound.low.isFinite ? bound.low : bound.high))
            // The most that it can come to, and the least, as a line over the rows of this kind.
            Self.narrow(
                &from, &to, base: known[place].1 + Double(left) * above - bound.low + slack,
                slope: high[place][kind] - above)
            Self.narrow(
                &from, &to, base: bound.high + slack - known[place].0 - Double(left) * below,
                slope: below - low[place][kind])
            if from > to { return nil }
        }
        guard from.isFinite, to.isFinite else { return nil }
        let (first, last) = (Int((from - 1e-9).rounded(.up)), Int((to + 1e-9).rounded(.down)))
        guard first <= last else { return nil }
        for rows in (first...last).reversed() {
            counts[kind] = rows
            var next = known
            for place in bounds.indices {
                next[place].0 += low[place][kind] * Double(rows)
                next[place].1 += high[place][kind] * Double(rows)
            }
            if let sums = count(kind + 1, left - rows, next, &counts, low, high, after) { return sums }
            if steps <= 0 { return nil }
        }
        counts[kind] = 0
        return nil
    }

    /// Keeps the part where `base + slope · x` is not negative.
    private static func narrow(_ from: inout Double, _ to: inout Double, base: Double, slope: Double) {
        if base == .infinity { return }
        if abs(slope) < 1e-12 {
            if base < 0 { (from, to) = (1, 0) }
        } else if slope > 0 {
            from = max(from, -base / slope)
        } else {
            to = min(to, -base / slope)
        }
    }

    private mutating func sums(_ number: Int, _ counts: [Int], _ known: [Double], _ chosen: [Double]) -> [Double]? {
        steps -= 1
        guard steps > 0 else { return nil }
        if number == opens.count {
            let holds = zip(bounds, known).allSatisfy { bound, value in
                let slack = 1e-9 * max(1, abs(bound.low.isFinite ? bound.low : bound.high))
                return value >= bound.low - slack && value <= bound.high + slack
            }
            return holds ? chosen : nil
        }
        let open = opens[number]
        let rows = Double(counts[open.kind])
        var (from, to) = (open.low * rows, open.high * rows)
        for (place, bound) in bounds.enumerated() {
            var (rest, most) = (0.0, 0.0)
            for later in (number + 1)..<max(opens.count, number + 1) {
                let (factor, other) = (bound.form.open[later], opens[later])
                let rows = Double(counts[other.kind])
                rest += min(factor * other.low, factor * other.high) * rows
                most += max(factor * other.low, factor * other.high) * rows
            }
            let slack = 1e-9 * max(1, abs(bound.low.isFinite ? bound.low : bound.high))
            Self.narrow(&from, &to, base: known[place] + most - bound.low + slack, slope: bound.form.open[number])
            Self.narrow(
                &from, &to, base: bound.high + slack - known[place] - rest, slope: -bound.form.open[number])
            if from > to + 1e-9 { return nil }
        }
        let (first, last) = ((from / open.unit - 1e-6).rounded(.up), (to / open.unit + 1e-6).rounded(.down))
        guard first <= last else { return nil }
        var tried: Set<Double> = []
        let steps = [((first + last) / 2).rounded(), first, last, first + 1, last - 1]
        // Where a later number makes up for this one, any will do.
        for step in isInterchangeable(number) ? Array(steps.prefix(1)) : steps {
            guard step >= first, step <= last, tried.insert(step).inserted else { continue }
            let value = step * open.unit
            var next = known
            for (place, bound) in bounds.enumerated() { next[place] += bound.form.open[number] * value }
            if let found = sums(number + 1, counts, next, chosen + [value]) { return found }
        }
        return nil
    }

    /// A later open number counts in every form as this one does.
    private func isInterchangeable(_ number: Int) -> Bool {
        (number + 1..<max(opens.count, number + 1)).contains { later in
            opens[later].unit == opens[number].unit
                && bounds.allSatisfy { $0.form.open[later] == $0.form.open[number] }
        }
    }

    /// The sum shared out among so many rows, on the grid and between the edges.
    static func shares(of sum: Double, _ open: Open, _ rows: Int) -> [Double] {
        let steps = (sum / open.unit).rounded()
        guard rows > 0, abs(steps) < 1e15 else { return Array(repeating: open.low, count: max(0, rows)) }
        let base = (steps / Double(rows)).rounded(.down)
        let more = Int(steps - base * Double(rows))
        return (0..<rows).map { (base + ($0 < more ? 1 : 0)) * open.unit }
    }
}
