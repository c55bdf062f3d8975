import FoundationEssentials
import ReenactExecution
import ReenactTimeline
import Synchronization

/// A recording of an exact execution as a timeline: what its file says, and what a replay brings to light.
struct RecordedExecution: Sendable {
    /// How far the replay came: bytes that were sent are known to a replay only.
    struct Replay: Codable, Sendable, Equatable {
        enum State: String, Codable, Sendable {
            /// To the end of what is recorded.
            case whole
            /// It began, and stopped.
            case stopped
            /// This machine can't replay it.
            case impossible
        }

        var state: State
        /// Why it stopped or did not begin, and the way out.
        var reason: String?
        var registerChecks = 0
        var memoryChecks = 0
    }

    /// How the first process ended.
    struct Ending: Codable, Sendable, Equatable {
        /// `exit:0`, `signal:SEGV`; `none` where the recording does not say.
        var outcome: OutcomeClass
        /// The fatal signal, where it is known: the recording's event, and the place of the instruction.
        var event: Int?
        var place: String?
    }

    var path: String
    var header: RecordingHeader
    var summary: RecordingSummary?
    /// What is wrong with the file, where something is.
    var defect: String?
    var outline: ExecutionOutline
    var eventCount: Int
    var replay: Replay
    var ending: Ending
    /// Its start was kept; otherwise it is reckoned from the file's own time.
    var isStartKnown: Bool
    /// In the vocabulary of cases, without a verdict.
    var `case`: Case

    /// Reads and replays. Only a file that can't be read at all is an error: the rest is told with what there is.
    static func load(_ path: String, anyProcessor: Bool = false) throws -> RecordedExecution {
        let reader = try RecordingReader(path)
        let found = ExecutionTimeline()
        let tail = OutputTail()
        var options = ExecutionReplayer.Options()
        options.echoes = false
        options.ignoresProcessor = anyProcessor
        options.onSocket = { found.take($0) }
        options.onOutput = { tail.take($1) }
        let final = options
        let begun = Atomic<Bool>(false)
        var replay = Replay(state: .whole)
        do {
            let report = try TracerThread.run {
                let replayer = try ExecutionReplayer(try RecordingReader(path), options: final)
                begun.store(true, ordering: .relaxed)
                return try replayer.run()
            }
            (replay.registerChecks, replay.memoryChecks) = (report.registerChecks, report.memoryChecks)
        } catch let error as ExecutionError {
            let isBegun = begun.load(ordering: .relaxed) && ![.refused, .unsuitable].contains(error.code)
            replay = Replay(state: isBegun ? .stopped : .impossible, reason: error.description)
        }
        return RecordedExecution(reader, path, found, tail.text, replay)
    }

    private init(
        _ reader: RecordingReader, _ path: String, _ found: ExecutionTimeline, _ output: String, _ replay: Replay
    ) {
        self.path = path
        self.replay = replay
        (header, summary, eventCount) = (reader.header, reader.summary, reader.eventCount)
        let outline = ExecutionOutline(reader)
        self.outline = outline
        defect = reader.defect ?? outline.defect
        let events = ProcessEvents(outline)
        ending = events.ending(reader.summary)
        let length = Int64(clamping: reader.summary?.nanoseconds ?? outline.end)
        isStartKnown = reader.header.started != nil
        let started = reader.header.started ?? RecordingFile.lastChange(path) - length
        let command = header.command.joined(separator: " ")
        var environment = Environment(command: header.command, workingDirectory: header.workingDirectory)
        environment.kernel = header.kernel
        environment.hostName = header.host ?? ""
        let isSignal = ending.outcome.rawValue.hasPrefix("signal:")
        let time = events.fatalTime ?? length
        var value = Case(
            id: path.split(separator: "/").last.map(String.init) ?? path,
            anchor: WallClockAnchor(unixNanoseconds: started), failureTime: time,
            signature: Signature(kind: isSignal ? .signal : .exit, outcome: ending.outcome, operation: command),
            trigger: Trigger(kind: .command, summary: command, time: 0), environment: environment)
        var all = found.events() + events.all
        all.sort { ($0.start, $0.connection ?? -1) < ($1.start, $1.connection ?? -1) }
        for index in all.indices {
            all[index].id = index + 1
            all[index].phase = .failing
        }
        value.events = all
        value.connections = found.connections
        value.holes = found.holes
        if replay.state != .whole {
            value.holes.insert(.init(kind: .unobserved, what: Self.missing(replay.state)), at: 0)
        }
        for note in summary?.notes ?? [] { value.holes.append(.init(kind: .unobserved, what: note)) }
        value.outputTail = output
        value.exitStatus = summary?.status
        `case` = value
    }

    private static func missing(_ state: Replay.State) -> String {
        state == .stopped
            ? "what sockets carried and the program printed after the place where the replay stopped"
            : "what sockets carried and the program printed: only a replay knows what was sent, and to whom"
    }

    /// `show --json` and `export --json` of a recording; docs/commands.md names the members.
    var document: Document {
        let facts = Facts(
            command: header.command, workingDirectory: header.workingDirectory, host: header.host,
            kernel: header.kernel, processor: header.processor.name,
            started: ISO8601.text(`case`.anchor.unixNanoseconds), isStartKnown: isStartKnown,
            nanoseconds: Int64(clamping: summary?.nanoseconds ?? outline.end), events: eventCount,
            processes: outline.processes, threads: outline.threads, calls: outline.calls, buffered: summary?.buffered,
            preemptions: summary?.preemptions, signals: summary?.signals, status: summary?.status,
            notes: summary?.notes ?? [], defect: defect)
        return Document(
            path: path, recording: facts, replay: replay, ending: ending, events: `case`.events,
            connections: `case`.connections, holes: `case`.holes, outputTail: `case`.outputTail)
    }

    struct Facts: Codable, Sendable {
        var command: [String]
        var workingDirectory: String
        var host: String?
        var kernel: String
        var processor: String
        var started: String
        var isStartKnown: Bool
        var nanoseconds: Int64
        var events: Int
        var processes: Int
        var threads: Int
        var calls: Int
        var buffered: Int?
        var preemptions: Int?
        var signals: Int?
        var status: Int32?
        var notes: [String]
        var defect: String?
    }

    struct Document: Codable, Sendable {
        var path: String
        var recording: Facts
        var replay: Replay
        var ending: Ending
        var events: [Event]
        var connections: [Connection]
        var holes: [Case.Hole]
        var outputTail: String
    }
}

/// The last of what a replayed program printed.
private final class OutputTail: Sendable {
    private static let most = 8192
    private let bytes = Mutex<[UInt8]>([])

    func take(_ more: [UInt8]) {
        bytes.withLock { bytes in
            bytes += more
            if bytes.count > 4 * Self.most { bytes.removeFirst(bytes.count - Self.most) }
        }
    }

    var text: String { bytes.withLock { String(decoding: $0.suffix(Self.most), as: UTF8.self) } }
}
