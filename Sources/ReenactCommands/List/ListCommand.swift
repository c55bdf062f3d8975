import ArgumentParser
import ReenactStore
import ReenactTimeline

/// `reenact list`: what failed, how often, and why.
struct ListCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the cases, the latest last, and recordings of exact executions among them.")

    @OptionGroup var cases: CasesOption
    @Flag(help: "Prints an array of objects; docs/commands.md names the members.")
    var json = false

    func output(_ surroundings: Surroundings) throws -> String {
        let store = surroundings.store(cases)
        let listing = try store.list()
        let recordings = RecordingFile.all(in: store.directory).map(ListedRecording.init)
        if json {
            let rows = listing.cases.map { Row.entry($0) } + recordings.map { Row.recording($0) }
            return try JSONText.encode(rows, pretty: true) + "\n"
        }
        return Self.table(listing, recordings, store.directory, surroundings)
    }

    /// An object of `list --json`.
    private enum Row: Encodable {
        case entry(StoredCase)
        case recording(ListedRecording)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .entry(let entry): try entry.encode(to: encoder)
            case .recording(let recording): try recording.encode(to: encoder)
            }
        }
    }

    static func table(
        _ listing: Store.Listing, _ recordings: [ListedRecording] = [], _ directory: String,
        _ surroundings: Surroundings
    ) -> String {
        var page = Page(surroundings)
        if listing.cases.isEmpty, recordings.isEmpty {
            page.line(("No cases in \(directory).", .plain))
            page.line(("Record one: ", .faint), ("reenact record -- COMMAND", .strong))
        }
        for item in listing.cases { add(item, to: &page) }
        if !recordings.isEmpty, !listing.cases.isEmpty { page.line() }
        for recording in recordings { recording.add(to: &page) }
        for error in listing.unreadable {
            page.line(("✗ ", .bad), (Terminal.fit(Terminal.oneLine(error.description), page.width - 2), .faint))
        }
        return page.text
    }

    private static func add(_ item: StoredCase, to page: inout Page) {
        let time = item.lastTime.replacingT
        let count = item.count > 1 ? " ×\(item.count)" : ""
        let head = "\(item.id)\(count)"
        let what = item.exceptionType.isEmpty ? item.outcome.rawValue : item.exceptionType.lastName
        let room = page.width - Terminal.width(head) - Terminal.width(time) - 6
        page.line(
            (head, .strong), ("  ", .plain),
            (Terminal.pad(Terminal.fit(Terminal.oneLine("\(what) in \(item.operation)"), room), room), .bad),
            ("  \(time)", .faint))
        let isClear = item.verdict.causeClass != "unclear"
        let tier = isClear ? "✓" : "?"
        let whole = Terminal.wrap(Terminal.oneLine(item.verdict.sentence), page.width - 4)
        var sentence = Array(whole.prefix(2))
        if whole.count > 2 { sentence[1] = Terminal.fit(sentence[1], page.width - 6) + " …" }
        for (place, line) in sentence.enumerated() {
            page.line(
                (place == 0 ? "  \(tier) " : "    ", isClear ? .good : .mark), (line, .plain))
        }
        // The first one is explained; what came again is known by it.
        if item.count > 1 {
            page.line(("    \(item.count - 1) more settled as known (tier 1), issue \(item.issue)", .faint))
        }
    }
}

extension String {
    /// `2026-11-21 08:15:02` of an ISO 8601 time.
    var replacingT: String { prefix(19).split(separator: "T").joined(separator: " ") }

    /// `JSONDecodeError` of `requests.exceptions.JSONDecodeError`.
    var lastName: String { split { $0 == "." || $0 == "\\" }.last.map(String.init) ?? self }
}
