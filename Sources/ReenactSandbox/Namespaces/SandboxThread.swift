import Glibc

/// A thread of its own for each sandbox.
///
/// The kernel kills a child that asked for it (PR_SET_PDEATHSIG) when the thread that made it ends, so a thread of
/// Swift's pool, which may end at any time, must not make one.
public enum SandboxThread {
    /// Runs the work on a new thread, which ends with it.
    public static func start(_ work: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(work))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 256 * 1024)
        let failed = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        pthread_attr_destroy(&attributes)
        if failed != 0 { box.takeRetainedValue().work() }
    }

    private final class Box: Sendable {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
