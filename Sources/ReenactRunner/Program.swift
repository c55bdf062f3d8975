import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// The program under re-enactment: its first process, its output, its end, and the end of everything it started.
final class Program {
    /// Bytes of output that are kept, both streams together.
    static let outputMax = 4 << 20

    private let loop: EventLoop
    private let onOutput: (_ stream: Int, _ bytes: [UInt8]) -> Void
    /// Processes below ours that are not the program's.
    var strangers: Set<pid_t> = []
    private var pipes: [(fd: Int32, stream: Int)] = []
    private var signals: Int32 = -1
    private var kept = 0
    /// Bytes of output beyond what is kept.
    private(set) var discarded = 0
    private(set) var pid: pid_t = 0
    /// The first process's exit status, or 128 and the signal.
    private(set) var status: Int32?
    /// When the first process ended, on the monotonic clock.
    private(set) var ended: Int64?

    init(loop: EventLoop, onOutput: @escaping (_ stream: Int, _ bytes: [UInt8]) -> Void) {
        self.loop = loop
        self.onOutput = onOutput
    }

    /// Starts the first process in a group of its own.
    ///
    /// - Parameter input: what it finds on its standard input; nil is nothing.
    func start(_ child: ChildProcess, input given: Plan.Input? = nil) throws {
        signals = rn_signal_descriptor(SIGCHLD, 0)
        guard signals >= 0 else { throw LinuxError("signalfd", code: -signals) }
        try loop.watch(signals, .read) { [weak self] _ in self?.reap() }
        let source = try given.flatMap { given in
            try Base64.decode(given.base64).map { try ProgramInput($0, isFile: given.isFile) }
        }
        let input = source?.descriptor ?? open("/dev/null", O_RDONLY | O_CLOEXEC)
        var ends: [Int32] = []
        for stream in 1...2 {
            var pair: [Int32] = [-1, -1]
            guard pipe(&pair) == 0 else { throw LinuxError("pipe") }
            for fd in pair { _ = rn_set_close_on_exec(fd, 1) }
            _ = rn_set_nonblocking(pair[0], 1)
            pipes.append((pair[0], stream))
            ends.append(pair[1])
        }
        defer { for fd in ends + [input] { close(fd) } }
        var child = child
        child.standard = [input, ends[0], ends[1]]
        child.newGroup = true
        child.deathSignal = SIGKILL
        pid = try child.start().pid
        try source?.feed(through: loop)
        for pipe in pipes {
            try loop.watch(pipe.fd, .read) { [weak self] _ in self?.read(pipe) }
        }
    }

    /// True while anything of the program runs.
    var isAlive: Bool {
        guard status != nil else { return true }
        // A look through /proc can miss a process that forks and ends meanwhile. Whatever lives below this process has
        // an ancestor, ended or not, that is its child: orphans become that.
        var information = siginfo_t()
        if waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) != 0, errno == ECHILD { return false }
        return strangers.isEmpty || !ProcessTree.below(getpid(), except: strangers).isEmpty
    }

    /// Reads what is left in the pipes and closes them.
    func finishOutput() {
        for pipe in pipes {
            while read(pipe) {}
        }
        for pipe in pipes { end(pipe.fd) }
        pipes = []
    }

    /// Ends everything at once: nothing of what it would still do in good order counts.
    ///
    /// - Returns: false if something could not be ended within two seconds.
    func destroy() -> Bool {
        guard pid > 0 else { return true }
        let deadline = MonotonicClock.now() + 2_000_000_000
        while true {
            reap()
            let left = ProcessTree.below(getpid(), except: strangers)
            if left.isEmpty, status != nil { return true }
            guard MonotonicClock.now() < deadline else { return false }
            if status == nil { kill(-pid, SIGKILL) }
            for entry in left { kill(entry.pid, SIGKILL) }
            loop.turn(longestWait: 2)
        }
    }

    private func reap() {
        while rn_next_signal(signals) != 0 {}
        while true {
            var state: Int32 = 0
            let ended = waitpid(-1, &state, WNOHANG)
            guard ended > 0 else { return }
            if ended == pid {
                status = state & 0x7F == 0 ? state >> 8 & 0xFF : 128 + state & 0x7F
                self.ended = MonotonicClock.now()
            }
        }
    }

    @discardableResult
    private func read(_ pipe: (fd: Int32, stream: Int)) -> Bool {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, initialized in
            count = Glibc.read(pipe.fd, buffer.baseAddress, buffer.count)
            initialized = max(0, count)
        }
        guard count > 0 else {
            if count == 0 { end(pipe.fd) }
            return false
        }
        let room = min(count, Self.outputMax - kept)
        if room > 0 { onOutput(pipe.stream, Array(bytes.prefix(room))) }
        kept += room
        discarded += count - room
        return true
    }

    private func end(_ fd: Int32) {
        guard pipes.contains(where: { $0.fd == fd }) else { return }
        pipes.removeAll { $0.fd == fd }
        loop.unwatch(fd)
        close(fd)
    }
}
