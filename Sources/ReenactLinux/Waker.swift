import CLinux
import Glibc

/// Gets an event loop's attention from another thread. Source: eventfd(2).
public struct Waker: Sendable {
    /// Watch it for reading.
    public let descriptor: Int32

    public init() throws {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw LinuxError("eventfd") }
    }

    /// Makes the descriptor readable.
    public func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Makes it quiet again.
    public func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Waits until somebody wakes it, no longer than that; true if somebody did.
    public func wait(milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = Glibc.poll(&poll, 1, milliseconds) > 0
        if ready { drain() }
        return ready
    }
}
