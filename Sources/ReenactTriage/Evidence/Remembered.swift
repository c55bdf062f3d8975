import Synchronization

/// What pure functions of texts gave, kept for the texts that come again: in a flood the same source lines and files do.
///
/// Threads share it; a lock guards a sixteenth of it, so that they seldom meet. A part that is full begins anew.
final class Remembered<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Part: Sendable {
        let known = Mutex<[Key: Value]>([:])
    }

    private static var partMax: Int { 512 }
    private let parts = (0..<16).map { _ in Part() }

    /// - Parameters:
    ///   - spread: any number that equal keys share.
    ///   - make: runs without the lock, and may come back here.
    func value(of key: Key, spread: Int, _ make: () -> Value) -> Value {
        let part = parts[spread & 15]
        if let found = part.known.withLock({ $0[key] }) { return found }
        let made = make()
        part.known.withLock { known in
            if known.count >= Self.partMax { known = [:] }
            known[key] = made
        }
        return made
    }
}
