import Glibc
import ReenactLinux

/// Sees to it that an attempt stays within its limits.
final class Watchdog {
    private static let period: Int64 = 100_000_000

    private let loop: EventLoop
    private let limits: Plan.Limits
    private let started: Int64
    private let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    /// Processes below ours that are not the program's.
    var strangers: Set<pid_t> = []
    private var timer: EventLoop.TimerID?
    /// The limit that was passed.
    private(set) var failure: AttemptFailure?

    /// - Parameter started: when the attempt began, on the monotonic clock.
    init(limits: Plan.Limits, started: Int64, loop: EventLoop) {
        self.limits = limits
        self.started = started
        self.loop = loop
    }

    func start() { check() }

    func stop() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func check() {
        let entries = ProcessTree.below(getpid(), except: strangers)
        let memory = entries.reduce(0) { $0 + $1.residentPages } * pageBytes
        let elapsed = (MonotonicClock.now() - started) / 1_000_000
        if memory > limits.memoryBytes {
            fail("the program used \(memory >> 20) MB of memory; \(limits.memoryBytes >> 20) MB are allowed")
        } else if entries.count > limits.processes {
            fail("the program has \(entries.count) processes; \(limits.processes) are allowed")
        } else if elapsed > limits.wallMilliseconds {
            fail("the attempt took \(elapsed) ms; \(limits.wallMilliseconds) ms are allowed")
        } else {
            timer = loop.after(nanoseconds: Self.period) { [weak self] in self?.check() }
        }
    }

    private func fail(_ reason: String) { failure = AttemptFailure(stage: "limits", reason: reason) }
}
