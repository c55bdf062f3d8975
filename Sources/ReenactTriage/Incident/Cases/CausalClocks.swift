import ReenactTimeline

/// Clocks of several machines brought together by messages: what was received cannot have been received before it was
/// sent, nor answered after the answer came.
///
/// Source: Cristian, "Probabilistic clock synchronization" (1989): the bounds of one exchange.
public struct CausalClocks: Sendable {
    /// What is to be added to a case's calendar times, and how far off that may be; nanoseconds.
    public struct Correction: Sendable, Equatable {
        public var shift: Int64
        public var uncertainty: Int64
        /// The messages allow no correction: the clock jumped, or a link is wrong.
        public var isContradictory = false
    }

    private let corrections: [String: Correction]

    public subscript(failure: Case) -> Correction { corrections[failure.id] ?? .init(shift: 0, uncertainty: .max) }

    /// Corrections relative to the first case of each connected part.
    public init(_ graph: CaseGraph) {
        var corrections: [String: Correction] = [:]
        for first in graph.cases where corrections[first.id] == nil {
            corrections[first.id] = Correction(shift: 0, uncertainty: 0)
            var waiting = [first.id]
            while let id = waiting.popLast() {
                guard let here = corrections[id] else { continue }
                for link in graph.links where link.caller == id || link.callee == id {
                    let isDown = link.caller == id
                    let other = isDown ? link.callee : link.caller
                    guard corrections[other] == nil, let caller = graph[link.caller], let callee = graph[link.callee],
                        let found = Self.correction(caller, link.call, callee)
                    else { continue }
                    corrections[other] = Correction(
                        shift: here.shift + (isDown ? found.shift : -found.shift),
                        uncertainty: here.uncertainty + found.uncertainty, isContradictory: found.isContradictory)
                    waiting.append(other)
                }
            }
        }
        self.corrections = corrections
    }

    /// What brings the callee's calendar to the caller's.
    static func correction(_ caller: Case, _ call: Int, _ callee: Case) -> Correction? {
        guard let asked = caller.event(call), let taken = callee.trigger.event.flatMap(callee.event) else { return nil }
        let sent = caller.anchor.wallClock(at: asked.start)
        let received = callee.anchor.wallClock(at: taken.start)
        let least = sent - received
        guard let answered = taken.end.map(callee.anchor.wallClock), let heard = asked.end.map(caller.anchor.wallClock)
        else {
            // No answer bounds it from above: the clocks are taken to agree, where they may.
            return .init(shift: max(0, least), uncertainty: max(0, -least))
        }
        let most = heard - answered
        guard least <= most else {
            return .init(shift: (least + most) / 2, uncertainty: (least - most) / 2, isContradictory: true)
        }
        // Clocks that can agree are left alone.
        let shift = least <= 0 && most >= 0 ? 0 : (least + most) / 2
        return .init(shift: shift, uncertainty: max(most - shift, shift - least))
    }

    /// An event's time on the common calendar, in nanoseconds since 1970.
    public func time(_ instant: Instant, in failure: Case) -> Int64 {
        failure.anchor.wallClock(at: instant) + self[failure].shift
    }
}
