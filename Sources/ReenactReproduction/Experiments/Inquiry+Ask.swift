import ReenactLinux
import ReenactTimeline
import ReenactTriage

extension Inquiry {
    /// What a run of experiments tells while it works.
    public typealias Progress = @Sendable (_ done: Int, _ budget: Int) -> Void

    /// The cause of a case.
    ///
    /// - Throws: `ReproductionError` and `SandboxError`: set-up errors.
    public static func ask(
        _ failure: Case, options: ReproductionOptions, healthy: [Case] = [], budget: Int? = nil,
        progress: @escaping Progress = { _, _ in }
    ) async throws -> Answer {
        let began = MonotonicClock.now()
        let bench = Bench(try Laboratory(failure, options: options), failure)
        await bench.open()
        do {
            var answer = try await ask(failure, bench, healthy: healthy, budget: budget, progress)
            await bench.close()
            answer.milliseconds = Times.milliseconds(MonotonicClock.now() - began)
            return answer
        } catch {
            await bench.close()
            throw error
        }
    }

    /// Nobody waits longer for what is looked for group by group.
    private static let timeMax: Int64 = 60_000_000_000

    /// Nothing, where the task was cancelled meanwhile.
    private static func unlessCancelled(
        _ work: () async throws -> [Experiment]
    ) async throws -> [Experiment] {
        do { return try await work() } catch  where Task.isCancelled { return [] }
    }

    private static func ask(
        _ failure: Case, _ bench: Bench, healthy: [Case], budget: Int?, _ progress: @escaping Progress
    ) async throws -> Answer {
        // Where it may fail in one manner only, that is found out first; else the control runs beside the rest.
        let began = MonotonicClock.now()
        let control =
            await bench.manners.count > 1 ? try await Self.unlessCancelled { try await bench.findManner() } : []
        var conditions = Condition.all(in: failure, healthy: healthy)
        let manner = await bench.manner
        conditions.removeAll { condition in
            switch condition.change {
            // Under answers that come at once it still fails: then it matters to nobody how long they took.
            case .delay: manner?.isPaced != true
            // The order of requests in flight says it better.
            case .swap: manner?.order != nil
            default: false
            }
        }
        if let number = manner?.order {
            conditions += RaceConditions.find(failure, order: bench.orders[number])
        }
        if manner?.isPaced == true || manner?.order != nil {
            // It fails at the recorded pace or in that order only: then that is the first suspect.
            let timely = conditions.filter { $0.kind == .timing }.map { condition in
                var condition = condition
                condition.stage = .suspect
                return condition
            }
            let others = conditions.filter { $0.kind != .timing }.map { condition in
                var condition = condition
                if condition.stage == .suspect { condition.stage = .possible }
                return condition
            }
            conditions = timely + others
        }
        // One is for the trial of used programs.
        let reserve = await bench.isWarm ? 1 : 0
        var inquiry = Inquiry(
            conditions, budget: max(1, min(budget ?? .max, conditions.count / 2 + 10) - reserve), width: bench.width,
            warm: await bench.isWarm
                ? Warm(
                    fresh: { try await bench.experiments($0, isFresh: true) }, ahead: { await bench.ahead() },
                    isDoubtful: { await bench.isDoubtful }) : nil,
            isLate: { MonotonicClock.now() - began > Self.timeMax }, attempts: { try await bench.experiments($0) })
        let limit = inquiry.budget
        await bench.tell { progress($0, limit) }
        inquiry.note(control)
        var answer = try await inquiry.run()
        answer.experiments += await bench.extra
        answer.budget += reserve
        answer.causes = answer.causes.map { cause in
            var cause = cause
            cause.producer = cause.event.flatMap { Producers.of($0, in: failure) }
            return cause
        }
        // What was refused was asked for: who brought it is the other half of the cause.
        if answer.causes.count == 1, let event = answer.causes[0].event,
            let origin = RefusedValue.origin(of: event, in: failure)
        {
            if answer.causes[0].producer == nil, let from = origin.event {
                answer.causes[0].producer = .init(event: from, summary: origin.told)
            }
            answer.sentence += " It was \(origin.told)."
        }
        return answer
    }
}
