import ReenactSandbox
import ReenactTimeline

/// One result out of the attempts of a run: they must agree.
enum Aggregate {
    static func result(
        _ attempts: [RunResult.Attempt], of failure: Case, code: CodeReplacement?, isolation: Isolation,
        notes: [String], planMilliseconds: Double
    ) -> RunResult {
        let expected = ExpectedFailure(failure)
        let reproduced = attempts.filter { $0.outcome == .reproduced }.count
        let first = attempts[0]
        let agree = attempts.allSatisfy { $0.outcome == first.outcome }
        // Of attempts that disagree, one that diverged or could not be judged says most about why.
        let shown = agree ? first : attempts.first { $0.outcome != .reproduced } ?? first
        let holes = HolesOnPath.sentences(failure)
        var notes = notes
        for note in attempts.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
        let confirmed = reproduced == attempts.count && holes.isEmpty
        if reproduced == attempts.count, !holes.isEmpty {
            notes.append("Not confirmed: the recording has \(holes.count) holes on the failing path.")
        }
        let count = attempts.count
        return RunResult(
            caseID: failure.id, outcome: agree ? first.outcome : .inconclusive,
            reason: agree ? first.reason : "Reproduced in \(reproduced) of \(count) attempts only. \(shown.reason)",
            confirmed: confirmed, reproduced: reproduced, expected: expected.text, seen: shown.seen,
            prefix: shown.prefix, relaxations: shown.relaxations, misses: shown.misses, divergence: shown.divergence,
            answer: shown.answer, neededHistory: first.withHistory && first.outcome == .reproduced, code: code,
            isolation: isolation, holes: holes, notes: notes, databases: shown.databases,
            phases: phases(attempts.map(\.phases), plan: planMilliseconds), attempts: attempts)
    }

    /// Phases of the attempt in the middle: attempts that run side by side wait for each other.
    private static func phases(_ all: [RunResult.Phases], plan: Double) -> RunResult.Phases {
        var phases = all.sorted { $0.ownShare < $1.ownShare }[all.count / 2]
        phases.plan = plan
        phases.total = Times.rounded(phases.total + plan)
        phases.ownShare = Times.rounded(phases.ownShare + plan)
        return phases
    }
}

/// Times of an attempt as its result tells them.
enum Times {
    static func phases(_ record: AttemptRecord) -> RunResult.Phases {
        var phases = RunResult.Phases()
        func stage(_ name: String) -> Int64? { record.stages[name] }
        func between(_ from: String, _ to: String) -> Double {
            guard let from = stage(from), let to = stage(to) else { return 0 }
            return milliseconds(to - from)
        }
        phases.sandbox = milliseconds(record.sandboxNanoseconds)
        phases.stubs = rounded(milliseconds(record.helloNanoseconds) + milliseconds(stage("stubs") ?? 0))
        phases.ready = between("program", "ready")
        phases.trigger = stage("ready") == nil ? between("program", "trigger") : between("ready", "trigger")
        phases.observe = between("trigger", "observe")
        phases.destroy = rounded(milliseconds(record.destroyNanoseconds) + between("observe", "destroy"))
        phases.total = milliseconds(record.totalNanoseconds)
        phases.ownShare = rounded(phases.total - phases.ready - phases.trigger)
        return phases
    }

    static func milliseconds(_ nanoseconds: Int64) -> Double { rounded(Double(nanoseconds) / 1_000_000) }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
