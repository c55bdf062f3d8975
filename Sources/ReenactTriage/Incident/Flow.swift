/// What services did in one stretch of time: requests with their events in order, and times spent.
///
/// A request is what one service did for one call of it: its own spans down to the calls that it made. Nothing in here
/// compares clocks of two services: an order is of one service's clock, a time spent is a difference of durations.
struct Flow: Sendable {
    /// A step of a request: a line that it logged, a call that it made, a call without an answer, its end.
    enum Step: Hashable, Sendable {
        case beginning
        case line(Int)
        case call(to: Int)
        case unanswered(operation: Int)
        case end(isFailure: Bool)
    }

    struct Event: Sendable {
        var step: Step
        /// The request that a call became; nil for all else.
        var callee: Int?
    }

    struct Request: Sendable {
        var service: Int
        var operation: Int
        /// Number of the trace; nil where lines belong to none.
        var trace: Int?
        var events: [Event]
    }

    /// Time that was spent in one place: in a service's own operation, or on the way from one service to another.
    struct Place: Hashable, Sendable {
        var caller: Int
        var callee: Int
        /// Nil for ways.
        var operation: Int?
    }

    var requests: [Request] = []
    var times: [(place: Place, milliseconds: Double)] = []

    /// - Parameter answered: operations of a service that usually reach another service.
    init(_ phase: Telemetry.Phase, answered: Set<Place>) {
        let spans = phase.spans
        var children = [[Int]](repeating: [], count: spans.count)
        for (place, span) in spans.enumerated() {
            if let parent = span.parent { children[parent].append(place) }
        }
        let entries = Self.entries(spans)
        var request = [Int](repeating: -1, count: spans.count)
        for (place, entry) in entries.enumerated() where entry == place {
            request[place] = requests.count
            requests.append(
                Request(
                    service: spans[place].service, operation: spans[place].operation, trace: spans[place].trace,
                    events: []))
        }
        var timed = [[(time: Int64, order: Int, event: Event)]](repeating: [], count: requests.count)
        for (place, span) in spans.enumerated() {
            let own = request[entries[place]]
            let isEntry = entries[place] == place
            var covered: [(start: Int64, end: Int64)] = []
            var callees: Set<Int> = []
            for child in children[place] {
                var (start, end) = (spans[child].start, spans[child].end)
                if spans[child].service != span.service {
                    // Another machine's clock: the call lies somewhere within, so its middle is as good as any.
                    if start < span.start || end > span.end {
                        let duration = min(end - start, span.end - span.start)
                        start = span.start + (span.end - span.start - duration) / 2
                        end = start + duration
                    }
                    callees.insert(spans[child].service)
                    timed[own].append(
                        (
                            isEntry ? start : span.start, 1,
                            Event(step: .call(to: spans[child].service), callee: request[child])
                        ))
                }
                covered.append((start, end))
            }
            let milliseconds = Double(Self.uncovered(span, covered)) / 1e6
            if callees.isEmpty {
                let spent = Place(caller: span.service, callee: span.service, operation: span.operation)
                times.append((spent, milliseconds))
                if answered.contains(spent) {
                    timed[own].append(
                        (span.start, 1, Event(step: .unanswered(operation: span.operation), callee: nil)))
                }
            }
            for callee in callees {
                times.append((Place(caller: span.service, callee: callee, operation: nil), milliseconds))
            }
        }
        addLines(phase, entries.map { request[$0] }, &timed)
        for (place, entry) in entries.enumerated() where entry == place {
            requests[request[place]].events.append(
                Event(step: .end(isFailure: spans[place].isFailure), callee: nil))
        }
    }

    /// Lines go to the request whose span they name, else to what their service logged for the same trace.
    private mutating func addLines(
        _ phase: Telemetry.Phase, _ requestOf: [Int], _ timed: inout [[(time: Int64, order: Int, event: Event)]]
    ) {
        struct Owner: Hashable {
            var trace: Int?
            var service: Int
        }
        var loose: [Owner: Int] = [:]
        for line in phase.lines {
            let event = Event(step: .line(line.kind), callee: nil)
            if let span = line.span, phase.spans[span].service == line.service {
                timed[requestOf[span]].append((line.time, 0, event))
                continue
            }
            let owner = Owner(trace: line.trace, service: line.service)
            let place = loose[owner] ?? requests.count
            if place == requests.count {
                loose[owner] = place
                requests.append(Request(service: line.service, operation: -1, trace: line.trace, events: []))
                timed.append([])
            }
            timed[place].append((line.time, 0, event))
        }
        for place in requests.indices {
            // Stable: of two at the same time the one that was told first stays first.
            let order = timed[place].indices.sorted {
                let (left, right) = (timed[place][$0], timed[place][$1])
                return (left.time, left.order, $0) < (right.time, right.order, $1)
            }
            requests[place].events = order.map { timed[place][$0].event }
        }
        for place in loose.values {
            requests[place].events.append(Event(step: .end(isFailure: false), callee: nil))
        }
    }

    /// Operations whose spans reach another service at least every second time.
    static func answered(_ phase: Telemetry.Phase) -> Set<Place> {
        var reaches = [Bool](repeating: false, count: phase.spans.count)
        for span in phase.spans {
            if let parent = span.parent, phase.spans[parent].service != span.service { reaches[parent] = true }
        }
        var counts: [Place: (reached: Int, all: Int)] = [:]
        for (place, span) in phase.spans.enumerated() {
            let key = Place(caller: span.service, callee: span.service, operation: span.operation)
            counts[key, default: (0, 0)].all += 1
            if reaches[place] { counts[key]!.reached += 1 }
        }
        return Set(counts.filter { $0.value.reached * 2 >= $0.value.all && $0.value.reached > 0 }.keys)
    }

    /// For each span the one with which its service was entered.
    private static func entries(_ spans: [Telemetry.Span]) -> [Int] {
        var entries = [Int](repeating: -1, count: spans.count)
        for place in spans.indices {
            var path: [Int] = []
            var current = place
            while entries[current] < 0 {
                path.append(current)
                // Parents in a circle are broken where the circle closes.
                entries[current] = current
                guard let parent = spans[current].parent, spans[parent].service == spans[current].service else { break }
                current = parent
            }
            for step in path { entries[step] = entries[current] }
        }
        return entries
    }

    /// Nanoseconds of a span in which none of its children ran.
    private static func uncovered(_ span: Telemetry.Span, _ children: [(start: Int64, end: Int64)]) -> Int64 {
        var reached = span.start
        var free: Int64 = 0
        for child in children.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            let start = min(max(child.start, span.start), span.end)
            if start > reached { free += start - reached }
            reached = max(reached, min(child.end, span.end))
        }
        return free + max(0, span.end - reached)
    }
}
