import ArgumentParser
import FoundationEssentials
import Glibc
import ReenactFixtures
import ReenactTimeline

/// `reenact fixture`: the smallest database state that makes recorded statements true, proven on the real engine.
struct FixtureCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "fixture",
        abstract: "Prints the smallest database state that makes the recorded SQL of a case true.",
        discussion: """
            reenact fixture CASE                        as text to read, edit and keep (docs/fixture-dsl.md)
              reenact fixture CASE --sql > fixture.sql    as plain SQL: schema and rows
              reenact fixture CASE --check FILE           whether an edited one holds, and what it satisfies
              reenact run CASE --fixture FILE             re-enacts the case with an edited one
              reenact fixture --timeline FILE.jsonl.gz --schema schema.sql --engine sqlite --out DIR

            What was assumed and what the fixture does not cover goes to standard error. Exit status: 0; 64 and \
            above: usage, no database in the case (66), a fixture that can't be (65). docs/fixtures.md has the rest.
            """)

    @Argument(help: "A case: its file, its id, the beginning of its id, or `latest`.")
    var caseName: String?
    @OptionGroup var cases: CasesOption
    @Option(help: .init("Only this database of the case: a server's address or a file's path.", valueName: "name"))
    var database: String?
    @Option(help: .init("failure (the state that the failing trigger met) or start (before all).", valueName: "moment"))
    var at = FixtureDocument.Moment.failure
    @Option(help: .init("The schema at the start, as SQL. Default: from the case.", valueName: "file"))
    var schema: String?
    @Option(help: .init("A fixture in text form, to be loaded and proven instead of a solved one.", valueName: "file"))
    var check: String?
    @Flag(help: "Plain SQL: the schema and the rows.")
    var sql = false
    @Flag(help: "One JSON object (docs/fixtures.md); with --timeline its summary.")
    var json = false
    @Option(
        help: .init(
            "Time for one timeline, after which what is still wrong is reported. Default: 10, for more than ten questions "
                + "1.5 more for each, up to 40; from five questions on up to five times that while it comes nearer.",
            valueName: "seconds"))
    var seconds: Double?
    @OptionGroup(title: "Many timelines") var batch: FixtureBatchOptions

    func validate() throws {
        if let seconds, !(seconds > 0 && seconds < 86_400) { throw ValidationError("--seconds is above 0") }
        guard (caseName == nil) != (batch.timeline == nil) else {
            throw ValidationError("a case or --timeline is needed, and not both")
        }
        if sql, json { throw ValidationError("--sql and --json exclude each other") }
        if batch.timeline != nil, sql || check != nil || database != nil {
            throw ValidationError("--sql, --check and --database are for a case")
        }
    }

    func run() throws {
        let result = try work(.process)
        let notices = Notices()
        for line in result.notes { notices.note(Terminal.neutral(line)) }
        try StandardOutput.write(result.text)
    }

    func output(_ surroundings: Surroundings) throws -> String { try work(surroundings).text }

    private var limits: SolverLimits {
        var limits = SolverLimits.patient
        if let seconds {
            limits = SolverLimits()
            limits.seconds = seconds
        }
        limits.lanes = max(1, min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        return limits
    }

    /// What goes to standard output, and what a person should know besides.
    func work(_ surroundings: Surroundings) throws -> (text: String, notes: [String]) {
        if batch.timeline != nil {
            return (try FixtureBatchRun(batch, schema: schema, limits: limits, json: json).output(), [])
        }
        let path = try surroundings.store(cases).resolve(caseName ?? "")
        let run = FixtureCaseRun(
            path: path, database: database, schema: try schema.map(FixtureInput.text),
            document: try check.map { (path: $0, text: try FixtureInput.text($0)) }, limits: limits, moment: at)
        let result = try run.result()
        let text = json ? try JSONText.encode(result.json, pretty: true) + "\n" : sql ? result.sql : result.text
        return (text, result.notes)
    }
}

/// `--timeline` and what belongs to it.
struct FixtureBatchOptions: ParsableArguments {
    @Option(help: .init("Timelines, one JSON object a line; gzip if the name ends in .gz.", valueName: "file"))
    var timeline: String?
    @Option(help: .init("sqlite or postgres.", valueName: "engine"))
    var engine: String?
    @Option(help: .init("Where ID.sql and report.jsonl are written.", valueName: "dir"))
    var out: String?
    @Option(help: .init("Only the first so many timelines.", valueName: "n"))
    var limit: Int?
    @Option(help: .init("Timelines solved at the same time.", valueName: "n"))
    var jobs = 1
    @Option(help: .init("solve, or a baseline: empty, naive.", valueName: "method"))
    var method = "solve"
}

/// Files that the command reads.
enum FixtureInput {
    /// - Throws: `CommandError` that names the file.
    static func text(_ path: String) throws -> String {
        let isPacked = path.hasSuffix(".gz")
        guard access(path, R_OK) == 0,
            let stream = isPacked ? popen("exec gzip -dc -- \(quoted(path))", "r") : fopen(path, "r")
        else {
            throw CommandError(.notFound, "\(path): \(String(cString: strerror(errno))); name a file that is there")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > 4 << 30 { break }
        }
        let failed = ferror(stream) != 0
        let status = isPacked ? pclose(stream) : fclose(stream)
        guard status == 0, !failed else {
            throw CommandError(.inputOutput, "\(path): it can't be read to its end; is it a file, and whole?")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "'\\''") + "'" }
}

extension FixtureDocument.Moment: ExpressibleByArgument {}
