/// What a statement gave in a run, beside what was recorded.
enum Comparison {
    enum Verdict: Sendable, Equatable {
        case same
        /// How far off, and in which way.
        case different(Mismatch)
    }

    struct Mismatch: Sendable, Equatable {
        var missing: [[SQLValue]] = []
        var extra: [[SQLValue]] = []
        var isOrderOnly = false
        var countOff = 0
        var identityOff = false
        var refusal: String?
        var wasRefusedInRecording = false

        /// How much of the missing rows is in rows that came instead of them, in thousandths of a row.
        var likeness = 0

        var distance: Int {
            min(missing.count + extra.count + abs(countOff) + (isOrderOnly ? 1 : 0) + (identityOff ? 1 : 0), 1_000_000)
                * 1000 + (refusal != nil || wasRefusedInRecording ? 10_000 : 0) - likeness
        }

        /// Pairs each missing row with the extra row that is nearest to it.
        mutating func measure() {
            guard !missing.isEmpty, !extra.isEmpty else { return }
            var left = Array(extra.prefix(200))
            for row in missing.prefix(200) {
                var best = (place: -1, score: 0)
                for (place, other) in left.enumerated() where other.count == row.count {
                    let score = zip(row, other).reduce(0) { $0 + Self.likeness($1.0, $1.1) } / max(1, row.count)
                    if score > best.score { best = (place, score) }
                }
                guard best.place >= 0 else { continue }
                likeness += best.score
                left.remove(at: best.place)
                if left.isEmpty { return }
            }
        }

        /// Of two values: 1000 where equal; of numbers, the nearer the more.
        private static func likeness(_ left: SQLValue, _ right: SQLValue) -> Int {
            if left == right { return 1000 }
            guard let a = left.double, let b = right.double, a.isFinite, b.isFinite else { return 0 }
            let size = max(abs(a), abs(b))
            return size == 0 ? 900 : Int(900 * max(0, 1 - abs(a - b) / size))
        }
    }

    /// - Parameter pairs: how many pairs of rows are looked at for their likeness, at most.
    static func compare(
        _ statement: ReadyStatement, _ outcome: Outcome, _ schema: Schema, pairs: Int = .max
    ) -> Verdict {
        let recorded = statement.recorded
        switch outcome {
        case .skipped: return .same
        case .refused(let why):
            return recorded.error != nil ? .same : .different(Mismatch(refusal: why))
        case .rows(let rows, let count, let lastRow):
            if recorded.error != nil { return .different(Mismatch(wasRefusedInRecording: true)) }
            if let wanted = recorded.rows {
                let rows = recorded.takenApart.isEmpty ? rows : rows.map { takenApart($0, recorded.takenApart) }
                if isSelect(statement) { return compare(wanted, rows, isOrdered: isOrdered(statement), pairs) }
                // Rows that a write returned.
                guard case .different(let mismatch) = compare(wanted, rows, isOrdered: false, pairs) else {
                    return .same
                }
                return .different(Mismatch(countOff: wanted.count - rows.count, identityOff: mismatch.distance > 0))
            }
            if isSelect(statement) { return .same }
            if let wanted = recorded.rowCount, wanted != count {
                return .different(Mismatch(countOff: wanted - count))
            }
            if let wanted = recorded.lastRow, wanted > 0, case .insert(let insert)? = statement.parsed,
                count > 0, let table = schema.place(insert.table), schema.tables[table].counter != nil,
                wanted != lastRow
            {
                return .different(Mismatch(identityOff: true))
            }
            return .same
        }
    }

    private static func takenApart(_ row: [SQLValue], _ columns: Set<Int>) -> [SQLValue] {
        row.enumerated().map { columns.contains($0.offset) ? TaggedForms.normal($0.element) : $0.element }
    }

    private static func isSelect(_ statement: ReadyStatement) -> Bool {
        switch statement.parsed {
        case .select: true
        case nil: statement.recorded.rows != nil
        default: false
        }
    }

    /// What can't be parsed is compared in order: the stricter way, so that no claim is too large.
    static func isOrdered(_ statement: ReadyStatement) -> Bool {
        if case .select(let query)? = statement.parsed { return !query.order.isEmpty }
        return statement.parsed == nil
    }

    private static func compare(
        _ wanted: [[SQLValue]], _ got: [[SQLValue]], isOrdered: Bool, _ pairs: Int
    ) -> Verdict {
        if wanted == got { return .same }
        var counts: [[SQLValue]: Int] = [:]
        for row in wanted { counts[row, default: 0] += 1 }
        var extra: [[SQLValue]] = []
        for row in got {
            if let count = counts[row], count > 0 { counts[row] = count - 1 } else { extra.append(row) }
        }
        var missing: [[SQLValue]] = []
        for row in wanted {
            if let count = counts[row], count > 0 {
                missing.append(row)
                counts[row] = count - 1
            }
        }
        if missing.isEmpty, extra.isEmpty {
            guard isOrdered else { return .same }
            let right = zip(wanted, got).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
            return .different(Mismatch(isOrderOnly: true, likeness: 800 * right / max(1, wanted.count)))
        }
        var mismatch = Mismatch(missing: missing, extra: extra)
        if missing.count * extra.count <= pairs { mismatch.measure() }
        return .different(mismatch)
    }
}
