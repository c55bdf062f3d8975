import CLinux
import Glibc
import ReenactLinux
import ReenactTLS
import ReenactTimeline

/// One recording from start to end: the relay's thread, with the analyst's beside it.
final class RecordingSession {
    private let options: Recorder.Options
    private let report: @Sendable (Recorder.News) -> Void
    private let sink: any CaseSink
    private let directory: String
    private let origin = MonotonicClock.now()
    private let anchor = WallClockAnchor(unixNanoseconds: MonotonicClock.wallClock())
    private let hashSeed: String
    private let loop: EventLoop
    private let queue: ObservationQueue
    private let tap: Tap
    private let policy: TLSPolicy
    private let databases: DatabaseCopies
    private let files = FileCopies()
    private var outputs: [OutputTap] = []
    private let input: InputTap?
    private var pid: pid_t = 0
    private var guardian: pid_t?
    private var ended: (status: Int32, signal: Int32?)?
    private var startedAt: Instant = 0
    private var endedAt: Instant = 0
    private var stopSignals = 0
    private var lastStopSignal = SIGTERM
    /// When the program is ended by force, because it was told to end and did not.
    private var lastChance: Instant?
    /// Long enough for servers that drain their connections; some take the request to end for one to start anew.
    private static let patience: Int64 = 20_000_000_000
    /// When those that outlive the first process were told to end.
    private var stoppedAt: Instant?
    private var toldGoesOn = false

    init(
        options: Recorder.Options, sink: any CaseSink, directory: String,
        report: @escaping @Sendable (Recorder.News) -> Void
    ) throws {
        self.options = options
        self.sink = sink
        self.directory = directory
        self.report = report
        let seed = try Seal.randomBytes(4).reduce(0) { $0 << 8 | UInt32($1) }
        hashSeed = options.variables["PYTHONHASHSEED"] ?? String(seed)
        loop = try EventLoop()
        queue = try ObservationQueue()
        tap = Tap(queue: queue, origin: origin)
        policy = try TLSPolicy(directory: directory)
        databases = DatabaseCopies(directory: directory)
        input = InputTap(loop: loop, tap: tap)
    }

    /// Taken from the start: those that end a recording, and those that are passed on.
    static let signals: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGWINCH]

    func run(_ signals: SignalSource) throws -> Recorder.Result {
        signal(SIGPIPE, SIG_IGN)
        rn_keep_memory()
        let control = try ControlServer(
            path: "\(directory)/control", loop: loop, tap: tap, policy: policy, databases: databases, files: files)
        _ = rn_set_subreaper()
        while let early = signals.next() {
            if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(early.signal) {
                queue.close()
                return .init(status: 128 + early.signal, cases: 0)
            }
        }
        let started = try startProgram()
        startedAt = tap.now
        pid = started.pid
        report(.started(pid: pid))
        try loop.watch(signals.descriptor, .read) { [unowned self] _ in
            while let arrival = signals.next() { self.handle(arrival) }
        }
        let outstanding = try OutstandingCalls()
        let interceptor = Interceptor(
            loop: loop, tap: tap, listener: started.notifications, outstanding: outstanding,
            controlPath: "\(directory)/control", policy: policy, directory: directory)
        interceptor.input = input
        try interceptor.start()
        for output in outputs { try output.start(queue: queue, origin: origin) }
        tap.written = { [unowned self] in outputs.compactMap(\.written) }
        guardian = Guardian.start(
            listener: started.notifications, outstanding: outstanding, outputs: outputs.map(\.readEnd),
            directory: directory)
        let cases = CaseCounter()
        let analyst = try startAnalyst(cases)
        observe(interceptor)
        // The last bytes of connections that are closing, and the hooks' last words.
        let deadline = tap.now + 500_000_000
        while interceptor.openConnections > 0, tap.now < deadline {
            loop.turn(longestWait: 20)
            tap.flush()
        }
        loop.turn(longestWait: 10)
        interceptor.finish()
        for output in outputs { output.finish() }
        noteExit()
        tap.flush()
        queue.close()
        analyst.join()
        withExtendedLifetime(control) {}
        let status = ended.map { $0.signal.map { 128 + $0 } ?? $0.status } ?? 0
        return .init(status: status, cases: cases.value)
    }

    // MARK: - Start

    private func startProgram() throws -> ChildProcess.Started {
        var variables = options.variables
        if let hooks = options.hooks {
            let paths = try hookPaths(hooks)
            variables = HookVariables.adding(paths, to: variables)
        }
        var child = ChildProcess(
            command: options.command, variables: variables, directory: options.workingDirectory)
        child.observed = true
        child.observesInput = input != nil
        InputTap.noteFile(to: tap)
        let shared = OutputTap.leadToOnePlace
        for stream in [Int32(1), 2] {
            if stream == 2, shared, let first = outputs.first {
                child.standard[2] = first.writeEnd
                break
            }
            let output = try OutputTap(stream: stream, label: shared ? OutputTap.both : Int(stream))
            outputs.append(output)
            child.standard[Int(stream)] = output.writeEnd
        }
        let started = try child.start()
        outputs.forEach { $0.closeWriteEnd() }
        return started
    }

    private func hookPaths(_ hooks: String) throws -> HookVariables.Paths {
        let authority = "\(directory)/authority.pem"
        let bundle = policy.bundle(adding: nil)
        let phpIni = "\(directory)/php"
        mkdir(phpIni, 0o755)
        try write(policy.authority.pem, to: authority)
        try write(
            "curl.cainfo=\(bundle)\nopenssl.cafile=\(bundle)\n", to: "\(phpIni)/reenact.ini")
        return .init(
            hooks: hooks, control: "\(directory)/control", authority: authority,
            bundle: policy.bundle(adding:), phpIni: phpIni, hashSeed: hashSeed)
    }

    private func write(_ text: String, to path: String) throws {
        let fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_TRUNC, 0o644)
        guard fd >= 0 else { throw LinuxError("write \(path)") }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        guard Glibc.write(fd, bytes, bytes.count) == bytes.count else { throw LinuxError("write \(path)") }
    }

    private func startAnalyst(_ cases: CaseCounter) throws -> OwnedThread {
        let (origin, anchor, options, sink, report) = (origin, anchor, options, sink, report)
        let (databases, files, queue, seed, pid) = (databases, files, queue, hashSeed, pid)
        return try OwnedThread {
            var variables = options.variables
            if options.hooks != nil { variables["PYTHONHASHSEED"] = seed }
            let probe = EnvironmentProbe(
                command: options.command, workingDirectory: options.workingDirectory, variables: variables,
                process: pid)
            let assembler = CaseAssembler(
                origin: origin, anchor: anchor, probe: probe, databases: databases, files: files, key: options.key)
            let analyst = Analyst(
                origin: origin, rule: options.rule, journal: Journal(bytesMax: options.ringBytesMax),
                assembler: assembler, sink: sink,
                neighbours: options.neighbours.map { Neighbours(directory: $0, anchor: anchor) }
            ) { news in
                switch news {
                case .wrote(let receipt):
                    cases.add()
                    report(.wrote(receipt))
                case .lost(let reason): report(.lost(reason))
                case .writing(let count): report(.writing(count))
                case .warning(let text): report(.warning(text))
                }
            }
            analyst.run(queue)
        }
    }

    // MARK: - Life

    private func observe(_ interceptor: Interceptor) {
        while true {
            loop.turn(longestWait: tap.wait)
            tap.flushIfDue()
            if ended == nil {
                if let lastChance, tap.now > lastChance { endByForce() }
                continue
            }
            if interceptor.isOver { return }
            let since = tap.now - endedAt
            if stopSignals > 0, stoppedAt == nil, since > 500_000_000 {
                signalRemaining(lastStopSignal)
                stoppedAt = tap.now
            }
            if let stoppedAt {
                // Others of the program's processes, a daemon for one, were told to end, too.
                if tap.now - stoppedAt < 5_000_000_000, stopSignals < 3 { continue }
                signalRemaining(SIGKILL)
                return
            }
            // A daemon that serves goes on being recorded; a stray child of a command does not hold it up.
            if interceptor.isServer, interceptor.openConnections > 0 || since < 2_000_000_000 || hasServers() {
                if !toldGoesOn, since > 500_000_000 {
                    toldGoesOn = true
                    report(.goesOn)
                }
            } else if since > 1_000_000_000 {
                return
            }
        }
    }

    /// Whether processes of the program are left: as their reaper they are our children.
    private func hasServers() -> Bool {
        var info = siginfo_t()
        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0
    }

    private func endByForce() {
        lastChance = nil
        report(
            .warning(
                "the program did not end within \(Self.patience / 1_000_000_000) s of being told to; ended by force"))
        kill(pid, SIGKILL)
    }

    private func handle(_ arrival: SignalSource.Arrival) {
        switch arrival.signal {
        case SIGCHLD: reap()
        case SIGWINCH: outputs.forEach { $0.windowChanged() }
        case SIGINT, SIGTERM, SIGHUP, SIGQUIT:
            stopSignals += 1
            lastStopSignal = arrival.signal
            if ended != nil {
                signalRemaining(arrival.signal)
                stoppedAt = stoppedAt ?? tap.now
                return
            }
            // A hang-up asks many servers for something else.
            if arrival.signal != SIGHUP, lastChance == nil {
                lastChance = tap.now + Self.patience
                tap.note(.toldToEnd(time: tap.now))
            }
            // The terminal has sent it to the whole group already; a program that young may not have been in it.
            if !arrival.fromKernel || tap.now - startedAt < 50_000_000 { kill(pid, arrival.signal) }
            if stopSignals > 2 { kill(pid, SIGKILL) }
        default: kill(pid, arrival.signal)
        }
    }

    /// To all processes of the program that have come to us since their parents ended: we are their reaper.
    private func signalRemaining(_ signal: Int32) {
        for child in ProcFile.children(of: getpid()) where child != guardian { kill(child, signal) }
    }

    private func reap() {
        var status: Int32 = 0
        while true {
            let child = waitpid(-1, &status, WNOHANG)
            guard child > 0 else { return }
            guard child == pid else { continue }
            let signal = status & 0x7f
            ended = (status: (status >> 8) & 0xff, signal: signal == 0 ? nil : signal)
            endedAt = tap.now
        }
    }

    private func noteExit() {
        guard let ended else { return }
        // A program that ends because it was told to has not failed.
        let told = stopSignals > 0
        tap.note(.exited(status: ended.status, bySignal: ended.signal, weStopped: told, time: endedAt))
    }
}
