import Synchronization

/// Solvers of one timeline side by side, each on a way of its own. What each has done is counted in steps, not in time: the one
/// that was done with the fewest wins, of two with as many the first. So it does not matter which thread ran when.
final class Race: Sendable {
    private struct Arrival {
        var effort: Int
        var lane: Int

        func isBefore(_ other: Arrival) -> Bool { (effort, lane) < (other.effort, other.lane) }
    }

    private let first = Mutex<Arrival?>(nil)

    /// All is right, and proven.
    func arrive(_ lane: Int, effort: Int) {
        let arrival = Arrival(effort: effort, lane: lane)
        first.withLock { if $0.map(arrival.isBefore) ?? true { $0 = arrival } }
    }

    /// Another was done with less.
    func isLost(_ lane: Int, effort: Int) -> Bool {
        let own = Arrival(effort: effort, lane: lane)
        return first.withLock { $0.map { $0.lane != lane && $0.isBefore(own) } ?? false }
    }

    /// The lane that won, if one did.
    var winner: Int? { first.withLock { $0?.lane } }

    /// Nobody wins, and all stop.
    func abandon() { arrive(-1, effort: -1) }
}

/// One solver's place in the race, and how far it has come.
final class Lane {
    let number: Int
    let race: Race
    private(set) var effort = 0
    private(set) var isLost = false

    init(_ number: Int, _ race: Race) { (self.number, self.race) = (number, race) }

    func advance(_ steps: Int) {
        effort += steps
        if !isLost, race.isLost(number, effort: effort) { isLost = true }
    }

    func arrive() { race.arrive(number, effort: effort) }
}
