import ArgumentParser
import ReenactStore
import ReenactTimeline

/// `reenact issues`: what belongs together, what was decided about it, and how to take it back.
struct IssuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issues",
        abstract: "Lists issues: failures that belong together; resolves, merges and splits them.",
        discussion: """
            ISSUE is an id or the beginning of one, or a case in it. What is decided is appended to issues.jsonl beside \
            the cases, and can be taken back with `issues undo`. Rules of your own what belongs together stand in \
            grouping.rules beside them: docs/commands.md.
            """,
        subcommands: [
            IssuesList.self, IssuesShow.self, IssuesResolve.self, IssuesReopen.self, IssuesIgnore.self,
            IssuesAssign.self, IssuesMerge.self, IssuesSplit.self, IssuesUndo.self,
        ],
        defaultSubcommand: IssuesList.self)
}

/// `reenact issues list`
struct IssuesList: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists issues, the one that failed last first; resolved and ignored with --all.")

    @OptionGroup var cases: CasesOption
    @Flag(help: "Resolved and ignored ones as well.")
    var all = false
    @Flag(help: "Prints an array of objects; docs/commands.md names the members.")
    var json = false

    func output(_ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(cases)
        let every = try store.issues()
        let shown = all ? every : every.filter { $0.state == .open || $0.state == .regressed }
        if json { return try JSONText.encode(shown, pretty: true) + "\n" }
        var page = IssuePage(surroundings)
        page.list(shown, hidden: every.count - shown.count, directory: store.directory)
        return page.text
    }
}

/// `reenact issues show ISSUE`
struct IssuesShow: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows an issue: its causes, why it is one issue, and what was decided.")

    @OptionGroup var cases: CasesOption
    @Argument(help: .init("The issue: its id, the beginning of it, or a case.", valueName: "issue"))
    var name: String
    @Flag(help: "Prints one object; docs/commands.md names the members.")
    var json = false

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(cases).issue(name)
        if json { return try JSONText.encode(issue, pretty: true) + "\n" }
        var page = IssuePage(surroundings)
        page.add(issue, isWhole: true)
        return page.text
    }
}

/// What every command has that decides something.
struct DecisionOptions: ParsableArguments {
    @OptionGroup var cases: CasesOption
    @Option(help: .init("Why: kept with the decision.", valueName: "text"))
    var because = ""
    @Flag(help: "Prints the issue as it is then, as `issues show --json` does.")
    var json = false
}

extension DecisionOptions {
    /// Keeps the decision and shows the issue as it is then.
    func decide(_ decision: Decision, about issue: String, _ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(cases)
        let kept = try store.decide(decision)
        let after = try store.issues().first { $0.key == issue || $0.fingerprints.contains(issue) }
        if json { return try after.map { try JSONText.encode($0, pretty: true) + "\n" } ?? "{}\n" }
        var page = IssuePage(surroundings)
        if let after { page.add(after, isWhole: false) }
        if kept.action != .undo {
            page.note("decision \(kept.number); take it back: reenact issues undo \(kept.number)")
        }
        return page.text
    }
}
