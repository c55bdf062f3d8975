import Glibc

/// The usual next log line of a service did not follow: absence is the signal, not the level of what is there.
enum LogOrder {
    static let beginning = "(beginning)"
    static let end = "(end)"

    /// A line that followed less often than this was not usual.
    private static let usualMin = 0.3
    /// A line that was seen less often than this before teaches nothing.
    private static let seenMin = 3

    struct Break: Sendable {
        var service: String
        var line: String
        var next: String
        /// Shares of the times that `next` followed `line`.
        var before: Double
        var after: Double
        var countBefore: Int
        var countAfter: Int
        /// Log likelihood that the order changed.
        var score: Double
    }

    /// Per service the break that is surest.
    static func breaks(_ telemetry: Telemetry) -> [Break] {
        let normal = transitions(telemetry.normal)
        var best: [String: Break] = [:]
        for (place, followers) in transitions(telemetry.after) {
            guard let usual = normal[place] else { continue }
            let before = usual.values.reduce(0, +)
            let after = followers.values.reduce(0, +)
            guard before >= seenMin else { continue }
            for (next, count) in usual.sorted(by: { $0.key < $1.key }) {
                let share = Double(count) / Double(before)
                // One more in each direction: what was seen a few times is not certain.
                let expected = Double(count + 1) / Double(before + 2)
                let found = Double(followers[next] ?? 0) / Double(after)
                guard share >= usualMin, found < expected, found < share else { continue }
                let score = Double(after) * divergence(found, expected)
                let known = best[place.service]
                if known == nil || (score, known!.line) > (known!.score, place.line) {
                    best[place.service] = Break(
                        service: place.service, line: place.line, next: next, before: share, after: found,
                        countBefore: before, countAfter: after, score: score)
                }
            }
        }
        return best.values.filter { $0.score > 0 }.sorted { ($1.score, $0.service) < ($0.score, $1.service) }
    }

    private struct Place: Hashable {
        var service: String
        var line: String
    }

    private static func transitions(_ phase: Telemetry.Phase) -> [Place: [String: Int]] {
        var counts: [Place: [String: Int]] = [:]
        for (service, lines) in phase.sequences {
            for (line, next) in zip(lines, lines.dropFirst()) {
                counts[Place(service: service, line: line), default: [:]][next, default: 0] += 1
            }
        }
        return counts
    }

    /// Kullback-Leibler divergence of two coins.
    private static func divergence(_ found: Double, _ expected: Double) -> Double {
        (found > 0 ? found * log(found / expected) : 0)
            + (found < 1 ? (1 - found) * log((1 - found) / (1 - expected)) : 0)
    }
}
