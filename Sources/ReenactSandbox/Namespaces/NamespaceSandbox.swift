import CLinux
import Glibc
import ReenactLinux
import Synchronization

/// A sandbox of Linux namespaces: its first process is process 1 of its own pid namespace, so its end is the end of
/// everything inside, and the mounts end with the last process.
public final class NamespaceSandbox: Sandbox {
    public let isolation = Isolation.namespaces
    public let reportDescriptor: Int32
    public let startNanoseconds: Int64
    /// The first process as this process sees it.
    public let processID: Int32
    private let life: Life

    init(life: Life, started: Life.Started) {
        self.life = life
        reportDescriptor = started.report
        startNanoseconds = started.nanoseconds
        processID = started.pid
    }

    deinit { life.abandon() }

    public func logTail() -> String { life.logTail() }

    public func wait() async -> Int32 { await life.ended() }

    @discardableResult
    public func destroy() async -> DestroyReport {
        let began = MonotonicClock.now()
        life.kill()
        _ = await life.ended()
        return life.close(since: began)
    }
}

/// What a sandbox holds of the host's, from start to end, shared by its handle and the thread that waits for it.
final class Life: Sendable {
    struct Started: Sendable {
        var pid: Int32
        var report: Int32
        var nanoseconds: Int64
    }

    private struct State {
        var pidfd: Int32 = -1
        var report: Int32 = -1
        var log: Int32 = -1
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
        var destroyed: DestroyReport?
        var group: ControlGroup?
        /// Nobody will call `destroy` any more.
        var isAbandoned = false
    }

    private let state = Mutex(State())

    func hold(pidfd: Int32, group: ControlGroup?) {
        state.withLock {
            $0.pidfd = pidfd
            $0.group = group
        }
    }

    func hold(report: Int32, log: Int32) {
        state.withLock {
            $0.report = report
            $0.log = log
        }
    }

    /// Lets go after a failed start.
    func drop() { _ = close(since: MonotonicClock.now()) }

    /// Ends the first process; harmless where it has ended.
    func kill() {
        state.withLock { if $0.pidfd >= 0, $0.status == nil { _ = clinux_pidfd_kill($0.pidfd) } }
    }

    /// The handle is gone: what was held goes with the first process.
    func abandon() {
        kill()
        let hasEnded = state.withLock {
            $0.isAbandoned = true
            return $0.status != nil
        }
        if hasEnded { drop() }
    }

    /// The first process has ended and is reaped.
    func end(_ waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        let status = signal == 0 ? (waitStatus >> 8) & 0xff : 128 + signal
        let (waiting, isAbandoned) = state.withLock { state in
            state.status = status
            defer { state.waiting = [] }
            return (state.waiting, state.isAbandoned)
        }
        if isAbandoned { drop() }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    func ended() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state -> Int32? in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Closes what was held; the first call's report stands.
    func close(since began: Int64) -> DestroyReport {
        state.withLock { state in
            if let report = state.destroyed { return report }
            for descriptor in [state.pidfd, state.report, state.log] where descriptor >= 0 {
                Glibc.close(descriptor)
            }
            state.pidfd = -1
            state.report = -1
            state.log = -1
            let left = state.group?.remove() ?? []
            let report = DestroyReport(
                reaped: state.status != nil, left: left, nanoseconds: MonotonicClock.now() - began)
            state.destroyed = report
            return report
        }
    }

    func logTail() -> String {
        state.withLock { state in
            guard state.log >= 0 else { return "" }
            let size = Int(lseek(state.log, 0, SEEK_END))
            let wanted = min(size, 8192)
            guard wanted > 0 else { return "" }
            var bytes = [UInt8](repeating: 0, count: wanted)
            let count = pread(state.log, &bytes, wanted, off_t(size - wanted))
            return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        }
    }
}
