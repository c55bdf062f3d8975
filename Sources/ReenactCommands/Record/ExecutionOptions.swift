import ArgumentParser
import Foundation
import ReenactExecution
import ReenactLinux
import ReenactTimeline

/// `reenact record --exec`: the exact execution of a program, for `reenact replay`.
public struct ExecutionOptions: ParsableArguments {
    @Flag(name: .long, help: "Record the whole execution exactly, to replay it bit for bit.")
    var exec = false

    @Option(name: .shortAndLong, help: .init("The recording's file.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: .init("Vary the order of threads and processes by this seed.", valueName: "seed"))
    var chaos: UInt64?

    @Flag(name: .long, help: "Keep a copy of every mapped file, so that it replays on another machine.")
    var pack = false

    @Option(
        name: .long,
        help: .init("Fingerprint memory after every so many calls; 0: as often as costs little.", valueName: "n"))
    var checkEvery = 0

    @Flag(
        name: .long,
        help: "Stop at every system call, and make none from a buffer inside the program: slower, for comparison.")
    var noBuffer = false

    public init() {}

    func check() throws {
        guard exec || (output == nil && chaos == nil && !pack && checkEvery == 0 && !noBuffer) else {
            throw ValidationError("--output, --chaos, --pack, --check-every and --no-buffer belong to --exec")
        }
        guard checkEvery >= 0 else { throw ValidationError("--check-every takes 0 or more") }
    }

    /// Records, and returns the program's own exit status.
    func record(_ command: [String], quiet: Bool, json: Bool) throws -> Int32 {
        let terminal = Notices()
        let path = try output ?? ExecutionOptions.freePlace(command[0])
        var options = ExecutionRecorder.Options(
            command: command, environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath, output: path)
        options.chaos = chaos
        options.isPacked = pack
        options.checkEvery = checkEvery
        options.isBuffered = !noBuffer
        let stop = ExecutionRecorder.Stop()
        let final = options
        // Ctrl-C is for the program, which is in the same group; a request to end is for both.
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        let request = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        request.setEventHandler { stop.request() }
        request.resume()
        defer { request.cancel() }
        do {
            let summary = try TracerThread.run { try ExecutionRecorder(final, stop: stop).run() }
            for note in summary.notes { terminal.complain(note) }
            tell(summary, path, terminal, quiet: quiet, json: json)
            return summary.status
        } catch let error as ExecutionError {
            guard case .notStarted(let code) = error.code else { throw error }
            try? FileManager.default.removeItem(atPath: path)
            terminal.complain(error.description)
            return code == EACCES ? 126 : 127
        }
    }

    private func tell(_ summary: RecordingSummary, _ path: String, _ terminal: Notices, quiet: Bool, json: Bool) {
        if json {
            let line: JSONValue = [
                "recording": .string(path), "events": .integer(Int64(summary.events)),
                "tasks": .integer(Int64(summary.tasks)),
                "calls": .integer(Int64(summary.calls)), "buffered": .integer(Int64(summary.buffered ?? 0)),
                "preemptions": .integer(Int64(summary.preemptions)),
                "signals": .integer(Int64(summary.signals)), "status": .integer(Int64(summary.status)),
                "notes": .array(summary.notes.map { .string($0) }),
            ]
            terminal.raw((try? JSONText.encode(line)) ?? "")
        } else if !quiet {
            terminal.note("recorded \(summary.events) events of \(summary.tasks) tasks")
            terminal.note("  reenact replay \(path)")
        }
    }

    /// A file that is not there yet, named after the program.
    private static func freePlace(_ program: String) throws -> String {
        let directory = ".reenact/executions"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let name = program.split(separator: "/").last.map(String.init) ?? "program"
        var number = 1
        while FileManager.default.fileExists(atPath: "\(directory)/\(name)-\(number).rexec") { number += 1 }
        return "\(directory)/\(name)-\(number).rexec"
    }
}
