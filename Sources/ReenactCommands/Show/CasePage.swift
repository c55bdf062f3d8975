import ReenactStore
import ReenactTimeline

/// The page of `reenact show`: first why, then what happened, then where.
struct CasePage {
    let shown: ShownCase
    let all: Bool
    var page: Page
    /// What to write after a verb so that it finds this case: its id where it is in the usual place.
    private let handle: String

    var failure: Case { shown.case }

    init(_ shown: ShownCase, all: Bool, _ surroundings: Surroundings) {
        self.shown = shown
        self.all = all
        page = Page(surroundings)
        let usual = Store.defaultDirectory(surroundings.environment) + "/" + shown.case.id + Store.fileExtension
        handle = shown.path == usual ? shown.case.id : shown.path
    }

    var text: String {
        var copy = self
        copy.addHead()
        copy.addVerdict()
        copy.addTimeline()
        copy.addContents()
        copy.addExceptions()
        copy.addOutput()
        copy.addHoles()
        copy.addNext()
        return copy.page.text
    }

    private mutating func addHead() {
        let signature = failure.signature
        let what = signature.exceptionType.isEmpty ? Self.outcome(signature.outcome) : signature.exceptionType.lastName
        let title = "\(what) in \(Terminal.oneLine(signature.operation))"
        page.line(("✗ ", .bad), (Terminal.fit(title, page.width - 2), .bad))
        if !signature.message.isEmpty {
            for line in Terminal.wrap(Terminal.oneLine(signature.message), page.width - 2).prefix(3) {
                page.line(("  " + line, .strong))
            }
        }
        let time = ISO8601.text(failure.anchor.wallClock(at: failure.failureTime)).replacingT
        var facts = ["\(time) UTC", Self.outcome(signature.outcome)]
        if let rule = signature.rule { facts.append("by the rule \(Terminal.oneLine(rule))") }
        if !failure.environment.runtime.isEmpty { facts.append(failure.environment.runtime) }
        if !failure.environment.hostName.isEmpty { facts.append("on \(failure.environment.hostName)") }
        if let git = failure.environment.git {
            facts.append("commit \(git.commit.prefix(10))\(git.dirty ? " with changes" : "")")
        }
        facts.append(shown.count > 1 ? "\(shown.count) times, last \(shown.lastTime.replacingT)" : "once so far")
        page.paragraph(facts.filter { !$0.isEmpty }.joined(separator: " · "), indent: 2, .faint)
        page.line(("  case \(failure.id)\(shown.issue.isEmpty ? "" : " · issue \(shown.issue)")", .faint))
    }

    /// `answered 500`, `exit status 1`, `ended by SIGSEGV`.
    static func outcome(_ outcome: OutcomeClass) -> String {
        let parts = outcome.rawValue.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return outcome.rawValue == "none" ? "" : outcome.rawValue }
        return switch parts[0] {
        case "http": "answered \(parts[1])"
        case "exit": "exit status \(parts[1])"
        case "signal": "ended by SIG\(parts[1])"
        default: outcome.rawValue
        }
    }

    private mutating func addVerdict() {
        let verdict = shown.verdict
        let percent = Int((verdict.confidence * 100).rounded())
        switch verdict.tier {
        case .reenact where verdict.responsibility != .unclear:
            page.heading(
                "WHY",
                "\(verdict.causeClass) · \(verdict.responsibility.rawValue) · by experiment (tier 3) · \(percent) % sure"
            )
        case .reenact:
            page.heading("WHY", "not clear from what was recorded (tier 3)")
        case .person:
            page.heading("WHY", "this one needs a person (tier 4)")
        case .known, .selfEvident:
            let how = verdict.tier == .known ? "known" : "self-evident"
            page.heading(
                "WHY",
                "\(verdict.causeClass) · \(verdict.responsibility.rawValue) · \(how) (tier \(verdict.tier.rawValue)) · \(percent) % sure"
            )
        }
        page.paragraph(verdict.sentence, indent: 2, verdict.tier == .reenact ? .plain : .strong)
        addEvidence()
        if !verdict.counterEvidence.isEmpty {
            page.line(
                ("  against it: event \(verdict.counterEvidence.map(String.init).joined(separator: ", "))", .faint))
        }
    }

    mutating func addOutput() {
        // What the program said last is worth reading where no stack speaks.
        let hasStack = failure.exceptions.contains { !$0.frames.isEmpty }
        guard all || !hasStack, !failure.outputTail.isEmpty else { return }
        page.heading("LAST OUTPUT")
        let lines = failure.outputTail.split(separator: "\n")
        for line in all ? lines[...] : lines.suffix(12) {
            page.line(("  " + Terminal.fit(Terminal.neutral(String(line.prefix(2000))), page.width - 2), .faint))
        }
    }

    mutating func addHoles() {
        guard !failure.holes.isEmpty else { return }
        page.heading("NOT RECORDED")
        for hole in all ? failure.holes[...] : failure.holes.prefix(6) {
            let place = hole.event.map { " (event \($0))" } ?? hole.connection.map { " (connection \($0))" } ?? ""
            let text = "\(hole.kind.rawValue): \(Terminal.oneLine(hole.what))\(place)"
            if all {
                page.paragraph(text, indent: 2)
            } else {
                page.line(("  " + Terminal.fit(text, page.width - 2), .plain))
            }
        }
        if !all, failure.holes.count > 6 { page.line(("  … \(failure.holes.count - 6) more", .faint)) }
    }

    private mutating func addNext() {
        page.heading("NEXT")
        let name = Terminal.oneLine(handle)
        var steps = [
            ("reenact run \(name)", "make it happen again, services gone"),
            ("reenact run \(name) --code DIR", "does other code still fail?"),
        ]
        if !all { steps.append(("reenact show \(name) --all", "every event with its contents, frame and local")) }
        let column = (steps.map { Terminal.width($0.0) }.max() ?? 0) + 2
        for (command, purpose) in steps {
            // A command is there to be copied: it is never cut, the purpose gives way.
            let fits = 2 + column + Terminal.width(purpose) <= page.width
            page.line(("  " + Terminal.pad(command, column), .strong), (fits ? purpose : "", .faint))
        }
    }
}
