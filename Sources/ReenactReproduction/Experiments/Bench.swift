import ReenactTimeline

/// Carries experiments out, as many side by side as there are processors.
actor Bench {
    private let laboratory: Laboratory
    private var oracle: Oracle
    private(set) var manner: Laboratory.Manner?
    private var done = 0
    private var told: @Sendable (Int) -> Void = { _ in }

    init(_ laboratory: Laboratory, _ failure: Case) {
        self.laboratory = laboratory
        oracle = Oracle(failure)
    }

    func tell(_ told: @escaping @Sendable (Int) -> Void) { self.told = told }

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
            for number in laboratory.interleavings.orders.indices.prefix(Self.ordersMax) {
                manners.append(.init(withHistory: hasHistory, isPaced: false, order: number))
            }
        }
        return manners
    }

    private var isTimely: Bool { TimingConditions.isTimely(Subject(laboratory.failure)) }

    private static let ordersMax = 8

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
        return made
    }

    func experiments(_ groups: [[Condition]]) async throws -> [Inquiry.Experiment] {
        let manner = manner ?? .init(withHistory: false, isPaced: false)
        let width = laboratory.width
        return try await withThrowingTaskGroup(of: (Int, Inquiry.Experiment).self) { tasks in
            var results: [(Int, Inquiry.Experiment)] = []
            var next = 0
            func add() {
                let number = next
                next += 1
                tasks.addTask { (number, try await self.experiment(groups[number], manner)) }
            }
            while next < min(width, groups.count) { add() }
            while let result = try await tasks.next() {
                results.append(result)
                if next < groups.count { add() }
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func experiment(_ conditions: [Condition], _ manner: Laboratory.Manner) async throws -> Inquiry.Experiment {
        let changes = conditions.map { "\($0.recorded) → \($0.changed)" }
        guard let (attempt, record, changed) = try await laboratory.attempt(conditions, manner) else {
            return .init(
                changes: changes, result: Oracle.Result.unknown.rawValue,
                reason: "These changes cannot be made together.", milliseconds: 0)
        }
        done += 1
        told(done)
        return .init(
            changes: changes,
            result: result(attempt, record, changed, conditions).rawValue, reason: attempt.reason,
            milliseconds: attempt.phases.total)
    }

    /// The first unchanged failure is what the others are compared with: messages may hold what differs in every run.
    private func result(
        _ attempt: RunResult.Attempt, _ record: AttemptRecord, _ failure: Case, _ conditions: [Condition]
    ) -> Oracle.Result {
        guard !conditions.isEmpty else {
            guard attempt.outcome == .reproduced else { return .unknown }
            oracle.take(record, failure)
            return .stillFails
        }
        let result = oracle.result(attempt, record, failure, conditions)
        // A request that is refused as such never came to the place.
        let isRefused = attempt.answer?.status.map { (400..<500).contains($0) } ?? false
        if result == .gone, isRefused, conditions.contains(where: { $0.kind == .input }) { return .unknown }
        // An order that could not be had was not tried.
        let isOrder = conditions.contains { if case .swap = $0.change { true } else { false } }
        return isOrder && result == .stillFails && record.hasLostOrder ? .unknown : result
    }
}
