import ReenactTimeline
import ReenactTriage

/// What an experiment shows: whether the failure is still there, gone, or not to be told.
///
/// A failure counts as the same where it has the same type, place, line and message. Another failure that came later
/// in the same call shows that the place was passed; one that came before it shows nothing, for what was changed may
/// never have been looked at.
struct Oracle: Sendable {
    enum Result: String, Codable, Sendable {
        case stillFails = "still-fails"
        case gone
        case unknown
    }

    private var expected: ExceptionRecord?
    /// How often the unchanged case came through the place before it failed there; nil where nobody saw it fail there.
    private var passes: Int?
    /// What the place asks is told, not that it was come through.
    private var isQuestion = false
    /// That number is the same each time: others can be compared with it.
    private(set) var counts = false

    /// The recorded exception was caught and came to nothing: how the program ended is all there is to go by.
    private let isStatusOnly: Bool

    init(_ failure: Case) {
        isStatusOnly = IdleException.isKnown(failure)
        expected = isStatusOnly ? nil : ExpectedFailure(failure).exception
    }

    /// Takes an unchanged attempt's failure for what is to be expected.
    mutating func take(_ record: AttemptRecord, _ failure: Case) {
        if record.hasPassed == false, !isStatusOnly {
            counts = passes.map { counts && $0 == record.passes } ?? true
            passes = min(passes ?? .max, record.passes)
            isQuestion = record.isQuestion
        }
        guard let expected else { return }
        let seen = Judge(failure, isChanged: false).decisive(record)
        let same = seen.last { $0.type == expected.type && ExpectedFailure.site($0) == ExpectedFailure.site(expected) }
        self.expected = same ?? expected
    }

    /// What the program did at the place: true where it came through, as often as before and to the end; nil where
    /// nobody watches it.
    func hasPassed(_ record: AttemptRecord) -> Bool? {
        passes.map { record.hasPassed == true && record.passes >= $0 }
    }

    /// How often the place is come through where the failure does not come; nil where nobody saw it fail there.
    var passesBehind: Int? { passes.map { expected?.language == "python" && !isQuestion ? $0 + 1 : max(1, $0) } }

    /// It came through the place once more than when it failed there, where that can be told: Node's breakpoints are
    /// met before the failure, too.
    private func isFurther(_ record: AttemptRecord) -> Bool {
        guard let passes, expected?.language == "python", !record.isQuestion else { return true }
        return record.passes > passes
    }

    /// It failed where it failed before, though the words did not come along.
    func hasFailedThere(_ record: AttemptRecord) -> Bool { passes != nil && record.hasPassed == false }

    /// Why an attempt in which the failure did not come shows nothing; nil where the place is not to blame.
    func doubt(_ record: AttemptRecord) -> String? {
        guard let passes, hasPassed(record) == false || !isFurther(record) else { return nil }
        guard let last = record.hasPassed else { return "The program never came to the place of the failure." }
        guard last else { return "It failed at the same place." }
        return record.passes < passes
            ? "The program came through the place less often than before."
            : "It failed otherwise before it came to the place again."
    }

    /// What an attempt shows. Where the place is watched, that decides: a failure is gone where the program came
    /// through, not where it ended early, went another way, or survived the failure.
    func result(
        _ attempt: RunResult.Attempt, _ record: AttemptRecord, _ failure: Case, _ conditions: [Condition]
    ) -> Result {
        let result = outcome(attempt, record, failure, conditions)
        if result != .stillFails, isReached(conditions, attempt, record) { return .gone }
        guard let passes, let hasPassed = hasPassed(record) else { return result }
        if result != .stillFails, isOnceMore(attempt, record) { return .gone }
        switch result {
        case .gone:
            // What is raised while an error is dealt with is never come to where the peer is there and there is none.
            let isHandler = !(expected?.causes.isEmpty ?? true)
            if isHandler, attempt.seen == nil, record.raises == 0, Self.reachPeers(conditions, record) { return .gone }
            if record.hasPassed == nil, bringsMissed(conditions), isBehind(record) { return .gone }
            // Another failure that came after as many passes may have come before the one that failed.
            return hasPassed && (isFurther(record) || attempt.seen == nil) ? .gone : .unknown
        case .stillFails: return .stillFails
        case .unknown:
            // A helper that all sorts of code goes through is passed more often on another way as well: what asked for
            // something new must have asked all that led to the failure.
            // A question that was asked once only is no such helper.
            let isOwnWay =
                record.isQuestion && passes == 1 || attempt.misses.isEmpty
                || attempt.prefix.matched == attempt.prefix.total
            // A command that came through and goes on, as a server does that had not come up, has got over it.
            let hasEnd =
                attempt.outcome != .inconclusive
                || failure.trigger.kind == .command && record.exit == nil && attempt.seen == nil && record.isDone
            let isClear =
                record.raises == 0 && (record.isQuestion || record.passes > passes) && hasEnd && isOwnWay
            return hasPassed && isClear && !Self.hangs(record, failure) ? .gone : .unknown
        }
    }

    /// It came through a place by which all questions go once more than before it failed there, having asked all that led
    /// to the failure, and then raised there for want of an answer that nobody recorded.
    private func isOnceMore(_ attempt: RunResult.Attempt, _ record: AttemptRecord) -> Bool {
        guard counts, let passes, passes > 0, expected?.language == "python", !isQuestion else { return false }
        return record.passes > passes && record.raises > 0 && !attempt.misses.isEmpty && attempt.prefix.total > 0
            && attempt.prefix.matched == attempt.prefix.total
    }

    /// - Parameter conditions: what was changed; where the program met that and then failed otherwise in the same line,
    ///   the place was passed.
    private func outcome(
        _ attempt: RunResult.Attempt, _ record: AttemptRecord, _ failure: Case, _ conditions: [Condition]
    ) -> Result {
        let judge = Judge(failure, isChanged: false)
        let seen = judge.decisive(record).last(where: ExpectedFailure.isDecisive) ?? judge.decisive(record).last
        let isPassed = attempt.prefix.total > 0 && attempt.prefix.matched == attempt.prefix.total
        switch attempt.outcome {
        case .reproduced: return same(seen, record, isPassed)
        case .inconclusive: return .unknown
        case .notReproduced:
            // It ended as badly as before, with other words: perhaps it never came to where it failed.
            let isBad = !judge.isSuccess(record)
            if expected == nil, failure.trigger.kind == .command, isBad { return .unknown }
            // Where no hook tells what ended it, only its own trace can show that it was something later.
            if expected != nil, passes == nil, isBad {
                let printed = TraceText.exceptions(in: record.output).last
                return printed.flatMap(order) == .later ? .gone : .unknown
            }
            return Self.hangs(record, failure) ? .unknown : .gone
        case .diverged: break
        }
        if attempt.seen?.type == expected?.type, attempt.seen?.site == expected.map(ExpectedFailure.site),
            expected != nil
        {
            // The same failure by another way: what was changed may have been passed by.
            return same(seen, record, isPassed) == .gone ? .gone : .unknown
        }
        let isFailure = attempt.seen != nil && seen.map(ExpectedFailure.isDecisive) ?? false
        // It got into a call of the very line and asked there what nobody could answer: the place was not passed.
        if isFailure, !attempt.misses.isEmpty, let seen, isWithin(seen) { return .unknown }
        // In a loop a later line may be of an earlier round: where not all was asked that led to the failure, it shows
        // nothing. What a worker asks besides is a matter of time.
        let isStray =
            !isPassed && attempt.prefix.total > 0 && (failure.trigger.kind == .request || !attempt.misses.isEmpty)
        if isFailure, let seen, let order = order(of: seen) { return order == .later && !isStray ? .gone : .unknown }
        guard attempt.misses.isEmpty else {
            // All that was recorded before the failure was asked, and then something else in place of the failure: the
            // place was passed. What the program would have done there is another question.
            // A command that said why it ended, and now does not say so, has got over that, whatever it failed over then.
            let isSilent = failure.trigger.kind == .command && failure.signature.kind != .status && !isStatusOnly
            let isOther =
                expected.map { attempt.seen?.site != ExpectedFailure.site($0) } ?? (attempt.seen == nil || isSilent)
            // Where nobody watched the place, what was changed may itself have led to that question.
            if passes == nil, AnotherWay.isLed(attempt.misses, failure, conditions) { return .unknown }
            return isPassed && isOther ? .gone : .unknown
        }
        // Where only the end of the recorded run is known, another failure on the way there may have come before it.
        if isFailure {
            let isBehind = expected != nil && conditions.allSatisfy { Self.isMet($0, record) }
            return isPassed || isBehind ? .gone : .unknown
        }
        // It ended well without asking all that led to the failure: by another way, unless somebody saw it pass the
        // place.
        // Of requests in flight together each may ask for the other.
        let isTogether = failure.events.contains { $0.kind == .request && $0.phase == .concurrent }
        return judge.isSuccess(record) && (passes != nil || isPassed || isTogether) ? .gone : .unknown
    }

    /// The program did not come to an end of what was asked of it: what it would have done is not known.
    private static func hangs(_ record: AttemptRecord, _ failure: Case) -> Bool {
        failure.trigger.kind == .request && record.lastAnswer?.missing == "timeout"
    }

    /// Nothing but peers were changed, from not there to there, and the program asked each of them.
    private static func reachPeers(_ conditions: [Condition], _ record: AttemptRecord) -> Bool {
        !conditions.isEmpty
            && conditions.allSatisfy { condition in
                switch condition.change {
                case .reach, .host: isMet(condition, record)
                default: false
                }
            }
    }

    /// What the failure complains of went well: the peer that could not be reached was reached and asked, though what it
    /// would have said nobody knows; the table that was not there was asked for, and was.
    private func isReached(
        _ conditions: [Condition], _ attempt: RunResult.Attempt, _ record: AttemptRecord
    ) -> Bool {
        guard attempt.outcome != .reproduced, !conditions.isEmpty, attempt.seen?.type != expected?.type else {
            return false
        }
        let met = Set(record.meetings.compactMap(\.encounter.event))
        return conditions.allSatisfy { condition in
            guard condition.isTold else { return false }
            return switch condition.change {
            case .reach(let server, _, _), .host(_, let server, _, _):
                Self.isMet(condition, record) && attempt.misses.contains { $0.server == server }
            case .edits(let several):
                Self.isMet(condition, record) && several.dropFirst().contains { met.contains($0.event) }
            default: false
            }
        }
    }

    /// Nothing was changed but what the failure itself asks for, a file that was not there or a value that it offers: code
    /// that looks before it complains does not come to its complaint then.
    private func bringsMissed(_ conditions: [Condition]) -> Bool {
        guard let message = expected?.message, !conditions.isEmpty else { return false }
        return conditions.allSatisfy { condition in
            guard condition.isAskedFor else { return false }
            return switch condition.change {
            case .file(let path, .some): message.contains(Paths.name(path))
            case .input(.argument): true
            default: false
            }
        }
    }

    /// It ended well, or came to something that stands behind the call in which it failed.
    private func isBehind(_ record: AttemptRecord) -> Bool {
        record.exit == 0 || record.exceptions.contains { order(of: $0.record) == .later }
    }

    /// The program came to what was changed.
    private static func isMet(_ condition: Condition, _ record: AttemptRecord) -> Bool {
        switch condition.change {
        case .edit(let event, _): record.meetings.contains { $0.encounter.event == event }
        case .edits(let several):
            record.meetings.contains { $0.encounter.event == several.first?.event }
        case .reach(let server, _, _), .host(_, let server, _, _):
            record.meetings.contains { $0.encounter.server == server }
        default: false
        }
    }

    /// The recorded failure at the recorded place: with another line or other words it is another one.
    private func same(_ seen: ExceptionRecord?, _ record: AttemptRecord, _ isPassed: Bool) -> Result {
        guard let expected, let seen, let there = expected.throwSite, let here = seen.throwSite,
            there.line > 0, here.line > 0,
            seen.type == expected.type || ExpectedFailure.short(seen.type) == ExpectedFailure.short(expected.type)
        else { return .stillFails }
        if let order = order(of: seen) { return order == .later ? .gone : .unknown }
        return TextTemplate.of(seen.message) == TextTemplate.of(expected.message) ? .stillFails : .unknown
    }

    /// Whether a failure came in a call that the recorded failure's own line made.
    private func isWithin(_ seen: ExceptionRecord) -> Bool {
        guard let expected, seen.frames.count > expected.frames.count, !expected.frames.isEmpty else { return false }
        return zip(expected.frames, seen.frames).allSatisfy { there, here in
            ExpectedFailure.isSameFunction(there, here) && Paths.name(there.file) == Paths.name(here.file)
                && there.line == here.line
        }
    }

    private enum Order { case earlier, later }

    /// Where a failure came, seen from the recorded one: by the first call whose line differs. Nil where both were in
    /// the same lines, or their calls cannot be compared.
    private func order(of seen: ExceptionRecord) -> Order? {
        guard let expected else { return nil }
        for (there, here) in zip(expected.frames, seen.frames) {
            guard ExpectedFailure.isSameFunction(there, here), Paths.name(there.file) == Paths.name(here.file) else {
                return nil
            }
            if there.line != here.line, there.line > 0, here.line > 0 {
                return here.line > there.line ? .later : .earlier
            }
        }
        // The caller of the recorded place failed by itself, in the same line, behind it.
        return nil
    }
}
