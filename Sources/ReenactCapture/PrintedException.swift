import ReenactTimeline
import ReenactTriage

/// The exception that a program told in words, for languages without hooks: in its output, else on the error page.
enum PrintedException {
    static func find(
        _ value: Case, _ failure: Analyst.Failure, _ journal: Journal, _ window: ClosedRange<Instant>
    ) -> ExceptionRecord? {
        let lines = journal.output.filter {
            failure.request == nil
                || ($0.time >= window.lowerBound && $0.time <= window.upperBound + 500_000_000)
        }
        // What was printed by the time of the answer; what came just behind it may be the next request's.
        let before = lines.filter { failure.request == nil || $0.time <= window.upperBound + 20_000_000 }
        let printed =
            TraceText.exceptions(in: before.suffix(2000).map(\.text).joined(separator: "\n")).last
            ?? TraceText.exceptions(in: lines.suffix(2000).map(\.text).joined(separator: "\n")).first
        guard var exception = printed ?? TraceText.exceptions(in: page(value)).last else { return nil }
        exception.time = failure.time
        return PrintedSource.filling(exception, directory: value.environment.workingDirectory)
    }

    private static func page(_ value: Case) -> String {
        guard value.trigger.kind == .request, let id = value.trigger.event else { return "" }
        return PageText.plain(value.event(id)?.detail["responseBody"]?["text"]?.string ?? "")
    }
}
