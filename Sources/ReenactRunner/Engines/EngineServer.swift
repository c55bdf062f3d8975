import Glibc
import ReenactLinux
import ReenactStubs
import ReenactWire

/// A real server in the sandbox, for one peer: its process, its directory, its end.
///
/// It holds what a case brought, and a case is not to be trusted: it runs without any capability, as a user of its own
/// where there is one.
final class EngineServer: EngineHost {
    private static let startMilliseconds: Int64 = 10_000

    /// What the server takes for the time.
    struct Clock {
        /// The library of the hooks.
        var library: String
        /// Nanoseconds since 1970.
        var now: Int64
    }

    private let engine: Plan.Engine
    private let clock: Clock?
    private var programClock: ProgramClock?
    /// The prepared data may be used where it lies; false: a copy is made.
    private let ownsData: Bool
    private var directory = ""
    private var socket = ""
    private(set) var pid: pid_t = 0
    private var failure: EngineAbsence?

    init(_ engine: Plan.Engine, ownsData: Bool, clock: Clock? = nil) {
        self.engine = engine
        self.clock = clock
        self.ownsData = ownsData
    }

    var title: String { engine.title }

    /// Starts the process and waits for nothing.
    func start() {
        guard pid == 0, failure == nil else { return }
        guard !engine.executable.isEmpty else {
            failure = EngineAbsence(engine.absence)
            return
        }
        do {
            try prepare()
            var variables = [
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            ]
            if let clock {
                programClock = try ProgramClock(path: directory + "/clock")
                programClock?.set(to: clock.now)
                variables["LD_PRELOAD"] = clock.library
                variables["REENACT_CLOCK"] = directory + "/clock"
            }
            var child = ChildProcess(command: privileges + command, variables: variables, directory: directory)
            let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
            let log = open(directory + "/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            defer {
                Glibc.close(input)
                Glibc.close(log)
            }
            child.standard = [input, log, log]
            child.newGroup = true
            // A server counts what it has open, and may find that too much is left to it.
            child.standardOnly = true
            child.deathSignal = SIGKILL
            pid = try child.start().pid
        } catch {
            failure = EngineAbsence("\(title) cannot be started: \(error)")
        }
    }

    func connect() throws(EngineAbsence) -> any EngineLink {
        start()
        let deadline = MonotonicClock.now() + Self.startMilliseconds * 1_000_000
        while failure == nil {
            if let link = EngineSocket(path: socket) { return link }
            if hasEnded {
                failure = EngineAbsence("\(title) ended at once: \(lastWords)")
            } else if MonotonicClock.now() > deadline {
                failure = EngineAbsence(
                    "\(title) did not listen within \(Self.startMilliseconds / 1000) s: \(lastWords)")
            } else {
                usleep(2000)
            }
        }
        throw failure ?? EngineAbsence("\(title) is not there")
    }

    func pause() { usleep(3000) }

    /// Makes it now that time in the server.
    func setClock(to time: Int64) { programClock?.set(to: time) }

    /// Ends it at once: nothing of it is kept.
    func stop() {
        if pid > 0 {
            for entry in ProcessTree.below(pid) { kill(entry.pid, SIGKILL) }
            var state: Int32 = 0
            // Without capabilities another user's processes cannot be ended; the sandbox ends them with itself.
            if kill(pid, SIGKILL) == 0 { waitpid(pid, &state, 0) }
        }
        pid = 0
        if !directory.isEmpty { Directories.removeAll(directory) }
        directory = ""
    }

    private var hasEnded: Bool {
        var state: Int32 = 0
        // No child any more: the program's own reaping was first.
        return waitpid(pid, &state, WNOHANG) != 0
    }

    private var lastWords: String {
        let text = FileBytes.text(directory + "/log").split(separator: "\n").suffix(2).joined(separator: "; ")
        return text.isEmpty ? "it said nothing" : text
    }

    private func prepare() throws {
        var template = Array("/tmp/reenact-engine-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LinuxError("mkdtemp /tmp/reenact-engine-XXXXXX") }
        directory = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(directory, 0o755)
        if let user = engine.user, chown(directory, user.uid, user.gid) != 0 { throw LinuxError("chown \(directory)") }
        socket = directory + "/" + (engine.kind == .postgres ? ".s.PGSQL.5432" : "socket")
        if !engine.data.isEmpty, !ownsData { try copyData() }
    }

    private var data: String { ownsData ? engine.data : directory + "/data" }

    private func copyData() throws {
        let child = ChildProcess(
            command: ["cp", "-a", engine.data, directory + "/data"], variables: ["PATH": "/usr/bin:/bin"])
        var state: Int32 = 0
        waitpid(try child.start().pid, &state, 0)
        guard state == 0 else { throw LinuxError("copy \(engine.data)", code: EIO) }
    }

    private var privileges: [String] {
        var words = ["setpriv"]
        if let user = engine.user { words += ["--reuid=\(user.uid)", "--regid=\(user.gid)", "--clear-groups"] }
        return words + ["--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
    }

    private var command: [String] {
        switch engine.kind {
        case .redis:
            [
                engine.executable, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "777", "--save", "",
                "--appendonly", "no", "--dir", directory, "--daemonize", "no", "--databases", "1024",
            ]
        case .postgres:
            [engine.executable, "-D", data, "-k", directory]
                + [
                    "listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
                    "autovacuum=off", "shared_buffers=16MB", "max_worker_processes=0",
                    "max_logical_replication_workers=0", "jit=off", "max_wal_size=1GB",
                ].flatMap { ["-c", $0] }
        case .mysql:
            [
                engine.executable, "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--skip-networking",
                // Everybody is let in, as the recorded program was.
                "--skip-grant-tables", "--skip-log-bin", "--pid-file=\(directory)/pid", "--tmpdir=\(directory)",
                "--innodb-log-file-size=4M", "--innodb-data-file-path=ibdata1:5M:autoextend",
                "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
                "--innodb-buffer-pool-load-at-startup=OFF", "--performance-schema=OFF", "--key-buffer-size=1M",
                "--aria-pagecache-buffer-size=2M", "--character-set-server=utf8mb4",
            ]
        }
    }
}
