import ArgumentParser
import Foundation
import ReenactCaseFile
import ReenactReproduction
import ReenactStore
import ReenactTLS
import ReenactTimeline

/// `reenact why`: the cause, by experiment.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Finds the cause by experiment: changes one recorded condition at a time and re-enacts.",
        discussion: """
            Changed are answers of dependencies (to what the same endpoint answered when it was well), rows and values \
            of databases, connections that failed, environment variables, the request, the time, and the order of \
            answers. Exit status: 0 determined, 1 not determined, 130 or 143 interrupted (by SIGINT or SIGTERM: what was
            seen by then is printed).
            """)

    @Argument(help: "A case: its file, its id, or the beginning of its id.")
    var name: String
    @OptionGroup var cases: CasesOption
    @Option(help: "At most so many attempts; never more than half the conditions and 10.")
    var budget: Int?
    @Option(help: "Where requests in flight are part of the trigger: draws orders of their answers with this number.")
    var seed: UInt64?
    @Flag(help: "Prints what could be changed, the likeliest first, and runs nothing.")
    var list = false
    @Flag(help: "Prints an object; docs/commands.md names the members.")
    var json = false

    func validate() throws {
        if let budget, !(1...1000).contains(budget) { throw ValidationError("--budget takes 1 to 1000") }
    }

    func run() throws {
        let store = Surroundings.process.store(cases)
        let path = try store.resolve(name)
        let value = try CaseFile.read(path)
        let others = ((try? store.list().cases) ?? []).filter { $0.id != value.id }.prefix(50)
            .compactMap { try? CaseFile.read($0.path) }
        if list { return try StandardOutput.write(listed(Condition.all(in: value, healthy: Array(others)))) }
        let key = OwnerKey.existing()
        var options = ReproductionOptions(
            latency: .none, hooks: try Installation.hooks(), runner: try Installation.runner(),
            unseal: { sealed in key.flatMap { try? Seal.open(sealed, key: $0) } },
            processVariables: ProcessInfo.processInfo.environment,
            hidden: [store.directory, (OwnerKey.path as NSString).deletingLastPathComponent])
        options.seed = seed
        let (notices, shows) = (Notices(), !json)
        let interruption = Interruption()
        let answer = try Blocking.value { [budget, options] in
            let work = Task {
                try await Inquiry.ask(value, options: options, healthy: Array(others), budget: budget) { done, most in
                    if shows { notices.note("attempt \(done) of at most \(most)") }
                }
            }
            interruption.then {
                if shows { notices.note("interrupted: the sandboxes are taken down; once more ends at once") }
                work.cancel()
            }
            return try await work.value
        }
        if answer.state == "determined", answer.isConfirmed {
            ConfirmedCauses(besideCase: path).keep(
                ConfirmedCause(
                    case: value.id,
                    conditions: answer.causes.map {
                        .init(kind: $0.kind.rawValue, recorded: $0.recorded, changed: $0.changed, event: $0.event)
                    }, sentence: answer.sentence, attempts: answer.experiments.count, isSufficient: answer.isSufficient)
            )
        }
        let text = json ? try JSONText.encode(answer, pretty: true) + "\n" : Self.page(answer, .process)
        try StandardOutput.write(text)
        if answer.obstacle == "interrupted", let signal = interruption.number { throw ExitCode(128 + signal) }
        if answer.state != "determined" { throw ExitCode(1) }
    }

    private func listed(_ conditions: [Condition]) throws -> String {
        if json { return try JSONText.encode(["conditions": conditions.map(Listed.init)], pretty: true) + "\n" }
        var page = Page(.process)
        for (number, one) in conditions.enumerated() {
            page.line(
                (Terminal.pad("\(number + 1)", 4), .faint), (Terminal.pad(one.likelihood, 10), .faint),
                (Terminal.fit(Terminal.oneLine("\(one.recorded) → \(one.changed)"), page.width - 14), .plain))
        }
        if conditions.isEmpty { page.line(("Nothing that was recorded could be changed.", .plain)) }
        return page.text
    }

    /// A condition as `--list --json` prints it.
    private struct Listed: Encodable {
        var recorded: String
        var changed: String
        var kind: Condition.Kind
        var event: Int?
        var likelihood: String

        init(_ condition: Condition) {
            recorded = condition.recorded
            changed = condition.changed
            kind = condition.kind
            event = condition.event
            likelihood = condition.likelihood
        }
    }

    static func page(_ answer: Inquiry.Answer, _ surroundings: Surroundings) -> String {
        var page = Page(surroundings)
        for line in Terminal.wrap(Terminal.oneLine(answer.sentence), page.width) { page.line((line, .strong)) }
        page.line(("", .plain))
        for (number, experiment) in answer.experiments.enumerated() {
            let what = experiment.changes.isEmpty ? ["nothing changed"] : experiment.changes
            let time = "\(Int(experiment.milliseconds.rounded())) ms"
            page.line(
                (Terminal.pad("\(number + 1)", 3), .faint), (Terminal.pad(experiment.result, 13), .strong),
                (time, .faint))
            for change in what {
                page.line(("   " + Terminal.fit(Terminal.oneLine(change), page.width - 3), .plain))
            }
        }
        return page.text
    }
}
