import ArgumentParser
import ReenactCaseFile
import ReenactStore
import ReenactTimeline
import ReenactTriage

/// `reenact show CASE`: what happened, in what order, and why.
struct ShowCommand: TextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a case: why, what happened in what order, and where it was raised.",
        discussion: """
            A recording of an exact execution (`reenact record --exec`) is shown as well: it is replayed, and what its \
            sockets carried is decoded. It has no verdict.
            """)

    @OptionGroup var cases: CasesOption
    @Argument(help: "A file (a case or a recording), an id, the beginning of an id, or `latest`.")
    var name: String
    @Flag(help: "Prints the whole case with its verdict; docs/commands.md names the members.")
    var json = false
    @Flag(help: "Folds nothing: every event, every frame, every local.")
    var all = false
    @Flag(help: "For a recording: replay it although this processor is not like its own.")
    var anyProcessor = false

    enum CodingKeys: String, CodingKey {
        case cases, name, json, all, anyProcessor
    }

    func output(_ surroundings: Surroundings) throws -> String {
        if let path = RecordingFile.path(name, surroundings.store(cases)) {
            let recording = try RecordedExecution.load(path, anyProcessor: anyProcessor)
            if json { return try JSONText.encode(recording.document, pretty: true) + "\n" }
            return ExecutionPage(recording, all: all, surroundings).text
        }
        let shown = try ShownCase.load(name, surroundings.store(cases))
        if json { return try JSONText.encode(shown, pretty: true) + "\n" }
        return CasePage(shown, all: all, surroundings).text
    }
}

/// A case with what the store and triage know of it; the document of `show --json`.
struct ShownCase: Codable, Sendable {
    var path: String
    var count: Int
    var lastTime: String
    var fingerprint: String
    var causeFingerprint: String
    /// What `reenact issues` calls its issue; empty for a file outside the store.
    var issue: String
    /// The first case of the same cause, where this is not the first.
    var knownAs: String?
    var verdict: Verdict
    var `case`: Case

    static func load(_ name: String, _ store: Store) throws -> ShownCase {
        let path = try store.resolve(name)
        let value = try CaseFile.read(path)
        var entry = StoredCase(value, path: path)
        // Only the index knows how often it came again.
        if let known = (try? store.entry(path: path)) ?? nil {
            (entry.count, entry.lastTime) = (known.count, known.lastTime)
            (entry.issue, entry.knownAs, entry.verdict) = (known.issue, known.knownAs, known.verdict)
        } else if let cause = ConfirmedCauses(besideCase: path).read()[value.id] {
            entry.verdict = cause.verdict(entry.verdict)
        }
        return ShownCase(value, entry, path)
    }

    init(_ value: Case, _ entry: StoredCase, _ path: String) {
        self.path = path
        count = entry.count
        lastTime = entry.lastTime
        fingerprint = entry.fingerprint
        causeFingerprint = entry.causeFingerprint
        issue = entry.issue
        knownAs = entry.knownAs
        verdict = entry.verdict
        `case` = value
    }

    /// Without a verdict, and of no store: for pages on what is no failure.
    init(unjudged value: Case, _ path: String) {
        self.path = path
        count = 1
        lastTime = ""
        fingerprint = ""
        causeFingerprint = ""
        issue = ""
        verdict = Verdict(
            tier: .person, causeClass: "unclear", responsibility: .unclear, evidence: [], confidence: 0, sentence: "",
            rule: "")
        `case` = value
    }
}
