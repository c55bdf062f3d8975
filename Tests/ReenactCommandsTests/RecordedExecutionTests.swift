import Foundation
import ReenactTimeline
import Testing

@testable import ReenactCommands
@testable import ReenactExecution

/// `show`, `list` and `export` on recordings of exact executions that are made here.
struct RecordedExecutionTests {
    /// A directory with a recording, which goes with the test.
    private final class Place {
        let directory = FileManager.default.temporaryDirectory.path + "/reenact-recorded-\(UUID().uuidString)"
        var path: String { directory + "/one.data" }

        init(_ script: String) throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let options = ExecutionRecorder.Options(
                command: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], workingDirectory: "/",
                output: path)
            _ = try TracerThread.run { try ExecutionRecorder(options, stop: .init()).run() }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        /// The same recording with another header or other events.
        func rewrite(
            _ name: String, header change: (inout RecordingHeader) -> Void = { _ in },
            events: (inout [ReenactExecution.Event]) -> Void = { _ in }
        ) throws -> String {
            let reader = try RecordingReader(path)
            var header = reader.header
            change(&header)
            var list = try (0..<reader.eventCount).map { try #require(try reader.event($0)) }
            events(&list)
            let target = "\(directory)/\(name)"
            let writer = try RecordingWriter(target, header)
            for file in reader.files.values.sorted(by: { $0.id < $1.id }) {
                var bytes: [UInt8] = []
                try reader.contents(of: file.id) { bytes += $0 }
                try bytes.withUnsafeBytes { try writer.append(file, contents: file.isEmbedded ? $0 : nil) }
            }
            for event in list { try writer.append(event) }
            try writer.finish(try #require(reader.summary))
            return target
        }

        func run(_ arguments: String...) throws -> String {
            let command = try #require(
                try Reenact.parseAsRoot(arguments + ["--cases", directory]) as? any TextCommand)
            return try command.output(Surroundings(width: 100))
        }

        func json(_ arguments: String...) throws -> JSONValue {
            let command = try #require(
                try Reenact.parseAsRoot(arguments + ["--cases", directory]) as? any TextCommand)
            return try #require(JSONParser.parse(try command.output(Surroundings())))
        }
    }

    @Test func `a page has the command, the processes, the replay and what to do next`() throws {
        let place = try Place("/bin/echo hello >/dev/null; exit 7")
        let page = try place.run("show", place.path)
        let places = [
            "✗ exit status 7: /bin/sh -c", "exact recording one.data", "TIMELINE", "· process  /bin/sh -c",
            "· process  /bin/echo hello", "exit 0", "REPLAY", "and equal", "NEXT", "reenact replay --gdb",
        ].map { page.firstRange(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil }, "\(page)")
        #expect(page.contains("2 processes"))
        for line in page.split(separator: "\n") {
            #expect(line.contains("reenact ") || Terminal.width(String(line)) <= 100)
        }
    }

    @Test func `the document is the same for show and export`() throws {
        let place = try Place("exit 0")
        let shown = try place.json("show", place.path, "--json")
        #expect(shown == (try place.json("export", place.path, "--json")))
        #expect(shown["ending"]?["outcome"]?.string == "exit:0")
        #expect(shown["replay"]?["state"]?.string == "whole")
        #expect((shown["replay"]?["registerChecks"]?.integer ?? 0) > 10)
        #expect(shown["recording"]?["command"]?.array?.count == 3)
        #expect(shown["recording"]?["host"]?.string?.isEmpty == false)
        #expect(shown["recording"]?["isStartKnown"]?.bool == true)
    }

    @Test func `a replay that leaves the recorded path is told, with what came before`() throws {
        let place = try Place("/bin/true; exit 3")
        let path = try place.rewrite(
            "other.rexec",
            events: { list in
                // The last exit of the first task, with another status among its registers.
                guard
                    let last = list.lastIndex(where: {
                        if case .enter(let entry) = $0.body { $0.task == 0 && entry.call == 231 } else { false }
                    }), case .enter(var entry) = list[last].body
                else { return }
                entry.raw.rdi = 4
                list[last].body = .enter(entry: entry)
            })
        let document = try place.json("show", path, "--json")
        #expect(document["replay"]?["state"]?.string == "stopped")
        #expect(document["replay"]?["reason"]?.string?.contains("registers differ") == true)
        #expect(document["events"]?.array?.contains { $0["summary"]?.string == "/bin/true" } == true)
        let page = try place.run("show", path)
        #expect(page.contains("it stopped: what it brought until then is shown"))
        #expect(page.contains("after the place where the replay stopped"))
    }

    @Test func `a recording of another processor shows what its file says`() throws {
        let place = try Place("exit 0")
        let path = try place.rewrite("foreign.rexec", header: { $0.processor.features["7.ebx", default: 0] ^= 1 << 16 })
        let page = try place.run("show", path)
        #expect(page.contains("not here: only what stands in the file itself is shown"))
        #expect(page.contains("--any-processor") && page.contains("✓ exit status 0"))
        #expect(page.contains("only a replay knows"))
        #expect(try place.run("show", path, "--any-processor").contains("and equal"))
    }

    @Test func `an older recording has no start of its own`() throws {
        let place = try Place("exit 0")
        let path = try place.rewrite("older.rexec", header: { ($0.started, $0.host) = (nil, nil) })
        #expect(try place.run("show", path).contains("(by the file's time)"))
        #expect(try place.json("show", path, "--json")["recording"]?["isStartKnown"]?.bool == false)
    }

    @Test func `a directory's recordings are listed by what they begin with`() throws {
        let place = try Place("exit 5")
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: place.directory + "/no.rexec"))
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: place.directory + "/notes.txt"))
        let page = try place.run("list")
        #expect(page.contains("one.data  /bin/sh -c exit 5") && page.contains("recording: exit status 5"))
        #expect(page.contains("no.rexec") && page.contains("not an execution recording") && !page.contains("notes"))
        let rows = try #require(try place.json("list", "--json").array)
        #expect(rows.map { $0["kind"]?.string } == ["recording", "recording"])
        #expect(rows.contains { $0["outcome"]?.string == "exit:5" && $0["operation"]?.string == "/bin/sh -c exit 5" })
    }

    @Test func `what takes a case says what takes a recording`() throws {
        let place = try Place("exit 0")
        #expect(throws: (any Error).self) { try place.run("export", place.path, "--test", "shell") }
        let error = #expect(throws: (any Error).self) { try ShownCase.load(place.path, .init(place.directory)) }
        #expect(error.map { "\($0)" }?.contains("`reenact show` and `reenact replay` take it") == true)
    }
}
