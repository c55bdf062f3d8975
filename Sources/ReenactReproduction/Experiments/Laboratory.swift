import Glibc
import ReenactLinux
import ReenactSandbox
import ReenactTimeline

/// Where a case is re-enacted again and again with changed conditions.
///
/// What does not change from attempt to attempt is found out once: authorities, runner, whether the failure needs the
/// recording's earlier requests, or its pace.
struct Laboratory: Sendable {
    /// How the failure is brought about.
    struct Manner: Sendable, Equatable {
        var withHistory: Bool
        /// Answers come as late as they came then.
        var isPaced: Bool
        /// Requests in flight at the same time come together, and answers in that order: 0 is the recorded one, others
        /// are explored (`Interleavings.orders`); nil: the failing request comes by itself.
        var order: Int?
    }

    let failure: Case
    let options: ReproductionOptions
    let host: HostView
    private let driver: any SandboxDriver
    private let runner: String
    private let authorities: TrustedAuthorities?
    let interleavings: Interleavings

    init(
        _ failure: Case, options: ReproductionOptions, driver: any SandboxDriver = NamespaceDriver(),
        host: HostView = .here
    ) throws(ReproductionError) {
        self.failure = failure
        self.options = options
        self.driver = driver
        self.host = host
        interleavings = Interleavings(failure)
        runner = try Reproduction.runner(options, host)
        authorities = try Planner(failure: failure, options: options, host: host).authorities()
    }

    /// How many attempts run side by side.
    var width: Int { max(1, options.parallel ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// One attempt with these conditions changed; nil where they cannot be changed together.
    func attempt(_ conditions: [Condition], _ manner: Manner) async throws -> (RunResult.Attempt, AttemptRecord, Case)?
    {
        guard let changed = ChangedCase(failure, conditions) else { return nil }
        var options = options
        options.variables.merge(changed.variables) { $1 }
        for name in changed.unset { options.processVariables[name] = nil }
        options.latency = manner.isPaced ? .exact : .none
        var planner = Planner(failure: changed.failure, options: options, host: host)
        planner.made = authorities
        var preparation = try planner.prepare()
        preparation.plan.move(clock: changed.clockShift)
        for index in preparation.plan.peers.indices {
            guard let answer = changed.answers[preparation.plan.peers[index].server] else { continue }
            preparation.plan.peers[index].otherwise = Base64.encode(answer)
        }
        preparation.plan.trigger.order = Interleavings.swapping(changed.swaps, in: preparation.plan.trigger.order)
        let run = AttemptRun(preparation: preparation, options: options, runner: runner, driver: driver)
        let order = changed.order ?? manner.order.map { interleavings.orders[$0] }
        let record = try await run.run(withHistory: manner.withHistory, order: order, without: changed.without)
        var judged = Judge(changed.failure, isChanged: false).judge(record, withHistory: manner.withHistory)
        judged.phases = Times.phases(record)
        return (judged, record, changed.failure)
    }
}
