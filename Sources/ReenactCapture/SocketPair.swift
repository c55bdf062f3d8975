import CLinux
import Glibc
import ReenactLinux

/// Makes connected pairs of sockets of the family that the program expects: TCP over loopback, or Unix.
///
/// The program's end must be a real TCP socket, or its `TCP_NODELAY` and its like would fail.
final class SocketPair {
    private var listeners: [Int32: (fd: Int32, address: SocketAddress)] = [:]
    private let directory: String

    init(directory: String) { self.directory = directory }

    deinit { listeners.values.forEach { close($0.fd) } }

    /// True for the address of one of our own listeners.
    func owns(_ address: SocketAddress) -> Bool { listeners.values.contains { $0.address == address } }

    /// Connects the given socket to us and gives our end of it, non-blocking.
    ///
    /// `result` is 0 or EINPROGRESS: what the program is to be told.
    func join(_ socket: Int32, family: Int32) throws -> (ours: Int32, result: Int32) {
        let listener = try listener(family)
        let returned = listener.address.withSockAddr { connect(socket, $0, $1) }
        let result = returned == 0 ? 0 : errno
        guard result == 0 || result == EINPROGRESS else { throw LinuxError("connect to the relay", code: result) }
        let own = family == AF_UNIX ? nil : SocketAddress.local(of: socket)
        for _ in 0..<100 {
            var poll = pollfd(fd: listener.fd, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, 100) > 0 else { continue }
            let accepted = rn_accept(listener.fd)
            guard accepted >= 0 else { continue }
            // Somebody else on this machine could have found the port.
            if let own, SocketAddress.peer(of: accepted) != own {
                close(accepted)
                continue
            }
            Socket.setNoDelay(accepted)
            if family != AF_UNIX { Socket.setUnpaced(accepted) }
            return (accepted, result)
        }
        throw LinuxError("accept from the program", code: ETIMEDOUT)
    }

    /// A fresh pair: `theirs` for the program, `ours` for the relay.
    func make(family: Int32) throws -> (theirs: Int32, ours: Int32) {
        let theirs = try Socket.stream(family: family, nonblocking: false)
        if family != AF_UNIX { Socket.setUnpaced(theirs) }
        do {
            return (theirs, try join(theirs, family: family).ours)
        } catch {
            close(theirs)
            throw error
        }
    }

    private func listener(_ family: Int32) throws -> (fd: Int32, address: SocketAddress) {
        if let known = listeners[family] { return known }
        let text =
            switch family {
            case AF_UNIX: "unix:\(directory)/relay"
            case AF_INET6: "[::1]:0"
            default: "127.0.0.1:0"
            }
        guard let wanted = SocketAddress(text) else { throw LinuxError("relay address \(text)", code: EINVAL) }
        let fd = try Socket.listen(at: wanted)
        let made = (fd, family == AF_UNIX ? wanted : SocketAddress.local(of: fd) ?? wanted)
        listeners[family] = made
        return made
    }
}
