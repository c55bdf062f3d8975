import ArgumentParser
import ReenactStore

/// A command that decides what becomes of one issue.
protocol IssueDecision: TextCommand {
    var options: DecisionOptions { get }
    /// The issue as a person names it.
    var name: String { get }
    /// What is decided, and the words that belong to it.
    var decision: (action: Decision.Action, text: String) { get }
}

extension IssueDecision {
    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        let (action, text) = decision
        return try options.decide(
            Decision(action, issue: issue.key, text: text, time: surroundings.now, by: surroundings.user),
            about: issue.key, surroundings)
    }
}

/// `reenact issues resolve ISSUE`
struct IssuesResolve: IssueDecision {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Marks an issue as resolved; when it fails again it is reopened as a regression.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    var decision: (action: Decision.Action, text: String) { (.resolve, options.because) }
}

/// `reenact issues reopen ISSUE`
struct IssuesReopen: IssueDecision {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Opens an issue again that was resolved or ignored.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    var decision: (action: Decision.Action, text: String) { (.reopen, options.because) }
}

/// `reenact issues ignore ISSUE`
struct IssuesIgnore: IssueDecision {
    static let configuration = CommandConfiguration(
        commandName: "ignore",
        abstract: "Leaves an issue out of the list; it is still counted.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    var decision: (action: Decision.Action, text: String) { (.ignore, options.because) }
}

/// `reenact issues assign ISSUE NAME`
struct IssuesAssign: IssueDecision {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Gives an issue to somebody; to nobody with \"\".")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String
    @Argument(help: .init("Whose it is.", valueName: "person"))
    var person: String

    var decision: (action: Decision.Action, text: String) { (.assign, person) }
}
