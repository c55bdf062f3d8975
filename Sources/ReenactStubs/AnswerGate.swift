import ReenactLinux

/// Lets recorded answers out in a given order, whatever order they are asked for in: the interleaving of a race.
///
/// The order holds questions (the event's number below zero) and answers. An answer waits until all before it are asked
/// and answered, and until the program has done with the last of those all that it does by itself: until it rests.
/// No delay would do instead, for on a busy machine what came first may be read last. Where something before an answer
/// never comes though the program rests, the order cannot be kept: the earliest that waits goes, and it is told.
final class AnswerGate {
    /// How far an answer has come on its way to the program.
    enum Delivery {
        /// Some of it is still to be sent.
        case waiting
        /// Sent; the program's kernel has not said yet that it is there.
        case sent
        case arrived
    }

    /// Between two looks at the program.
    private static let period: Int64 = 1_000_000
    /// A program rests when so many looks, one after another, found nothing of it at work.
    private static let looks = 2
    /// In place of the kernel's word that an answer arrived, which it may keep for 40 ms (RFC 1122, 4.2.3.2).
    private static let unsaid: Int64 = 60_000_000
    /// How long a program rests before what it did not ask is given up, the first time and later.
    private static let patience: (first: Int64, later: Int64) = (300_000_000, 50_000_000)
    /// How long a program that never rests is waited for, the first time and later.
    private static let longest: (first: Int64, later: Int64) = (2_000_000_000, 100_000_000)

    private struct Held {
        /// More than one where several questions came at once.
        var events: [Int]
        var delivery: () -> Delivery
        var release: () -> Void
    }

    private let loop: EventLoop
    private let isAtRest: () -> Bool
    private var due: [Int]
    private var held: [Held] = []
    private var timer: EventLoop.TimerID?
    /// Of the answer that went last.
    private var last: (() -> Delivery)?
    /// Looks in a row that found the program at rest, since when that is so, and since when somebody waits.
    private var quiet = 0
    private var quietSince: Int64 = 0
    private var waitsSince: Int64 = 0
    private var hasSkipped = false
    private var hasForced = false
    /// Hears of events that were passed over.
    var onSkip: (([Int]) -> Void)?

    /// - Parameters:
    ///   - order: events of the case.
    ///   - isAtRest: whether nothing of the program is at work: all of it waits for something to come.
    init(_ order: [Int], loop: EventLoop, isAtRest: @escaping () -> Bool) {
        due = order
        self.loop = loop
        self.isAtRest = isAtRest
    }

    /// Releases an answer when it is its turn.
    ///
    /// Questions that came at once are answered at once, when it is the turn of one of them.
    ///
    /// - Returns: true where it may go at once; false where it waits.
    func pass(_ events: [Int], delivery: @escaping () -> Delivery, _ release: @escaping () -> Void) -> Bool {
        // Who asks does not rest.
        quiet = 0
        due.removeAll { events.contains(-$0) }
        guard let place = due.firstIndex(where: events.contains) else { return true }
        if place == 0, last == nil, held.isEmpty {
            due.removeAll(where: events.contains)
            last = delivery
            return true
        }
        if held.isEmpty { waitsSince = MonotonicClock.now() }
        held.append(Held(events: events, delivery: delivery, release: release))
        if timer == nil { arm() }
        return false
    }

    func close() {
        if let timer { loop.cancel(timer) }
        timer = nil
        held = []
    }

    private func arm() {
        timer = held.isEmpty ? nil : loop.after(nanoseconds: Self.period) { [weak self] in self?.look() }
    }

    private func look() {
        let now = MonotonicClock.now()
        if isQuiet(now) {
            let rest = now - quietSince
            if let place = next {
                release(place, now)
            } else if rest >= (hasSkipped ? Self.patience.later : Self.patience.first) {
                skip()
            }
        } else if now - waitsSince >= (hasForced ? Self.longest.later : Self.longest.first) {
            hasForced = true
            if let place = next { release(place, now) } else { skip() }
        }
        arm()
    }

    /// Whose turn it is, among those that wait.
    private var next: Int? { due.first.flatMap { first in held.firstIndex { $0.events.contains(first) } } }

    /// The program has dealt with all that was sent to it.
    private func isQuiet(_ now: Int64) -> Bool {
        let delivery = last?() ?? .arrived
        guard delivery != .waiting, isAtRest() else {
            quiet = 0
            return false
        }
        if quiet == 0 { quietSince = now }
        quiet += 1
        return quiet >= Self.looks && (delivery == .arrived || now - quietSince >= Self.unsaid)
    }

    private func release(_ place: Int, _ now: Int64) {
        let next = held.remove(at: place)
        due.removeAll(where: next.events.contains)
        last = next.delivery
        quiet = 0
        waitsSince = now
        next.release()
    }

    private func skip() {
        guard let first = held.compactMap({ due.firstIndex(where: $0.events.contains) }).min() else { return }
        hasSkipped = true
        if first > 0 { onSkip?(Array(due[..<first])) }
        due.removeFirst(first)
    }
}
