import ReenactTimeline

/// What could have been otherwise where several requests in flight are part of the trigger: who came, and in which
/// order their answers came.
enum RaceConditions {
    /// - Parameter order: the number of the order in which the case fails (`Interleavings.orders`).
    static func find(_ failure: Case, order: Int) -> [Condition] {
        let race = Interleavings(failure)
        let orders = race.orders
        guard race.isRace, orders.indices.contains(order) else { return [] }
        let alone = race.beside.map { event in
            Condition(
                .timing, recorded: "\(event.summary) was in flight at the same time", changed: "left out",
                event: event.id,
                target: "request \(event.id)", change: .alone(event: event.id))
        }
        let serial = race.serial
        guard serial != orders[order], serial.count > 1 else { return alone }
        let told = orders[order].map { $0 < 0 ? "asked \(-$0)" : "answered \($0)" }.joined(separator: ", ")
        return [
            Condition(
                .timing, recorded: "the calls of requests in flight interleaved (\(told))",
                changed: "one request after the other", event: nil, target: "order", change: .order(serial))
        ] + alone
    }
}
