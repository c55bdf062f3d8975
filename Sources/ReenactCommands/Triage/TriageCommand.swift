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
            passed over; nothing is executed.
            """)

    @OptionGroup var cases: CasesOption
    @Argument(help: .init("Cases, or directories of cases.", valueName: "case"))
    var names: [String] = []
    @Flag(help: "Every rule that spoke or kept silent, and what the fingerprints are made of.")
    var explain = false
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

    func output(_ surroundings: Surroundings) throws -> String {
        if !names.isEmpty {
            return try CaseTriage.output(
                names, store: surroundings.store(cases), explain: explain, json: json, surroundings)
        }
        let pieces = InputPieces(stacks: try InputFiles.expanded(stacks), sentry: try InputFiles.expanded(sentry))
        let requests = try InputFiles.expanded(otlp)
        let cores = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
        let (batch, lines) = try Blocking.value { [json] in
            var stretches = try await BatchTriage.sideBySide(pieces, width: cores) { try $0() }
            if !requests.isEmpty {
                // Spans of one trace stand in several requests: these can only be read together.
                let intake = OTLPIntake.read(try requests.map { (try InputFiles.bytes($0), $0) })
                stretches.append(BatchTriage.Stretch(intake))
            }
            let batch = BatchTriage.joined(stretches)
            return (batch, json ? try await TriageText.lines(batch.rows, width: cores) : [])
        }
        if json { return try TriageText.json(lines, batch.problems) }
        return TriageText.page(batch.rows, batch.problems, surroundings)
    }
}
