import CLinux
import Glibc

/// Signals as something to read. Source: signalfd(2).
public struct SignalSource: Sendable {
    /// Watch it for reading.
    public let descriptor: Int32

    /// Blocks the signals in this thread, and so in those that it starts later, and takes them from here on.
    public init(_ signals: [Int32]) throws {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = rn_signalfd(&set)
        guard descriptor >= 0 else { throw LinuxError("signalfd") }
    }

    /// A signal that came.
    public struct Arrival: Sendable {
        public var signal: Int32
        /// True where the terminal sent it, to the whole foreground group.
        public var fromKernel: Bool
        public var sender: Int32
    }

    /// The next signal that waits, or nil.
    public func next() -> Arrival? {
        var info = rn_signal()
        guard rn_read_signal(descriptor, &info) == 1 else { return nil }
        return Arrival(signal: info.number, fromKernel: info.from_kernel != 0, sender: info.sender)
    }
}
