import ReenactRunner
import ReenactTimeline

/// How long a command of other code is watched that does not end: a worker that no longer fails goes on for ever.
enum Patience {
    private static let least = 3000
    private static let leastSilent = 8000

    /// Measured by the recording's own pace; nil where the trigger is a request, whose answer is the end.
    static func of(_ failure: Case, limit: Int) -> Plan.TriggerPlan.Patience? {
        guard failure.trigger.kind != .request else { return nil }
        let path = PathPrefix.calls(of: failure)
        let end = failure.exceptions.last?.time ?? failure.failureTime
        // Its start is what comes before the first call, or before the failure of one that made none.
        let times = [failure.trigger.kind == .command ? 0 : path.first?.start ?? end] + path.map(\.start) + [end]
        let pauses = zip(times, times.dropFirst()).map { Int(max(0, $1 - $0) / 1_000_000) }
        return .init(
            event: path.last { $0.kind == .call }?.id, milliseconds: min(limit, max(least, 3 * (pauses.last ?? 0))),
            silentMilliseconds: min(limit, max(leastSilent, 3 * (pauses.max() ?? 0))))
    }

    /// A command that went on after its failure, of which its output alone told: nothing else says when it is over.
    static func isOpenEnded(_ failure: Case) -> Bool {
        failure.trigger.kind == .command && failure.exitStatus == nil && failure.signature.kind == .rule
            && failure.exceptions.last.map { $0.handling == .printed } ?? true
    }

    /// For what does not end by itself, in an experiment: the failure comes, if it comes, about as long after the last
    /// recorded question as it did then. Shorter than for other code: what is told was seen several times.
    static func ofExperiment(_ failure: Case, limit: Int) -> Plan.TriggerPlan.Patience? {
        guard failure.trigger.kind == .job || failure.trigger.kind == .command && failure.exitStatus == nil,
            var patience = of(failure, limit: limit)
        else { return nil }
        let path = PathPrefix.calls(of: failure)
        let end = failure.exceptions.last?.time ?? failure.failureTime
        let last = path.last.map { Int(max(0, end - $0.start) / 1_000_000) } ?? 0
        patience.milliseconds = min(patience.milliseconds, max(leastOfExperiment, 3 * last))
        return patience
    }

    private static let leastOfExperiment = 2500

    /// What an experiment may take before it is known how long the unchanged case takes here.
    static func first(_ failure: Case) -> Int {
        let start = failure.trigger.kind == .command ? 0 : failure.trigger.time
        return max(2 * leastSilent, 3 * Int(clamping: max(0, failure.failureTime - start) / 1_000_000))
    }

    /// A worker that had run for hours needs no hours to fail again.
    private static let longest = 120_000

    /// Limits by the recording's own pace: what took long there may take as long here, and four times that on a busy
    /// machine. Never less than the given ones.
    static func limits(_ given: Plan.Limits, for failure: Case) -> Plan.Limits {
        let start = failure.trigger.kind == .command ? 0 : failure.trigger.time
        let took = Int(clamping: max(0, failure.failureTime - start) / 1_000_000)
        var limits = given
        limits.triggerMilliseconds = max(given.triggerMilliseconds, min(longest, 4 * took))
        limits.wallMilliseconds += limits.triggerMilliseconds - given.triggerMilliseconds
        return limits
    }
}
