/// Follows descriptors of sockets through calls, copies, forks, exec, and messages that carry them.
final class SocketTracker {
    final class Socket {
        /// A datagram socket that is connected anew has another one then.
        var number: Int
        let isDatagram: Bool
        let isUnix: Bool
        /// Netlink and its kin: nothing is told of them.
        let isOther: Bool
        var local = ""
        var server = ""
        var isOpen = false
        /// The other side's end of its stream has been read.
        var hasEnded = false
        /// A datagram socket without a connection: one conversation for each address.
        var peers: [String: Socket] = [:]
        /// The other end, where it is a socket of the recording.
        weak var partner: Socket?
        /// Descriptors on their way to this socket: a list for each message; nil is no socket.
        var arriving: [[Socket?]] = []
        /// Descriptors that were sent before the other end was accepted.
        var arrivingAtPartner: [[Socket?]] = []

        init(_ number: Int, isDatagram: Bool, isUnix: Bool, isOther: Bool = false) {
            self.isOther = isOther
            self.number = number
            self.isDatagram = isDatagram
            self.isUnix = isUnix
        }
    }

    /// The descriptors of a process.
    final class Table {
        var sockets: [Int32: Socket] = [:]
        var closedByExec: Set<Int32> = []
    }

    private var tables: [Int: Table] = [:]
    private var count = 0
    /// Sockets that connected to a name and are not accepted yet, by that name.
    private var waiting: [String: [Socket]] = [:]
    /// Descriptors on their way to a socket that is not known.
    var arrivingSomewhere: [[Socket?]] = []
    private let tell: (SocketEvent) -> Void

    init(_ tell: @escaping (SocketEvent) -> Void) { self.tell = tell }

    private func table(_ task: Int) -> Table {
        if let table = tables[task] { return table }
        let table = Table()
        tables[task] = table
        return table
    }

    func born(_ child: Int, of parent: Int, sharesDescriptors: Bool) {
        let old = table(parent)
        guard !sharesDescriptors else { return tables[child] = old }
        let copy = Table()
        (copy.sockets, copy.closedByExec) = (old.sockets, old.closedByExec)
        tables[child] = copy
    }

    func ended(_ task: Int, at time: UInt64) {
        guard let table = tables.removeValue(forKey: task), !tables.values.contains(where: { $0 === table }) else {
            return
        }
        for socket in table.sockets.values { forget(socket, task, time) }
    }

    /// exec: the process has descriptors of its own, without those that close then.
    func executed(_ task: Int, at time: UInt64) {
        let old = table(task)
        let own = Table()
        own.sockets = old.sockets.filter { !old.closedByExec.contains($0.key) }
        tables[task] = own
        for socket in old.sockets.values { forget(socket, task, time) }
    }

    /// A call has returned, and its output is in place.
    func returned(_ task: Int, _ memory: ProcessMemory, _ entry: Registers, _ result: Int64, at time: UInt64) {
        let first = Int32(truncatingIfNeeded: entry.argument(0))
        let made = Int32(truncatingIfNeeded: result)
        let table = table(task)
        switch entry.call {
        // socket: INET, INET6 and UNIX.
        case 41 where result >= 0 && ![1, 2, 10].contains(entry.argument(0)):
            table.sockets[made] = Socket(-1, isDatagram: true, isUnix: false, isOther: true)
        case 41 where result >= 0:
            add(made, isDatagram: entry.argument(1) & 15 == 2, isUnix: entry.argument(0) == 1, table, entry.argument(1))
        // socketpair
        case 53 where result == 0 && entry.argument(0) == 1:
            guard let both = memory.word(entry.argument(3)) else { return }
            let kind = (isDatagram: entry.argument(1) & 15 == 2, flags: entry.argument(1))
            let (low, high) = (Int32(truncatingIfNeeded: both), Int32(truncatingIfNeeded: both >> 32))
            let one = add(low, isDatagram: kind.isDatagram, isUnix: true, table, kind.flags)
            let other = add(high, isDatagram: kind.isDatagram, isUnix: true, table, kind.flags)
            (one.partner, other.partner) = (other, one)
        case 32, 33, 292, 72, 16: changed(first, made, result, table, entry, task, time)
        case 43, 288:
            if result >= 0 { accepted(made, table.sockets[first], table, memory, entry, task, time) }
        case 3: drop(first, table, task, time)
        // close_range, also to close at exec.
        case 436 where result == 0:
            for descriptor in table.sockets.keys.sorted()
            where UInt64(descriptor) >= entry.argument(0) & 0xffff_ffff
                && UInt64(descriptor) <= entry.argument(1) & 0xffff_ffff
            {
                if entry.argument(2) & 4 != 0 {
                    table.closedByExec.insert(descriptor)
                } else {
                    drop(descriptor, table, task, time)
                }
            }
        // splice: from one to the other.
        case 275 where result > 0:
            if let socket = table.sockets[first], socket.isOpen {
                say(socket, task, time, .receivedUnseen(Int(result)))
            }
            if let socket = table.sockets[Int32(truncatingIfNeeded: entry.argument(2))], socket.isOpen {
                say(socket, task, time, .sentUnseen(Int(result)))
            }
        default:
            guard let socket = table.sockets[first] ?? stranger(first, table, entry, result, task, time),
                !socket.isOther
            else { return }
            used(socket, table, task, memory, entry, result, time)
        }
    }

    /// A socket that the program had when it started, or that came from outside the recording, as the calls show that
    /// take nothing else (sendto, recvfrom, sendmsg, recvmsg, sendmmsg, recvmmsg).
    private func stranger(
        _ descriptor: Int32, _ table: Table, _ entry: Registers, _ result: Int64, _ task: Int, _ time: UInt64
    ) -> Socket? {
        guard [44, 45, 46, 47, 299, 307].contains(entry.call), result > 0 else { return nil }
        let socket = add(descriptor, isDatagram: false, isUnix: false, table, 0)
        socket.isOpen = true
        let isInbound = [45, 47, 299].contains(entry.call)
        let name = "descriptor \(descriptor) from outside"
        say(
            socket, task, time,
            .opened(
                isInbound: isInbound, isDatagram: false, server: isInbound ? "" : name, client: isInbound ? name : "",
                errno: 0))
        return socket
    }

    /// dup, dup2, dup3, fcntl, ioctl.
    private func changed(
        _ first: Int32, _ made: Int32, _ result: Int64, _ table: Table, _ entry: Registers, _ task: Int, _ time: UInt64
    ) {
        guard result >= 0 else { return }
        switch (entry.call, entry.argument(1)) {
        case (32, _), (33, _), (72, 0): copy(first, made, table, task, time)
        case (292, _), (72, 1030):
            copy(first, made, table, task, time)
            if entry.call == 72 || entry.argument(2) & 0o2000000 != 0 { table.closedByExec.insert(made) }
        // F_SETFD, FIOCLEX, FIONCLEX.
        case (72, 2) where entry.argument(2) & 1 != 0, (16, 0x5451): table.closedByExec.insert(first)
        case (72, 2), (16, 0x5450): table.closedByExec.remove(first)
        default: break
        }
    }

    private func used(
        _ socket: Socket, _ table: Table, _ task: Int, _ memory: ProcessMemory, _ entry: Registers, _ result: Int64,
        _ time: UInt64
    ) {
        switch entry.call {
        case 49 where result == 0: socket.local = SocketAddress.text(memory, entry.argument(1), entry.argument(2))
        // getsockname: also the port that the kernel chose.
        case 51 where result == 0:
            socket.local = SocketAddress.text(
                memory, entry.argument(1), UInt64(memory.word32(entry.argument(2)) ?? 0))
        case 42: connected(socket, memory, entry, result, task, time)
        // sendfile
        case 40 where result > 0 && socket.isOpen: say(socket, task, time, .sentUnseen(Int(result)))
        default:
            for message in SocketMessage.all(memory, entry, result) {
                moved(message, socket, task, time)
                if message.isSent {
                    depart(message.descriptors(memory), of: socket, table)
                } else {
                    arrive(message.descriptors(memory), at: socket, table, closesOnExec: message.closesOnExec)
                }
            }
        }
    }

    /// EINPROGRESS, EALREADY and EISCONN are no failures.
    private func connected(
        _ socket: Socket, _ memory: ProcessMemory, _ entry: Registers, _ result: Int64, _ task: Int, _ time: UInt64
    ) {
        let server = SocketAddress.text(memory, entry.argument(1), entry.argument(2))
        guard !server.isEmpty, !socket.isOpen || (socket.isDatagram && socket.server != server) else { return }
        if socket.isOpen {
            say(socket, task, time, .closed)
            socket.number = next()
        }
        let failed = result < 0 && ![-115, -114, -106].contains(result)
        socket.isOpen = !failed
        socket.server = server
        if socket.isUnix, !failed { waiting[server, default: []].append(socket) }
        say(
            socket, task, time,
            .opened(
                isInbound: false, isDatagram: socket.isDatagram, server: server, client: socket.local,
                errno: failed ? Int32(truncatingIfNeeded: -result) : 0))
    }

    /// What a call moved, as events of the socket or of its conversation with one address.
    private func moved(_ message: SocketMessage, _ socket: Socket, _ task: Int, _ time: UInt64) {
        var socket = socket
        if socket.isDatagram, !socket.isOpen {
            guard let peer = conversation(of: socket, with: message, task, time) else { return }
            socket = peer
        }
        guard socket.isOpen else { return }
        if !message.bytes.isEmpty {
            return say(socket, task, time, message.isSent ? .sent(message.bytes) : .received(message.bytes))
        }
        guard message.isEnd, !socket.isDatagram, !socket.hasEnded else { return }
        socket.hasEnded = true
        say(socket, task, time, .ended)
    }

    private func conversation(
        of socket: Socket, with message: SocketMessage, _ task: Int, _ time: UInt64
    ) -> Socket? {
        // A program that does not ask where from hears of whom it talked to, where that is one.
        if message.address.isEmpty { return socket.peers.count == 1 ? socket.peers.first?.value : nil }
        if let known = socket.peers[message.address] { return known }
        let peer = Socket(next(), isDatagram: true, isUnix: socket.isUnix)
        peer.isOpen = true
        socket.peers[message.address] = peer
        let isInbound = !message.isSent
        say(
            peer, task, time,
            .opened(
                isInbound: isInbound, isDatagram: true, server: isInbound ? socket.local : message.address,
                client: isInbound ? message.address : socket.local, errno: 0))
        return peer
    }

    private func accepted(
        _ made: Int32, _ listener: Socket?, _ table: Table, _ memory: ProcessMemory, _ entry: Registers, _ task: Int,
        _ time: UInt64
    ) {
        let isUnix = listener?.isUnix ?? false
        let socket = add(made, isDatagram: false, isUnix: isUnix, table, entry.call == 288 ? entry.argument(3) : 0)
        socket.isOpen = true
        if isUnix, let name = listener?.local, waiting[name]?.isEmpty == false, let other = waiting[name]?.removeFirst()
        {
            (socket.partner, other.partner) = (other, socket)
            socket.arriving = other.arrivingAtPartner
            other.arrivingAtPartner = []
        }
        let length = memory.word32(entry.argument(2)).map(UInt64.init) ?? 0
        let client = SocketAddress.text(memory, entry.argument(1), length)
        say(
            socket, task, time,
            .opened(isInbound: true, isDatagram: false, server: listener?.local ?? "", client: client, errno: 0))
    }

    private func next() -> Int {
        count += 1
        return count - 1
    }

    @discardableResult
    private func add(
        _ descriptor: Int32, isDatagram: Bool, isUnix: Bool, _ table: Table, _ flags: UInt64
    ) -> Socket {
        let socket = Socket(next(), isDatagram: isDatagram, isUnix: isUnix)
        table.sockets[descriptor] = socket
        if flags & 0o2000000 != 0 {
            table.closedByExec.insert(descriptor)
        } else {
            table.closedByExec.remove(descriptor)
        }
        return socket
    }

    private func copy(_ old: Int32, _ new: Int32, _ table: Table, _ task: Int, _ time: UInt64) {
        guard old != new else { return }
        let socket = table.sockets[old]
        drop(new, table, task, time)
        table.sockets[new] = socket
    }

    private func drop(_ descriptor: Int32, _ table: Table, _ task: Int, _ time: UInt64) {
        table.closedByExec.remove(descriptor)
        if let socket = table.sockets.removeValue(forKey: descriptor) { forget(socket, task, time) }
    }

    /// One descriptor less; the last one closes the socket. One that is under way is not the last.
    private func forget(_ socket: Socket, _ task: Int, _ time: UInt64) {
        guard socket.isOpen || !socket.peers.isEmpty,
            !tables.values.contains(where: { table in
                table.sockets.values.contains { other in
                    other === socket || other.arriving.contains { $0.contains { $0 === socket } }
                        || other.arrivingAtPartner.contains { $0.contains { $0 === socket } }
                }
            }), !arrivingSomewhere.contains(where: { $0.contains { $0 === socket } })
        else { return }
        for peer in socket.peers.values.sorted(by: { $0.number < $1.number }) { say(peer, task, time, .closed) }
        socket.peers = [:]
        guard socket.isOpen else { return }
        socket.isOpen = false
        say(socket, task, time, .closed)
    }

    private func say(_ socket: Socket, _ task: Int, _ time: UInt64, _ body: SocketEvent.Body) {
        tell(SocketEvent(socket: socket.number, task: task, time: time, body: body))
    }
}
