/// A query: one select, or several put together; its common tables; its order and limits.
final class QueryPlan {
    indirect enum Body {
        case select(SelectPlan)
        case combine(String, all: Bool, QueryPlan, QueryPlan)
    }

    var body = Body.select(SelectPlan())
    /// Order of what is put together: columns by place.
    var order: [(column: Int, isDescending: Bool, nullsFirst: Bool)] = []
    var limit: PlanNode?
    var offset: PlanNode?
    /// It looks at rows of the query around it.
    var isCorrelated = false
    /// `WITH RECURSIVE`: the second part reads what the first, or the last round, gave.
    var recursion: RowsHolder?
    /// What stands between values that are strung together, by item.
    var strung: [Int: String] {
        guard case .select(let select) = body else { return [:] }
        var found: [Int: String] = [:]
        for (item, node) in select.items.enumerated() {
            guard let node = node as? TotalNode, let total = select.totals.first(where: { $0.number == node.number }),
                case .strung(let separator) = total.kind
            else { continue }
            found[item] = separator
        }
        return found
    }
    private var epoch = -1
    private var known = CellRows(width: 0)

    func rows(_ m: PlanMachine) -> CellRows {
        if !isCorrelated, epoch == m.epoch { return known }
        let rows = limited(made(m), m)
        if !isCorrelated { (epoch, known) = (m.epoch, rows) }
        return rows
    }

    func isAny(_ m: PlanMachine) -> Bool {
        if isCorrelated, case .select(let select) = body, !select.isGrouped, limit == nil, offset == nil {
            return select.isAny(m)
        }
        return rows(m).count > 0
    }

    private func made(_ m: PlanMachine) -> CellRows {
        switch body {
        case .select(let select): return select.run(m)
        case .combine(let word, let all, let left, let right):
            if let recursion { return recursed(left, right, all, recursion, m) }
            return sorted(Self.combined(word, all, left.rows(m), right.rows(m)), m.pool)
        }
    }

    private func limited(_ rows: CellRows, _ m: PlanMachine) -> CellRows {
        guard limit != nil || offset != nil else { return rows }
        let skip = max(0, offset.map { Int(clamping: $0.value(m).bits) } ?? 0)
        var most = limit.map { Int(clamping: $0.value(m).bits) } ?? Int.max
        if most < 0 { most = Int.max }
        let from = min(skip, rows.count)
        let count = min(most, rows.count - from)
        if from == 0, count == rows.count { return rows }
        let part = CellRows(width: rows.width)
        part.cells = Array(rows.cells[from * rows.width..<(from + count) * rows.width])
        part.count = count
        return part
    }

    private func sorted(_ rows: CellRows, _ pool: TextPool) -> CellRows {
        if order.isEmpty { return rows }
        let out = CellRows(width: rows.width)
        let places = (0..<rows.count).sorted { left, right in
            for key in order {
                let (a, b) = (rows.cells[left * rows.width + key.column], rows.cells[right * rows.width + key.column])
                if a.isNull != b.isNull { return a.isNull == key.nullsFirst }
                let sign = pool.order(a, b)
                if sign != 0 { return (sign < 0) != key.isDescending }
            }
            return left < right
        }
        for place in places { out.append(rows.row(place)) }
        return out
    }

    private static func combined(_ word: String, _ all: Bool, _ left: CellRows, _ right: CellRows) -> CellRows {
        let out = CellRows(width: left.width)
        if word == "UNION", all {
            out.cells = left.cells + right.cells
            out.count = left.count + right.count
            return out
        }
        var theirs = RowTable(width: left.width)
        if word != "UNION" { each(right) { _ = theirs.place($0) } }
        var seen = RowTable(width: left.width)
        func take(_ rows: CellRows) {
            each(rows) { row in
                if word != "UNION", (theirs.find(row) != nil) != (word == "INTERSECT") { return }
                _ = seen.place(row)
            }
        }
        take(left)
        if word == "UNION" { take(right) }
        out.cells = seen.cells
        out.count = seen.count
        return out
    }

    private static func each(_ rows: CellRows, _ body: (UnsafePointer<Cell>) -> Void) {
        rows.cells.withUnsafeBufferPointer { cells in
            guard let base = cells.baseAddress else { return }
            for place in 0..<rows.count { body(base + place * rows.width) }
        }
    }

    private func recursed(
        _ first: QueryPlan, _ again: QueryPlan, _ all: Bool, _ holder: RowsHolder, _ m: PlanMachine
    ) -> CellRows {
        let out = CellRows(width: first.rows(m).width)
        var seen = RowTable(width: out.width)
        var fresh = first.rows(m)
        for _ in 0..<200 {
            let kept = CellRows(width: out.width)
            Self.each(fresh) { row in
                if !all, !seen.place(row).isNew { return }
                kept.cells += UnsafeBufferPointer(start: row, count: out.width)
                kept.count += 1
            }
            if kept.count == 0 || out.count > 20_000 { break }
            out.cells += kept.cells
            out.count += kept.count
            holder.rows = kept
            fresh = again.rows(m)
        }
        return out
    }
}
