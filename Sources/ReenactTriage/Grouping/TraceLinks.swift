/// Which of several services' failures came first, by the links of their common trace: never by clocks.
enum TraceLinks {
    /// Names the origin in every failure whose trace has another service's failure below it.
    static func connect(_ failures: inout [ForeignFailure], _ transactions: [SentryTransaction]) {
        var members: [String: [Int]] = [:]
        for (place, failure) in failures.enumerated() where !failure.trace.isEmpty {
            members[failure.trace, default: []].append(place)
        }
        let work = Dictionary(grouping: transactions, by: \.trace)
        for (trace, places) in members where places.count > 1 {
            guard let parts = work[trace] else { continue }
            for place in places {
                var span = failures[place].span
                var origin = place
                // Downwards: a failing service that was called from the work of this one.
                for _ in 0..<16 {
                    guard let own = parts.first(where: { $0.spans.contains(span) }),
                        let below = parts.first(where: { $0.service != own.service && own.spans.contains($0.parent) }),
                        let next = places.first(where: { below.spans.contains(failures[$0].span) }), next != origin
                    else { break }
                    origin = next
                    span = failures[next].span
                }
                if origin != place { failures[place].origin = failures[origin].service }
            }
        }
    }
}

extension BatchTriage {
    /// Verdicts on everything that files held, connected by their traces.
    public static func verdicts(_ intakes: [Intake]) -> [TriagedFailure] {
        var failures = intakes.flatMap(\.failures)
        TraceLinks.connect(&failures, intakes.flatMap(\.transactions))
        return verdicts(failures)
    }
}
