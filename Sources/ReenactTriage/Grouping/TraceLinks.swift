/// Which of several services' failures came first, by the links of their common trace: never by clocks.
enum TraceLinks {
    /// Names the origin in every failure whose trace has another service's failure below it.
    static func connect(_ rows: inout [TriagedFailure], _ transactions: [SentryTransaction]) {
        guard !transactions.isEmpty else { return }
        var members: [String: [Int]] = [:]
        for (place, row) in rows.enumerated() where !row.trace.isEmpty { members[row.trace, default: []].append(place) }
        let work = Dictionary(grouping: transactions, by: \.trace)
        for (trace, places) in members where places.count > 1 {
            guard let parts = work[trace] else { continue }
            for place in places {
                let origin = origin(of: place, among: places, parts, rows)
                if origin != place, !rows[origin].service.isEmpty { rows[place].firstComponent = rows[origin].service }
            }
        }
    }

    /// Downwards: a failing service that was called from the work of this one.
    private static func origin(
        of place: Int, among places: [Int], _ parts: [SentryTransaction], _ rows: [TriagedFailure]
    ) -> Int {
        var origin = place
        for _ in 0..<16 {
            let span = rows[origin].span
            guard let own = parts.first(where: { $0.spans.contains(span) }),
                let below = parts.first(where: { $0.service != own.service && own.spans.contains($0.parent) }),
                let next = places.first(where: { below.spans.contains(rows[$0].span) }), next != origin
            else { break }
            origin = next
        }
        return origin
    }
}
