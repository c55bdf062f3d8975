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
    /// What the hooks are to watch.
    private let place: String?
    /// In which answers to requests in flight can come.
    let orders: [[Int]]

    init(
        _ failure: Case, options: ReproductionOptions, driver: any SandboxDriver = NamespaceDriver(),
        host: HostView = .here
    ) throws(ReproductionError) {
        self.failure = failure
        self.options = options
        self.driver = driver
        self.host = host
        interleavings = Interleavings(failure)
        place = FailurePlace.text(failure)
        orders = interleavings.orders(seed: options.seed)
        runner = try Reproduction.runner(options, host)
        authorities = try Planner(failure: failure, options: options, host: host).authorities()
    }

    /// How many attempts run side by side.
    var width: Int { max(1, options.parallel ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// A request sets it off: a started program can be given it again and again.
    var isWarmable: Bool { failure.trigger.kind == .request && failure.trigger.event != nil }

    /// A started program; nil where it cannot be started.
    func program() async -> WarmProgram? {
        guard let same = ChangedCase(failure, []),
            let run = try? prepare(same, .init(withHistory: false, isPaced: false))
        else { return nil }
        return try? await run.start()
    }

    /// One attempt in a started program; nil where it could not be carried through there.
    ///
    /// - Parameter patience: milliseconds after which the failing work counts as hanging.
    func attempt(
        _ changed: ChangedCase, _ manner: Manner, patience: Int? = nil, in program: WarmProgram
    ) async throws -> (RunResult.Attempt, AttemptRecord)? {
        var run = try prepare(changed, manner)
        if let patience, !manner.isPaced { run.limit(trigger: patience) }
        let plan = run.plan(withHistory: manner.withHistory, order: order(changed, manner), without: changed.without)
        guard let record = await program.attempt(plan.round, databases: databases(changed, run.preparation)) else {
            return nil
        }
        return (judged(record, changed, manner), record)
    }

    /// One attempt in a sandbox of its own.
    ///
    /// - Parameters:
    ///   - isControl: nothing is changed.
    ///   - patience: milliseconds after which the failing work counts as hanging, where that is known better than
    ///     by the recording's pace.
    ///   - passes: how often a changed program comes through the place that has got over the failure, where that is known.
    func attempt(
        _ changed: ChangedCase, _ manner: Manner, patience: Int? = nil, isControl: Bool = false, passes: Int? = nil
    ) async throws -> (RunResult.Attempt, AttemptRecord) {
        var run = try prepare(changed, manner)
        if let patience, !manner.isPaced { run.limit(trigger: patience) }
        if let patience, !isControl, !manner.isPaced, let wait = Patience.ofExperiment(failure, limit: patience) {
            run.give(wait)
        }
        if !isControl, !manner.isPaced, failure.trigger.kind != .request { run.rest(behind: passes) }
        let record = try await run.run(
            withHistory: manner.withHistory, order: order(changed, manner), without: changed.without)
        return (judged(record, changed, manner), record)
    }

    /// Larger databases are not exchanged below a running program.
    private static let databaseBytesMax = 8 << 20

    /// Its databases, as far as they were changed, can be exchanged below a running program.
    func isLive(_ changed: ChangedCase) -> Bool {
        changed.failure.databases.allSatisfy { $0.bytes.count <= Self.databaseBytesMax || !isChanged($0) }
    }

    private func isChanged(_ file: Case.FileCopy) -> Bool {
        failure.databases.first { $0.path == file.path }?.bytes != file.bytes
    }

    /// Every database in the form in which this attempt is to find it, and whether that is another than the recorded
    /// one.
    private func databases(_ changed: ChangedCase, _ preparation: Preparation) -> [WarmProgram.Database] {
        zip(changed.failure.databases, preparation.plan.files).filter { $0.0.bytes.count <= Self.databaseBytesMax }
            .map { file, place in .init(path: place.path, bytes: file.bytes, isChanged: isChanged(file)) }
    }

    private func order(_ changed: ChangedCase, _ manner: Manner) -> [Int]? {
        changed.order ?? manner.order.map { orders[$0] }
    }

    private func judged(_ record: AttemptRecord, _ changed: ChangedCase, _ manner: Manner) -> RunResult.Attempt {
        var judged = Judge(changed.failure, isChanged: false).judge(record, withHistory: manner.withHistory)
        judged.phases = Times.phases(record)
        return judged
    }

    /// Files as an attempt is to find them. The bytes are those of the file that is here, where it is still the
    /// recorded one: the case may hold placeholders in it, of the same length.
    private func put(_ files: [String: [TextEdit]?], in preparation: inout Preparation) throws(ReproductionError) {
        for (recorded, edits) in files {
            let path = Paths.normal(recorded, in: failure.environment.workingDirectory)
            guard let edits else {
                preparation.plan.absent.append(path)
                preparation.plan.files.removeAll { $0.path == path }
                continue
            }
            let kept = failure.keptFiles.first { $0.path == recorded }
            let hash = failure.environment.files.first { $0.path == recorded }?.sha256
            // What nobody saw being read has no hash.
            let here = host.read(path).flatMap { hash == nil || SHA256.hex($0) == hash ? $0 : nil }
            let known = here ?? kept.map { SecretText(failure.sealed, unseal: options.unseal).restore($0.bytes) }
            // One that was not there begins with nothing.
            guard let bytes = known ?? (hash == nil && !host.isFile(path) ? [] : nil) else { continue }
            guard let changed = TextEdit.applied(edits, to: bytes) else { continue }
            preparation.put(changed, at: path)
        }
    }

    private func prepare(_ changed: ChangedCase, _ manner: Manner) throws(ReproductionError) -> AttemptRun {
        var options = options
        options.variables.merge(changed.variables) { $1 }
        options.unset = changed.unset
        for name in changed.unset { options.processVariables[name] = nil }
        options.latency = manner.isPaced ? .exact : .none
        var planner = Planner(failure: changed.failure, options: options, host: host)
        planner.made = authorities
        var preparation = try planner.prepare()
        preparation.plan.place = place
        try put(changed.files, in: &preparation)
        preparation.plan.move(clock: changed.clockShift)
        for index in preparation.plan.peers.indices {
            guard let answer = changed.answers[preparation.plan.peers[index].server] else { continue }
            preparation.plan.peers[index].otherwise = Base64.encode(answer)
        }
        preparation.plan.trigger.order = Interleavings.swapping(changed.swaps, in: preparation.plan.trigger.order)
        return AttemptRun(preparation: preparation, options: options, runner: runner, driver: driver)
    }
}
