import ArgumentParser
import FoundationEssentials
import ReenactReproduction
import ReenactStore
import ReenactTimeline

/// `reenact test`: cases as regression tests.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Re-enacts cases as regression tests: they pass when the failure is gone.",
        discussion: """
            Exit status: 0 every failure is gone, 1 at least one is still there, 2 none is there and at least one could \
            not be decided; 64 and above: usage or set-up.

              reenact test cases/ --code ../checkout --junit report.xml
            """)

    @Argument(help: "Cases, or directories of cases.")
    var names: [String]
    @OptionGroup var cases: CasesOption
    @Option(help: .init("Other code, as for `run`.", valueName: "DIR[=RECORDED]"))
    var code: String?
    @Option(name: [.customShort("n"), .customLong("attempts")], help: "How many attempts for each case.")
    var attempts = 1
    @Option(help: .init("A variable of the program, over the recorded one.", valueName: "NAME=VALUE"))
    var env: [String] = []
    @Option(help: "Seconds that each trigger may take. Default: from the recording.")
    var timeout: Int?
    @Option(help: "fixed (the default) or reproduced: what is a pass.")
    var expect: RunCommand.Expectation = .fixed
    @Option(help: .init("Writes a report in JUnit's XML.", valueName: "file"))
    var junit: String?
    @Flag(help: "Prints an array of objects; docs/commands.md names the members.")
    var json = false
    @Flag(name: .shortAndLong, help: "Say nothing of cases that pass.")
    var quiet = false

    func validate() throws {
        guard !names.isEmpty else { throw ValidationError("test: name a case, or a directory of cases") }
    }

    func run() throws {
        let store = Surroundings.process.store(cases)
        let paths = try CasePaths.expanded(names, store)
        guard !paths.isEmpty else { throw CommandError(.notFound, "test: no case in \(names.joined(separator: ", "))") }
        let notices = Notices()
        var results: [TestResult] = []
        for (place, path) in paths.enumerated() {
            if !json, !quiet { notices.note("\(place + 1) of \(paths.count): \(path)") }
            results.append(try TestResult(path: path, store: store, expect: expect) { try reenact(path) })
        }
        if let junit { try Self.write(JUnit.document(results), to: junit) }
        if json {
            try StandardOutput.write(try JSONText.encode(results, pretty: true) + "\n")
        } else {
            let shown = quiet ? results.filter { $0.state != .passed } : results
            try StandardOutput.write(Self.page(shown, results, .process))
        }
        throw ExitCode(Self.status(results))
    }

    /// 1 before 2: what is broken matters more than what can't be told.
    static func status(_ results: [TestResult]) -> Int32 {
        results.contains { $0.state == .failed } ? 1 : results.contains { $0.state == .undecided } ? 2 : 0
    }

    private func reenact(_ path: String) throws -> RunResult {
        var arguments = [path, "-n", "\(attempts)"]
        if let code { arguments += ["--code", code] }
        if let timeout { arguments += ["--timeout", "\(timeout)"] }
        for pair in env { arguments += ["--env", pair] }
        if let directory = cases.directory { arguments += ["--cases", directory] }
        return try RunCommand.parse(arguments).result(shows: false)
    }

    static func page(_ shown: [TestResult], _ all: [TestResult], _ surroundings: Surroundings) -> String {
        var page = Page(surroundings)
        for result in shown {
            let (mark, style): (String, Page.Style) =
                switch result.state {
                case .passed: ("✓", .good)
                case .failed: ("✗", .bad)
                case .undecided: ("?", .mark)
                }
            page.line(
                ("\(mark) ", style), (result.name, .strong), ("  \(result.outcome)", .plain),
                ("  \(result.milliseconds / 1000).\(result.milliseconds % 1000 / 100) s", .faint))
            if result.state != .passed { page.paragraph(result.reason, indent: 4) }
        }
        func count(_ state: TestResult.State) -> Int { all.count { $0.state == state } }
        page.line(
            ("\(count(.passed)) passed, \(count(.failed)) failed, \(count(.undecided)) not decided", .strong))
        return page.text
    }

    private static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandError(
                .inputOutput, "\(path): it can't be written; choose a file that you may write, and check the disk")
        }
    }
}
