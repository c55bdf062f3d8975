import ArgumentParser
import ReenactStore

/// `reenact issues resolve ISSUE`
struct IssuesResolve: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Marks an issue as resolved; when it fails again it is reopened as a regression.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        return try options.decide(
            Decision(
                .resolve, issue: issue.key, text: options.because, time: surroundings.now, by: surroundings.user),
            about: issue.key, surroundings)
    }
}

/// `reenact issues reopen ISSUE`
struct IssuesReopen: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Opens an issue again that was resolved or ignored.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        return try options.decide(
            Decision(
                .reopen, issue: issue.key, text: options.because, time: surroundings.now, by: surroundings.user),
            about: issue.key, surroundings)
    }
}

/// `reenact issues ignore ISSUE`
struct IssuesIgnore: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "ignore",
        abstract: "Leaves an issue out of the list; it is still counted.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        return try options.decide(
            Decision(
                .ignore, issue: issue.key, text: options.because, time: surroundings.now, by: surroundings.user),
            about: issue.key, surroundings)
    }
}

/// `reenact issues assign ISSUE NAME`
struct IssuesAssign: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Gives an issue to somebody; to nobody with \"\".")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String
    @Argument(help: .init("Whose it is.", valueName: "person"))
    var person: String

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        return try options.decide(
            Decision(.assign, issue: issue.key, text: person, time: surroundings.now, by: surroundings.user),
            about: issue.key, surroundings)
    }
}
