import CTrace
import Glibc
import ReenactLinux
import Synchronization

/// Records a tree of processes exactly. Everything happens on the thread that calls `run`: only the thread that began to
/// trace a task may do so.
public final class ExecutionRecorder {
    public struct Options: Sendable {
        public var command: [String]
        public var environment: [String: String]
        public var workingDirectory: String
        public var output: String
        /// Every file that is mapped goes into the recording, not only those that may change.
        public var isPacked = false
        /// A fingerprint of memory every so many calls; 0: as often as costs about 1 %.
        public var checkEvery = 0
        /// Calls that do not wait are made in the program's own process, and written to a buffer; without, each stops
        /// for the tracer.
        public var isBuffered = true
        /// A call instruction is patched when it has been executed so often. Small processes make most of theirs once or
        /// twice, and a patch costs as much as a stop.
        public var patchesAfter = 3
        /// Varies the order of threads; calls are not buffered then, since each may be a place to switch at.
        public var chaos: UInt64?
        /// Nanoseconds that a task may run while others could.
        public var slice: UInt64 = 10_000_000
        /// For tests: slices end again and again when the task has just come to a call.
        var interruptsLate = false

        public init(command: [String], environment: [String: String], workingDirectory: String, output: String) {
            self.command = command
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.output = output
        }
    }

    /// Ends a recording from another thread or a signal's handler: the program is killed, what is recorded is kept.
    public final class Stop: Sendable {
        let isRequested = Atomic<Bool>(false)
        public init() {}
        public func request() { isRequested.store(true, ordering: .relaxed) }
    }

    let options: Options
    let stop: Stop
    let writer: RecordingWriter
    let files: FileStore
    /// Nil where each call stops.
    private(set) var buffer: CallBuffer?
    /// Changes to dynamic linkers' texts, from their beginning.
    var linkers: [String: [MemoryWrite]] = [:]
    /// How many files of shared memory it knows.
    var knownShared = 0
    /// Whose descriptors the capsule knows of at present.
    var loadedClasses: DescriptorClasses?
    /// Which task it was furnished for last.
    var preparedTask = -1
    /// Whose patches it knows of, and how many mappings have them.
    var loadedGuards: (space: AddressSpace?, count: Int) = (nil, 0)
    /// The slice is over: the next call is to be a traced one.
    var awaitsCall = false
    let start: UInt64
    let cpu: Int32
    /// By their ids. Keys are `Int` wherever they can be: the first dictionary of each kind of key costs a search through
    /// all conformances of the program, a tenth of a millisecond.
    var tasks: [Int: RecordedTask] = [:]
    var taskCount = 0
    var current: RecordedTask?
    var scheduledAt: UInt64 = 0
    /// Processor time of the current task's process then.
    var scheduledTime: Int64 = 0
    var currentSlice: UInt64 = 10_000_000
    /// What the last preemption took: slices are so long that this stays small beside them.
    var preemptCost: UInt64 = 0
    var wantsSwitch = false
    /// Counts the stops of a test that interrupts late.
    var lateStops = 0
    var schedule: Schedule
    /// Stops of children that are not known yet.
    var unknown: [Int: WaitStatus] = [:]
    var summary = RecordingSummary(
        events: 0, tasks: 0, status: 0, nanoseconds: 0, calls: 0, preemptions: 0, signals: 0, notes: [], buffered: 0)
    var firstGroup: Int32 = 0

    public init(_ options: Options, stop: Stop) throws {
        self.options = options
        self.stop = stop
        cpu = ct_current_cpu()
        start = UInt64(ct_now())
        schedule = Schedule(seed: options.chaos)
        let header = RecordingHeader(
            command: options.command, workingDirectory: options.workingDirectory,
            kernel: ProcFile.text("/proc/sys/kernel/osrelease")?.split(separator: "\n").first.map(String.init) ?? "",
            processor: .here(), cpu: Int(cpu), started: MonotonicClock.wallClock(),
            host: ProcFile.text("/proc/sys/kernel/hostname")?.split(separator: "\n").first.map(String.init))
        writer = try RecordingWriter(options.output, header)
        files = FileStore(writer, isPacked: options.isPacked)
        buffer = options.isBuffered && options.chaos == nil ? CallBuffer() : nil
        buffer?.setShapes()
        if buffer != nil, OuterFilter.isPresent {
            buffer = nil
            summary.notes.append(
                "a seccomp filter is in force that may answer system calls before the recorder hears of them: recorded "
                    + "exactly, but slower; in a container, --security-opt seccomp=unconfined")
        }
    }

    /// Runs the program to its end.
    public func run() throws -> RecordingSummary {
        ct_pin(cpu)
        guard ct_timer_make() == 0 else {
            throw ExecutionError(
                .refused, "timer: \(String(cString: strerror(errno))); raise the limit of pending signals")
        }
        defer { ct_timer_set(0) }
        try startProgram()
        setSliceTimer()
        do {
            try CounterAgreement.during { while !tasks.isEmpty { try step() } }
        } catch {
            killAll()
            summarise()
            try? writer.finish(summary)
            throw error
        }
        summarise()
        try writer.finish(summary)
        return summary
    }

    private func summarise() {
        summary.events = writer.events
        summary.tasks = taskCount
        summary.nanoseconds = now()
        summary.notes += files.notes
    }

    func now() -> UInt64 { UInt64(ct_now()) - start }

    func note(_ text: String) {
        if !summary.notes.contains(text), summary.notes.count < 100 { summary.notes.append(text) }
    }

    /// Writes an event; a system call that another task has left behind is written first.
    func emit(_ task: RecordedTask, _ body: Event.Body) throws {
        if let open = unwritten, open !== task {
            unwritten = nil
            try writeEntry(open)
        } else if unwritten === task, case .call = body {
            unwritten = nil
        }
        try writer.append(Event(task: task.number, time: now(), body: body))
    }

    /// The program stops at system calls by a filter, not by ptrace's own request.
    var isFiltered = false

    /// A task in a system call whose entry is not written yet.
    var unwritten: RecordedTask?

    func writeEntry(_ task: RecordedTask) throws {
        if unwritten === task { unwritten = nil }
        guard let call = task.call, !call.isWritten else { return }
        task.call?.isWritten = true
        try emit(task, .enter(entry: call.entry))
    }

    private func startProgram() throws {
        let path = try ProgramPath.find(options.command[0], options.environment["PATH"], options.workingDirectory)
        let environment = options.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let pid = try withCStrings([path]) { path in
            try withCStrings(options.command) { arguments in
                try withCStrings(environment) { try spawn(path[0]!, arguments, $0) }
            }
        }
        firstGroup = pid
        let task = RecordedTask(
            number: 0, tid: pid, group: pid, space: AddressSpace(try ProcessMemory(of: pid), at: now()))
        taskCount = 1
        tasks[Int(pid)] = task
        // The stop at its return shows the program's image.
        task.call = RecordedTask.Call(model: SystemCalls.model(59), entry: Registers())
        current = task
    }

    private typealias Texts = UnsafePointer<UnsafeMutablePointer<CChar>?>

    /// Starts a process, which shares our memory until its exec. When this returns it has, or is no more.
    private func spawn(_ path: UnsafePointer<CChar>, _ arguments: Texts, _ environment: Texts) throws -> Int32 {
        var gate: Int32 = -1
        var failure: Int32 = -1
        var place: UnsafeMutableRawPointer?
        let pid = ct_spawn(path, arguments, environment, cpu, buffer == nil ? 0 : 1, &gate, &failure, &place)
        defer { if let place { ct_spawned(place) } }
        guard pid > 0 else {
            throw ExecutionError(.refused, "fork: \(String(cString: strerror(errno))); raise the limit of processes")
        }
        defer { close(failure) }
        guard ct_seize(pid) == 0 else {
            let code = errno
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw ExecutionError(
                .refused,
                "ptrace: \(String(cString: strerror(code))); in a container, allow it (--cap-add=SYS_PTRACE, or a "
                    + "seccomp profile that permits ptrace); check kernel.yama.ptrace_scope")
        }
        ct_release(gate)
        let tracee = Tracee(tid: pid)
        var status = try tracee.wait()
        while status.event == Int32(ct_event_seccomp) {
            isFiltered = true
            tracee.resume(ct_request_continue)
            status = try tracee.wait()
        }
        guard !status.isGone, status.event == Int32(ct_event_exec) else {
            if !status.isGone { kill(pid, SIGKILL) }
            var code: Int32 = ENOEXEC
            _ = Glibc.read(failure, &code, 4)
            throw ExecutionError(
                .notStarted(errno: code), "\(options.command[0]): \(String(cString: strerror(code))); is it a program?")
        }
        return pid
    }

    func killAll() {
        for group in Set(tasks.values.map(\.group)) { kill(group, SIGKILL) }
        var status: Int32 = 0
        while ct_wait(-1, &status, 0) > 0 || errno == EINTR {}
        tasks = [:]
    }
}

/// Calls with C's arrays of texts.
func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    let copies = texts.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return try body(copies)
}

/// Where a command is found, as a shell looks for it.
enum ProgramPath {
    static func find(_ name: String, _ path: String?, _ directory: String) throws -> String {
        if name.contains("/") { return name }
        for place in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(place)/\(name)"
            var information = stat()
            if access(candidate, X_OK) == 0, stat(candidate, &information) == 0, information.st_mode & S_IFMT == S_IFREG
            {
                return candidate
            }
        }
        throw ExecutionError(.notStarted(errno: ENOENT), "\(name): no such program in PATH; give its path")
    }
}
