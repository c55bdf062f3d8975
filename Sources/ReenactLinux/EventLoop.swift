import CLinux
import Glibc

/// One thread's wait for descriptors and timers: epoll, level-triggered.
///
/// Not `Sendable`: everything happens on the thread that calls `run`. Another thread gets its attention with a `Waker`.
/// Source: epoll(7).
public final class EventLoop {
    /// What is waited for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let read = Interest(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
        public static let write = Interest(rawValue: EPOLLOUT.rawValue)
        /// Only errors and hang-ups, which always come.
        public static let none: Interest = []
    }

    /// What has come.
    public struct Ready: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let read = Ready(rawValue: EPOLLIN.rawValue)
        public static let write = Ready(rawValue: EPOLLOUT.rawValue)
        /// The peer ended its direction.
        public static let readClosed = Ready(rawValue: EPOLLRDHUP.rawValue)
        public static let hangUp = Ready(rawValue: EPOLLHUP.rawValue)
        public static let error = Ready(rawValue: EPOLLERR.rawValue)
    }

    /// A timer that can be cancelled.
    public struct TimerID: Hashable, Sendable {
        let due: Int64
        let number: Int
    }

    private struct Watch {
        var interest: Interest
        var generation: UInt32
        var handler: (Ready) -> Void
    }

    private let epoll: Int32
    private let alarm: Int32
    /// When the alarm goes off next, by the monotonic clock.
    private var alarmDue = Int64.max
    private var watches: [Watch?] = []
    private var generation: UInt32 = 0
    private var timers = TimerQueue()
    private var events: [epoll_event]

    /// - Throws: `LinuxError` where the process has no descriptor left.
    public init() throws {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw LinuxError("epoll_create1") }
        alarm = rn_alarm_open()
        guard alarm >= 0 else {
            let error = LinuxError("timerfd_create")
            close(epoll)
            throw error
        }
        events = Array(repeating: epoll_event(), count: 256)
        try watch(alarm, .read) { [unowned self] _ in
            var count: UInt64 = 0
            _ = read(alarm, &count, 8)
            alarmDue = .max
        }
    }

    deinit {
        close(alarm)
        close(epoll)
    }

    /// Calls `handler` each time that the descriptor is ready. A descriptor has one watch.
    public func watch(_ fd: Int32, _ interest: Interest, handler: @escaping (Ready) -> Void) throws {
        while watches.count <= Int(fd) { watches.append(nil) }
        generation &+= 1
        let isNew = watches[Int(fd)] == nil
        watches[Int(fd)] = Watch(interest: interest, generation: generation, handler: handler)
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd))
        guard epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0 else {
            let error = LinuxError("epoll_ctl \(fd)")
            watches[Int(fd)] = nil
            throw error
        }
    }

    /// Waits for something else on a watched descriptor.
    public func change(_ fd: Int32, _ interest: Interest) {
        // Asked at each event, and nearly always for what is: the watch is not taken out for it.
        guard watches.indices.contains(Int(fd)), let known = watches[Int(fd)]?.interest, known != interest,
            let generation = watches[Int(fd)]?.generation
        else { return }
        watches[Int(fd)]?.interest = interest
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd))
        epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event)
    }

    /// Ends a watch. Call it before the descriptor is closed.
    public func unwatch(_ fd: Int32) {
        guard watches.indices.contains(Int(fd)), watches[Int(fd)] != nil else { return }
        watches[Int(fd)] = nil
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event)
    }

    /// Calls `body` once, that many nanoseconds from now.
    @discardableResult
    public func after(nanoseconds: Int64, _ body: @escaping () -> Void) -> TimerID {
        timers.add(due: MonotonicClock.now() + max(0, nanoseconds), body)
    }

    /// Forgets a timer; one that has fired is no error.
    public func cancel(_ timer: TimerID) { timers.remove(timer) }

    /// Handles what comes until `isDone` says so; it is asked after every round.
    public func run(until isDone: () -> Bool) {
        while !isDone() { turn(longestWait: nil) }
    }

    /// One round: waits for the next event or timer, no longer than that many milliseconds, and handles all there is.
    public func turn(longestWait: Int32?) {
        let now = MonotonicClock.now()
        let due = min(timers.nextDue ?? .max, longestWait.map { now + Int64($0) * 1_000_000 } ?? .max)
        // A timeout of epoll's own would set and clear a timer of the kernel's at each round, which costs as much as
        // a small call; the alarm stays set over many.
        if due > now, due < alarmDue { setAlarm(due) }
        let count = epoll_wait(epoll, &events, Int32(events.count), due > now ? -1 : 0)
        for index in 0..<max(0, Int(count)) {
            let event = events[index]
            let fd = Int(UInt32(truncatingIfNeeded: event.data.u64))
            // A handler earlier in this round may have ended or replaced the watch.
            guard watches.indices.contains(fd), let watch = watches[fd],
                watch.generation == UInt32(truncatingIfNeeded: event.data.u64 >> 32)
            else { continue }
            watch.handler(Ready(rawValue: event.events))
        }
        guard timers.nextDue != nil else { return }
        let end = MonotonicClock.now()
        while let body = timers.removeDue(at: end) { body() }
    }

    private func setAlarm(_ due: Int64) {
        _ = rn_alarm_set(alarm, due)
        alarmDue = due
    }
}
