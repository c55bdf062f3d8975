import Dispatch
import Foundation
import Synchronization
import Testing

@testable import ReenactExecution

/// Programs made for tests, recordings of them, and replays.
enum Laboratory {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path

    /// A new directory under the temporary one, removed when the test program ends.
    static let place: String = {
        let path = FileManager.default.temporaryDirectory.path + "/reenact-execution-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Laboratory.place) }
        return path
    }()

    static func file(_ name: String) -> String { "\(place)/\(name)" }

    /// Compiles C; the program's path.
    static func compile(_ name: String, _ source: String, options: [String] = []) throws -> String {
        let path = file("\(name).c")
        try source.write(toFile: path, atomically: true, encoding: .utf8)
        return try compile(name, files: [path], options: options)
    }

    static func compile(_ name: String, files: [String], options: [String] = []) throws -> String {
        let program = file(name)
        let (status, output) = try run(
            ["/usr/bin/gcc", "-w", "-g", "-O1", "-pthread"] + options + files + ["-lm", "-o", program])
        guard status == 0 else { throw Failure(what: "gcc: \(output)") }
        return program
    }

    struct Failure: Error { var what: String }

    /// Runs a program to its end; its status and what it wrote.
    static func run(_ command: [String]) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Records a command; its output goes to a file, which the program has as descriptor 1.
    static func record(
        _ name: String, _ command: [String], checkEvery: Int = 0, chaos: UInt64? = nil, isBuffered: Bool = true,
        interruptsLate: Bool = false
    ) throws -> (recording: String, summary: RecordingSummary) {
        let path = file("\(name).rexec")
        var options = ExecutionRecorder.Options(
            command: ["/bin/sh", "-c", "exec \"$@\" >\(file(name)).out 2>&1 </dev/null", "sh"] + command,
            environment: ProcessInfo.processInfo.environment, workingDirectory: place, output: path)
        options.checkEvery = checkEvery
        options.chaos = chaos
        options.isBuffered = isBuffered
        options.interruptsLate = interruptsLate
        // Short programs make few calls twice.
        options.patchesAfter = 1
        let final = options
        let stop = ExecutionRecorder.Stop()
        // A program that no longer gets on ends as a failed test, not as a test run without an end.
        let limit = Limit(seconds: 120) { stop.request() }
        defer { limit.cancel() }
        let summary = try TracerThread.run { try ExecutionRecorder(final, stop: stop).run() }
        if limit.isOver { throw Failure(what: "\(command.joined(separator: " ")) did not end within 120 s") }
        return (path, summary)
    }

    static func replay(_ path: String, isBuffered: Bool = true) throws -> ExecutionReplayer.Report {
        let tracer = Atomic<Int32>(0)
        // Without its processes, a replay that no longer gets on ends as one that failed.
        let limit = Limit(seconds: 120) { Laboratory.killTraced(by: tracer.load(ordering: .relaxed)) }
        defer { limit.cancel() }
        do {
            return try TracerThread.run {
                let own = try FileLink.read("/proc/thread-self").split(separator: "/").last
                tracer.store(own.flatMap { Int32($0) } ?? 0, ordering: .relaxed)
                var options = ExecutionReplayer.Options()
                options.echoes = false
                options.isBuffered = isBuffered
                options.patchesAfter = 1
                return try ExecutionReplayer(try RecordingReader(path), options: options).run()
            }
        } catch  where limit.isOver { throw Failure(what: "the replay of \(path) did not end within 120 s: \(error)") }
    }

    private static func killTraced(by tracer: Int32) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard tracer > 0, let process = Int32(name), let status = ProcFile.text("/proc/\(name)/status"),
                status.contains("\nTracerPid:\t\(tracer)\n")
            else { continue }
            kill(process, SIGKILL)
        }
    }

    /// All events of a recording.
    static func events(_ path: String) throws -> [Event] {
        let reader = try RecordingReader(path)
        return try (0..<reader.eventCount).map { try #require(try reader.event($0)) }
    }

    /// The same recording with other events.
    static func rewrite(_ path: String, to name: String, _ change: (inout [Event]) throws -> Void) throws -> String {
        let reader = try RecordingReader(path)
        var list = try events(path)
        try change(&list)
        let target = file("\(name).rexec")
        let writer = try RecordingWriter(target, reader.header)
        for file in reader.files.values.sorted(by: { $0.id < $1.id }) {
            var bytes: [UInt8] = []
            try reader.contents(of: file.id) { bytes += $0 }
            try bytes.withUnsafeBytes { try writer.append(file, contents: file.isEmbedded ? $0 : nil) }
        }
        for event in list { try writer.append(event) }
        try writer.finish(try #require(reader.summary))
        return target
    }
}

/// Does something when too much time has passed, unless it is cancelled or gone by then.
final class Limit: Sendable {
    private let over = Atomic<Bool>(false)
    private let cancelled = Atomic<Bool>(false)

    var isOver: Bool { over.load(ordering: .relaxed) }

    init(seconds: Int, _ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self] in
            guard let self, !cancelled.load(ordering: .relaxed) else { return }
            over.store(true, ordering: .relaxed)
            body()
        }
    }

    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// SplitMix64: a test prints its seed.
struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
