import ReenactTimeline

/// A service that was called and did not fail itself: what counts is whether it answers as recorded.
enum Bystander {
    /// Whether that is what a case is about: no exception, an answer that tells of no failure, and a rule of the user's or a
    /// neighbour's failure that made it a case.
    static func isOne(_ failure: Case) -> Bool {
        failure.signature.kind == .rule && failure.exceptions.isEmpty
            && !failure.signature.outcome.rawValue.hasPrefix("http:5")
    }

    /// - Parameter isChanged: other code runs somewhere in the group.
    static func judged(
        _ given: RunResult.Attempt, _ failure: Case, _ record: AttemptRecord, isChanged: Bool
    ) -> RunResult.Attempt {
        guard isOne(failure), let answer = record.lastAnswer, given.outcome != .inconclusive else { return given }
        var result = given
        guard let recorded = recorded(failure), answer.missing.isEmpty else {
            // Whoever called did not wait for its answer.
            guard recorded(failure) == nil, !answer.missing.isEmpty else { return given }
            result.outcome = .reproduced
            result.reason = "As recorded, nobody got its answer (\(answer.missing))."
            result.divergence = nil
            return result
        }
        let (then, now) = (AnswerPreview.body(of: recorded), AnswerPreview.body(of: answer.bytes))
        let isSameStatus = "http:\(answer.status)" == failure.signature.outcome.rawValue
        func finding(_ outcome: Outcome, _ reason: String) {
            result.outcome = outcome
            result.reason = reason
            result.divergence = nil
        }
        if isSameStatus, then == now {
            finding(.reproduced, "It answered as recorded: \(shown(failure.signature.outcome.rawValue, then)).")
        } else if isSameStatus, !isChanged, TextTemplate.of(then) == TextTemplate.of(now) {
            finding(
                .reproduced,
                "It answered as recorded but for numbers and identifiers: \(shown("http:\(answer.status)", now)).")
        } else {
            let words =
                "\(shown(failure.signature.outcome.rawValue, then)), and now \(shown("http:\(answer.status)", now))"
            // Without other code the answer should have been the recorded one.
            guard !isChanged, result.outcome == .diverged else {
                finding(.notReproduced, "It answered otherwise: then \(words).")
                return result
            }
        }
        return result
    }

    private static func recorded(_ failure: Case) -> [UInt8]? {
        guard let event = failure.trigger.event.flatMap(failure.event), let range = event.response,
            let connection = event.connection.flatMap(failure.connection)
        else { return nil }
        return connection.bytes(range, from: .server)
    }

    private static func shown(_ outcome: String, _ body: String) -> String {
        let line = body.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let status = outcome.hasPrefix("http:") ? String(outcome.dropFirst(5)) : outcome
        return "\(status) \(line.count > 80 ? line.prefix(79) + "…" : line)"
    }
}
