import CLinux
import Glibc
import ReenactLinux
import ReenactStubs
import ReenactTLS
import ReenactTimeline
import ReenactWire

/// One attempt, from fixtures to the end of everything that was started. Reports; judges nothing.
///
/// The steps stand below one another and wait on the event loop, which meanwhile serves stubs, hooks and output.
final class Attempt {
    var plan: Plan
    let reporter: Reporter
    let loop: EventLoop
    let program: Program
    let server: StubServer
    let watchdog: Watchdog
    var observations: Observations
    var control: ControlServer?
    /// The last request got an answer that tells of a failure, or none.
    var lastAnswerFailed = true
    /// When a recorded event was last met, and when the last one before the failure was.
    private(set) var lastMeeting: Int64?
    /// Subscriptions of the plan that the program has made.
    private(set) var subscribed: Set<Int> = []
    private(set) var lastGoalMeeting: Int64?
    private let started: Int64
    private let peers: [StubPeer]
    private let engines: Engines
    private let directory: PrivateDirectory
    /// Ways to other services; nil where it is by itself.
    private(set) var links: ServiceLinks?
    private var clock: ProgramClock?
    private var locks: DatabaseLocks?
    private var hasToldExit = false
    private var isEnding = false

    init(plan: Plan, reporter: Reporter, started: Int64) throws {
        self.plan = plan
        self.reporter = reporter
        self.started = started
        let loop = try EventLoop()
        self.loop = loop
        observations = Observations(origin: started)
        watchdog = Watchdog(limits: plan.limits, started: started, loop: loop)
        program = Program(loop: loop) { stream, bytes in
            reporter.tell(.output(stream: stream, base64: Base64.encode(bytes)))
        }
        directory = try PrivateDirectory()
        let stubs = PeerPlans.stubs(for: plan)
        peers = stubs.peers
        let authority = try plan.authority.map {
            try CertificateAuthority(certificatePEM: $0.certificate, privateKeyPEM: $0.privateKey)
        }
        server = StubServer(
            loop: loop, peers: peers, names: plan.names, latency: StubLatency(plan.latency), authority: authority)
        for reason in stubs.troubles { reporter.tell(.trouble(stage: "stubs", reason: reason)) }
        engines = Engines(plan, for: peers) {
            reporter.tell(.trouble(stage: "engine", reason: $0))
        }
        server.onNews = { [weak self] in self?.heard($0) }
    }

    /// Carries the plan out.
    ///
    /// - Returns: the runner's exit status.
    func run() -> Int32 {
        rn_set_subreaper()
        var status: Int32 = 0
        do throws(AttemptFailure) {
            try prepare()
            if let part = plan.part {
                try play(part)
            } else {
                try startProgram()
                switch plan.trigger.kind {
                case .request where plan.hasRounds: try playRounds()
                case .request: try fireRequests(at: try awaitReady())
                case .command, .job: try awaitCommand()
                }
            }
        } catch {
            status = 1
            reporter.tell(.failed(stage: error.stage, reason: error.reason))
        }
        finish()
        return status
    }

    // MARK: - Before the program

    private func prepare() throws(AttemptFailure) {
        if plan.ownsSandbox, let reason = plan.part == nil ? Network.refusal() : OwnMachine.refusal() {
            throw AttemptFailure(stage: "network", reason: reason)
        }
        if plan.ownsSandbox, let part = plan.part { try OwnMachine.enter(part, directory: directory) }
        if plan.ownsSandbox { Fixtures.remove(plan.absent) }
        for reason in try Fixtures.apply(plan.files) {
            reporter.tell(.trouble(stage: "fixtures", reason: reason))
        }
        reporter.stage("fixtures")
        if plan.ownsSandbox {
            let troubles = Network.setUp(
                addresses: PeerPlans.addresses(of: plan, peers: peers), names: plan.names,
                nameServers: PeerPlans.nameServers(of: plan))
            for reason in troubles {
                reporter.tell(.trouble(stage: "network", reason: reason))
            }
            reporter.stage("network")
        }
        if let trigger = SocketAddress(plan.trigger.server) { server.expected = [trigger.port] }
        for failure in server.open(observesDials: plan.ownsSandbox) {
            reporter.tell(.trouble(stage: "stubs", reason: "\(failure.server): \(failure.reason)"))
        }
        if let part = plan.part {
            links = ServiceLinks(part, loop: loop, reporter: reporter)
            try links?.open()
        }
        reporter.stage("stubs")
        engines.start()
        program.strangers = engines.pids
        watchdog.strangers = engines.pids
    }

    func startProgram() throws(AttemptFailure) {
        if plan.ownsSandbox {
            // The runner counts as one.
            _ = rn_limit_processes(UInt(plan.limits.processes + 1))
            if let process = plan.program.process { ProcessNumber.next(process) }
            let error = rn_drop_privileges()
            if error != 0 {
                throw AttemptFailure(
                    stage: "program", reason: "privileges cannot be dropped: \(LinuxError.text(of: error))")
            }
        }
        enter(plan.trigger.kind == .request ? .startup : .failing)
        if plan.trigger.kind != .request { keepOrder() }
        do {
            control = try ControlServer(path: directory.path("control"), loop: loop) { [weak self] message in
                guard let self, let report = observations.take(message) else { return }
                reporter.tell(report)
            }
            var authority: (file: String, bundle: String)?
            if let given = plan.authority {
                let file = directory.path("authority.pem")
                try FileBytes.write(Array(given.certificate.utf8), to: file)
                authority = (file, given.bundlePath)
            }
            if let now = plan.clock.atStart {
                clock = try ProgramClock(path: directory.path("clock"))
                clock?.set(to: now)
            }
            if !plan.locks.isEmpty {
                locks = try DatabaseLocks(plan.locks, path: directory.path("locks"))
                locks?.enter(plan.trigger.kind == .request ? .startup : .failing)
            }
            let environment = ProgramEnvironment(
                hooks: plan.hooks, control: directory.path("control"), clock: clock?.path, locks: locks?.path,
                authority: authority, place: plan.place, overrides: plan.program.overrides)
            try program.start(
                ChildProcess(
                    command: plan.program.command, variables: environment.variables(for: plan.program.variables),
                    directory: plan.program.workingDirectory), input: plan.program.input)
        } catch {
            throw AttemptFailure(stage: "program", reason: "the program cannot be started: \(error)")
        }
        watchdog.start()
        reporter.stage("program")
        // Most programs take their time to start: meanwhile the recordings can be read.
        server.warmUp()
    }

    // MARK: - While it runs

    /// The program has come to that phase.
    func enter(_ phase: Event.Phase) {
        observations.enter(phase, at: MonotonicClock.now())
        server.phase = phase
        locks?.enter(phase)
    }

    /// Moves the program's clock to the time of the failing trigger.
    func jumpClock() {
        guard let time = plan.clock.atTrigger else { return }
        clock?.set(to: time)
        engines.setClock(to: time)
    }

    /// Serves everything until the condition holds, no longer than that.
    ///
    /// - Returns: whether the condition holds.
    /// - Throws: the limit that was passed.
    @discardableResult
    func wait(milliseconds: Int, until isDone: () -> Bool) throws(AttemptFailure) -> Bool {
        var isLate = false
        let timer = loop.after(nanoseconds: Int64(milliseconds) * 1_000_000) { isLate = true }
        defer { loop.cancel(timer) }
        var holds = isDone()
        while !holds, !isLate, watchdog.failure == nil, !reporter.isBroken {
            loop.turn(longestWait: nil)
            holds = isDone()
        }
        if let failure = watchdog.failure { throw failure }
        if reporter.isBroken { throw AttemptFailure(stage: "report", reason: "nobody reads the report") }
        return holds
    }

    /// Tells how the program ended, if it has.
    func tellExit() {
        guard !hasToldExit, let status = program.status, let time = program.ended else { return }
        hasToldExit = true
        reporter.tell(.exit(status: status, time: time - started))
    }

    private func heard(_ news: StubNews) {
        // What a program says on its way out, because it was told to end, is no part of the attempt.
        guard !isEnding else { return }
        switch news {
        case .encounter(let encounter):
            met(encounter)
            reporter.tell(.encounter(encounter, time: reporter.time))
        case .fault(let server, let fault): reporter.tell(.fault(server: server, fault: fault, time: reporter.time))
        case .unknownPeer(let server): reporter.tell(.unknownPeer(server: server, time: reporter.time))
        case .trouble(let reason): reporter.tell(.trouble(stage: "stubs", reason: reason))
        }
    }

    /// What is asked again tells nothing new.
    private func met(_ encounter: Shelf.Encounter) {
        guard let event = encounter.event, !encounter.relaxations.contains("asked again") else { return }
        lastMeeting = MonotonicClock.now()
        if plan.trigger.subscriptions.contains(event) { subscribed.insert(event) }
        if event == plan.trigger.patience?.event { lastGoalMeeting = lastMeeting }
    }

    // MARK: - After it

    private func finish() {
        watchdog.stop()
        tellExit()
        isEnding = true
        if !program.destroy() {
            reporter.tell(.trouble(stage: "destroy", reason: "some processes of the program could not be ended"))
        }
        program.finishOutput()
        control?.close()
        links?.close()
        server.close()
        engines.stop()
        for report in observations.reports { reporter.tell(report) }
        let losses = [
            ("output", program.discarded), ("messages", observations.lostMessages + (control?.damaged ?? 0)),
            ("exceptions", observations.lostExceptions), ("statements", observations.lostStatements),
        ]
        for (what, count) in losses where count > 0 { reporter.tell(.lost(what: what, count: count)) }
        directory.remove()
        reporter.stage("destroy")
        reporter.tell(.done(time: reporter.time))
    }
}
