import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Accepts in the program's place: the client's connection comes to the relay, the program gets one end of a pair.
///
/// The program's listening socket stays its own, on its usual port: should the recorder die, the kernel's own accept
/// goes on where this one ended.
final class Acceptor {
    private unowned let owner: Interceptor
    /// Clients whose accept was interrupted by a signal before the program had them, by the listening socket's inode.
    private var orphans: [UInt64: [Int32]] = [:]
    private var waiting: [UInt64: Waiting] = [:]

    private struct Waiting {
        let call: InterceptedCall
        let socket: Int32
        var deadline: EventLoop.TimerID?
    }

    init(_ owner: Interceptor) { self.owner = owner }

    func handle(_ call: InterceptedCall) {
        let fd = Int32(truncatingIfNeeded: call.argument(0))
        let socket = owner.targets.descriptor(fd, of: call.process)
        guard socket >= 0 else { return call.letKernel() }
        guard Socket.option(socket, SOL_SOCKET, SO_TYPE) == Int32(SOCK_STREAM.rawValue),
            Socket.option(socket, SOL_SOCKET, SO_ACCEPTCONN) == 1,
            [AF_INET, AF_INET6, AF_UNIX].contains(Socket.option(socket, SOL_SOCKET, SO_DOMAIN) ?? -1)
        else {
            close(socket)
            return call.letKernel()
        }
        if let client = next(on: socket) {
            give(client, to: call, from: socket)
            close(socket)
        } else if Socket.isNonblocking(socket) {
            close(socket)
            call.fail(EAGAIN)
        } else {
            wait(call, socket)
        }
    }

    /// A client that is there now, or nil.
    private func next(on socket: Int32) -> Int32? {
        let inode = Socket.inode(socket)
        if var left = orphans[inode], !left.isEmpty {
            let client = left.removeFirst()
            orphans[inode] = left.isEmpty ? nil : left
            return client
        }
        // The socket may be blocking, and it is the program's: its mode is not ours to change.
        var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, 0) > 0 else { return nil }
        let client = rn_accept(socket)
        return client >= 0 ? client : nil
    }

    /// Holds a blocking accept until a client comes, the program's own timeout passes, or a signal ends it.
    private func wait(_ call: InterceptedCall, _ socket: Int32) {
        let id = call.notification.id
        do {
            try owner.loop.watch(socket, .read) { [unowned self] _ in self.retry(id) }
        } catch {
            close(socket)
            return call.letKernel()
        }
        waiting[id] = Waiting(call: call, socket: socket)
        var timeout = timeval()
        var length = socklen_t(MemoryLayout<timeval>.size)
        getsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length)
        let nanoseconds = Int64(timeout.tv_sec) * 1_000_000_000 + Int64(timeout.tv_usec) * 1000
        if nanoseconds > 0 {
            waiting[id]?.deadline = owner.loop.after(nanoseconds: nanoseconds) { [unowned self] in
                self.waiting[id]?.call.fail(EAGAIN)
                _ = self.forget(id)
            }
        }
        watchOver(id)
    }

    /// A caller that was interrupted must not keep the listening socket alive through our copy of it.
    private func watchOver(_ id: UInt64) {
        owner.loop.after(nanoseconds: 250_000_000) { [unowned self] in
            guard let entry = self.waiting[id] else { return }
            if entry.call.isWaiting { self.watchOver(id) } else { _ = self.forget(id) }
        }
    }

    private func retry(_ id: UInt64) {
        guard let entry = waiting[id] else { return }
        guard entry.call.isWaiting else {
            _ = forget(id)
            return
        }
        guard let client = next(on: entry.socket) else { return }
        owner.loop.unwatch(entry.socket)
        give(client, to: entry.call, from: entry.socket)
        _ = forget(id)
    }

    private func forget(_ id: UInt64) -> Waiting? {
        guard let entry = waiting.removeValue(forKey: id) else { return nil }
        owner.loop.unwatch(entry.socket)
        if let deadline = entry.deadline { owner.loop.cancel(deadline) }
        entry.call.drop()
        close(entry.socket)
        return entry
    }

    private func give(_ client: Int32, to call: InterceptedCall, from listening: Int32) {
        let family = Socket.option(listening, SOL_SOCKET, SO_DOMAIN) ?? AF_INET
        let pair: (theirs: Int32, ours: Int32)
        do {
            pair = try owner.pairs.make(family: family)
        } catch {
            // Without a pair the program gets the client itself: seen by nobody, but served.
            owner.tap.note(.hole(connection: nil, "a client's connection could not be relayed: \(error)"))
            _ = call.answer(descriptor: client, closeOnExec: false)
            close(client)
            return
        }
        let flags = call.number == rn_sys_accept4 ? Int32(truncatingIfNeeded: call.argument(3)) : 0
        if flags & Int32(SOCK_NONBLOCK.rawValue) != 0 { _ = rn_set_nonblocking(pair.theirs, 1) }
        let peer = SocketAddress.peer(of: client)
        let local = SocketAddress.local(of: client)
        if let peer {
            TargetProcesses.fill(peer, in: call.process, at: call.argument(1), length: call.argument(2))
        }
        let inode = Socket.inode(pair.theirs)
        let given = call.answer(
            descriptor: pair.theirs, closeOnExec: flags & Int32(SOCK_CLOEXEC.rawValue) != 0)
        close(pair.theirs)
        guard given else {
            close(pair.ours)
            orphans[Socket.inode(listening), default: []].append(client)
            return
        }
        if family != AF_UNIX { Socket.setNoDelay(client) }
        let connection = Connection(
            id: owner.tap.newConnection(), direction: .inbound, transport: family == AF_UNIX ? .unix : .tcp,
            server: local?.description ?? "", client: peer?.description ?? "", process: call.process,
            thread: call.thread, opened: owner.tap.now)
        owner.relay(
            connection, inode: inode, clientSocket: client, serverSocket: pair.ours, mask: (local: local, peer: peer))
    }
}
