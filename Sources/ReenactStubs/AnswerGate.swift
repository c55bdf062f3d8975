import ReenactLinux

/// Lets recorded answers out in a given order, whatever order they are asked for in: the interleaving of a race.
///
/// The order holds questions (the event's number below zero) and answers. An answer waits until all before it are asked
/// and answered. Where something before it never comes, the order cannot be kept: after a while the earliest that waits
/// goes, and it is told.
final class AnswerGate {
    private static let patience: Int64 = 300_000_000

    private let loop: EventLoop
    private var due: [Int]
    private var held: [(event: Int, release: () -> Void)] = []
    private var timer: EventLoop.TimerID?
    /// Hears of events that were passed over.
    var onSkip: (([Int]) -> Void)?

    /// - Parameter order: events of the case.
    init(_ order: [Int], loop: EventLoop) {
        due = order
        self.loop = loop
    }

    /// Releases an answer now, or when it is its turn.
    ///
    /// - Returns: false where it has to wait.
    func pass(_ event: Int?, _ release: @escaping () -> Void) -> Bool {
        guard let event else { return true }
        due.removeAll { $0 == -event }
        // Those that waited for the question, and those behind the answer, go after it.
        loop.after(nanoseconds: 0) { [weak self] in self?.drain() }
        guard let place = due.firstIndex(of: event) else { return true }
        guard place > 0 else {
            due.removeFirst()
            return true
        }
        held.append((event, release))
        arm()
        return false
    }

    func close() {
        if let timer { loop.cancel(timer) }
        timer = nil
        held = []
    }

    private func drain() {
        while let next = due.first, let place = held.firstIndex(where: { $0.event == next }) {
            due.removeFirst()
            held.remove(at: place).release()
        }
        arm()
    }

    private func arm() {
        if let timer { loop.cancel(timer) }
        timer = held.isEmpty ? nil : loop.after(nanoseconds: Self.patience) { [weak self] in self?.skip() }
    }

    private func skip() {
        let places = held.compactMap { waiting in due.firstIndex(of: waiting.event) }
        guard let first = places.min() else { return }
        onSkip?(Array(due[..<first]))
        due.removeFirst(first)
        drain()
    }
}
