import ArgumentParser
import Glibc
import ReenactTimeline
import ReenactTriage

/// `reenact triage`: what belongs together, and why it failed.
struct TriageCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage",
        abstract: "Groups failures and explains them: cases, or files that other programs made.",
        discussion: """
            Files may be compressed with gzip, and `-` is standard input. Bad input is reported by its number and
            passed over; nothing is executed. Rules of your own (grouping.rules in the directory of --cases) count.
            """)

    @OptionGroup var cases: CasesOption
    @Argument(help: .init("Cases, or directories of cases.", valueName: "case"))
    var names: [String] = []
    @Flag(help: "Every rule that spoke or kept silent, and what the fingerprints are made of.")
    var explain = false
    @Option(
        help: .init("With --explain: how many of the values that are tied to the failure are told.", valueName: "n"))
    var ties = 8
    @Option(parsing: .upToNextOption, help: .init("Bare stack traces: one JSON object a line.", valueName: "file"))
    var stacks: [String] = []
    @Option(parsing: .upToNextOption, help: .init("Envelopes as Sentry's SDKs send them.", valueName: "file"))
    var sentry: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: .init("Export requests of OpenTelemetry (traces and logs), JSON or protobuf.", valueName: "file"))
    var otlp: [String] = []
    @Flag(help: "Prints an array of objects; docs/commands.md names the members.")
    var json = false

    func validate() throws {
        let hasFiles = !(stacks.isEmpty && sentry.isEmpty && otlp.isEmpty)
        if hasFiles != names.isEmpty {
            throw ValidationError("triage: give either cases, or --stacks, --sentry, --otlp and their files")
        }
    }

    func run() throws {
        let (text, isUnread) = try result(.process)
        try StandardOutput.write(text)
        if isUnread { throw ExitCode(CommandError.Status.badCase.rawValue) }
    }

    func output(_ surroundings: Surroundings) throws -> String { try result(surroundings).text }

    /// What is printed, and whether nothing of what was named could be read.
    func result(_ surroundings: Surroundings) throws -> (text: String, isUnread: Bool) {
        if !names.isEmpty {
            let text = try CaseTriage.output(
                names, store: surroundings.store(cases), explain: explain, ties: max(ties, 0), json: json, surroundings)
            return (text, false)
        }
        let rules = try surroundings.store(cases).rules()
        let pieces = InputPieces(
            stacks: try InputFiles.expanded(stacks), sentry: try InputFiles.expanded(sentry), rules: rules)
        let requests = try InputFiles.expanded(otlp)
        let all = try InputFiles.expanded(stacks) + InputFiles.expanded(sentry) + requests
        // One that can't be read is told among the results; where that is all of them, there is no result.
        if let first = all.first, all.allSatisfy({ $0 != "-" && access($0, R_OK) != 0 }) {
            _ = try InputFiles.bytes(first)
        }
        let cores = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
        let (batch, lines) = try Blocking.value { [json] in
            var stretches = try await BatchTriage.sideBySide(pieces, width: cores) { try $0() }
            if !requests.isEmpty {
                // Spans of one trace stand in several requests: these can only be read together.
                var unread: [IntakeProblem] = []
                let files = requests.compactMap { path -> (bytes: [UInt8], source: String)? in
                    do { return (try InputFiles.bytes(path), path) } catch {
                        unread.append(IntakeProblem(source: path, reason: "\(error)"))
                        return nil
                    }
                }
                var intake = OTLPIntake.read(files)
                intake.problems = unread + intake.problems
                stretches.append(BatchTriage.Stretch(intake, rules: rules))
            }
            let batch = BatchTriage.joined(stretches)
            return (batch, json ? try await TriageText.lines(batch.rows, width: cores) : [])
        }
        let text =
            try json
            ? TriageText.json(lines, batch.problems) : TriageText.page(batch.rows, batch.problems, surroundings)
        return (text, batch.isUnread)
    }
}
