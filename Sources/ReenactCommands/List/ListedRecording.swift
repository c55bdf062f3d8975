import ReenactExecution
import ReenactTimeline

/// A recording of an exact execution in a directory of cases, as `reenact list --json` shows it: docs/commands.md.
struct ListedRecording: Codable, Sendable, Equatable {
    /// The file's name.
    var id: String
    var path: String
    /// Always `recording`, which no case has.
    var kind = "recording"
    /// When it ended, ISO 8601 in UTC; of older recordings the file's own time.
    var time: String
    var lastTime: String
    /// The command.
    var operation = ""
    /// `exit:0`; 128 and the signal where one ended it.
    var outcome: OutcomeClass = .none
    var count = 1
    var nanoseconds: UInt64?
    var events: Int?
    var tasks: Int?
    /// What is wrong with the file, where something is.
    var defect: String?

    init(_ path: String) {
        self.path = path
        id = path.split(separator: "/").last.map(String.init) ?? path
        var end = RecordingFile.lastChange(path)
        do {
            let reader = try RecordingReader(path)
            operation = reader.header.command.joined(separator: " ")
            (events, defect) = (reader.eventCount, reader.defect)
            if let summary = reader.summary {
                outcome = OutcomeClass(rawValue: "exit:\(summary.status)")
                (nanoseconds, tasks) = (summary.nanoseconds, summary.tasks)
                if let started = reader.header.started { end = started + Int64(clamping: summary.nanoseconds) }
            }
        } catch {
            // Said without the path, which stands beside it.
            defect = "\(error)".split(separator: ": ", maxSplits: 1).last.map(String.init)
        }
        time = ISO8601.text(end)
        lastTime = time
    }

    func add(to page: inout Page) {
        let time = lastTime.replacingT
        let room = page.width - Terminal.width(id) - Terminal.width(time) - 6
        page.line(
            (id, .strong), ("  ", .plain),
            (Terminal.pad(Terminal.fit(Terminal.oneLine(operation), room), room), .plain), ("  \(time)", .faint))
        if let defect {
            page.line(("  ✗ ", .bad), (Terminal.fit(Terminal.oneLine(defect), page.width - 4), .faint))
        }
        guard let events else { return }
        let took = nanoseconds.map { ", \(CasePage.duration(Int64(clamping: $0)))" } ?? ""
        let how = outcome == .none ? "" : "\(CasePage.outcome(outcome)), "
        page.line(("    recording: \(how)\(events) events of \(tasks.map { "\($0) tasks" } ?? "a run")\(took)", .faint))
    }
}
