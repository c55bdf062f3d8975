import Glibc
import ReenactLinux

/// Reads the runner's report until it ends, or until time is up.
enum ReportReader {
    /// Blocks; runs on a thread of its own.
    ///
    /// - Returns: the record, and when the first line came (monotonic clock).
    static func read(_ descriptor: Int32, nonce: String, deadline: Int64) -> (record: AttemptRecord, first: Int64) {
        var collector = ReportCollector(nonce: nonce)
        var first: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else {
                var record = collector.finish()
                record.failure = .init(stage: "limits", reason: "the attempt did not end within its time")
                return (record, first)
            }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(clamping: left / 1_000_000 + 1))
            if ready <= 0 { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            if first == 0 { first = MonotonicClock.now() }
            guard count > 0, collector.take(buffer[..<count]) else { return (collector.finish(), first) }
            if collector.record.isDone { return (collector.finish(), first) }
        }
    }
}
