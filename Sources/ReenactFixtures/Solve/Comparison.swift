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

        var distance: Int {
            min(missing.count + extra.count + abs(countOff) + (isOrderOnly ? 1 : 0) + (identityOff ? 1 : 0), 1_000_000)
                + (refusal != nil || wasRefusedInRecording ? 10 : 0)
        }
    }

    static func compare(
        _ statement: ReadyStatement, _ outcome: Outcome, _ schema: Schema
    ) -> Verdict {
        let recorded = statement.recorded
        switch outcome {
        case .skipped: return .same
        case .refused(let why):
            return recorded.error != nil ? .same : .different(Mismatch(refusal: why))
        case .rows(let rows, let count, let lastRow):
            if recorded.error != nil { return .different(Mismatch(wasRefusedInRecording: true)) }
            if let wanted = recorded.rows {
                if isSelect(statement) { return compare(wanted, rows, isOrdered: isOrdered(statement)) }
                // Rows that a write returned.
                guard case .different(let mismatch) = compare(wanted, rows, isOrdered: false) else { return .same }
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

    private static func compare(_ wanted: [[SQLValue]], _ got: [[SQLValue]], isOrdered: Bool) -> Verdict {
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
            return isOrdered ? .different(Mismatch(isOrderOnly: true)) : .same
        }
        return .different(Mismatch(missing: missing, extra: extra))
    }
}
