import ArgumentParser
import FoundationEssentials
import ReenactFixtures
import ReenactTimeline
import Synchronization

/// `reenact fixture --timeline`: many timelines of one schema.
struct FixtureBatchRun {
    private let batch: FixtureBatch
    private let timeline: String
    private let out: String
    private let limit: Int?
    private let json: Bool

    init(_ options: FixtureBatchOptions, schema: String?, limits: SolverLimits, json: Bool) throws {
        guard let timeline = options.timeline, let schema, let engine = options.engine, let out = options.out else {
            throw ValidationError("--timeline needs --schema, --engine and --out")
        }
        guard let dialect = SQLDialect(rawValue: engine == "postgresql" ? "postgres" : engine) else {
            throw ValidationError("--engine is sqlite or postgres")
        }
        guard let method = FixtureMethod(rawValue: options.method) else {
            throw ValidationError("--method is solve, empty or naive")
        }
        guard options.jobs >= 1 else { throw ValidationError("--jobs is above 0") }
        var batch = FixtureBatch(schema: try FixtureInput.text(schema), dialect: dialect)
        batch.method = method
        batch.jobs = min(options.jobs, 64)
        batch.limits = limits
        self.batch = batch
        self.timeline = timeline
        self.out = out
        self.json = json
        limit = options.limit
    }

    func output() throws -> String {
        let lines = try FixtureInput.text(timeline).split(separator: "\n", omittingEmptySubsequences: true).map(
            String.init)
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
}
