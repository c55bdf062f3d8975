import Foundation
import ReenactExecution
import ReenactLinux
import ReenactTimeline

/// What `record --exec` is to do.
struct ExecutionRequest: Equatable {
    var command: [String]
    var output: String?
    var chaos: UInt64?
    var isPacked = false
    var checkEvery = 0
    var isBuffered = true
    var isQuiet = false
    var isJSON = false

    init(command: [String]) { self.command = command }

    /// The plain forms of the command line. The parser of all forms takes longer than many a program that is recorded;
    /// what is not among these, mistakes too, is left to it.
    init?(plain arguments: [String]) {
        guard arguments.first == "record", let end = arguments.firstIndex(of: "--"), end + 1 < arguments.count else {
            return nil
        }
        self.init(command: Array(arguments[(end + 1)...]))
        var rest = arguments[1..<end]
        var isExact = false
        while let option = rest.popFirst() {
            switch option {
            case "--exec": isExact = true
            case "--quiet", "-q": isQuiet = true
            case "--json": isJSON = true
            case "--pack": isPacked = true
            case "--no-buffer": isBuffered = false
            case "--output", "-o":
                guard let path = rest.popFirst(), !path.isEmpty, !path.hasPrefix("-") else { return nil }
                output = path
            default: return nil
            }
        }
        guard isExact else { return nil }
    }

    /// Records, and returns the program's own exit status.
    func record() throws -> Int32 {
        let terminal = Notices()
        let path = try output ?? ExecutionRequest.freePlace(command[0])
        var options = ExecutionRecorder.Options(
            command: command, environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath, output: path)
        options.chaos = chaos
        options.isPacked = isPacked
        options.checkEvery = checkEvery
        options.isBuffered = isBuffered
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
            tell(summary, path, terminal)
            return summary.status
        } catch let error as ExecutionError {
            guard case .notStarted(let code) = error.code else { throw error }
            try? FileManager.default.removeItem(atPath: path)
            terminal.complain(error.description)
            return code == EACCES ? 126 : 127
        }
    }

    private func tell(_ summary: RecordingSummary, _ path: String, _ terminal: Notices) {
        if isJSON {
            let line: JSONValue = [
                "recording": .string(path), "events": .integer(Int64(summary.events)),
                "tasks": .integer(Int64(summary.tasks)),
                "calls": .integer(Int64(summary.calls)), "buffered": .integer(Int64(summary.buffered ?? 0)),
                "preemptions": .integer(Int64(summary.preemptions)),
                "signals": .integer(Int64(summary.signals)), "status": .integer(Int64(summary.status)),
                "notes": .array(summary.notes.map { .string($0) }),
            ]
            terminal.raw((try? JSONText.encode(line)) ?? "")
        } else if !isQuiet {
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
