import FoundationEssentials
import Glibc
import ReenactLinux
import ReenactRunner
import ReenactSandbox
import ReenactTimeline

/// One attempt: a sandbox with the runner in it, from start to nothing left.
struct AttemptRun: Sendable {
    private(set) var preparation: Preparation
    let options: ReproductionOptions
    let runner: String
    let driver: any SandboxDriver

    private static let planPath = "/run/reenact/plan.json"
    private static let runnerPath = "/run/reenact/reenact-runner"
    private static let reportDescriptor = "3"
    /// How much longer than its own limit the runner may take, from outside.
    private static let grace: Int64 = 5_000_000_000

    /// A start takes longer beside others.
    private static let readyMin = 10_000

    /// The failing work gets no more time than that.
    mutating func limit(trigger milliseconds: Int) {
        preparation.plan.limits.triggerMilliseconds = min(
            preparation.plan.limits.triggerMilliseconds, milliseconds)
        // Nor does its start: what does not listen by then will not.
        preparation.plan.limits.readyMilliseconds = min(
            preparation.plan.limits.readyMilliseconds, max(milliseconds, Self.readyMin))
    }

    /// How long what goes on is watched.
    mutating func give(_ patience: Plan.TriggerPlan.Patience) { preparation.plan.trigger.patience = patience }

    /// What has come through the place so often, and rests, is not waited for.
    mutating func rest(behind passes: Int?) { preparation.plan.trigger.rest = .init(passes: passes) }

    /// - Throws: `SandboxError`, `ReproductionError`: nothing was started, nothing is left.
    /// - Parameters:
    ///   - order: of questions and answers, where requests in flight at the same time are part of the trigger; nil: the
    ///     failing request comes by itself.
    ///   - without: requests in flight that are left out.
    func run(withHistory: Bool, order: [Int]? = nil, without: Set<Int> = []) async throws -> AttemptRecord {
        let began = MonotonicClock.now()
        var plan = self.plan(withHistory: withHistory, order: order, without: without)
        let nonce = Self.nonce()
        plan.nonce = nonce
        let sandbox = try await driver.start(try specification(plan))
        let started = MonotonicClock.now()
        let deadline = started + Int64(plan.limits.wallMilliseconds) * 1_000_000 + Self.grace
        let descriptor = sandbox.reportDescriptor
        var (record, first) = await withTaskCancellationHandler {
            await Self.onThread { ReportReader.read(descriptor, nonce: nonce, deadline: deadline) }
        } onCancel: {
            // The report ends with the sandbox, and the reader with the report.
            Task { await sandbox.destroy() }
        }
        let closing = MonotonicClock.now()
        record.runnerLog = sandbox.logTail()
        let destroyed = await sandbox.destroy()
        let ended = MonotonicClock.now()
        record.left = destroyed.left
        record.sandboxNanoseconds = started - began
        record.helloNanoseconds = first == 0 ? 0 : first - started
        record.destroyNanoseconds = ended - closing
        record.totalNanoseconds = ended - began
        return record
    }

    /// What one attempt is to do.
    func plan(withHistory: Bool, order: [Int]? = nil, without: Set<Int> = []) -> Plan {
        var plan = preparation.plan
        guard let order else {
            plan.trigger.requests = preparation.triggers.requests(withHistory: withHistory)
            return plan
        }
        plan.trigger.requests = preparation.triggers.racing(withHistory: withHistory, without: without)
        plan.trigger.order = order
        // Of equal questions the earlier asked gets the earlier answer, whichever request it was of.
        for index in plan.events.indices where plan.events[index].phase == .concurrent {
            plan.events[index].phase = .failing
        }
        return plan
    }

    /// Starts the program for attempts that follow one another.
    ///
    /// - Returns: nil where it does not become ready; nothing is left then.
    func start() async throws -> WarmProgram? {
        let began = MonotonicClock.now()
        var plan = preparation.plan
        plan.nonce = Self.nonce()
        plan.hasRounds = true
        let sandbox = try await driver.start(try specification(plan))
        return await WarmProgram.of(sandbox, nonce: plan.nonce, limits: plan.limits, began: began)
    }

    static func nonce() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

    private func specification(_ plan: Plan) throws(ReproductionError) -> SandboxSpec {
        let text: String
        do { text = try JSONText.encode(plan) } catch {
            throw ReproductionError(.plan, "The plan cannot be written: \(error).")
        }
        var spec = SandboxSpec(
            program: Self.runnerPath, arguments: ["reenact-runner", Self.planPath, Self.reportDescriptor],
            variables: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            hostName: preparation.hostName)
        spec.user = preparation.user
        spec.binds = [.init(source: runner, target: Self.runnerPath)]
        if !options.hooks.isEmpty { spec.binds.append(.init(source: options.hooks, target: Planner.hooksPath)) }
        // The plan holds what the case holds, so it is nobody's but the runner's.
        spec.files = preparation.files + [.init(path: Self.planPath, bytes: Array(text.utf8), mode: 0o400)]
        if let replacement = preparation.replacement {
            spec.replacements = [.init(source: replacement.directory, target: replacement.target)]
        }
        spec.replacements += preparation.engineData
        spec.writable = preparation.writable
        spec.hidden = options.hidden.flatMap(preparation.hides)
        let written = spec.files.reduce(0) { $0 + $1.bytes.count }
        spec.limits = .init(
            memoryBytes: options.limits.memoryBytes, processes: options.limits.processes + 8,
            writtenBytes: (2 << 30) + 3 * written)
        return spec
    }

    /// Blocking work must not take one of the few threads of Swift's pool.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            SandboxThread.start { continuation.resume(returning: body()) }
        }
    }
}
