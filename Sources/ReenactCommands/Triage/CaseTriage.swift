import ReenactCaseFile
import ReenactStore
import ReenactTimeline
import ReenactTriage

/// `reenact triage CASE|DIR`: the decision on recorded cases.
enum CaseTriage {
    static func output(
        _ names: [String], store: Store, explain: Bool, ties: Int, json: Bool, _ surroundings: Surroundings
    ) throws -> String {
        let explanations = try explanations(names, store, ties)
        if json {
            var lines: [String] = []
            for explanation in explanations { lines.append(try JSONText.encode(explanation, pretty: true)) }
            return lines.isEmpty ? "[]\n" : "[\n\(lines.joined(separator: ",\n"))\n]\n"
        }
        var page = Page(surroundings)
        for (number, explanation) in explanations.enumerated() {
            if number > 0 { page.line(("", .plain)) }
            add(explanation, explain: explain, to: &page)
        }
        if explanations.isEmpty { page.line(("No cases.", .plain)) }
        return page.text
    }

    /// In order of the files; the second failure of one cause is known by the first.
    private static func explanations(_ names: [String], _ store: Store, _ ties: Int) throws -> [Explanation] {
        var known: [String: KnownIssue] = [:]
        return try CasePaths.expanded(names, store).map { path in
            let value = try CaseFile.read(path)
            let cause = ConfirmedCauses(besideCase: path).read()[value.id]
            func told(_ explanation: Explanation) -> Explanation {
                var explanation = explanation
                if let cause { explanation.verdict = cause.verdict(explanation.verdict) }
                return explanation
            }
            let first = Explanation(value, ties: ties)
            guard let issue = known[first.cause] else {
                known[first.cause] = KnownIssue(id: first.id, count: 1)
                return told(first)
            }
            known[first.cause]?.count += 1
            return told(Explanation(value, known: issue, ties: ties))
        }
    }

    private static func add(_ explanation: Explanation, explain: Bool, to page: inout Page) {
        let verdict = explanation.verdict
        page.line(
            (explanation.id, .strong), ("  tier \(verdict.tier.rawValue)  ", .plain), (verdict.causeClass, .bad),
            ("  \(Int((verdict.confidence * 100).rounded())) %", .faint))
        for line in Terminal.wrap(Terminal.oneLine(verdict.sentence), page.width - 2) {
            page.line(("  " + line, .plain))
        }
        guard explain else { return }
        page.line(("  issue \(explanation.issue)  cause \(explanation.cause)", .faint))
        for part in explanation.issueParts + explanation.causeParts {
            page.line(("    " + Terminal.fit(Terminal.oneLine(part), page.width - 4), .faint))
        }
        for part in explanation.rules where part.state != "abstained" {
            let sure = part.confidence.map { " \(Int(($0 * 100).rounded())) %" } ?? ""
            let against = part.counterEvidence.isEmpty ? "" : ", against it \(numbers(part.counterEvidence))"
            page.line(
                ("  \(part.state == "decided" ? "✓" : "·") ", .good), (part.rule, .strong),
                (" \(part.state)\(sure): \(part.causeClass ?? "")", .plain),
                (part.evidence.isEmpty ? "" : ", events \(numbers(part.evidence))\(against)", .faint))
        }
        for tie in explanation.ties {
            let place = tie.path.isEmpty ? "the whole answer" : tie.path
            let likelihood = Int((tie.likelihood * 100).rounded())
            let text =
                "tied \(likelihood) %: \(place)\(tie.event.map { " of event \($0)" } ?? ""): \(tie.signs.joined(separator: ", "))"
            page.line(("  " + Terminal.fit(Terminal.oneLine(text), page.width - 2), .faint))
        }
        let silent = explanation.rules.filter { $0.state == "abstained" }.map(\.rule).joined(separator: ", ")
        for line in Terminal.wrap("abstained: \(silent)", page.width - 2) { page.line(("  " + line, .faint)) }
        for hole in explanation.holes {
            page.line(("  hole: " + Terminal.fit(Terminal.oneLine(hole), page.width - 8), .faint))
        }
    }

    private static func numbers(_ ids: [Int]) -> String { ids.map(String.init).joined(separator: ", ") }
}
