import ArgumentParser
import Foundation
import ReenactCaseFile
import ReenactReproduction
import ReenactStore
import ReenactTLS
import ReenactTimeline
import ReenactTriage

/// `reenact incident`: who misbehaved first among several services.
struct IncidentCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "Ranks which component misbehaved first, from cases of several services or from traces and logs.",
        discussion: """
            Cases are joined by the trace identifiers and the bytes that they share. Where what was captured does not \
            say it surely, cases are re-enacted with conditions changed, as `why` does. Tables are comma-separated \
            values, plain or compressed with xz or gzip: docs/commands.md.

              reenact incident gateway/cases orders/cases payments/cases
              reenact incident --cases DIR 4bf92f3577b34da6a3ce929d0e0e4736       one trace
              reenact incident --traces spans.csv --logs lines.csv
            """)

    @Argument(help: "Cases, directories of cases (also below them), and trace identifiers.")
    var names: [String] = []
    @OptionGroup var cases: CasesOption
    @Flag(help: "Looks at what was captured only, and re-enacts nothing.")
    var offline = false
    @Option(
        parsing: .singleValue,
        help: .init("The name of a service without a case; may be given again.", valueName: "name=address"))
    var service: [String] = []
    @Option(help: "At most so many attempts on each case.")
    var budget: Int?
    @Option(help: .init("Spans before and after the onset.", valueName: "csv"))
    var traces: String?
    @Option(help: .init("Log lines before and after the onset.", valueName: "csv"))
    var logs: String?
    @Option(
        parsing: .upToNextOption,
        help: .init("Pairs of tables (spans, log lines) of other times; only the past is used.", valueName: "csv"))
    var normal: [String] = []
    @Flag(help: "Prints an object; docs/commands.md names the members.")
    var json = false

    func validate() throws {
        if (traces == nil) != (logs == nil) { throw ValidationError("incident: --traces and --logs go together") }
        if traces != nil, !names.isEmpty { throw ValidationError("incident: takes cases, or --traces and --logs") }
        for pair in service where !pair.contains("=") { throw ValidationError("--service \(pair): write NAME=ADDRESS") }
        if let budget, !(1...1000).contains(budget) { throw ValidationError("--budget takes 1 to 1000") }
        if normal.count % 2 != 0 {
            throw ValidationError("incident: --normal takes pairs: spans, then log lines")
        }
    }

    func output(_ surroundings: Surroundings) throws -> String {
        guard let traces, let logs else { return try casesOutput(surroundings) }
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

    // MARK: - Cases

    private func casesOutput(_ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(cases)
        let traces = names.filter(Self.isTrace)
        guard traces.count <= 1 else { throw CommandError(.usage, "incident: more than one trace; name one") }
        var paths: [String] = []
        for name in names where !Self.isTrace(name) { paths += try Self.files(name, store) }
        if names.allSatisfy(Self.isTrace) { paths = try store.list().cases.map(\.path) }
        guard !paths.isEmpty else {
            let places = names.filter { !Self.isTrace($0) }
            let looked = places.isEmpty ? store.directory : places.joined(separator: ", ")
            throw CommandError(
                .notFound,
                "incident: no case in \(looked); name cases or directories of them, or record some with `reenact record`"
            )
        }
        let values = try paths.map { try CaseFile.read($0) }
        let key = OwnerKey.existing()
        let named = Dictionary(
            service.compactMap { pair -> (String, String)? in
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                return parts.count == 2 ? (parts[1], parts[0]) : nil
            }, uniquingKeysWith: { first, _ in first })
        let (isOffline, notices) = (offline, Notices())
        let shows = !json && isatty(2) == 1
        let options =
            isOffline
            ? ReproductionOptions()
            : ReproductionOptions(
                latency: .none, hooks: try Installation.hooks(), runner: try Installation.runner(),
                unseal: { sealed in key.flatMap { try? Seal.open(sealed, key: $0) } },
                processVariables: ProcessInfo.processInfo.environment,
                hidden: [store.directory, (OwnerKey.path as NSString).deletingLastPathComponent])
        let coordinator = CaseCoordinator(options: options, isOffline: isOffline, budget: budget, services: named)
        let found = try Blocking.value {
            try await coordinator.incidents(values, trace: traces.first) { if shows { notices.note($0) } }
        }
        if let trace = traces.first, found.isEmpty {
            throw CommandError(.notFound, "\(trace): no case of that trace; name the directories with --cases")
        }
        guard json else { return IncidentPage.text(found, surroundings) }
        return try JSONText.encode(["incidents": found], pretty: true) + "\n"
    }

    /// 32 hexadecimal digits, as in `traceparent`.
    private static func isTrace(_ name: String) -> Bool { name.utf8.count == 32 && name.allSatisfy(\.isHexDigit) }

    private static func files(_ name: String, _ store: Store) throws -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), isDirectory.boolValue else {
            return [try store.resolve(name)]
        }
        let all = FileManager.default.enumerator(atPath: name)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(Store.fileExtension) }.sorted().map { "\(name)/\($0)" }
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
