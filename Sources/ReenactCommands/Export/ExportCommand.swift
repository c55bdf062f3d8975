import ArgumentParser
import FoundationEssentials
import ReenactTimeline

/// `reenact export CASE`: the case for other tools.
struct ExportCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a case for other tools: HTTP archive, JSON, or a regression test.",
        discussion: """
            A regression test passes when the failure is gone (`reenact test`). With -o the case is put beside it, so \
            that both can be kept with the code:

              reenact export CASE --test pytest -o tests/test_tax.py

            A recording of an exact execution goes out as --json (its timeline) and as --har; a regression test takes a \
            case.
            """)

    @OptionGroup var cases: CasesOption
    @Argument(help: "A file (a case or a recording), an id, the beginning of an id, or `latest`.")
    var name: String
    @Flag(help: "HTTP Archive 1.2: the trigger and every HTTP call, for browsers' developer tools.")
    var har = false
    @Flag(help: "The whole case with its verdict, as `show --json` prints it.")
    var json = false
    @Option(
        help: .init("The case as a regression test: pytest, node (its own test runner), shell.", valueName: "form"))
    var test: RegressionTest.Form?
    @Option(name: .shortAndLong, help: "Writes to this file instead of standard output.")
    var output: String?

    func validate() throws {
        guard [har, json, test != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("export: choose one of --har, --json and --test")
        }
    }

    @Flag(help: "For a recording: replay it although this processor is not like its own.")
    var anyProcessor = false

    enum CodingKeys: String, CodingKey {
        case cases, name, har, json, test, output, anyProcessor
    }

    func output(_ surroundings: Surroundings) throws -> String {
        let text: String
        if let path = RecordingFile.path(name, surroundings.store(cases)) {
            text = try exported(recording: path)
        } else {
            let shown = try ShownCase.load(name, surroundings.store(cases))
            if let test { return try write(test, shown) }
            text =
                try har ? JSONText.encode(HAR.document(shown.case), pretty: true) : JSONText.encode(shown, pretty: true)
        }
        guard let output else { return text + "\n" }
        try Self.write(Data((text + "\n").utf8), to: output)
        return ""
    }

    /// What could be decoded goes out, and what is missing is told on standard error as well: a file that is passed on
    /// should surprise nobody.
    private func exported(recording path: String) throws -> String {
        guard test == nil else {
            throw CommandError(
                .usage,
                "\(path): a recording of an exact execution can't become a regression test, which takes a case; record one "
                    + "with `reenact record -- COMMAND`, or export the recording with --json or --har")
        }
        let recording = try RecordedExecution.load(path, anyProcessor: anyProcessor)
        if let reason = recording.replay.reason { Notices().complain(reason) }
        guard har else { return try JSONText.encode(recording.document, pretty: true) }
        let missing = [recording.replay.reason].compactMap { $0 } + recording.case.holes.map(\.what)
        let archive = HAR.annotated(
            HAR.document(recording.case),
            "recording \(recording.case.id)"
                + (missing.isEmpty ? "" : "; not in it: \(missing.joined(separator: "; "))"))
        return try JSONText.encode(archive, pretty: true)
    }

    /// The script, and with `-o` the case beside it.
    private func write(_ form: RegressionTest.Form, _ shown: ShownCase) throws -> String {
        let script = RegressionTest(shown)
        guard let output else { return script.text(form, beside: false) }
        let directory =
            output.contains("/") ? String(output.prefix(upTo: output.lastIndex(of: "/") ?? output.startIndex)) : "."
        let beside = "\(directory.isEmpty ? "/" : directory)/\(script.caseFile)"
        guard let bytes = FileManager.default.contents(atPath: shown.path) else {
            throw CommandError(.inputOutput, "\(shown.path): it can't be read; check its permissions")
        }
        if FileManager.default.contents(atPath: beside) != bytes { try Self.write(bytes, to: beside) }
        try Self.write(Data(script.text(form, beside: true).utf8), to: output)
        if form == .shell {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: output)
        }
        return ""
    }

    private static func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandError(
                .inputOutput, "\(path): it can't be written; choose a file that you may write, and check the disk")
        }
    }
}
