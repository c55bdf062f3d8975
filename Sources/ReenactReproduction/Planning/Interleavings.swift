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
    /// Those of them whose order is not given by the program's own course: open at the same time as another one on another
    /// connection, or asked by another thread, of one request as well.
    let unordered: [Int]

    /// More calls than these are not put in order.
    static let callsMax = 40
    static let ordersMax = 24
    private static let switchesMax = 4

    init(_ failure: Case) {
        guard failure.trigger.kind == .request, let failing = failure.trigger.event.flatMap(failure.event) else {
            (beside, recorded, sequences) = ([], [], [])
            unordered = Self.unordered(failure, [.startup, .history, .failing, .ambiguous], since: 0)
            return
        }
        let end = failing.end ?? failure.failureTime
        beside = failure.events.filter { event in
            event.kind == .request && event.id != failing.id && event.request != nil && event.connection != nil
                && (event.phase == .concurrent || event.phase == .history) && event.start <= end
                && (event.end ?? .max) >= failing.start
        }
        let first = min(failing.start, beside.map(\.start).min() ?? failing.start)
        let calls = Self.calls(failure, [.failing, .concurrent, .ambiguous], since: first).prefix(Self.callsMax)
        recorded = Self.order(calls)
        unordered = Self.unordered(failure, [.failing, .ambiguous], since: failing.start)
        let causes = Dictionary(
            failure.edges.map { ($0.event, $0.cause ?? failing.id) }, uniquingKeysWith: { first, _ in first })
        let groups = Dictionary(grouping: calls.sorted { $0.id < $1.id }) { causes[$0.id] ?? failing.id }
        sequences = groups.sorted { $0.key < $1.key }.map { $0.value.flatMap { [-$0.id, $0.id] } }
    }

    private static func calls(_ failure: Case, _ phases: Set<Event.Phase>, since first: Int64) -> [Event] {
        failure.events.filter { event in
            event.kind == .call && phases.contains(event.phase) && event.start >= first && event.response != nil
                && event.detail["preamble"]?.bool != true
        }.sorted { ($0.end ?? $0.start, $0.id) < ($1.end ?? $1.start, $1.id) }
    }

    private static func order(_ calls: some Sequence<Event>) -> [Int] {
        calls.flatMap { [(-$0.id, $0.start), ($0.id, $0.end ?? $0.start)] }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private static func unordered(_ failure: Case, _ phases: Set<Event.Phase>, since first: Int64) -> [Int] {
        let calls = calls(failure, phases, since: first).filter { $0.end != nil }
        // In order of their start, a call overlaps an earlier one where that one ended later than it began.
        var among: Set<Int> = []
        var open: [Event] = []
        var last: Event?
        for call in calls.sorted(by: { ($0.start, $0.id) < ($1.start, $1.id) }) {
            open.removeAll { ($0.end ?? 0) <= call.start }
            for other in open + [last].compactMap(\.self) where areUnordered(other, call) {
                among.formUnion([other.id, call.id])
            }
            open.append(call)
            last = call
        }
        return order(calls.filter { among.contains($0.id) }.prefix(callsMax))
    }

    /// Whether the program could have been answered one or the other first, as far as can be seen.
    static func areUnordered(_ one: Event, _ other: Event) -> Bool {
        guard one.connection != other.connection, let end = one.end, let otherEnd = other.end else { return false }
        let areOthers = one.thread != nil && other.thread != nil && one.thread != other.thread
        return areOthers || (one.start < otherEnd && other.start < end)
    }

    /// An order with some answers brought forward, each before the one that it followed, and its question with it.
    static func swapping(_ pairs: [(early: Int, late: Int)], in order: [Int]) -> [Int] {
        var order = order
        for pair in pairs {
            guard let from = order.firstIndex(of: pair.late), let to = order.firstIndex(of: pair.early), to < from
            else { continue }
            order.insert(order.remove(at: from), at: to)
            if let question = order.firstIndex(of: -pair.late), question > to {
                order.insert(order.remove(at: question), at: to)
            }
        }
        return order
    }

    /// Two requests or more are part of the trigger.
    var isRace: Bool { !beside.isEmpty }

    /// One request after the other, in order of their start.
    var serial: [Int] { sequences.flatMap { $0 } }

    /// The recorded order, then others: by their number of switches, or drawn with a seed.
    var orders: [[Int]] { orders(seed: nil) }

    /// - Parameter seed: the same one draws the same orders.
    func orders(seed: UInt64?) -> [[Int]] {
        guard sequences.count > 1 else { return [recorded] }
        var found = [recorded]
        if let seed {
            var random = SeededRandom(seed: seed)
            // There may be fewer orders than are wanted.
            for _ in 0..<(Self.ordersMax * 8) where found.count < Self.ordersMax {
                let order = drawn(&random)
                if !found.contains(order) { found.append(order) }
            }
            return found
        }
        for switches in (sequences.count - 1)...(Self.switchesMax + sequences.count) where found.count < Self.ordersMax
        {
            walk([], sequences, last: nil, left: switches, &found)
        }
        return found
    }

    private func drawn(_ random: inout SeededRandom) -> [Int] {
        var (rest, order) = (sequences.map { $0[...] }, [Int]())
        while true {
            let open = rest.indices.filter { !rest[$0].isEmpty }
            guard !open.isEmpty else { return order }
            order.append(rest[open[Int(random.next() % UInt64(open.count))]].removeFirst())
        }
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

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
