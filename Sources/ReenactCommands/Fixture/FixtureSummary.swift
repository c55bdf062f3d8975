import ReenactFixtures
import ReenactTimeline

/// The figures of a run over many timelines. Timelines without statements count nowhere.
struct FixtureSummary {
    let timelines: Int
    let exact: Int
    let statements: Int
    let satisfied: Int
    let rows: [Int]
    let milliseconds: [Double]
    let reasons: [(String, Int)]

    init(_ reports: [FixtureReport]) {
        let counted = reports.filter { $0.statements > 0 }
        timelines = counted.count
        exact = counted.filter(\.isExact).count
        statements = counted.reduce(0) { $0 + $1.statements }
        satisfied = counted.reduce(0) { $0 + $1.satisfied }
        rows = counted.map(\.rows).sorted()
        milliseconds = counted.map(\.milliseconds).sorted()
        var counts: [String: Int] = [:]
        for failure in counted.flatMap(\.failures) { counts["\(failure.clause): \(failure.reason)", default: 0] += 1 }
        reasons = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    }

    private func share(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 0 : (Double(part) * 1000 / Double(whole)).rounded() / 10
    }

    private func percentile(_ part: Double) -> Double {
        guard !milliseconds.isEmpty else { return 0 }
        let value = milliseconds[min(milliseconds.count - 1, Int(Double(milliseconds.count) * part))]
        return (value * 10).rounded() / 10
    }

    private var meanRows: Double {
        rows.isEmpty ? 0 : (Double(rows.reduce(0, +)) * 10 / Double(rows.count)).rounded() / 10
    }

    var text: String {
        var out = """
            timelines   \(exact) of \(timelines) exact (\(share(exact, timelines)) %)
            statements  \(satisfied) of \(statements) (\(share(satisfied, statements)) %)
            rows        median \(rows.isEmpty ? 0 : rows[rows.count / 2]), mean \(meanRows)
            time        median \(percentile(0.5)) ms, 95th percentile \(percentile(0.95)) ms

            """
        for (reason, count) in reasons.prefix(10) { out += "  \(count) × \(reason)\n" }
        return out
    }

    var json: JSONValue {
        [
            "timelines": .integer(Int64(timelines)), "exact": .integer(Int64(exact)),
            "statements": .integer(Int64(statements)), "satisfied": .integer(Int64(satisfied)),
            "rowsMedian": .integer(Int64(rows.isEmpty ? 0 : rows[rows.count / 2])), "rowsMean": .number(meanRows),
            "millisecondsMedian": .number(percentile(0.5)), "milliseconds95": .number(percentile(0.95)),
        ]
    }
}
