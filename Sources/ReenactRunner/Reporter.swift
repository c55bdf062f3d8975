import Glibc
import ReenactLinux
import ReenactTimeline

/// Writes report lines to the host, each at once.
final class Reporter {
    let fd: Int32
    private let started: Int64
    /// What stands before every line.
    private let prefix: [UInt8]
    /// The host has gone: nobody is left to work for.
    private(set) var isBroken = false

    init(fd: Int32, started: Int64, prefix: String = "") {
        self.fd = fd
        self.started = started
        self.prefix = Array(prefix.utf8)
    }

    /// Nanoseconds since the runner started.
    var time: Int64 { MonotonicClock.now() - started }

    func tell(_ report: Report) {
        guard !isBroken else { return }
        do {
            write(prefix + Array(try JSONText.encode(report).utf8) + [UInt8(ascii: "\n")])
        } catch {
            // A report that cannot be encoded would be a defect of ours; the host must hear that it is missing.
            write(prefix + Array("{\"lost\":{\"what\":\"report\",\"count\":1}}\n".utf8))
        }
    }

    /// Hands on a line of a service's own reporter.
    func pass(_ line: [UInt8], of service: Int) {
        guard !isBroken else { return }
        write(Array("\(service) ".utf8) + line + [UInt8(ascii: "\n")])
    }

    func stage(_ name: String) { tell(.stage(name: name, time: time)) }

    private func write(_ line: [UInt8]) {
        var sent = 0
        while sent < line.count {
            let count = line.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + sent, $0.count - sent) }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                var wait = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, 1000)
            } else if errno != EINTR {
                isBroken = true
                return
            }
        }
    }
}
