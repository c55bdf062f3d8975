import CLinux
import Glibc
import ReenactLinux
import ReenactWire

/// One blocking connection to a real server over a Unix socket, each question with its own time.
final class EngineSocket: EngineLink {
    private var fd: Int32

    /// - Returns: nil where nobody listens at the path yet.
    init?(path: String) {
        guard let address = SocketAddress("unix:" + path),
            let fd = try? Socket.stream(family: AF_UNIX, nonblocking: true)
        else { return nil }
        guard address.withSockAddr({ Glibc.connect(fd, $0, $1) }) == 0 else {
            Glibc.close(fd)
            return nil
        }
        self.fd = fd
    }

    deinit { close() }

    func close() {
        if fd >= 0 { Glibc.close(fd) }
        fd = -1
    }

    func ask(_ bytes: [UInt8], milliseconds: Int, until isWhole: (ArraySlice<UInt8>) -> Bool) -> [UInt8]? {
        let deadline = MonotonicClock.now() + Int64(milliseconds) * 1_000_000
        var sent = 0
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while fd >= 0 {
            // Both ways at once: a server that waits for its answers to be read reads no more questions.
            var poll = pollfd(fd: fd, events: Int16(sent < bytes.count ? POLLIN | POLLOUT : POLLIN), revents: 0)
            let left = (deadline - MonotonicClock.now()) / 1_000_000
            guard left > 0 else { return nil }
            let ready = Glibc.poll(&poll, 1, Int32(clamping: left))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            if poll.revents & Int16(POLLOUT) != 0, sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(fd, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno != EAGAIN, errno != EINTR { return nil }
                sent += max(0, count)
            }
            guard poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            let count = recv(fd, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return nil }
            answer.append(contentsOf: buffer[..<count])
            if isWhole(buffer[..<count]) { return answer }
        }
        return nil
    }
}
