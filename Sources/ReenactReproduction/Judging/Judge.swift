import ReenactTimeline
import ReenactTriage

/// Compares an attempt with its case. A pure function of the two.
struct Judge {
    let failure: Case
    /// Other code ran than was recorded (`--code`).
    let isChanged: Bool
    let expected: ExpectedFailure

    init(_ failure: Case, isChanged: Bool) {
        self.failure = failure
        self.isChanged = isChanged
        expected = ExpectedFailure(failure)
    }

    /// What one attempt shows. Its phases are filled in by whoever took the times.
    func judge(_ record: AttemptRecord, withHistory: Bool) -> RunResult.Attempt {
        let prefix = PathPrefix(failure, record)
        let misses = Misses.of(record, trigger: failure.trigger.kind)
        var seen = sameFailure(record)
        // What other code answers well it has dealt with, though the same exception still comes inside it.
        let isTamed = isChanged && seen != nil && isSuccess(record) && !expected.isSameEnd(record)
        // Nor does it fail in the recorded way where it got over that, and then failed otherwise.
        let isStranded = isChanged && seen != nil && failedLaterOtherwise(record)
        if isTamed || isStranded { seen = nil }
        let otherwise = isChanged ? seen.flatMap(otherComplaint) : nil
        let explanation = seen == nil ? nil : explanationMet(record)
        let finding =
            seen == nil
            ? withoutSignature(record, prefix, misses)
            : otherwise ?? closedAgain(record)
                ?? withSignature(
                    prefix, misses, isCertain: explanation != nil || seen.map(hasSameWords) ?? false, until: explanation
                )
        return RunResult.Attempt(
            outcome: finding.outcome, reason: finding.reason, withHistory: withHistory,
            seen: seen ?? otherFailure(record), messageMatches: seen.map(messageMatches) ?? false,
            prefix: prefix.value, relaxations: relaxations(record), misses: misses.all,
            divergence: finding.divergence, answer: answer(record),
            notes: notes(record, misses, sameFailed: seen != nil, outcome: finding.outcome), phases: .init(),
            outputTail: Self.tail(record.output, lines: 20))
    }

    struct Finding {
        var outcome: Outcome
        var reason: String
        var divergence: RunResult.Divergence?
    }

    // MARK: - The signature

    /// The recorded failure, where it came again.
    private func sameFailure(_ record: AttemptRecord) -> RunResult.SignatureText? {
        let outcome = Self.outcome(record)
        if expected.exception == nil, let fired = expected.ruleFires(on: record) {
            return fired.isEmpty
                ? nil : .init(type: expected.signature.rule ?? "", message: fired, site: "", outcome: outcome)
        }
        guard expected.exception != nil else {
            let isText = expected.signature.kind != .status
            guard expected.isSameEnd(record), !isText || expected.isPrinted(in: record.output) else { return nil }
            return .init(type: outcome, message: expected.signature.message, site: "", outcome: outcome)
        }
        let isSameEnd = expected.isSameEnd(record)
        // Raised, caught and survived is another story: what failed was the answer.
        guard isSameEnd || expected.signature.kind != .status else { return nil }
        if let same = decisive(record).last(where: {
            expected.isSame($0, isSameEnd: isSameEnd, hasEnded: record.exit != nil)
        }) {
            return Self.text(same, outcome)
        }
        // Without hooks there is only what the program printed: a trace with the throw site, or at least the words.
        // Of a worker that goes on there is no end to compare.
        let isToldOnly = expected.signature.kind == .rule && !expected.hasComparableEnd
        guard record.exceptions.isEmpty || expected.exception?.handling == .printed, isSameEnd || isToldOnly else {
            return nil
        }
        let words = Self.words(record)
        let printed = TraceText.exceptions(in: words)
        if let same = printed.last(where: expected.isSamePlace) { return Self.text(same, outcome) }
        guard expected.isPrinted(in: words), words.contains(expected.shortType) else { return nil }
        return .init(
            type: expected.signature.exceptionType, message: expected.signature.message, site: "", outcome: outcome)
    }

    /// What the program printed, and what stands on the page that it answered.
    private static func words(_ record: AttemptRecord) -> String {
        let page = record.lastAnswer.map { AnswerPreview.body(of: $0.bytes, bytesMax: 256 << 10) } ?? ""
        return record.output + "\n" + PageText.plain(page)
    }

    /// Exceptions of the failing code, in order.
    func decisive(_ record: AttemptRecord) -> [ExceptionRecord] {
        let anyPhase = failure.trigger.kind == .command
        return record.exceptions.filter { anyPhase || $0.phase == .failing || $0.phase == .ambiguous }.map(\.record)
    }

    /// After the recorded exception had come, another one ended things, of which the recording knows nothing.
    ///
    /// What other threads complain of is their own affair.
    private func failedLaterOtherwise(_ record: AttemptRecord) -> Bool {
        let all = decisive(record)
        guard expected.exception != nil, let same = all.last(where: expected.isSamePlace),
            let last = all.last(where: { ExpectedFailure.isDecisive($0) && $0.isOfThread(of: same) })
        else { return false }
        guard !expected.isSamePlace(last), !last.causes.contains(where: expected.isSamePlace) else { return false }
        return !failure.exceptions.contains {
            $0.type == last.type && $0.throwSite?.function == last.throwSite?.function
        }
    }

    /// Another failure than the recorded one.
    func otherFailure(_ record: AttemptRecord) -> RunResult.SignatureText? {
        guard let other = decisive(record).last(where: ExpectedFailure.isDecisive) else {
            return expected.otherLine(in: record).map {
                .init(type: expected.signature.rule ?? "", message: $0, site: "", outcome: Self.outcome(record))
            }
        }
        return Self.text(other, Self.outcome(record))
    }

    private func messageMatches(_ seen: RunResult.SignatureText) -> Bool {
        TextTemplate.of(seen.message) == TextTemplate.of(expected.signature.message)
    }

    /// What runtimes complain of in their own words. Those of a program may be mended without the failure.
    private static let ofRuntimes = [
        "TypeError", "AttributeError", "NameError", "UnboundLocalError", "ReferenceError", "ZeroDivisionError",
    ]

    /// Other code came to the same function, and the runtime complains there of something else: neither is the failure the same,
    /// nor is anything mended.
    private func otherComplaint(_ seen: RunResult.SignatureText) -> Finding? {
        guard Self.ofRuntimes.contains(expected.shortType), !seen.message.isEmpty,
            !expected.signature.message.isEmpty, !messageMatches(seen)
        else { return nil }
        return .init(
            outcome: .diverged, reason: "With this code it fails otherwise in the same function: \(describe(seen)).",
            divergence: .init(event: nil, expected: describe(expected.text), came: describe(seen)))
    }

    /// Whether the words of the failure, where it has any, are the recorded ones.
    private func hasSameWords(_ seen: RunResult.SignatureText) -> Bool {
        expected.exception != nil ? messageMatches(seen) : expected.signature.kind != .status
    }

    /// For a failure that is but a status: the last event that explains the recorded one, where the attempt had met all
    /// that do before anything went unanswered. What the program asked for afterwards was for its page of excuses.
    private func explanationMet(_ record: AttemptRecord) -> Int? {
        guard expected.exception == nil, expected.signature.kind == .status else { return nil }
        let verdict = Triage.verdict(for: failure)
        guard verdict.tier == .selfEvident else { return nil }
        let evidence = verdict.evidence.filter { $0 != failure.trigger.event }
        let firstMiss = record.meetings.firstIndex { $0.encounter.event == nil && $0.encounter.relaxations.isEmpty }
        let met = Set(record.meetings[..<(firstMiss ?? record.meetings.endIndex)].compactMap(\.encounter.event))
        return met.isSuperset(of: evidence) ? evidence.max() : nil
    }

    private static func text(_ exception: ExceptionRecord, _ outcome: String) -> RunResult.SignatureText {
        .init(
            type: exception.type, message: exception.message, site: ExpectedFailure.site(exception), outcome: outcome)
    }

    static func outcome(_ record: AttemptRecord) -> String {
        if let answer = record.lastAnswer { return answer.missing.isEmpty ? "http:\(answer.status)" : answer.missing }
        guard let exit = record.exit else { return "none" }
        return exit > 128 && exit < 160 ? "signal:\(SignalNames.name(exit - 128))" : "exit:\(exit)"
    }

    // MARK: - What is told

    private func relaxations(_ record: AttemptRecord) -> [String: Int] {
        var counts: [String: Int] = [:]
        for meeting in record.meetings {
            for name in meeting.encounter.relaxations { counts[name, default: 0] += 1 }
        }
        return counts
    }

    private func answer(_ record: AttemptRecord) -> RunResult.Answer? {
        let last = record.lastAnswer
        guard last != nil || record.exit != nil else { return nil }
        return .init(
            status: last.flatMap { $0.status > 0 ? $0.status : nil },
            bodyPreview: last.map { AnswerPreview.told(of: $0.bytes) } ?? "",
            missing: last.flatMap { $0.missing.isEmpty ? nil : $0.missing }, exit: record.exit.map(Int.init))
    }

    private func notes(
        _ record: AttemptRecord, _ misses: Misses, sameFailed: Bool, outcome: Outcome
    ) -> [String] {
        var notes = record.troubles
        if isChanged, let first = misses.onPath.first {
            notes.append("The first question beyond the recording: \(first.question) to \(first.server).")
        }
        if sameFailed, !misses.onPath.isEmpty, !isChanged {
            notes.append("\(misses.onPath.count) questions were not in the recording; the failure came all the same.")
        }
        if sameFailed, expected.exception != nil, record.exceptions.isEmpty {
            notes.append("The failure was seen in the program's output only: no hook was there to see the throw site.")
        }
        if !sameFailed, outcome == .notReproduced, let other = otherFailure(record) {
            let what = isSuccess(record) ? "An exception came on the way, without harm" : "It failed otherwise"
            notes.append("\(what): \(other.type): \(other.message) at \(other.site).")
        }
        if !record.left.isEmpty { notes.append("Could not be removed: \(record.left.joined(separator: ", ")).") }
        return notes
    }

    static func tail(_ text: String, lines: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).suffix(lines + 1).joined(separator: "\n")
            .trimmed
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}

extension ExceptionRecord {
    fileprivate func isOfThread(of other: ExceptionRecord) -> Bool {
        process == other.process && thread == other.thread
    }
}
