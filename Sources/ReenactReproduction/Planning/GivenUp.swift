import ReenactTimeline

/// A program that stopped waiting for an answer, which came later: it fails again only if it has to wait again.
enum GivenUp {
    private static let words = ["timeout", "timed out", "time-out", "deadline exceeded", "took too long"]
    /// The recorder may note an answer a moment after the program has read it.
    private static let slack: Instant = 50_000_000

    static func isSo(_ failure: Case) -> Bool {
        guard let exception = failure.exceptions.last, exception.handling != .printed else { return false }
        let said = ([exception] + exception.causes).map { "\($0.type) \($0.message)".lowercased() }
        guard words.contains(where: { word in said.contains { $0.contains(word) } }) else { return false }
        return failure.events.contains { event in
            event.kind == .call && event.protocolName == "http" && event.start <= exception.time
                && event.end.map { $0 > exception.time + slack } ?? false
        }
    }
}
