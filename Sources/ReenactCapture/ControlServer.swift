import CLinux
import Glibc
import ReenactLinux
import ReenactWire

/// Takes the hooks' messages. See `docs/control-messages.md`.
final class ControlServer {
    private let loop: EventLoop
    private let tap: Tap
    private let policy: TLSPolicy
    private let databases: DatabaseCopies
    private let files: FileCopies
    private let listener: Int32
    private var connections: Set<Int32> = []

    init(
        path: String, loop: EventLoop, tap: Tap, policy: TLSPolicy, databases: DatabaseCopies, files: FileCopies
    ) throws {
        self.loop = loop
        self.tap = tap
        self.policy = policy
        self.databases = databases
        self.files = files
        guard let address = SocketAddress("unix:\(path)") else {
            throw LinuxError("control socket \(path)", code: EINVAL)
        }
        listener = try Socket.listen(at: address, type: SOCK_SEQPACKET)
        // Programs that drop their privileges after the start still report.
        chmod(path, 0o666)
        try loop.watch(listener, .read) { [unowned self] _ in self.accept() }
    }

    deinit {
        close(listener)
        connections.forEach { close($0) }
    }

    private func accept() {
        let fd = rn_accept(listener)
        guard fd >= 0 else { return }
        Socket.setOption(fd, SOL_SOCKET, SO_RCVBUF, 1 << 20)
        connections.insert(fd)
        do {
            try loop.watch(fd, .read) { [unowned self] _ in self.receive(fd) }
        } catch {
            end(fd)
        }
    }

    private func receive(_ fd: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer in
            for _ in 0..<64 {
                let count = recv(fd, buffer.baseAddress, buffer.count, 0)
                guard count > 0 else {
                    if count == 0 || (errno != EAGAIN && errno != EINTR) { end(fd) }
                    return
                }
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
                tap.hook(bytes)
                answer(bytes, fd)
            }
        }
    }

    /// Some messages concern the relay itself: trust, the first use of a database file, a file that changes.
    private func answer(_ bytes: UnsafeRawBufferPointer, _ fd: Int32) {
        let head = String(decoding: bytes.prefix(48), as: UTF8.self)
        guard
            head.contains("hello") || head.contains("open-db") || head.contains("\"change\"")
                || head.contains("\"trust\""),
            let message = HookMessage(parsing: Array(bytes))
        else { return }
        switch message.body {
        case .hello(let hello) where hello.trustsCA: policy.trusts(message.process)
        case .trust(let files, let pem, let waits):
            policy.trusts(message.process, files: files, pem: pem)
            if waits { _ = send(fd, "k", 1, Int32(MSG_NOSIGNAL)) }
        case .openDatabase(let path):
            databases.opened(path, at: tap.now)
            _ = send(fd, "k", 1, Int32(MSG_NOSIGNAL))
        case .change(let path):
            files.changing(path, at: tap.now)
            _ = send(fd, "k", 1, Int32(MSG_NOSIGNAL))
        default: break
        }
    }

    private func end(_ fd: Int32) {
        loop.unwatch(fd)
        close(fd)
        connections.remove(fd)
    }
}
