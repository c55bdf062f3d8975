import ArgumentParser
import FoundationEssentials
import ReenactTimeline

/// `reenact export CASE`: the case for other tools.
struct ExportCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a case for other tools: HTTP archive or JSON.")

    @OptionGroup var cases: CasesOption
    @Argument(help: "A file, an id, the beginning of an id, or `latest`.")
    var name: String
    @Flag(help: "HTTP Archive 1.2: the trigger and every HTTP call, for browsers' developer tools.")
    var har = false
    @Flag(help: "The whole case with its verdict, as `show --json` prints it.")
    var json = false
    @Option(name: .shortAndLong, help: "Writes to this file instead of standard output.")
    var output: String?

    func validate() throws {
        if har == json { throw ValidationError("export: choose one of --har and --json") }
    }

    enum CodingKeys: String, CodingKey {
        case cases, name, har, json, output
    }

    func output(_ surroundings: Surroundings) throws -> String {
        let shown = try ShownCase.load(name, surroundings.store(cases))
        let text =
            try har ? JSONText.encode(HAR.document(shown.case), pretty: true) : JSONText.encode(shown, pretty: true)
        guard let output else { return text + "\n" }
        do {
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw CommandError(
                .inputOutput, "\(output): it can't be written; choose a file that you may write, and check the disk")
        }
        return ""
    }
}
