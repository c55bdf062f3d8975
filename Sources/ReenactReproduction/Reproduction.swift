import FoundationEssentials
import Glibc
import ReenactLinux
import ReenactSandbox
import ReenactTimeline

/// Re-enacts a case: plan, attempts, outcome.
public struct Reproduction: Sendable {
    /// What a run tells while it works.
    public enum Progress: Sendable, Equatable {
        case planned
        /// An attempt begins; with the recording's earlier requests, or the trigger alone.
        case attempt(number: Int, of: Int, withHistory: Bool)
        case ended(number: Int, outcome: Outcome)
    }

    /// How many orders of a race are tried.
    private static let ordersMax = 8

    public let failure: Case
    public let options: ReproductionOptions
    private let driver: any SandboxDriver
    private let host: HostView

    public init(case failure: Case, options: ReproductionOptions) {
        self.init(case: failure, options: options, driver: NamespaceDriver(), host: .here)
    }

    init(case failure: Case, options: ReproductionOptions, driver: any SandboxDriver, host: HostView) {
        self.failure = failure
        self.options = options
        self.driver = driver
        self.host = host
    }

    /// Carries the run out. Cancelling the task takes every sandbox down.
    ///
    /// - Throws: `ReproductionError` and `SandboxError`: set-up errors. What the program does is an outcome.
    public func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> RunResult {
        let began = MonotonicClock.now()
        var preparation = try Planner(failure: failure, options: options, host: host).prepare()
        let supply = try addDatabases(to: &preparation, isChanged: preparation.replacement != nil)
        let attempt = AttemptRun(
            preparation: preparation, options: options, runner: try Self.runner(options, host), driver: driver)
        let planned = Times.milliseconds(MonotonicClock.now() - began)
        progress(.planned)
        let judge = Judge(failure, isChanged: preparation.replacement != nil)
        let wanted = max(1, options.attempts)

        let orders = Interleavings(failure).orders(seed: options.seed)

        @Sendable func one(_ number: Int, withHistory: Bool, order: Int? = nil) async throws -> RunResult.Attempt {
            progress(.attempt(number: number, of: wanted, withHistory: withHistory))
            let record = try await attempt.run(withHistory: withHistory, order: order.map { orders[$0] })
            var result = judge.judge(record, withHistory: withHistory)
            result.phases = Times.phases(record)
            result.interleaving = order
            result.databases = DatabaseAnswers.of(record, failure, supply.told)
            if judge.isChanged { result = DatabaseAnswers.doubted(result) }
            result.notes = DatabaseAnswers.sentences(result.databases) + result.notes
            progress(.ended(number: number, outcome: result.outcome))
            return result
        }

        // The first attempt finds out whether the trigger alone is enough.
        var attempts = [try await one(1, withHistory: false)]
        var withHistory = false
        if attempts[0].outcome == .notReproduced || attempts[0].outcome == .diverged,
            !preparation.triggers.history.isEmpty
        {
            let second = try await one(1, withHistory: true)
            // Without its session a request may do well because it does nothing: nearer to the recorded path counts.
            let isNearer =
                second.outcome == attempts[0].outcome && second.prefix.matched > attempts[0].prefix.matched
            if second.outcome == .reproduced || isNearer
                || attempts[0].outcome == .diverged && second.outcome == .notReproduced
            {
                withHistory = true
                attempts = [second]
            }
        }
        // Requests in flight at the same time may be part of the trigger: in the recorded order, then in others.
        var order: Int?
        if attempts[0].outcome == .notReproduced || attempts[0].outcome == .diverged, preparation.replacement == nil,
            Interleavings(failure).isRace
        {
            for number in orders.indices.prefix(Self.ordersMax) {
                let race = try await one(1, withHistory: !preparation.triggers.history.isEmpty, order: number)
                guard race.outcome == .reproduced else { continue }
                (attempts, order, withHistory) = ([race], number, !preparation.triggers.history.isEmpty)
                break
            }
        }
        attempts += try await rest(wanted - 1) { [withHistory, order] in
            try await one($0, withHistory: withHistory, order: order)
        }
        if let order, order > 0 {
            let how = options.seed.map { "drawn with the seed \($0)" } ?? "by their number of switches"
            preparation.notes.append(
                "The recorded order did not do; orders were tried \(how), and number \(order) did.")
        }
        return try await controlled(
            Aggregate.result(
                attempts, of: failure, code: preparation.replacement, isolation: .namespaces, notes: preparation.notes,
                planMilliseconds: planned))
    }

    /// The same case on the same machine with other options.
    func repeated(with options: ReproductionOptions) -> Reproduction {
        Reproduction(case: failure, options: options, driver: driver, host: host)
    }

    /// With other code, real servers for what it asks anew. Without it a new question means that the program left the
    /// recorded path, and must not be answered, unless a fixture is asked for.
    func addDatabases(
        to preparation: inout Preparation, isChanged: Bool
    ) throws(ReproductionError) -> FixtureSupply {
        var restored = failure
        restored.connections = preparation.plan.peers.flatMap(\.connections)
        let supply = try FixtureSupply(restored, options, isChanged: isChanged)
        preparation.notes += supply.notes
        preparation.plan.fixtures = supply.plans
        for (path, bytes) in supply.files.sorted(by: { $0.key < $1.key }) { preparation.put(bytes, at: path) }
        let isWanted = options.databases == .fixture || options.fixture != nil
        guard isChanged && options.databases == .auto || isWanted else { return supply }
        let catalog = EngineCatalog(
            Set(preparation.plan.peers.map(\.protocolName)), host: host, user: preparation.user,
            path: options.processVariables["PATH"] ?? "", cache: options.cacheDirectory)
        preparation.plan.engines = catalog.engines
        preparation.engineData = catalog.replacements
        return supply
    }

    /// The other attempts, side by side: each has a network of its own, so ports do not matter.
    private func rest(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> RunResult.Attempt
    ) async throws -> [RunResult.Attempt] {
        guard count > 0 else { return [] }
        let width = max(1, min(count, options.parallel ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        return try await withThrowingTaskGroup(of: (Int, RunResult.Attempt).self) { group in
            var results: [(Int, RunResult.Attempt)] = []
            for number in 0..<width { group.addTask { (number, try await body(number + 2)) } }
            var next = width
            while let result = try await group.next() {
                results.append(result)
                if next < count {
                    let number = next
                    group.addTask { (number, try await body(number + 2)) }
                    next += 1
                }
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Where `reenact-runner` is.
    static func runner(_ options: ReproductionOptions, _ host: HostView) throws(ReproductionError) -> String {
        var places: [String] = []
        if let given = options.runner { places.append(given) }
        if let variable = options.processVariables["REENACT_RUNNER"]
            ?? getenv("REENACT_RUNNER").map({
                String(cString: $0)
            })
        {
            places.append(variable)
        }
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            places.append(Paths.parent(own) + "/reenact-runner")
        }
        if let found = places.first(where: host.isFile) { return found }
        throw ReproductionError(
            .sandbox,
            "reenact-runner is not there (looked at \(places.joined(separator: ", "))). "
                + "Build it with `swift build --product reenact-runner`, or name it in REENACT_RUNNER.")
    }
}
