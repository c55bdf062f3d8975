import ReenactTimeline
import ReenactTriage

/// An exception that was seen in a command, but has nothing to do with how it ended.
///
/// A program tries something, catches what comes of it, and goes on; later it ends with a status other than 0 that it
/// chose itself (`--check-status`). Its last exception is then no more than the last one.
enum IdleException {
    /// True where the command ended by itself with a status, the recorded exception was caught, and nothing that was
    /// printed tells of it.
    static func isKnown(_ failure: Case) -> Bool {
        guard failure.trigger.kind == .command, failure.signature.outcome.rawValue.hasPrefix("exit:"),
            let exception = ExpectedFailure(failure).exception, exception.handling == .caught
        else { return false }
        // `click.exceptions.Exit: 1`: how some programs end, well or not, and so it comes when all is well, too.
        if "exit:\(exception.message.trimmed)" == failure.signature.outcome.rawValue { return true }
        let printed = failure.events.filter { $0.kind == .log }
            .map { ($0.detail["text"]?.string ?? "") + "\n" + $0.summary }.joined(separator: "\n")
        // Without a word of why it ended, the exception is the best there is.
        guard !printed.trimmed.isEmpty else { return false }
        let chain = [exception.type] + exception.causes.map(\.type)
        let messages = [exception.message] + exception.causes.map(\.message)
        let isTold =
            chain.contains { printed.contains(ExpectedFailure.short($0)) }
            || messages.contains { message in
                message.split(separator: "\n").contains { line in
                    let line = String(line).trimmed
                    // What is too short is in any text.
                    return line.count < 4 || printed.contains(line)
                }
            }
        guard !isTold, !exception.message.trimmed.isEmpty else { return false }
        // What triage explains the failure by came before the exception, and stands in what was printed: a status.
        let verdict = Triage.verdict(for: failure)
        return verdict.evidence.contains { event in
            guard let event = failure.event(event), event.start <= exception.time else { return false }
            let outcome = event.outcome.rawValue
            return outcome.hasPrefix("http:") && !outcome.hasPrefix("http:2")
                && printed.contains(String(outcome.dropFirst("http:".count)))
        }
    }
}
