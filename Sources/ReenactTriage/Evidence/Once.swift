import Synchronization

/// A value that is made when the first rule asks for it, and not again.
final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)

    func of(_ make: () -> Value) -> Value {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
