import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Connects in the program's place: first to the real peer, then, once that stands, the program to the relay.
///
/// A refusal, an unreachable network, a timeout reach the program as they are. A non-blocking connect that is not
/// settled soon is left to the kernel: the program then lives the truth, and the recording has its outcome but not
/// its bytes.
final class Connector {
    private unowned let owner: Interceptor
    private var attempts: [UInt64: Attempt] = [:]

    private final class Attempt {
        var call: InterceptedCall
        let socket: Int32
        let address: SocketAddress
        let upstream: Int32
        let started: Instant
        var patience: EventLoop.TimerID?

        init(call: InterceptedCall, socket: Int32, address: SocketAddress, upstream: Int32, started: Instant) {
            self.call = call
            self.socket = socket
            self.address = address
            self.upstream = upstream
            self.started = started
        }
    }

    /// How long a program that does not want to wait is made to wait for a peer that is not on this machine.
    private static let patience: Int64 = 300_000_000

    /// Sockets of the machine's own services, which are no peers of the program: logs, names, buses.
    private static let machinery = [
        "/dev/log", "/run/log", "/run/syslog", "/run/systemd/", "/run/nscd/", "/run/dbus/",
    ]

    static func isMachinery(_ path: String) -> Bool {
        let path = path.hasPrefix("/var/run/") ? String(path.dropFirst(4)) : path
        return machinery.contains { path.hasPrefix($0) }
    }

    init(_ owner: Interceptor) { self.owner = owner }

    func handle(_ call: InterceptedCall, socket: Int32, address: SocketAddress) {
        let inode = Socket.inode(socket)
        if let running = attempts[inode] {
            // A signal interrupted the call, and the kernel started it again.
            running.call = call
            close(socket)
            return
        }
        let isConnected = address.family != UInt16(AF_UNIX) && rn_tcp_state(socket) == 1
        if isConnected || address.path.map(Connector.isMachinery) ?? false {
            close(socket)
            return call.letKernel()
        }
        let real = reachable(address, from: call.process)
        guard let upstream = try? Socket.stream(family: Int32(real.family), nonblocking: true) else {
            close(socket)
            return call.letKernel()
        }
        let attempt = Attempt(
            call: call, socket: socket, address: address, upstream: upstream, started: owner.tap.now)
        attempts[inode] = attempt
        let result = real.withSockAddr { connect(upstream, $0, $1) }
        switch result == 0 ? 0 : errno {
        case 0: succeed(attempt, inode)
        case EINPROGRESS: wait(attempt, inode)
        case EAGAIN: leave(attempt, inode)
        case let code: fail(attempt, inode, code)
        }
    }

    /// A Unix socket's relative path means the program's directory, not ours.
    private func reachable(_ address: SocketAddress, from process: Int32) -> SocketAddress {
        guard let path = address.path, !path.hasPrefix("/"), !path.hasPrefix("@"), !path.isEmpty else { return address }
        return SocketAddress("unix:/proc/\(process)/cwd/\(path)") ?? address
    }

    private func wait(_ attempt: Attempt, _ inode: UInt64) {
        do {
            try owner.loop.watch(attempt.upstream, .write) { [unowned self] _ in
                self.owner.loop.unwatch(attempt.upstream)
                let code = Socket.option(attempt.upstream, SOL_SOCKET, SO_ERROR) ?? EIO
                if code == 0 { self.succeed(attempt, inode) } else { self.fail(attempt, inode, code) }
            }
        } catch {
            return leave(attempt, inode)
        }
        guard Socket.isNonblocking(attempt.socket) else { return watchOver(attempt, inode) }
        attempt.patience = owner.loop.after(nanoseconds: Connector.patience) { [unowned self] in
            self.leave(attempt, inode)
        }
    }

    /// A blocking connect may be given up by a signal; then nobody waits for the answer.
    private func watchOver(_ attempt: Attempt, _ inode: UInt64) {
        attempt.patience = owner.loop.after(nanoseconds: 500_000_000) { [unowned self] in
            if attempt.call.isWaiting { return self.watchOver(attempt, inode) }
            self.note(attempt, .abandoned, code: EINTR)
            attempt.call.drop()
            self.finish(attempt, inode)
            self.owner.loop.unwatch(attempt.upstream)
            close(attempt.upstream)
        }
    }

    private func finish(_ attempt: Attempt, _ inode: UInt64) {
        attempts[inode] = nil
        if let patience = attempt.patience { owner.loop.cancel(patience) }
        close(attempt.socket)
    }

    private func succeed(_ attempt: Attempt, _ inode: UInt64) {
        let family = Socket.option(attempt.socket, SOL_SOCKET, SO_DOMAIN) ?? AF_INET
        do {
            let joined = try owner.pairs.join(attempt.socket, family: family)
            var connection = described(attempt)
            connection.client = SocketAddress.local(of: attempt.upstream)?.description ?? ""
            if attempt.address.family != UInt16(AF_UNIX) { Socket.setNoDelay(attempt.upstream) }
            owner.relay(
                connection, inode: inode, clientSocket: joined.ours, serverSocket: attempt.upstream,
                mask: (local: nil, peer: attempt.address))
            if joined.result == 0 { attempt.call.answer(0) } else { attempt.call.fail(joined.result) }
            finish(attempt, inode)
        } catch {
            owner.tap.note(.hole(connection: nil, "a connection to \(attempt.address) could not be relayed: \(error)"))
            close(attempt.upstream)
            attempt.call.letKernel()
            finish(attempt, inode)
        }
    }

    private func fail(_ attempt: Attempt, _ inode: UInt64, _ code: Int32) {
        let opening: Connection.Opening =
            switch code {
            case ECONNREFUSED, ENOENT: .refused
            case ENETUNREACH, EHOSTUNREACH, ENETDOWN: .unreachable
            case ETIMEDOUT: .timedOut
            default: .failed
            }
        note(attempt, opening, code: code)
        attempt.call.fail(code)
        close(attempt.upstream)
        finish(attempt, inode)
    }

    /// Hands the call to the kernel and only watches how it ends.
    private func leave(_ attempt: Attempt, _ inode: UInt64) {
        attempts[inode] = nil
        owner.loop.unwatch(attempt.upstream)
        close(attempt.upstream)
        if let patience = attempt.patience { owner.loop.cancel(patience) }
        attempt.call.letKernel()
        follow(attempt)
    }

    private func follow(_ attempt: Attempt) {
        owner.loop.after(nanoseconds: 20_000_000) { [unowned self] in
            switch rn_tcp_state(attempt.socket) {
            case 2: return self.follow(attempt)
            case 1:
                self.note(attempt, .connected, code: nil)
                self.owner.tap.note(.hole(connection: nil, "the bytes exchanged with \(attempt.address) were not seen"))
            default:
                let waited = self.owner.tap.now - attempt.started
                self.note(attempt, waited > 900_000_000 ? .timedOut : .abandoned, code: nil)
            }
            close(attempt.socket)
        }
    }

    private func described(_ attempt: Attempt) -> Connection {
        Connection(
            id: owner.tap.newConnection(), direction: .outbound,
            transport: attempt.address.family == UInt16(AF_UNIX) ? .unix : .tcp, server: attempt.address.description,
            process: attempt.call.process, thread: attempt.call.thread, opened: attempt.started,
            openingEnd: owner.tap.now)
    }

    private func note(_ attempt: Attempt, _ opening: Connection.Opening, code: Int32?) {
        var connection = described(attempt)
        connection.opening = opening
        connection.openingErrno = code
        owner.tap.note(.opened(connection, inode: Socket.inode(attempt.socket)))
        owner.tap.note(.ended(connection: connection.id, time: owner.tap.now))
    }
}
