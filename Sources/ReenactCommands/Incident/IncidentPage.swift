import ReenactTriage

/// Incidents of several services for a person.
enum IncidentPage {
    private static let momentsMax = 40

    static func text(_ incidents: [CaseIncident], _ surroundings: Surroundings) -> String {
        var page = Page(surroundings)
        for (number, incident) in incidents.enumerated() {
            if number > 0 { page.line(("", .plain)) }
            add(incident, to: &page)
        }
        return page.text
    }

    private static func add(_ incident: CaseIncident, to page: inout Page) {
        for line in Terminal.wrap(Terminal.oneLine(incident.sentence), page.width) { page.line((line, .strong)) }
        for suspect in incident.ranking {
            page.line(
                ("\(suspect.rank). ", .plain), (Terminal.pad(Terminal.oneLine(suspect.component), 24), .strong),
                (" \(suspect.signal) \(suspect.score)", .faint))
        }
        page.line(("", .plain))
        for step in incident.chain {
            let place = [step.caseID, step.event.map { "event \($0)" }].compactMap { $0 }.joined(separator: ", ")
            page.line(("→ ", .plain), (Terminal.oneLine(step.component), .strong), ("  \(place)", .faint))
            for line in Terminal.wrap(Terminal.oneLine(step.sentence), page.width - 4) {
                page.line(("    " + line, .plain))
            }
        }
        page.line(("", .plain))
        for moment in incident.timeline.prefix(momentsMax) {
            let doubt =
                moment.uncertainty > 1_000_000 && moment.uncertainty < .max ? " ±\(moment.uncertainty / 1_000_000)" : ""
            page.line(
                (Terminal.pad("\(moment.time / 1_000_000)\(doubt) ms", 14), .faint),
                (Terminal.pad(Terminal.oneLine(moment.component), 14), .strong),
                (Terminal.fit(Terminal.oneLine(moment.summary), page.width - 30), .plain))
        }
        if incident.timeline.count > momentsMax {
            page.line(("… \(incident.timeline.count - momentsMax) more: --json", .faint))
        }
        for id in incident.contradictoryClocks {
            page.line(("The clock of \(id) contradicts the messages: its times are a guess.", .bad))
        }
    }
}
