import Glibc

/// A thread that somebody owns: started with a body, and joined.
public final class OwnedThread: Sendable {
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread.
    ///
    /// - Throws: `LinuxError` where the process may have no more threads.
    public init(_ body: @escaping @Sendable () -> Void) throws {
        var made = pthread_t()
        let box = Unmanaged.passRetained(Body(body))
        let code = pthread_create(
            &made, nil,
            { argument in
                let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw LinuxError("pthread_create", code: code)
        }
        handle = made
    }

    /// Waits until the body has returned. Call it once.
    public func join() { pthread_join(handle, nil) }
}
