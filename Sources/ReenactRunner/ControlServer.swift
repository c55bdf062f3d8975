import CLinux
import Glibc
import ReenactLinux
import ReenactWire

/// The hooks' end of the line: takes their messages, and lets go on who waits. See `docs/control-messages.md`.
final class ControlServer {
    private static let messageMax = 131_072

    private let loop: EventLoop
    private let listener: Int32
    private let path: String
    private let onMessage: (HookMessage) -> Void
    private var clients: Set<Int32> = []
    private var buffer = [UInt8](repeating: 0, count: messageMax)
    /// When the last message came, on the monotonic clock; 0: none yet.
    private(set) var lastMessage: Int64 = 0
    /// Packets that were no messages.
    private(set) var damaged = 0

    init(path: String, loop: EventLoop, onMessage: @escaping (HookMessage) -> Void) throws {
        self.loop = loop
        self.path = path
        self.onMessage = onMessage
        guard let address = SocketAddress("unix:\(path)") else { throw LinuxError("bind \(path)", code: ENAMETOOLONG) }
        listener = try Socket.listen(at: address, type: SOCK_SEQPACKET)
        try loop.watch(listener, .read) { [weak self] _ in self?.accept() }
    }

    /// Whether any hook is connected.
    var hasClients: Bool { !clients.isEmpty }

    /// Takes what is there still, then ends.
    func close() {
        for fd in clients { receive(fd) }
        for fd in clients { end(fd) }
        loop.unwatch(listener)
        Glibc.close(listener)
        unlink(path)
    }

    private func accept() {
        while true {
            let fd = Glibc.accept(listener, nil, nil)
            guard fd >= 0 else { return }
            _ = rn_set_nonblocking(fd, 1)
            _ = rn_set_close_on_exec(fd, 1)
            clients.insert(fd)
            do {
                try loop.watch(fd, .read) { [weak self] _ in self?.receive(fd) }
            } catch {
                end(fd)
            }
        }
    }

    private func receive(_ fd: Int32) {
        while clients.contains(fd) {
            let count = recv(fd, &buffer, buffer.count, 0)
            if count > 0 {
                take(buffer[..<count], from: fd)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                end(fd)
            } else if errno == EAGAIN {
                return
            }
        }
    }

    private func take(_ packet: ArraySlice<UInt8>, from fd: Int32) {
        lastMessage = MonotonicClock.now()
        guard let message = HookMessage(parsing: packet) else {
            damaged += 1
            return
        }
        let waits =
            switch message.body {
            case .openDatabase, .change: true
            case .trust(_, _, let waits): waits
            default: false
            }
        if waits {
            // Fixtures and authorities are in place already: the program may go on at once.
            var byte: UInt8 = 1
            _ = send(fd, &byte, 1, Int32(MSG_NOSIGNAL))
        }
        onMessage(message)
    }

    private func end(_ fd: Int32) {
        guard clients.remove(fd) != nil else { return }
        loop.unwatch(fd)
        Glibc.close(fd)
    }
}
