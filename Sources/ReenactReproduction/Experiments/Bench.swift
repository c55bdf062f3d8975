import ReenactTimeline

/// Carries experiments out, as many side by side as there are processors.
///
/// Where a request sets the failing code off, programs are started ahead, and used for one experiment after another
/// (`WarmPool`). Whether that can be done is found out: the unchanged case, tried once more in a program that has been
/// through it, must fail again and ask nothing else.
actor Bench {
    private let laboratory: Laboratory
    private var oracle: Oracle
    private(set) var manner: Laboratory.Manner?
    private var done = 0
    private var told: @Sendable (Int) -> Void = { _ in }
    private let pool: WarmPool?
    /// Events that the unchanged case met, in a fresh program and in one that had been through it.
    private var met: (fresh: Set<Int>?, used: Set<Int>?) = (nil, nil)
    private var isPoolTried = false
    /// Unchanged, it did not fail again in a used program.
    private(set) var isDoubtful = false
    /// Experiments that nobody asked for: whether used programs can be trusted.
    private(set) var extra: [Inquiry.Experiment] = []

    init(_ laboratory: Laboratory, _ failure: Case) {
        self.laboratory = laboratory
        oracle = Oracle(failure)
        pool = laboratory.isWarmable ? WarmPool(width: laboratory.width) { await laboratory.program() } : nil
    }

    func tell(_ told: @escaping @Sendable (Int) -> Void) { self.told = told }

    /// So many experiments run side by side.
    nonisolated var width: Int { laboratory.width }

    /// In which answers to requests in flight can come.
    nonisolated var orders: [[Int]] { laboratory.orders }

    /// Starts programs ahead.
    func open() async { await pool?.prepare(laboratory.width) }

    /// A fresh program will be needed.
    func ahead() async { await pool?.prepare(1) }

    /// Ends what was started ahead.
    func close() async { await pool?.close() }

    /// Programs can be used again: one experiment more than is asked for tries that.
    var isWarm: Bool { pool != nil }

    /// In which manners it may fail: alone and at once, with the recording's earlier requests, at its pace.
    var manners: [Laboratory.Manner] {
        let hasHistory = laboratory.failure.events.contains { $0.kind == .request && $0.phase == .history }
        var manners = [Laboratory.Manner(withHistory: false, isPaced: false)]
        if hasHistory { manners.append(.init(withHistory: true, isPaced: false)) }
        if isTimely {
            manners.append(.init(withHistory: false, isPaced: true))
            if hasHistory { manners.append(.init(withHistory: true, isPaced: true)) }
        }
        // Of the orders that were not recorded, those with the fewest switches.
        if laboratory.interleavings.isRace {
            for number in laboratory.orders.indices.prefix(Self.ordersMax) {
                manners.append(.init(withHistory: hasHistory, isPaced: false, order: number))
            }
        }
        return manners
    }

    private var isTimely: Bool { TimingConditions.isTimely(Subject(laboratory.failure)) }

    private static let ordersMax = 8

    /// A changed program that has not ended after several times what the unchanged one took hangs, and says nothing.
    private var patience: Int?
    private static let patienceMin = 5000
    private static let patienceFactor = 3

    /// Finds out in which manner the case fails unchanged.
    ///
    /// - Returns: the experiments; the last one is the control that counts.
    func findManner() async throws -> [Inquiry.Experiment] {
        var made: [Inquiry.Experiment] = []
        for manner in manners {
            // At once, and all the same too late: on a busy machine that may be chance.
            for _ in 0..<(isTimely && !manner.isPaced ? 2 : 1) {
                made.append(try await experiment([], manner))
                guard made.last?.result == Oracle.Result.stillFails.rawValue else { break }
            }
            if made.last?.result == Oracle.Result.stillFails.rawValue {
                self.manner = manner
                break
            }
        }
        try await tryPool()
        return made
    }

    /// Experiments with these conditions changed.
    ///
    /// - Parameter isFresh: each in a program that has been through nothing.
    func experiments(_ groups: [[Condition]], isFresh: Bool = false) async throws -> [Inquiry.Experiment] {
        let manner = manner ?? .init(withHistory: false, isPaced: false)
        let width = laboratory.width
        let trials = try await withThrowingTaskGroup(of: (Int, Trial).self) { tasks in
            var results: [(Int, Trial)] = []
            var next = 0
            func add() {
                let number = next
                next += 1
                tasks.addTask { (number, try await self.tried(groups[number], manner, isFresh: isFresh)) }
            }
            while next < min(width, groups.count) { add() }
            while let result = try await tasks.next() {
                results.append(result)
                if next < groups.count { add() }
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
        // What the unchanged case does is what the others are held against, whichever was done first.
        var made: [Int: Inquiry.Experiment] = [:]
        for number in trials.indices where groups[number].isEmpty { made[number] = experiment(of: trials[number]) }
        for number in trials.indices where !groups[number].isEmpty { made[number] = experiment(of: trials[number]) }
        try await tryPool()
        return trials.indices.compactMap { made[$0] }
    }

    /// Tries once whether a used program does what a fresh one did.
    private func tryPool() async throws {
        guard let pool, !isPoolTried, let first = met.fresh, await pool.isUsable else { return }
        isPoolTried = true
        let again = try await experiment([], manner ?? .init(withHistory: false, isPaced: false))
        extra.append(again)
        isDoubtful = again.result != Oracle.Result.stillFails.rawValue
        // What is asked once for each connection may be missing, the rest may not, and nothing may be new.
        let isSame = again.result == Oracle.Result.stillFails.rawValue && met.used?.isSubset(of: first) == true
        if !isSame { await pool.condemn() }
    }

    /// What one experiment gave, not yet looked at.
    private struct Trial {
        var conditions: [Condition]
        /// Nil where the changes cannot be made together.
        var seen: Seen?

        struct Seen {
            var attempt: RunResult.Attempt
            var record: AttemptRecord
            var failure: Case
            var isUsed: Bool
            /// Several requests were in flight: which of them came through a place is not known.
            var isRace: Bool
        }
    }

    private func experiment(_ conditions: [Condition], _ manner: Laboratory.Manner) async throws -> Inquiry.Experiment {
        experiment(of: try await tried(conditions, manner))
    }

    private func tried(
        _ conditions: [Condition], _ manner: Laboratory.Manner, isFresh: Bool = false
    ) async throws -> Trial {
        guard let changed = ChangedCase(laboratory.failure, conditions) else { return Trial(conditions: conditions) }
        let warm = try await warm(changed, conditions, manner, isFresh: isFresh)
        let made = warm.flatMap { $0.isUsed && passedBy(conditions, $0.record) ? nil : $0 }
        let (attempt, record, isUsed): (RunResult.Attempt, AttemptRecord, Bool)
        if let made {
            (attempt, record, isUsed) = made
        } else {
            // Nothing is held against a control but the recording.
            let wait = conditions.isEmpty ? patience : patience ?? Patience.first(laboratory.failure)
            (attempt, record) = try await laboratory.attempt(
                changed, manner, patience: wait, isControl: conditions.isEmpty, passes: oracle.passesBehind)
            isUsed = false
        }
        done += 1
        told(done)
        return Trial(
            conditions: conditions,
            seen: .init(
                attempt: attempt, record: record, failure: changed.failure, isUsed: isUsed, isRace: manner.order != nil)
        )
    }

    private func experiment(of trial: Trial) -> Inquiry.Experiment {
        let changes = trial.conditions.map { "\($0.recorded) → \($0.changed)" }
        guard let seen = trial.seen else {
            return .init(
                changes: changes, result: Oracle.Result.unknown.rawValue,
                reason: "These changes cannot be made together.", milliseconds: 0)
        }
        let attempt = seen.attempt
        var record = seen.record
        if seen.isRace { record.hasPassed = nil }
        let result = result(attempt, record, seen.failure, trial.conditions, isUsed: seen.isUsed)
        return .init(
            changes: changes, result: result.rawValue,
            reason: result == .unknown ? oracle.doubt(record) ?? attempt.reason : attempt.reason,
            milliseconds: attempt.phases.total, isWarm: seen.isUsed, phases: attempt.phases,
            passes: oracle.counts ? record.passes : nil)
    }

    /// An experiment in a program that was started ahead; nil where it cannot be made in one.
    private func warm(
        _ changed: ChangedCase, _ conditions: [Condition], _ manner: Laboratory.Manner, isFresh: Bool
    ) async throws -> (attempt: RunResult.Attempt, record: AttemptRecord, isUsed: Bool)? {
        // Until a used program is known to do the same, fresh ones only.
        let isFresh = isFresh || !isPoolTried
        guard let pool, conditions.allSatisfy(\.isLive), laboratory.isLive(changed),
            let program = await pool.take(isFresh: isFresh)
        else {
            return nil
        }
        let isUsed = await program.rounds > 0
        guard let (attempt, record) = try await laboratory.attempt(changed, manner, patience: patience, in: program)
        else {
            await program.end()
            return nil
        }
        if record.exit == nil { await pool.giveBack(program) } else { await program.end() }
        return (attempt, record, isUsed)
    }

    /// A used program that does not ask all that the unchanged case asked, up to the first thing that was changed, has
    /// kept an answer: what it does then says nothing.
    private func passedBy(_ conditions: [Condition], _ record: AttemptRecord) -> Bool {
        let changed = conditions.map { condition -> Int in
            switch condition.change {
            case .edit(let event, _), .delay(let event, _), .swap(let event, _): event
            case .edits(let several): several.first?.event ?? 0
            default: 0
            }
        }
        // What it read of its database and keeps is not read again.
        let read = Set(record.statements.compactMap { $0.detail["sql"]?.string })
        for condition in conditions {
            guard case .database = condition.change, let event = condition.event.flatMap(laboratory.failure.event),
                let sql = event.detail["sql"]?.string
            else { continue }
            if !read.contains(sql) { return true }
        }
        guard let used = met.used, let first = changed.min() else { return false }
        let events = Set(record.meetings.compactMap(\.encounter.event))
        let isKept = changed.contains { met.fresh?.contains($0) == true && !used.contains($0) }
        return isKept || !used.allSatisfy { $0 > first || events.contains($0) }
    }

    /// The first unchanged failure is what the others are compared with: messages may hold what differs in every run.
    private func result(
        _ attempt: RunResult.Attempt, _ record: AttemptRecord, _ failure: Case, _ conditions: [Condition], isUsed: Bool
    ) -> Oracle.Result {
        guard !conditions.isEmpty else {
            guard attempt.outcome == .reproduced else { return oracle.hasFailedThere(record) ? .stillFails : .unknown }
            oracle.take(record, failure)
            if !isUsed {
                patience = max(patience ?? Self.patienceMin, Int(attempt.phases.total) * Self.patienceFactor)
            }
            let events = Set(record.meetings.filter { $0.encounter.phase != .startup }.compactMap(\.encounter.event))
            if isUsed { met.used = met.used ?? events } else { met.fresh = met.fresh ?? events }
            return .stillFails
        }
        let result = oracle.result(attempt, record, failure, conditions)
        // Where nobody saw it come through: a request that is refused as such never came to the place, nor one that is
        // sent elsewhere, as those are who have not logged in.
        if result == .gone, oracle.hasPassed(record) != true, let status = attempt.answer?.status {
            let isRead = failure.trigger.summary.hasPrefix("GET ")
            if (400..<500).contains(status) || isRead && (300..<400).contains(status) { return .unknown }
        }
        // An order that could not be had was not tried.
        let isOrder = conditions.contains { if case .swap = $0.change { true } else { false } }
        return isOrder && result == .stillFails && record.hasLostOrder ? .unknown : result
    }
}
