import ArgumentParser
import FoundationEssentials
import Glibc
import ReenactFixtures
import ReenactTimeline
import Synchronization

/// `reenact fixture`: the smallest database state that makes recorded statements true, proven on the real engine.
struct FixtureCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "fixture",
        abstract: "Builds, for each recorded timeline of SQL statements, the rows that make every answer true.",
        discussion: "docs/fixtures.md describes the files that go in and come out.")

    @Option(help: .init("Timelines, one JSON object a line; gzip if the name ends in .gz.", valueName: "file"))
    var timeline: String
    @Option(help: .init("The schema at the start, as SQL.", valueName: "file"))
    var schema: String
    @Option(help: .init("sqlite or postgres.", valueName: "engine"))
    var engine: String
    @Option(help: .init("Where ID.sql and report.jsonl are written.", valueName: "dir"))
    var out: String
    @Option(help: .init("Only the first so many timelines.", valueName: "n"))
    var limit: Int?
    @Option(help: .init("Timelines solved at the same time.", valueName: "n"))
    var jobs = 1
    @Option(help: .init("Time for one timeline, after which what is still wrong is reported.", valueName: "seconds"))
    var seconds = 4.0
    @Option(help: .init("solve, or a baseline: empty, naive.", valueName: "method"))
    var method = "solve"
    @Flag(help: "Prints the summary as one JSON object.")
    var json = false

    func output(_ surroundings: Surroundings) throws -> String {
        guard let dialect = SQLDialect(rawValue: engine == "postgresql" ? "postgres" : engine) else {
            throw ValidationError("--engine is sqlite or postgres")
        }
        guard let method = FixtureMethod(rawValue: method) else {
            throw ValidationError("--method is solve, empty or naive")
        }
        guard seconds > 0, seconds < 86_400, jobs >= 1 else {
            throw ValidationError("--seconds and --jobs are above 0")
        }
        var batch = FixtureBatch(schema: try Self.text(schema), dialect: dialect)
        batch.method = method
        batch.jobs = min(jobs, 64)
        batch.limits.seconds = seconds
        let lines = try Self.text(timeline).split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let results = Mutex<[Int: FixtureReport]>([:])
        let unwritten = Mutex<String?>(nil)
        let directory = out
        try batch.run(Array(lines.prefix(limit ?? Int.max))) { index, solution in
            let path = "\(directory)/\(Self.fileName(solution.report.id)).sql"
            do { try Data(solution.script.utf8).write(to: URL(filePath: path)) } catch {
                unwritten.withLock { $0 = "\(path) can't be written: \(error)" }
            }
            results.withLock { $0[index] = solution.report }
        }
        if let problem = unwritten.withLock({ $0 }) { throw ValidationError(problem) }
        let reports = results.withLock { all in all.sorted { $0.key < $1.key }.map(\.value) }
        let text = try reports.map { try JSONText.encode(Self.line($0)) + "\n" }.joined()
        try Data(text.utf8).write(to: URL(filePath: "\(out)/report.jsonl"))
        let summary = FixtureSummary(reports)
        return json ? try JSONText.encode(summary.json, pretty: true) + "\n" : summary.text
    }

    /// An id is data: it never leaves the directory.
    static func fileName(_ id: String) -> String {
        let safe = String(id.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "_" })
        return safe.isEmpty ? "_" : String(safe.prefix(100))
    }

    static func line(_ report: FixtureReport) -> JSONValue {
        [
            "id": Int64(report.id).map(JSONValue.integer) ?? .string(report.id), "exact": .bool(report.isExact),
            "statements": .integer(Int64(report.statements)), "satisfied": .integer(Int64(report.satisfied)),
            "rows": .integer(Int64(report.rows)), "milliseconds": .number(report.milliseconds),
            "failures": .array(
                report.failures.map {
                    ["index": .integer(Int64($0.index)), "reason": .string($0.reason), "clause": .string($0.clause)]
                }),
        ]
    }

    private static func text(_ path: String) throws -> String {
        guard let stream = path.hasSuffix(".gz") ? popen("exec gzip -dc -- \(quoted(path))", "r") : fopen(path, "r")
        else { throw ValidationError("\(path) can't be read") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > 4 << 30 { break }
        }
        let status = path.hasSuffix(".gz") ? pclose(stream) : fclose(stream)
        guard status == 0 else { throw ValidationError("\(path) can't be read") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "'\\''") + "'" }
}
