import Foundation
import Testing

/// The hooks, built once, and programs run under them.
enum Hooks {
    static let programs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs").path

    /// Holds all that the tests write; goes with the process.
    static let scratch: String = {
        let place = FileManager.default.temporaryDirectory.appending(path: "rh-\(getpid())").path
        atexit { try? FileManager.default.removeItem(atPath: Hooks.scratch) }
        return place
    }()

    static let directory: Result<String, any Error> = Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let place = scratch + "/hooks"
        let build = try run(root.appending(path: "Hooks/build.sh").path, [place], environment: [:])
        guard build.status == 0 else { throw BuildFailed(output: build.error) }
        return place
    }

    struct BuildFailed: Error { var output: String }

    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var error: String
    }

    static func run(_ command: String, _ arguments: [String], environment: [String: String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, because pipes that children keep open would be read until those are gone.
        let place = FileManager.default.temporaryDirectory.appending(path: "reenact-run-\(UUID())")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let files = [place.appending(path: "out"), place.appending(path: "err")]
        for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], error: texts[1])
    }
}

/// One recorded run.
struct Run {
    var recorder: Recorder
    var result: Hooks.Outcome
    var directory: String

    /// Runs a command as the recorder does. `{}` in the arguments is an empty directory of the run's own.
    init(
        _ command: String, _ arguments: [String], environment: [String: String] = [:],
        during: (@Sendable (Recorder) -> Void)? = nil
    ) throws {
        let hooks = try Hooks.directory.get()
        directory = "\(Hooks.scratch)/\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        recorder = try Recorder(in: directory)
        if let during { Thread.detachNewThread { [recorder] in during(recorder) } }
        let own = directory
        result = try Hooks.run(
            command, arguments.map { $0.replacing("{}", with: own) },
            environment: [
                "LD_PRELOAD": hooks + "/libreenact-preload.so", "REENACT_CONTROL": recorder.path,
                "REENACT_HOOKS": hooks, "PYTHONPATH": hooks + "/python",
                "NODE_OPTIONS": "--require \(hooks)/node/hook.cjs",
            ].merging(environment) { $1 }
        )
        // What the program sent last may still be on its way to the other thread.
        recorder.settle()
        #expect(recorder.bad == [])
    }

    static func program(
        _ name: String, _ arguments: [String] = [], with interpreter: String,
        during: (@Sendable (Recorder) -> Void)? = nil
    ) throws -> Run {
        try Run(interpreter, [Hooks.programs + "/" + name] + arguments, during: during)
    }

    var exceptions: [JSON] { recorder.all("exception") }
    func exceptions(_ handling: String) -> [JSON] { exceptions.filter { $0["handling"].text == handling } }
}

extension JSON {
    /// A variable of the throw site.
    func local(_ name: String, frame: Int = -1) -> JSON {
        self["frames"][frame]["locals"].list.first { $0["name"].text == name } ?? .null
    }
}

let pythons = ["/usr/bin/python3", "python3"]
