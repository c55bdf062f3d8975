import ReenactTimeline

/// The outcome of one attempt, by the rules of `docs/run-json.md`.
extension Judge {
    /// The recorded failure came again.
    ///
    /// - Parameters:
    ///   - isCertain: it is this failure even if something went unanswered.
    ///   - last: events after this one do not matter; nil: all matter.
    func withSignature(_ prefix: PathPrefix, _ misses: Misses, isCertain: Bool, until last: Int?) -> Finding {
        let path =
            prefix.value.total == 0 ? "" : ", along \(prefix.value.matched) of \(prefix.value.total) recorded calls"
        // A status alone says little, and so does a place that complains of many things: where the program asked what
        // the recording does not hold, it may have failed for want of the answer.
        if !isChanged, !isCertain, let miss = misses.onPath.first {
            return diverged(
                prefix.unmet.first, came: "\(miss.question) to \(miss.server)",
                because: "it was \(describe(expected.text)) again, but perhaps for want of this answer")
        }
        // With other code it is enough that the failure is still there, by whatever way.
        guard let unmet = prefix.firstNeverMet, !isChanged, unmet.id <= last ?? .max else {
            return .init(
                outcome: .reproduced, reason: "The same failure came again: \(describe(expected.text))\(path).")
        }
        let came = misses.onPath.first.map { "\($0.question) to \($0.server)" } ?? "the same failure without it"
        return .init(
            outcome: .diverged,
            reason: "The same failure came\(path), but event \(unmet.id) did not: \(unmet.summary).",
            divergence: .init(event: unmet.id, expected: unmet.summary, came: came))
    }

    /// Other code met a kept connection that its peer closed, and asked once more: on a new one a real server may well
    /// answer, the recording knows of none that did.
    func closedAgain(_ record: AttemptRecord) -> Finding? {
        guard isChanged else { return nil }
        for meeting in record.meetings where meeting.encounter.relaxations.contains("asked again") {
            guard let event = meeting.encounter.event.flatMap(failure.event), let connection = event.connection,
                ["closed", "reset"].contains(event.outcome.rawValue),
                failure.events.contains(where: {
                    $0.connection == connection && $0.id < event.id && $0.kind == .call && $0.outcome != event.outcome
                })
            else { continue }
            return .init(
                outcome: .inconclusive,
                reason:
                    "With this code \(describe(expected.text)) came again, but behind a question that it asked once more: "
                    + "\(event.summary) to \(event.peer), whose kept connection had been closed. What the peer says on a new "
                    + "connection is not in the recording.")
        }
        return nil
    }

    /// The recorded failure did not come.
    func withoutSignature(_ record: AttemptRecord, _ prefix: PathPrefix, _ misses: Misses) -> Finding {
        if let reason = notCarriedThrough(record, misses) { return .init(outcome: .inconclusive, reason: reason) }
        return isChanged ? changed(record, prefix, misses) : unchanged(record, prefix, misses)
    }

    private func unchanged(_ record: AttemptRecord, _ prefix: PathPrefix, _ misses: Misses) -> Finding {
        let due = prefix.unmet.first { $0.phase == .failing } ?? prefix.unmet.first
        if let miss = misses.onPath.first {
            return diverged(due, came: "\(miss.question) to \(miss.server)", because: miss.reason)
        }
        if let other = otherFailure(record) { return diverged(due, came: "\(describe(other))", because: "") }
        if let due = prefix.firstNeverMet { return diverged(due, came: describeEnd(record), because: "") }
        if record.failure?.stage == "trigger" {
            return .init(outcome: .inconclusive, reason: record.failure?.reason ?? "")
        }
        return .init(
            outcome: .notReproduced,
            reason: "The recorded path was gone to its end, and \(describe(expected.text)) did not come: "
                + "\(describeEnd(record)).")
    }

    private func changed(_ record: AttemptRecord, _ prefix: PathPrefix, _ misses: Misses) -> Finding {
        let gone = Finding(
            outcome: .notReproduced,
            reason: "With this code \(describe(expected.text)) does not come: \(describeEnd(record)).")
        // One that goes on behind a question which nobody could answer, and came no further, may wait for that.
        if goesOn(record) != nil, !prefix.expected.isEmpty, let miss = misses.onPath.first,
            prefix.unmet.count == prefix.expected.count || cameNoFurther(record, prefix)
        {
            return diverged(prefix.unmet.last, came: "\(miss.question) to \(miss.server)", because: miss.reason)
        }
        if let missing = workNotMet(record, prefix) {
            return .init(
                outcome: .inconclusive,
                reason:
                    "With this code the program goes on, but it never got to event \(missing.id), \(missing.summary): "
                    + "what it asked instead was answered by a real server that knows only what was recorded, so that "
                    + "it may just have found nothing to do.")
        }
        if isSuccess(record) { return gone }
        // It met what the recorded code failed on, and only then asked for something new: past the failing point.
        // Where that had asked nothing, whatever is asked is new.
        if prefix.lastWasMetFirst || (prefix.expected.isEmpty && !misses.onPath.isEmpty) {
            guard let miss = misses.onPath.first else { return gone }
            return .init(
                outcome: .notReproduced,
                reason: gone.reason.dropLast()
                    + ", past the failing point, where it asked what no recording holds: \(miss.question) to \(miss.server)."
            )
        }
        // A program that fails behind a question which nobody could answer may have failed because of that.
        if let miss = misses.onPath.first {
            return diverged(prefix.unmet.last, came: "\(miss.question) to \(miss.server)", because: miss.reason)
        }
        let isPast =
            prefix.lastWasMet || (prefix.expected.isEmpty && (record.lastAnswer != nil || record.exit != nil))
        return isPast ? gone : diverged(prefix.unmet.last, came: describeEnd(record), because: "")
    }

    /// The failing point was not reached, and behind the first question that nobody could answer nothing recorded was asked.
    private func cameNoFurther(_ record: AttemptRecord, _ prefix: PathPrefix) -> Bool {
        guard !prefix.lastWasMet,
            let miss = record.meetings.firstIndex(where: {
                $0.encounter.event == nil && $0.encounter.relaxations.isEmpty
            })
        else { return false }
        return !record.meetings[miss...].contains { $0.encounter.event != nil }
    }

    /// What a worker that goes on should have met and did not, where it asked a real server for something else instead.
    /// One with nothing to do has not shown that it would do it well.
    private func workNotMet(_ record: AttemptRecord, _ prefix: PathPrefix) -> Event? {
        guard goesOn(record) != nil, !prefix.lastWasMet, !prefix.expected.isEmpty,
            record.meetings.contains(where: { $0.encounter.event == nil && !$0.encounter.relaxations.isEmpty })
        else { return nil }
        if failure.trigger.kind == .job, let job = failure.trigger.event.flatMap(failure.event) {
            let met = record.meetings.contains { meeting in
                meeting.encounter.event.flatMap(failure.event).map { $0.id == job.id || $0.key == job.key } ?? false
            }
            return met ? nil : job
        }
        return prefix.unmet.count * 2 > prefix.expected.count ? prefix.unmet.first : nil
    }

    /// The trigger was answered well, the command ended well, or the program simply goes on.
    func isSuccess(_ record: AttemptRecord) -> Bool {
        switch failure.trigger.kind {
        case .request: record.lastAnswer.map { $0.missing.isEmpty && isGood($0.status) } ?? false
        case .command: record.exit == 0 || goesOn(record) != nil && otherFailure(record) == nil
        case .job: otherFailure(record) == nil && (record.exit == nil || record.exit == 0)
        }
    }

    /// A message is answered without a status.
    private func isGood(_ status: Int) -> Bool {
        (200..<500).contains(status)
            || status == 0 && failure.trigger.event.flatMap(failure.event).map(Triggers.isMessage) ?? false
    }

    /// How many seconds a program was watched that went on where the recorded one failed.
    private func goesOn(_ record: AttemptRecord) -> Double? {
        guard isChanged, failure.trigger.kind != .request, record.exit == nil, record.failure == nil,
            let start = record.stages["program"], let end = record.stages["trigger"]
        else { return nil }
        return Double(end - start) / 1e9
    }

    private func diverged(_ due: Event?, came: String, because: String) -> Finding {
        let what = due.map { "event \($0.id), \($0.summary)" } ?? describe(expected.text)
        let why = because.isEmpty ? "" : " (\(because))"
        return .init(
            outcome: .diverged, reason: "Expected \(what); what came was \(came)\(why).",
            divergence: .init(event: due?.id, expected: due?.summary ?? describe(expected.text), came: came))
    }

    /// Why nothing can be said of the attempt, where nothing can.
    private func notCarriedThrough(_ record: AttemptRecord, _ misses: Misses) -> String? {
        if !record.hasHello {
            let why = record.failure?.reason ?? Self.tail(record.runnerLog, lines: 3)
            return "The runner did not start: \(why.isEmpty ? "it said nothing" : why)."
        }
        guard let failed = record.failure, failed.stage != "trigger" else {
            if record.isDone { return nil }
            return "The runner ended before its work was done: \(Self.tail(record.runnerLog, lines: 5))"
        }
        var reason = failed.reason.prefix(1).uppercased() + failed.reason.dropFirst() + "."
        if isChanged, failed.stage == "program" {
            reason +=
                " Whatever starts it must stand in the directory that --code names as it stood in the recorded one."
        }
        if let miss = misses.all.first {
            reason += " Before that it asked \(miss.server) for what was not recorded: \(miss.question)."
        }
        let output = Self.tail(record.output, lines: 5)
        if !output.isEmpty { reason += " Its last output:\n\(output)" }
        return reason
    }

    // MARK: - In words

    func describe(_ text: RunResult.SignatureText) -> String {
        let site = text.site.isEmpty ? "" : " at \(text.site)"
        return text.message.isEmpty || text.message == text.type
            ? "\(text.type)\(site)" : "\(text.type): \(Self.oneLine(text.message))\(site)"
    }

    private static func oneLine(_ text: String) -> String {
        let line = String(text.split(separator: "\n").first ?? "")
        return line.count > 160 ? line.prefix(157) + "…" : line
    }

    func describeEnd(_ record: AttemptRecord) -> String {
        if let answer = record.lastAnswer {
            if answer.missing.isEmpty, answer.status == 0 { return "it answered \(answer.bytes.count) bytes" }
            return answer.missing.isEmpty ? "it answered \(answer.status)" : "it gave no answer (\(answer.missing))"
        }
        if let exit = record.exit { return "it ended with status \(exit)" }
        if let seconds = goesOn(record) {
            return "it was still running\(otherFailure(record) == nil ? " normally" : "") after \(Int(seconds)) s"
        }
        return "it goes on running"
    }
}
