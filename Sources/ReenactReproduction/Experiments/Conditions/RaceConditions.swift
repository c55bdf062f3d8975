import ReenactTimeline

/// What could have been otherwise where several requests in flight are part of the trigger: who came, and in which
/// order their answers came.
enum RaceConditions {
    /// - Parameter order: the order in which the case fails.
    static func find(_ failure: Case, order: [Int]) -> [Condition] {
        let race = Interleavings(failure)
        guard race.isRace else { return [] }
        let alone = race.beside.map { event in
            Condition(
                .timing, recorded: "\(event.summary) was in flight at the same time", changed: "left out",
                event: event.id,
                target: "request \(event.id)", change: .alone(event: event.id))
        }
        let serial = race.serial
        guard serial != order, serial.count > 1 else { return alone }
        let told = order.map { $0 < 0 ? "asked \(-$0)" : "answered \($0)" }.joined(separator: ", ")
        return [
            Condition(
                .timing, recorded: "the calls of requests in flight interleaved (\(told))",
                changed: "one request after the other", event: nil, target: "order", change: .order(serial))
        ] + alone
    }
}
