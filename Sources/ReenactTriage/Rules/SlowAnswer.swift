import ReenactTimeline

/// An answer took longer than the user's rule allows, and calls of it took most of that time.
public struct SlowAnswer: Rule {
    public static let name = "slow-answer"
    public static let precondition = "the failure is the user's rule on latency, without an exception"
    public static let evidence = "one call, or many calls that ask the same, hold more than half of the answer's time"
    public static let counterEvidence = "calls that run beside others do not add up to more than the answer's time"

    public init() {}

    private static let shareMin = 0.5
    /// More calls of one form than that are a loop of calls.
    private static let loopMin = 5

    public func judge(_ look: Look) -> [Finding] {
        guard case .latency = look.failure.signature.rule.flatMap({ UserRule($0) }), look.exception == nil,
            let trigger = look.trigger?.event, let end = trigger.end, end > trigger.start
        else { return [] }
        let whole = end - trigger.start
        var groups: [String: (calls: [Answer], time: Instant)] = [:]
        for answer in look.answers {
            guard let ended = answer.event.end else { continue }
            let form = Self.form(answer)
            groups[form, default: ([], 0)].calls.append(answer)
            groups[form, default: ([], 0)].time += max(0, ended - answer.event.start)
        }
        guard let (_, slowest) = groups.max(by: { ($0.value.time, $1.key) < ($1.value.time, $0.key) }),
            let longest = slowest.calls.max(by: { Self.time($0) < Self.time($1) })
        else { return [] }
        let share = Double(min(slowest.time, whole)) / Double(whole)
        guard share >= Self.shareMin else { return [] }
        let isLoop = slowest.calls.count >= Self.loopMin && Self.time(longest) * 2 < slowest.time
        let call = Phrase.call(longest, look.failure)
        let part =
            "\(Self.words(min(slowest.time, whole))) of the \(Self.words(whole)) that \(look.failure.signature.operation) took"
        return [
            Finding(
                isLoop ? "repeated-calls" : "dependency-slow", isLoop ? .defect : .dependency,
                evidence: slowest.calls.prefix(3).map(\.event.id), confidence: 0.6 + 0.35 * share,
                isLoop
                    ? "\(slowest.calls.count) calls of one form (\(call)) hold \(part)."
                    : "\(call) took \(part).")
        ]
    }

    private static func time(_ answer: Answer) -> Instant {
        (answer.event.end ?? answer.event.start) - answer.event.start
    }

    /// What makes two calls the same but for their values.
    private static func form(_ answer: Answer) -> String {
        switch answer.content {
        case .http(let http): http.endpoint
        case .sql(let sql): MessageTemplate.of(sql.sql)
        case .redis(let redis): redis.command
        case .message, .other: answer.event.protocolName + answer.event.peer
        }
    }

    private static func words(_ time: Instant) -> String {
        time >= 1_000_000_000
            ? "\((time + 50_000_000) / 100_000_000 * 10 / 100).\((time + 50_000_000) / 100_000_000 % 10) s"
            : "\(time / 1_000_000) ms"
    }
}
