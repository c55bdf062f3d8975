import ReenactTimeline

/// The program's own retries, one right behind the other, used up what would have let it through.
public struct RetryStorm: Rule {
    public static let name = "retry-storm"
    public static let precondition =
        "ten or more equal calls within the failing work, nearly all turned down, and in the end for being too many"
    public static let evidence =
        "the calls; that the first one failed otherwise, or went well; that the pauses between them do not grow"
    public static let counterEvidence =
        "the pauses grow, as retries should; the first call was turned down for the same reason: the limit was used up before"

    public init() {}

    private static let callsMin = 10
    private static let growthMax = 2.0

    public func judge(_ look: Look) -> [Finding] {
        guard let last = look.answers.first(where: { Self.isTooMany($0) }), look.distance(last.event) <= 2 else {
            return []
        }
        let question = Self.question(last)
        let calls = Array(look.answers.filter { Self.question($0) == question }.reversed())
        guard calls.count >= Self.callsMin, let first = calls.first, !Self.isTooMany(first) else { return [] }
        let failed = calls.filter { !Self.isGood($0) }
        guard failed.count * 5 >= calls.count * 4, !Self.pausesGrow(calls) else { return [] }
        let span = ((last.event.end ?? last.event.start) - first.event.start) / 100_000_000
        let began = first.http?.status.map { "answered \($0)" } ?? first.event.outcome.rawValue
        return [
            Finding(
                "retry-storm", .interaction, evidence: [last.event.id, first.event.id],
                confidence: failed.count == calls.count ? 0.97 : 0.9,
                "\(Phrase.call(last, look.failure)) was tried \(calls.count) times in \(span / 10).\(span % 10) s without a growing pause; the first \(began), the last was turned down as too many; \(Phrase.doing(look)) could not go on."
            )
        ]
    }

    private static func question(_ answer: Answer) -> String {
        answer.http.map { $0.endpoint } ?? "\(answer.event.protocolName) \(answer.event.peer) \(answer.event.key)"
    }

    private static func isTooMany(_ answer: Answer) -> Bool {
        if answer.http?.status == 429 { return true }
        return ["53300", "1040", "1203", "1226"].contains(answer.sql?.error?.code ?? "")
    }

    private static func isGood(_ answer: Answer) -> Bool {
        (answer.http?.status ?? 500) < 400 || answer.sql.map { $0.error == nil } ?? false
    }

    /// Middle pause of the later half against that of the earlier one.
    private static func pausesGrow(_ calls: [Answer]) -> Bool {
        let pauses = zip(calls, calls.dropFirst()).map { max($1.event.start - ($0.event.end ?? $0.event.start), 0) }
        let half = pauses.count / 2
        func middle(_ part: ArraySlice<Instant>) -> Double { Double(part.sorted()[part.count / 2]) }
        // Less than this between calls is no pause at all.
        let (early, late) = (max(middle(pauses[..<half]), 1_000_000), max(middle(pauses[half...]), 1_000_000))
        return late / early > growthMax
    }
}
