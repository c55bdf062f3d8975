import ReenactLinux
import ReenactRunner
import ReenactSandbox

/// One attempt with several services: a sandbox with their runners in it, from start to nothing left.
struct GroupRun: Sendable {
    static let planPath = "/run/reenact/group.json"
    static let runnerPath = "/run/reenact/reenact-runner"
    static let reportDescriptor = "3"
    private static let grace: Int64 = 5_000_000_000

    let preparation: GroupPreparation
    let options: ReproductionOptions
    let runner: String
    let driver: any SandboxDriver

    /// - Returns: a record for each member.
    /// - Throws: `SandboxError`, `ReproductionError`: nothing was started, nothing is left.
    func run(withHistory: Bool) async throws -> [AttemptRecord] {
        let began = MonotonicClock.now()
        let front = preparation.group.front
        var plans = preparation.parts.map(\.preparation.plan)
        plans[front].trigger.requests = preparation.parts[front].preparation.triggers.requests(withHistory: withHistory)
        // Those that are called are fired at by the others.
        for number in plans.indices where number != front { plans[number].trigger.requests = [] }
        let nonces = plans.map(\.nonce)
        let whole = GroupPlan(
            nonce: AttemptRun.nonce(),
            plans: plans.indices.map { "/run/reenact/\($0)/plan.json" }, front: front,
            wallMilliseconds: plans.map(\.limits.wallMilliseconds).max() ?? 120_000)
        let sandbox = try await driver.start(
            try preparation.specification(plans, whole, options: options, runner: runner))
        let started = MonotonicClock.now()
        let deadline = started + Int64(whole.wallMilliseconds) * 1_000_000 + Self.grace
        let descriptor = sandbox.reportDescriptor
        let (read, first, isInTime) = await withTaskCancellationHandler {
            await AttemptRun.onThread { () -> (GroupCollector, Int64, Bool) in
                var collector = GroupCollector(nonce: whole.nonce, services: nonces)
                var first: Int64 = 0
                let isInTime = ReportReader.read(descriptor, into: &collector, deadline: deadline, first: &first) {
                    $0.isDone
                }
                return (collector, first, isInTime)
            }
        } onCancel: {
            Task { await sandbox.destroy() }
        }
        var collector = read
        var (records, own) = collector.finish()
        let closing = MonotonicClock.now()
        own.runnerLog = sandbox.logTail()
        let destroyed = await sandbox.destroy()
        let ended = MonotonicClock.now()
        if !isInTime { own.failure = .init(stage: "limits", reason: "the attempt did not end within its time") }
        for number in records.indices {
            records[number].left = destroyed.left
            records[number].runnerLog = own.runnerLog
            records[number].failure = records[number].failure ?? own.failure
            records[number].sandboxNanoseconds = started - began
            records[number].helloNanoseconds = first == 0 ? 0 : first - started
            records[number].destroyNanoseconds = ended - closing
            records[number].totalNanoseconds = ended - began
        }
        return records
    }
}
