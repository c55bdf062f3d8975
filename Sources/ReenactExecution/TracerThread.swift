import ReenactLinux
import Synchronization

/// The one thread that may trace: the kernel ties a traced task to it, so no task or actor can do this.
public enum TracerThread {
    /// Runs the body on a thread of its own, and waits for it.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let result = Box<Value>()
        let thread = try OwnedThread {
            let found = Result { try body() }
            result.value.withLock { $0 = found }
        }
        thread.join()
        guard let found = result.value.withLock({ $0 }) else {
            throw ExecutionError(.refused, "the tracing thread ended without a result; this is a bug: report it")
        }
        return try found.get()
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Result<Value, any Error>?>(nil)
    }
}
