import ReenactLinux
import ReenactSandbox
import ReenactTimeline

/// Re-enacts the cases of several services together: each program really runs, and calls between them are real; what is
/// not among the cases is a stub, as in `Reproduction`.
public struct GroupReproduction: Sendable {
    public let group: ServiceGroup
    public let options: ReproductionOptions
    /// `--code`.
    private let code: [String]
    private let driver: any SandboxDriver
    private let host: HostView

    /// - Throws: `ReproductionError` where the cases do not belong together.
    public init(_ cases: [Case], code: [String], options: ReproductionOptions) throws(ReproductionError) {
        group = try ServiceGroup(cases)
        self.code = code
        self.options = options
        driver = NamespaceDriver()
        host = .here
    }

    /// Carries the run out. Cancelling the task takes the sandbox down.
    ///
    /// - Throws: `ReproductionError` and `SandboxError`: set-up errors. What the programs do is an outcome.
    public func run(
        progress: @escaping @Sendable (Reproduction.Progress) -> Void = { _ in }
    ) async throws -> GroupResult {
        let began = MonotonicClock.now()
        let preparation = try GroupPreparation(group, code: code, options: options, host: host, driver: driver)
        let run = GroupRun(
            preparation: preparation, options: options, runner: try Reproduction.runner(options, host), driver: driver)
        let planned = Times.milliseconds(MonotonicClock.now() - began)
        progress(.planned)
        let count = max(1, options.attempts)

        func one(_ number: Int, withHistory: Bool) async throws -> Attempt {
            progress(.attempt(number: number, of: count, withHistory: withHistory))
            let attempt = Attempt(try await run.run(withHistory: withHistory), preparation, withHistory: withHistory)
            progress(.ended(number: number, outcome: attempt.results[group.front].outcome))
            return attempt
        }

        var attempts = [try await one(1, withHistory: false)]
        let first = attempts[0].results[group.front].outcome
        if first == .notReproduced || first == .diverged,
            !preparation.parts[group.front].preparation.triggers.history.isEmpty
        {
            let second = try await one(1, withHistory: true)
            if second.results[group.front].outcome == .reproduced { attempts = [second] }
        }
        let withHistory = attempts[0].withHistory
        for number in 1..<max(count, 1) { attempts.append(try await one(number + 1, withHistory: withHistory)) }
        return result(attempts, preparation, planned)
    }

    /// One attempt, judged for each member.
    private struct Attempt {
        var withHistory: Bool
        var records: [AttemptRecord]
        var calls: LinkedCalls
        var results: [RunResult.Attempt] = []

        init(_ seen: [AttemptRecord], _ preparation: GroupPreparation, withHistory: Bool) {
            let group = preparation.group
            self.withHistory = withHistory
            calls = LinkedCalls(seen, group)
            records = calls.completing(seen, group)
            for (number, member) in group.members.enumerated() {
                let isFront = number == group.front
                let judge = Judge(member.failure, isChanged: preparation.isChanged)
                var result = judge.judge(records[number], withHistory: isFront && withHistory)
                result.phases = Times.phases(records[number])
                result.databases = DatabaseAnswers.of(
                    records[number], member.failure, preparation.parts[number].supply.told)
                if preparation.isChanged { result = DatabaseAnswers.doubted(result) }
                result.notes = DatabaseAnswers.sentences(result.databases) + result.notes
                if !isFront {
                    result = Bystander.judged(result, member.failure, records[number], isChanged: preparation.isChanged)
                }
                if !isFront, records[number].failure == nil, !calls.isCalled(number) {
                    let asked = member.failure.trigger.summary
                    result.outcome = .diverged
                    result.reason = "It was not called: \(asked) did not come."
                    result.divergence = .init(event: member.failure.trigger.event, expected: asked, came: "no call")
                }
                results.append(result)
            }
        }
    }

    private func result(_ attempts: [Attempt], _ preparation: GroupPreparation, _ planned: Double) -> GroupResult {
        let services = group.inOrder.map { number -> GroupResult.Service in
            let member = group.members[number]
            let part = preparation.parts[number]
            let result = Aggregate.result(
                attempts.map { $0.results[number] }, of: member.failure, code: part.preparation.replacement,
                isolation: .namespaces, notes: part.preparation.notes + part.supply.notes, planMilliseconds: planned)
            return GroupResult.Service(
                name: member.name, caseID: member.failure.id, isFront: number == group.front, outcome: result.outcome,
                reason: result.reason,
                peers: GroupResult.peers(attempts[0].records[number], number, group, attempts[0].calls), result: result)
        }
        let front = services[0]
        var reason = front.reason
        // Who did not start says more than who waited for it.
        if front.outcome == .inconclusive,
            let other = services.dropFirst().first(where: { $0.outcome == .inconclusive })
        {
            reason = "\(other.name): \(other.reason)"
        }
        let others = services.dropFirst().map { "\($0.name) \(Self.words($0.outcome))" }
        if front.outcome != .inconclusive, !others.isEmpty {
            reason += " Behind it: \(others.joined(separator: ", "))."
        }
        return GroupResult(
            outcome: front.outcome, reason: reason, front: front.name, services: services,
            calls: GroupResult.told(attempts[0].calls, group), notes: group.notes)
    }

    private static func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .reproduced: "did as recorded"
        case .notReproduced: "did otherwise, without its failure"
        case .diverged: "left the recorded path"
        case .inconclusive: "could not be judged"
        }
    }
}
