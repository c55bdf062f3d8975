import CTrace
import Glibc
import ReenactLinux

/// Runs a recording again, with no outside world, and compares as it goes. Everything happens on one thread, as in
/// `ExecutionRecorder`.
public final class ExecutionReplayer {
    public struct Options: Sendable {
        /// What the program wrote to the recorder's standard output and error appears again.
        public var echoes = true
        /// Go on although the processor is not like the recording's.
        public var ignoresProcessor = false
        /// Calls that follow each other are replayed without a stop at each.
        public var isBuffered = true
        /// A call instruction is patched when it has been executed so often: at once, since that costs as little as one
        /// more stop.
        public var patchesAfter = 1
        /// The last event to replay; nil for all.
        public var last: Int?
        /// Hears what the program's sockets carry.
        public var onSocket: (@Sendable (SocketEvent) -> Void)?
        /// Hears what the program wrote to the recorder's standard output (1) and error (2).
        public var onOutput: (@Sendable (Int32, [UInt8]) -> Void)?

        public init() {}
    }

    /// What a replay found.
    public struct Report: Sendable, Equatable {
        public var events = 0
        /// Comparisons of all registers, and of all memory, that were equal.
        public var registerChecks = 0
        public var memoryChecks = 0
        public var preemptions = 0
        public var status: Int32 = 0
    }

    let reader: RecordingReader
    let options: Options
    let files: ReplayedFiles
    let cpu: Int32
    var tasks: [Int: ReplayedTask] = [:]
    /// Number of the next event.
    public internal(set) var position = 0
    /// The program each task runs.
    var programs: [Int: String] = [:]
    /// Events before this one have shown their output.
    var echoed = 0
    /// A debugger's.
    let traps = Traps()
    let sockets: SocketTracker?
    public internal(set) var report = Report()
    /// From the first replayed call on, if calls are replayed without a stop for each.
    private(set) var buffer: CallBuffer?
    /// What the program wrote and read so far, where later events refer to it.
    let past = PastBytes()
    /// Nanoseconds of the recording that are replayed at most without a stop.
    var stretch = UInt64.max / 2

    public init(_ reader: RecordingReader, options: Options = Options()) throws {
        self.reader = reader
        self.options = options
        files = ReplayedFiles(reader)
        sockets = options.onSocket.map { SocketTracker($0) }
        let differences = RecordingHeader.Processor.here().differences(from: reader.header.processor)
        guard differences.isEmpty || options.ignoresProcessor else {
            throw ExecutionError(
                .unsuitable,
                "processor: recorded on \(reader.header.processor.name), and this one differs (\(differences.joined(separator: ", "))); "
                    + "replay on a like machine, or try --any-processor: the replay stops where it matters")
        }
        // The APIC id in CPUID depends on it.
        let wanted = Int32(reader.header.cpu)
        cpu = wanted < Int32(sysconf(Int32(_SC_NPROCESSORS_CONF))) ? wanted : ct_current_cpu()
        ct_pin(cpu)
    }

    deinit { end() }

    /// Kills what is left.
    public func end() {
        ProcessCopies.kill(tasks)
        tasks = [:]
    }

    /// Replays to the end of the recording.
    @discardableResult
    public func run() throws -> Report {
        useBuffer()
        reader.readsOnce()
        try CounterAgreement.during {
            while true {
                do { if try stepCalls() { continue } } catch is TaskGone {}
                guard try stepEvent() else { break }
            }
        }
        end()
        if let summary = reader.summary { report.status = summary.status }
        return report
    }

    func useBuffer() {
        guard options.isBuffered, sockets == nil else { return }
        buffer = CallBuffer()
        buffer?.control.pointee.is_replay = 1
        buffer?.control.pointee.limit = 0
    }

    /// Replays the next event; false at the end.
    public func stepEvent() throws -> Bool {
        guard position <= options.last ?? Int.max, let event = try reader.event(position) else { return false }
        do { try replay(event) } catch is TaskGone {
            throw diverged(event, "its process was killed from outside; replay it again")
        }
        position += 1
        report.events += 1
        return true
    }

    func diverged(_ event: Event, _ what: String) -> ExecutionError {
        let id = tasks[event.task].map { " (id \($0.recordedId))" } ?? ""
        let suspicion = tasks[event.task].map { HardwareNumbers.suspicion($0.memory) } ?? ""
        return ExecutionError(
            .diverged, "event \(position) of \(reader.eventCount), task \(event.task)\(id): \(what)\(suspicion)")
    }

    func task(of event: Event) throws -> ReplayedTask {
        guard let task = tasks[event.task] else {
            throw ByteReader.wrong("event \(position) is of task \(event.task), which does not exist then")
        }
        return task
    }

    /// Registers that must be equal.
    func compare(_ event: Event, _ expected: Registers, _ found: Registers, _ place: String) throws {
        report.registerChecks += 1
        guard expected.visible != found.visible else { return }
        let list = expected.visible.differences(from: found.visible).prefix(4).map {
            "\($0.name) is \(hexadecimal($0.there)), recorded \(hexadecimal($0.here))"
        }
        throw diverged(event, "registers differ \(place): \(list.joined(separator: "; "))")
    }

    func waitGone(_ tid: Int32) throws {
        while !(try Tracee(tid: tid).wait()).isGone { kill(tid, SIGKILL) }
    }
}
