import Glibc

/// The two clocks of the kernel that Reenact reads; nothing else in the house reads them.
public enum MonotonicClock {
    /// Nanoseconds of CLOCK_MONOTONIC.
    public static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970 of CLOCK_REALTIME.
    public static func wallClock() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
