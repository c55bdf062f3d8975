import ArgumentParser
import FoundationEssentials
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
        var sources: [(path: String, read: @Sendable ([UInt8], String) -> Intake)] = []
        sources += try InputFiles.expanded(stacks).map { ($0, StackLines.read) }
        sources += try InputFiles.expanded(sentry).map { ($0, SentryIntake.read) }
        let files = sources
        var intakes = try BatchTriage.mapped(Array(files.indices)) { index in
            Result { files[index].read(try InputFiles.bytes(files[index].path), files[index].path) }
        }.map { try $0.get() }
        let requests = try InputFiles.expanded(otlp)
        if !requests.isEmpty {
            intakes.append(OTLPIntake.read(try requests.map { (try InputFiles.bytes($0), $0) }))
        }
        let rows = BatchTriage.verdicts(intakes)
        let problems = intakes.flatMap(\.problems)
        if json { return try TriageText.json(rows, problems) }
        return TriageText.page(rows, problems, surroundings)
    }
}
