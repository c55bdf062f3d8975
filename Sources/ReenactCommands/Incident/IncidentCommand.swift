import ArgumentParser
import ReenactTimeline
import ReenactTriage

/// `reenact incident`: who misbehaved first among several services.
struct IncidentCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "Ranks which component misbehaved first, from traces and logs, with the evidence.",
        discussion: "Tables are comma-separated values, plain or compressed with xz or gzip: docs/commands.md.")

    @Option(help: .init("Spans before and after the onset.", valueName: "csv"))
    var traces: String
    @Option(help: .init("Log lines before and after the onset.", valueName: "csv"))
    var logs: String
    @Option(
        parsing: .upToNextOption,
        help: .init("Pairs of tables (spans, log lines) of other times; only the past is used.", valueName: "csv"))
    var normal: [String] = []
    @Flag(help: "Prints an object; docs/commands.md names the members.")
    var json = false

    func validate() throws {
        if normal.count % 2 != 0 {
            throw ValidationError("incident: --normal takes pairs: spans, then log lines")
        }
    }

    func output(_ surroundings: Surroundings) throws -> String {
        var telemetry = Telemetry()
        try read(traces, logs) { (traces, logs) throws(Telemetry.Malformed) in
            try telemetry.addIncident(traces: traces, logs: logs)
        }
        for place in stride(from: 0, to: normal.count, by: 2) {
            try read(normal[place], normal[place + 1]) { (traces, logs) throws(Telemetry.Malformed) in
                try telemetry.addNormal(traces: traces, logs: logs)
            }
        }
        let incident = Incident(telemetry)
        if json { return try JSONText.encode(incident, pretty: true) + "\n" }
        var page = Page(surroundings)
        for line in Terminal.wrap(Terminal.oneLine(incident.sentence), page.width) { page.line((line, .strong)) }
        for suspect in incident.ranking.prefix(5) {
            page.line(("\(suspect.rank). ", .plain), (Terminal.oneLine(suspect.component), .strong))
            for text in suspect.evidence {
                for line in Terminal.wrap(Terminal.oneLine(text), page.width - 4) { page.line(("    " + line, .faint)) }
            }
        }
        return page.text
    }

    private func read(
        _ traces: String, _ logs: String, _ take: ([UInt8], [UInt8]) throws(Telemetry.Malformed) -> Void
    ) throws {
        let tables = (try Unpacked.bytes(traces), try Unpacked.bytes(logs))
        do {
            try take(tables.0, tables.1)
        } catch {
            throw CommandError(.badCase, "\(traces), \(logs): \(error.description); docs/commands.md shows the format")
        }
    }
}
