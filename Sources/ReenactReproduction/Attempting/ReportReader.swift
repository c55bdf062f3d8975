import Glibc
import ReenactLinux

/// Takes a report in any cut.
protocol ReportTaker {
    /// - Returns: false where the report breaks its contract.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool
}

extension ReportCollector: ReportTaker {}

/// Reads the runner's report until it ends, or until time is up.
enum ReportReader {
    /// Blocks; runs on a thread of its own.
    ///
    /// - Returns: the record, and when the first line came (monotonic clock).
    static func read(_ descriptor: Int32, nonce: String, deadline: Int64) -> (record: AttemptRecord, first: Int64) {
        var collector = ReportCollector(nonce: nonce)
        var first: Int64 = 0
        let isInTime = read(descriptor, into: &collector, deadline: deadline, first: &first) { $0.record.isDone }
        var record = collector.finish()
        if !isInTime {
            record.failure = .init(stage: "limits", reason: "the attempt did not end within its time")
        }
        return (record, first)
    }

    /// Blocks until the report has come so far, or ends.
    ///
    /// - Returns: false where time was up before.
    static func read<Taker: ReportTaker>(
        _ descriptor: Int32, into collector: inout Taker, deadline: Int64, first: inout Int64,
        until isFar: (Taker) -> Bool
    ) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { return false }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(clamping: left / 1_000_000 + 1))
            if ready <= 0 { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            if first == 0 { first = MonotonicClock.now() }
            guard count > 0, collector.take(buffer[..<count]) else { return true }
            if isFar(collector) { return true }
        }
    }
}
