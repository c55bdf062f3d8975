import ArgumentParser

/// The root of the command line: `reenact <verb>`.
public struct Reenact: ParsableCommand {
    public static let version = "0.1.0"

    public static let configuration = CommandConfiguration(
        commandName: "reenact",
        abstract: "Records a failing program into a case, explains it, and makes it happen again.",
        discussion: """
            Cases are kept in the directory given with --cases, else $REENACT_CASES, else .reenact/cases.
            CASE is a file, an id, the beginning of an id, or `latest`.
            """,
        version: version,
        subcommands: [
            RecordCommand.self, ListCommand.self, ShowCommand.self, RunCommand.self, TestCommand.self,
            ExportCommand.self,
            FixtureCommand.self, TriageCommand.self, IssuesCommand.self, IncidentCommand.self, WhyCommand.self,
            ReplayCommand.self,
        ]
    )

    public init() {}
}

/// A command that reads and prints: everything but the printing happens in `output`, so that tests need no process.
public protocol TextCommand: ParsableCommand {
    /// What goes to standard output.
    func output(_ surroundings: Surroundings) throws -> String
}

extension TextCommand {
    public func run() throws { try Self.print(output(.process)) }

    private static func print(_ text: String) throws { try StandardOutput.write(text) }
}

/// The option that every command on cases has.
public struct CasesOption: ParsableArguments {
    @Option(name: .customLong("cases"), help: .init("Directory of the cases.", valueName: "dir"))
    public var directory: String?

    public init() {}
}
