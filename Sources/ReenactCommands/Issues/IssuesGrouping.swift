import ArgumentParser
import ReenactStore

/// `reenact issues merge ISSUE OTHER…`
struct IssuesMerge: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Puts other issues into one; what fails like them later goes there, too.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue that stays, then those that go into it.", valueName: "issue"))
    var names: [String]

    func validate() throws {
        guard names.count >= 2 else {
            throw ValidationError("issues merge: name the issue that stays and at least one other")
        }
    }

    func output(_ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(options.cases)
        let issues = try names.map { try store.issue($0) }
        let keys = Set(issues.dropFirst().map(\.key)).subtracting([issues[0].key]).sorted()
        guard !keys.isEmpty else {
            throw CommandError(.usage, "issues merge: these are one issue already; nothing was changed")
        }
        return try options.decide(
            Decision(
                .merge, issue: issues[0].key, keys: keys, text: options.because, time: surroundings.now,
                by: surroundings.user), about: issues[0].key, surroundings)
    }
}

/// `reenact issues split ISSUE CASE…`
struct IssuesSplit: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Takes causes out of an issue into one of their own; what fails like them later goes there, too.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The issue.", valueName: "issue"))
    var name: String
    @Argument(
        help: .init(
            "Which failures to take out: cases, or fingerprints of causes, or their beginning.", valueName: "case"))
    var selected: [String]

    func validate() throws {
        guard !selected.isEmpty else { throw ValidationError("issues split: name at least one case to take out") }
    }

    func output(_ surroundings: Surroundings) throws -> String {
        let issue = try surroundings.store(options.cases).issue(name)
        let causes = Set(try selected.map { try Self.cause($0, in: issue) })
        guard causes.count < issue.causes.count else {
            throw CommandError(
                .usage,
                "issues split: \(issue.id) would be empty; leave at least one of its \(issue.causes.count) causes")
        }
        let decision = Decision(
            .split, issue: issue.key, causes: causes.sorted(), text: options.because, time: surroundings.now,
            by: surroundings.user)
        return try options.decide(decision, about: decision.splitKey, surroundings)
    }

    private static func cause(_ name: String, in issue: StoredIssue) throws -> String {
        let matches = issue.causes.filter { cause in
            cause.cause.hasPrefix(name) || cause.cause.dropFirst(2).hasPrefix(name)
                || cause.cases.contains { $0.hasPrefix(name) }
        }
        guard matches.count == 1, !name.isEmpty else {
            throw CommandError(
                matches.isEmpty ? .notFound : .usage,
                "\(name): \(matches.isEmpty ? "not in" : "several causes of") issue \(issue.id); "
                    + "`reenact issues show \(issue.id)` names its causes and cases")
        }
        return matches[0].cause
    }
}

/// `reenact issues undo NUMBER`
struct IssuesUndo: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Takes back a decision; `issues show` numbers them.")

    @OptionGroup var options: DecisionOptions
    @Argument(help: .init("The decision's number.", valueName: "number"))
    var number: Int

    func output(_ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(options.cases)
        let issue = try store.decision(number)?.issue ?? ""
        return try options.decide(
            Decision(.undo, text: options.because, undoes: number, time: surroundings.now, by: surroundings.user),
            about: issue, surroundings)
    }
}
