import ArgumentParser
import Foundation
import ReenactExecution
import ReenactTimeline

/// `reenact replay`: runs a recorded execution again.
public struct ReplayCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a recorded execution again, bit for bit; print it; or debug it in both directions.",
        discussion: """
            Nothing outside is touched: no file is written, nothing is sent. What the program printed is printed again. \
            The replay compares registers at every event and memory at intervals with the recording, and stops at the \
            first difference (exit status 65). Otherwise the exit status is the recorded program's own.

              reenact replay .reenact/executions/test-1.rexec
              reenact replay --trace test-1.rexec
              reenact replay --timeline test-1.rexec      as lines; `reenact show test-1.rexec` makes a page of it
              reenact replay --gdb 7777 test-1.rexec
            """
    )

    @Argument(help: "The recording's file.")
    var recording: String

    @Flag(name: .long, help: "Print the recorded system calls, signals and switches, without running anything.")
    var trace = false

    @Flag(name: .long, help: "Replay, and print what was asked and answered on the program's sockets.")
    var timeline = false

    @Flag(
        name: .long,
        help: "With --trace and --timeline, one line of JSON an event; otherwise what the replay compared, as JSON.")
    var json = false

    @Flag(name: .long, help: "With --trace, a file for ui.perfetto.dev.")
    var perfetto = false

    @Option(name: .long, help: .init("First event of the trace, or where the debugger begins.", valueName: "event"))
    var from: Int?

    @Option(name: .long, help: .init("Last event of the trace or of the replay.", valueName: "event"))
    var to: Int?

    @Option(
        name: .long,
        help: .init("Only this task's events, with --trace; with --gdb, begin at its first one.", valueName: "task"))
    var task: Int?

    @Option(name: .long, help: .init("Begin at this time of the recording, in milliseconds.", valueName: "ms"))
    var at: Double?

    @Option(
        name: .long,
        help: .init("Serve the replay to gdb at this port of the loopback; 0: any free one.", valueName: "port"))
    var gdb: UInt16?

    @Flag(name: .long, help: "Replay although the processor is not like the recording's.")
    var anyProcessor = false

    @Flag(name: .long, help: "Do not print what the program printed.")
    var silent = false

    @Flag(name: .long, help: "Stop at every system call: slower, for comparison.")
    var noBuffer = false

    public init() {}

    public func validate() throws {
        guard trace || !perfetto else { throw ValidationError("--perfetto belongs to --trace") }
        guard trace || gdb != nil || task == nil else { throw ValidationError("--task goes with --trace and --gdb") }
        guard !(timeline && (trace || gdb != nil)) else {
            throw ValidationError("--timeline, --trace and --gdb exclude each other")
        }
        guard !(json && perfetto) else { throw ValidationError("--json and --perfetto exclude each other") }
    }

    private static func serve(
        _ path: String, _ options: ExecutionReplayer.Options, _ port: UInt16, at event: Int
    ) throws {
        let notices = Notices()
        try TracerThread.run {
            let replayer = try ExecutionReplayer(try RecordingReader(path), options: options)
            let server = try GDBServer(replayer, at: event, port: port) { port, program in
                notices.note("waiting for gdb at port \(port)")
                notices.note("  gdb -ex 'set sysroot /' -ex 'target remote 127.0.0.1:\(port)' \(program)")
            }
            try server.run()
        }
    }

    public func run() throws {
        let reader = try ReplayRequest.open(recording)
        var range = TraceRange(first: from ?? 0, last: to ?? Int.max, task: task)
        if let at { range.first = try reader.firstEvent(atOrAfter: UInt64(max(at, 0) * 1e6)) }
        if trace {
            let form: TraceForm = perfetto ? .perfetto : json ? .json : .text
            return try ExecutionTrace(reader, form, range).write { try StandardOutput.write($0) }
        }
        var options = ExecutionReplayer.Options()
        options.echoes = !silent && !timeline
        options.ignoresProcessor = anyProcessor
        options.isBuffered = !noBuffer
        options.last = to
        let found = ExecutionTimeline()
        if timeline { options.onSocket = { found.take($0) } }
        let (path, final) = (recording, options)
        if gdb != nil, let task {
            range.first = try SeekTarget.task(task, isBack: false).event(in: reader, from: range.first)
        }
        if let gdb { return try ReplayCommand.serve(path, final, gdb, at: range.first) }
        let report = try TracerThread.run { try ExecutionReplayer(try RecordingReader(path), options: final).run() }
        if timeline {
            for event in found.events() {
                try StandardOutput.write(json ? JSONText.encode(event) + "\n" : ExecutionTimeline.line(event))
            }
            return
        }
        if json {
            let line: JSONValue = [
                "events": .integer(Int64(report.events)), "registerChecks": .integer(Int64(report.registerChecks)),
                "memoryChecks": .integer(Int64(report.memoryChecks)),
                "preemptions": .integer(Int64(report.preemptions)),
                "status": .integer(Int64(report.status)),
            ]
            Notices().raw(try JSONText.encode(line))
        }
        throw ExitCode(report.status)
    }
}
