import Dispatch
import Synchronization

/// Further solvers of one timeline, each with an engine and a thread of its own; what one has of the time bounds each of them.
final class Companions: Sendable {
    private let schema: String
    private let dialect: SQLDialect
    private let limits: SolverLimits
    private let server: FixtureServer?
    private let timeline: RecordedTimeline
    private let race: Race
    private let count: Int
    private let solutions = Mutex<[Int: Solution]>([:])
    private let group = DispatchGroup()

    init(
        _ count: Int, _ timeline: RecordedTimeline, schema: String, _ dialect: SQLDialect, _ limits: SolverLimits,
        _ server: FixtureServer?, _ race: Race
    ) {
        (self.count, self.timeline, self.schema, self.dialect) = (count, timeline, schema, dialect)
        (self.limits, self.server, self.race) = (limits, server, race)
    }

    func start() {
        for number in 1...max(1, count) where count > 0 {
            DispatchQueue.global().async(group: group) { [self] in
                // One that does not come about is one fewer.
                guard
                    let builder = try? FixtureBuilder(
                        schema: schema, dialect: dialect, limits: limits, server: server),
                    let solution = try? builder.build(timeline, in: Lane(number, race))
                else { return }
                solutions.withLock { $0[number] = solution }
            }
        }
    }

    func wait() { group.wait() }

    /// What came of all of them together: the winner's, or else the one that satisfies most.
    ///
    /// - Parameter own: what the caller's own solver came to, as number 0.
    func best(_ own: Solution) -> Solution {
        wait()
        var all = solutions.withLock { $0 }
        all[0] = own
        if let winner = race.winner, let solution = all[winner] { return solution }
        let most = all.values.map(\.report.satisfied).max()
        return all.sorted { $0.key < $1.key }.first { $0.value.report.satisfied == most }?.value ?? own
    }
}
