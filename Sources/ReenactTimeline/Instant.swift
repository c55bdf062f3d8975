/// Nanoseconds since the recording's start, on the monotonic clock.
public typealias Instant = Int64

/// What ties a recording's monotonic instants to the calendar.
public struct WallClockAnchor: Codable, Sendable, Equatable {
    /// Nanoseconds since 1970-01-01T00:00:00Z at instant zero.
    public var unixNanoseconds: Int64

    public init(unixNanoseconds: Int64) { self.unixNanoseconds = unixNanoseconds }

    /// The calendar time of an instant, in nanoseconds since 1970.
    public func wallClock(at instant: Instant) -> Int64 { unixNanoseconds + instant }
}
