import ReenactStore
import ReenactTimeline

/// What `reenact issues` prints.
struct IssuePage {
    private var page: Page

    init(_ surroundings: Surroundings) { page = Page(surroundings) }

    var text: String { page.text }

    mutating func note(_ text: String) { page.line(("  " + text, .faint)) }

    mutating func list(_ issues: [StoredIssue], hidden: Int, directory: String) {
        if issues.isEmpty {
            page.line((hidden == 0 ? "No issues in \(directory)." : "No open issues in \(directory).", .plain))
        }
        for issue in issues { add(issue, isWhole: false) }
        if hidden > 0 { page.line(("\(hidden) resolved or ignored: reenact issues list --all", .faint)) }
    }

    mutating func add(_ issue: StoredIssue, isWhole: Bool) {
        let what = issue.exceptionType.isEmpty ? issue.message : issue.exceptionType.lastName
        let head = "\(issue.id) ×\(issue.count)"
        let time = issue.lastTime.replacingT
        let room = page.width - Terminal.width(head) - Terminal.width(time) - 4
        let title = "\(what) in \(issue.operation)"
        page.line(
            (head, .strong), ("  ", .plain), (Terminal.pad(Terminal.fit(Terminal.oneLine(title), room), room), .bad),
            ("  \(time)", .faint))
        var facts: [String] = []
        if issue.state != .open {
            facts.append(issue.state == .regressed ? "came back after it was resolved" : issue.state.rawValue)
        }
        if !issue.assignee.isEmpty { facts.append("assigned to \(issue.assignee)") }
        if !issue.site.isEmpty { facts.append(issue.site) }
        if issue.firstTime != issue.lastTime { facts.append("first \(issue.firstTime.replacingT)") }
        if !facts.isEmpty {
            let line = Terminal.fit(Terminal.oneLine(facts.joined(separator: " · ")), page.width - 2)
            page.line(("  " + line, issue.state == .regressed ? .bad : .faint))
        }
        for cause in issue.causes.prefix(isWhole ? 100 : 3) { add(cause, isWhole: isWhole) }
        if !isWhole, issue.causes.count > 3 { page.line(("    … \(issue.causes.count - 3) more causes", .faint)) }
        if isWhole { addWhy(issue) }
    }

    private mutating func add(_ cause: StoredIssue.Cause, isWhole: Bool) {
        let isClear = cause.causeClass != "unclear"
        let lines = Terminal.wrap(Terminal.oneLine(cause.sentence), page.width - 4)
        for (place, line) in lines.prefix(isWhole ? 20 : 2).enumerated() {
            page.line((place == 0 ? (isClear ? "  ✓ " : "  ? ") : "    ", isClear ? .good : .mark), (line, .plain))
        }
        guard isWhole else { return }
        let sure = isClear ? " · \(Int((cause.confidence * 100).rounded())) % sure" : ""
        page.line(("    \(cause.causeClass) · ×\(cause.count)\(sure) · cause \(cause.cause)", .faint))
        let cases = cause.cases.prefix(5).joined(separator: ", ")
        page.line(("    cases \(cases)\(cause.cases.count > 5 ? " …" : "")", .faint))
    }

    private mutating func addWhy(_ issue: StoredIssue) {
        page.heading("WHY ONE ISSUE")
        page.line(
            ("  same exceptions, own functions and message: \(issue.fingerprints.joined(separator: ", "))", .plain))
        for reason in issue.joined { page.paragraph(reason, indent: 2) }
        let shown = issue.decisions
        guard !shown.isEmpty else { return }
        page.heading("DECIDED")
        let undone = Set(shown.compactMap(\.undoes))
        for decision in shown {
            let what: String =
                switch decision.action {
                case .undo: "took back decision \(decision.undoes ?? 0)"
                case .assign: decision.text.isEmpty ? "assigned to nobody" : "assigned to \(decision.text)"
                case .regression: "came back with case \(decision.caseID)"
                case .merge: "merged \(decision.keys.count) into it"
                case .split: "split off \(decision.causes.count == 1 ? "a cause" : "\(decision.causes.count) causes")"
                case .resolve: "resolved"
                case .reopen: "reopened"
                case .ignore: "ignored"
                case .seen: "seen"
                }
            let why = decision.action == .assign || decision.text.isEmpty ? "" : ": \(decision.text)"
            let mark = undone.contains(decision.number) ? " (taken back)" : ""
            page.line(
                ("  \(decision.number)  ", .strong), ("\(decision.time.replacingT)  \(decision.by)  ", .faint),
                (Terminal.oneLine("\(what)\(why)\(mark)"), .plain))
        }
    }
}
