import ReenactTimeline
import ReenactTriage
import ReenactWire

/// The exception that a program told in words, for languages without hooks: in its output, else on the error page.
///
/// Nothing in an output says whose it is. It is put down to a request by its time, by the error page, and by what other
/// failing requests have printed of their own; where that leaves a choice, it is marked.
struct PrintedException {
    /// One that was printed.
    struct Trace {
        var record: ExceptionRecord
        var time: Instant
    }

    /// Another request that was answered, or was not, near the failing one.
    struct Rival {
        var window: ClosedRange<Instant>
        /// False where its answer speaks of no failure.
        var mayHaveFailed: Bool
    }

    /// What was found, and why it may be another request's.
    struct Found {
        var record: ExceptionRecord
        var doubt: String?
    }

    /// Output is read by a thread of its own: by so much it may come behind the answer.
    static let late: Instant = 20_000_000
    /// Some programs write what went wrong after they have answered.
    static let slack: Instant = 500_000_000

    static func find(
        _ value: Case, _ failure: Analyst.Failure, _ journal: Journal, _ attributor: Attributor,
        _ window: ClosedRange<Instant>
    ) -> Found? {
        let page = page(value)
        let onPage = TraceText.exceptions(in: page).last
        let isRequest = failure.request != nil
        let lines = journal.output.filter {
            !isRequest || ($0.time >= window.lowerBound && $0.time <= window.upperBound.later(by: slack))
        }.suffix(2000)
        let traces = traces(in: Array(lines))
        var found: Found?
        if isRequest {
            let rivals = rivals(of: failure, journal, attributor, near: window)
            found = choose(traces, window, rivals, page: page)
        } else if let last = traces.last {
            found = Found(record: last.record)
        }
        // What stands on the request's own page is its own.
        if found == nil || found?.doubt != nil, let onPage { found = Found(record: onPage) }
        guard var chosen = found else { return nil }
        chosen.record.time = failure.time
        let own = failure.request.flatMap { journal.logs[$0.connection]?.connection.process }
        let directories = ([own].compactMap { $0 } + journal.processes.keys.sorted(by: >)).compactMap {
            journal.processes[$0]?.workingDirectory
        }
        chosen.record = PrintedSource.filling(
            chosen.record, directories: directories + [value.environment.workingDirectory])
        return chosen
    }

    /// The one that belongs to the request of that time.
    static func choose(
        _ traces: [Trace], _ window: ClosedRange<Instant>, _ rivals: [Rival], page: String = ""
    ) -> Found? {
        let confirmed = traces.filter { trace in
            let line = trace.record.message.prefix { $0 != "\n" }.prefix(60)
            return line.count >= 6 && page.contains(line)
        }
        if let own = confirmed.last(where: { $0.time <= window.upperBound.later(by: late) }) ?? confirmed.first {
            return Found(record: own.record)
        }
        let own = traces.filter { window.contains($0.time) }
        if let last = own.last {
            let others = rivals.filter { rival in
                if rival.window.contains(last.time) { return true }
                // One that failed just before, and of which nothing was read yet.
                return own.count == 1 && rival.mayHaveFailed && rival.window.upperBound < last.time
                    && rival.window.upperBound.later(by: late) >= last.time
                    && !traces.contains { rival.window.contains($0.time) }
            }
            return Found(record: last.record, doubt: others.isEmpty ? nil : doubt(others))
        }
        guard let next = traces.first(where: { $0.time > window.upperBound }) else { return nil }
        let began = rivals.filter {
            $0.window.lowerBound <= next.time && $0.window.upperBound.later(by: late) >= next.time
        }
        let ended = rivals.filter {
            $0.mayHaveFailed && $0.window.upperBound > window.upperBound && $0.window.upperBound < next.time
        }
        if began.isEmpty, ended.isEmpty {
            // Nobody else was there.
            return Found(record: next.record)
        }
        guard next.time <= window.upperBound.later(by: late) else { return nil }
        // Each failing request prints its own: where a later one has another besides, the first is the earlier one's.
        let claimed = began.contains { rival in
            rival.window.upperBound > window.upperBound && rival.mayHaveFailed
                && traces.filter { rival.window.contains($0.time) }.count < 2
                && rival.window.upperBound != .max
        }
        return claimed ? nil : Found(record: next.record, doubt: doubt(began + ended))
    }

    private static func doubt(_ rivals: [Rival]) -> String {
        let count = rivals.count == 1 ? "another request was" : "\(rivals.count) other requests were"
        return "the exception was read from the output, where \(count) in flight as well: it may not be this request's"
    }

    /// The exceptions in what was printed, each with the time of its first line.
    static func traces(in lines: [Journal.OutputLine]) -> [Trace] {
        let located = TraceText.located(in: lines.map(\.text).joined(separator: "\n"))
        return located.compactMap { record, fromEnd in
            let place = lines.count - fromEnd
            return lines.indices.contains(place) ? Trace(record: record, time: lines[place].time) : nil
        }
    }

    private static func rivals(
        of failure: Analyst.Failure, _ journal: Journal, _ attributor: Attributor, near window: ClosedRange<Instant>
    ) -> [Rival] {
        attributor.windows.compactMap { other in
            guard other.id != failure.request, other.start <= window.upperBound.later(by: slack),
                other.end >= window.lowerBound - late
            else { return nil }
            let exchange = journal.logs[other.id.connection]?.exchanges[other.id.ordinal]
            return Rival(
                window: other.start...max(other.start, other.end), mayHaveFailed: exchange.map(mayHaveFailed) ?? true)
        }
    }

    private static func mayHaveFailed(_ exchange: Exchange) -> Bool {
        let outcome = exchange.outcome.rawValue
        guard outcome.hasPrefix("http:"), let status = Int(outcome.dropFirst(5)) else { return true }
        return status >= 500
    }

    private static func page(_ value: Case) -> String {
        guard value.trigger.kind == .request, let id = value.trigger.event else { return "" }
        return PageText.plain(value.event(id)?.detail["responseBody"]?["text"]?.string ?? "")
    }
}
