import Glibc
import Synchronization

/// SIGINT and SIGTERM as requests to come to an end; the second one ends the program as usual.
///
/// A handler, for what is ignored would be ignored by the programs that are started, too.
final class Interruption: Sendable {
    private struct State: Sendable {
        var signal: Int32?
        var handler: (@Sendable () -> Void)?
    }

    private static let ends: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    private let state = Mutex(State())

    init() {
        _ = Self.ends
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Interruption.ends.write, &byte, 1)
                for each in [SIGINT, SIGTERM] { signal(each, SIG_DFL) }
            }
        }
        // Waits for as long as the program runs.
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let interruption = Unmanaged<Interruption>.fromOpaque(raw).takeRetainedValue()
                var byte: UInt8 = 0
                if read(Interruption.ends.read, &byte, 1) == 1 { interruption.take(Int32(byte)) }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    /// Which one came.
    var number: Int32? { state.withLock { $0.signal } }

    /// What is to be done when one comes, or came.
    func then(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handler = handler
            return state.signal != nil
        }
        if isLate { handler() }
    }

    private func take(_ number: Int32) {
        let handler = state.withLock { state in
            state.signal = state.signal ?? number
            return state.handler
        }
        handler?()
    }
}
