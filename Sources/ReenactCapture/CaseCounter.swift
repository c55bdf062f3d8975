import Synchronization

/// Counts cases across the recorder's two threads.
final class CaseCounter: Sendable {
    private let count = Mutex(0)

    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}
