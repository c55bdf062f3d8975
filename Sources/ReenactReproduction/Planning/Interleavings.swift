import ReenactTimeline

/// Orders in which the answers to requests in flight at the same time can come: the recorded one, and others, each
/// request's own order kept.
///
/// Few switches between requests come first: most races need no more than two (Musuvathi and Qadeer, "Iterative context
/// bounding for systematic testing of multithreaded programs", PLDI 2007). The enumeration is the same every time, so
/// that an order can be had again by its number.
struct Interleavings: Sendable {
    /// Inbound requests in flight beside the failing one, in order of their start.
    let beside: [Event]
    /// Questions (the event's number below zero) and answers of calls, as they came.
    let recorded: [Int]
    private let sequences: [[Int]]

    /// More calls than these are not put in order.
    static let callsMax = 40
    static let ordersMax = 24
    private static let switchesMax = 4

    init(_ failure: Case) {
        guard failure.trigger.kind == .request, let failing = failure.trigger.event.flatMap(failure.event) else {
            (beside, recorded, sequences) = ([], [], [])
            return
        }
        let end = failing.end ?? failure.failureTime
        beside = failure.events.filter { event in
            event.kind == .request && event.id != failing.id && event.request != nil && event.connection != nil
                && (event.phase == .concurrent || event.phase == .history) && event.start <= end
                && (event.end ?? .max) >= failing.start
        }
        let first = min(failing.start, beside.map(\.start).min() ?? failing.start)
        let phases: Set<Event.Phase> = [.failing, .concurrent, .ambiguous]
        let calls = failure.events.filter { event in
            event.kind == .call && phases.contains(event.phase) && event.start >= first && event.response != nil
                && event.detail["preamble"]?.bool != true
        }.sorted { ($0.end ?? $0.start, $0.id) < ($1.end ?? $1.start, $1.id) }.prefix(Self.callsMax)
        recorded = calls.flatMap { [(-$0.id, $0.start), ($0.id, $0.end ?? $0.start)] }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
        let causes = Dictionary(
            failure.edges.map { ($0.event, $0.cause ?? failing.id) }, uniquingKeysWith: { first, _ in first })
        let groups = Dictionary(grouping: calls.sorted { $0.id < $1.id }) { causes[$0.id] ?? failing.id }
        sequences = groups.sorted { $0.key < $1.key }.map { $0.value.flatMap { [-$0.id, $0.id] } }
    }

    /// Two requests or more are part of the trigger.
    var isRace: Bool { !beside.isEmpty }

    /// One request after the other, in order of their start.
    var serial: [Int] { sequences.flatMap { $0 } }

    /// The recorded order, then others by their number of switches.
    var orders: [[Int]] {
        guard sequences.count > 1 else { return [recorded] }
        var found = [recorded]
        for switches in (sequences.count - 1)...(Self.switchesMax + sequences.count) where found.count < Self.ordersMax
        {
            walk([], sequences, last: nil, left: switches, &found)
        }
        return found
    }

    private func walk(_ done: [Int], _ rest: [[Int]], last: Int?, left: Int, _ found: inout [[Int]]) {
        guard found.count < Self.ordersMax else { return }
        guard rest.contains(where: { !$0.isEmpty }) else {
            if left == 0, !found.contains(done) { found.append(done) }
            return
        }
        for index in rest.indices where !rest[index].isEmpty {
            let cost = last == nil || last == index ? 0 : 1
            guard left >= cost else { continue }
            var next = rest
            next[index].removeFirst()
            walk(done + [rest[index][0]], next, last: index, left: left - cost, &found)
        }
    }
}
