import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Reads along with datagram sockets that are not connected: what goes to an address, and what comes from one.
///
/// Nothing is put in the path. A datagram is read in the program's memory before the kernel sends it; one that has come
/// is looked at in the socket before the kernel hands it over. A call that has to wait for one waits here, and ends by
/// the socket's own timeout or a signal as it would there.
final class DatagramObserver {
    private unowned let owner: Interceptor
    private var sockets: [UInt64: DatagramSocket] = [:]
    private var waits: [Int32: Wait] = [:]
    private let unseen: UnseenDatagrams
    private var isSweeping = false
    /// Sockets of which we hold a copy of our own accord.
    private var copies = 0
    private static let copiesMax = 64
    private static let socketsMax = 4096
    /// A datagram socket has no end that could be seen from here: half a minute of quiet is one.
    private static let quiet: Instant = 30_000_000_000

    /// A call that waits for a datagram.
    private final class Wait {
        let call: InterceptedCall
        let copy: Int32
        /// When the socket's own timeout ends it.
        let deadline: Int64?
        var timer: EventLoop.TimerID?

        init(call: InterceptedCall, copy: Int32, deadline: Int64?) {
            self.call = call
            self.copy = copy
            self.deadline = deadline
        }
    }

    init(_ owner: Interceptor) {
        self.owner = owner
        unseen = UnseenDatagrams(owner.tap)
    }

    // MARK: - Questions

    func sending(_ call: InterceptedCall) {
        // What is noted here stands before any answer.
        defer { call.letKernel() }
        guard
            let raw = TargetProcesses.read(call.process, at: call.argument(4), count: Int(min(128, call.argument(5)))),
            let address = SocketAddress(bytes: raw), address.family != UInt16(AF_UNIX), let copy = socket(of: call)
        else { return }
        let peer = Self.name(address)
        let socket = known(copy)
        var isKept = false
        defer { if !isKept { close(copy) } }
        guard !socket.isServer, !socket.strangers.contains(peer) else { return tellServer(socket, copy) }
        unseen.forget(socket.inode)
        guard meet(peer, at: address, socket, copy, call) else { return }
        owner.tap.withScratch { room in
            let count = Int(clamping: call.argument(2))
            guard count <= room.count, count > 0, let base = room.baseAddress,
                rn_read_memory(call.process, call.argument(1), base, count) == count
            else { return }
            note(UnsafeRawBufferPointer(start: base, count: count), from: .client, peer, socket)
        }
        socket.asked = peer
        if !socket.isReadWithAddress, socket.copy < 0, copies < Self.copiesMax {
            isKept = true
            attend(socket, copy)
        }
    }

    /// Makes sure that there is a connection for what passes with the peer; false where there is no way to it.
    private func meet(
        _ peer: String, at address: SocketAddress, _ socket: DatagramSocket, _ copy: Int32, _ call: InterceptedCall
    ) -> Bool {
        guard socket.peers[peer] == nil else { return true }
        var connection = Connection(
            id: owner.tap.newConnection(), direction: .outbound, transport: .udp, server: peer,
            client: SocketAddress.local(of: copy)?.description ?? "", process: call.process, thread: call.thread,
            protocolName: address.port == 53 ? "dns" : "raw", opened: owner.tap.now)
        let code = Self.wayTo(address)
        if code != 0 { (connection.opening, connection.openingErrno) = (.unreachable, code) }
        owner.tap.note(.opened(connection, inode: socket.inode))
        if code != 0 {
            owner.tap.note(.ended(connection: connection.id, time: owner.tap.now))
            return false
        }
        socket.peers[peer] = .init(connection: connection.id)
        return true
    }

    /// 0, or why the kernel has no way to the address. Nothing is sent.
    private static func wayTo(_ address: SocketAddress) -> Int32 {
        guard let probe = try? Socket.datagram(family: Int32(address.family), nonblocking: true) else { return 0 }
        defer { close(probe) }
        let code = address.withSockAddr { connect(probe, $0, $1) } == 0 ? 0 : errno
        return code == ENETUNREACH || code == EHOSTUNREACH ? code : 0
    }

    private func tellServer(_ socket: DatagramSocket, _ copy: Int32) {
        guard !socket.toldHole else { return }
        socket.toldHole = true
        let place = SocketAddress.local(of: copy)?.description ?? "a port of the program's"
        let connection = socket.peers[socket.asked]?.connection
        owner.tap.note(.hole(connection: connection, "datagrams that came to \(place) unasked were not recorded"))
    }

    // MARK: - Answers

    func receiving(_ call: InterceptedCall) {
        let earlier = waits.removeValue(forKey: call.thread)
        if let earlier { end(earlier) }
        let flags = Int32(truncatingIfNeeded: call.argument(3))
        let special = Int32(MSG_PEEK | MSG_ERRQUEUE | MSG_OOB)
        guard flags & special == 0, let copy = socket(of: call) else { return call.letKernel() }
        // What is connected is relayed, or known to be unseen.
        guard SocketAddress.peer(of: copy) == nil else {
            close(copy)
            return call.letKernel()
        }
        let socket = known(copy, isListening: true)
        unseen.forget(socket.inode)
        release(socket)
        socket.isReadWithAddress = true
        let isPatient = !Socket.isNonblocking(copy) && flags & Int32(MSG_DONTWAIT) == 0
        guard hear(copy, socket, call.thread) == .nothing, isPatient, !socket.isServer else {
            close(copy)
            return call.letKernel()
        }
        wait(call, copy, socket, until: earlier?.deadline)
    }

    private func wait(_ call: InterceptedCall, _ copy: Int32, _ socket: DatagramSocket, until deadline: Int64?) {
        let timeout = Socket.receiveTimeout(copy)
        let due = timeout.map { deadline ?? MonotonicClock.now() + $0 }
        let wait = Wait(call: call, copy: copy, deadline: due)
        do {
            try owner.loop.watch(copy, .read) { [unowned self] _ in
                // One datagram wakes all who wait: the others go on waiting while the first takes it.
                let (given, now) = (socket.given, self.owner.tap.now)
                if given.thread != call.thread, now - given.time < 300_000 { return }
                self.waits[call.thread] = nil
                self.end(wait, answering: true) { self.hear(copy, socket, call.thread) }
            }
        } catch {
            close(copy)
            return call.letKernel()
        }
        waits[call.thread] = wait
        if let due {
            wait.timer = owner.loop.after(nanoseconds: due - MonotonicClock.now()) { [unowned self] in
                guard self.waits[call.thread] === wait else { return }
                self.waits[call.thread] = nil
                self.owner.loop.unwatch(copy)
                close(copy)
                call.fail(EAGAIN)
            }
        }
        sweepLater()
    }

    /// Ends a wait; the kernel carries the call out, where somebody still waits for it.
    private func end(_ wait: Wait, answering: Bool = false, _ hear: () -> Heard = { .nothing }) {
        owner.loop.unwatch(wait.copy)
        if let timer = wait.timer { owner.loop.cancel(timer) }
        if answering, wait.call.isWaiting {
            _ = hear()
            wait.call.letKernel()
        } else {
            wait.call.drop()
        }
        close(wait.copy)
    }

    private enum Heard {
        case nothing
        case datagram
        /// An error waits: the program is to have it.
        case error
    }

    /// Notes what the program is about to take.
    private func hear(_ copy: Int32, _ socket: DatagramSocket, _ thread: Int32?) -> Heard {
        var status = pollfd(fd: copy, events: Int16(POLLIN), revents: 0)
        guard poll(&status, 1, 0) > 0 else { return .nothing }
        guard Int32(status.revents) & (POLLERR | POLLNVAL) == 0 else { return .error }
        var heard = Heard.nothing
        owner.tap.withScratch { room in
            var count = 0
            let flags = Int32(MSG_PEEK | MSG_DONTWAIT)
            let source = SocketAddress.filled { address, length in
                count = recvfrom(copy, room.baseAddress, room.count, flags, address, length)
                return Int32(clamping: count)
            }.address
            guard count >= 0, let source else { return }
            heard = .datagram
            if let thread { socket.given = (thread, owner.tap.now) }
            took(
                UnsafeRawBufferPointer(rebasing: room[..<count]), Self.name(source), socket, copy,
                isForesight: thread == nil)
        }
        return heard
    }

    private func took(
        _ bytes: UnsafeRawBufferPointer, _ source: String, _ socket: DatagramSocket, _ copy: Int32, isForesight: Bool
    ) {
        let foreseen = socket.foreseen
        socket.foreseen = isForesight ? (source, Array(bytes)) : nil
        if let foreseen, foreseen.source == source, foreseen.bytes.elementsEqual(bytes) { return }
        if socket.peers[source] != nil {
            note(bytes, from: .server, source, socket)
        } else {
            if socket.strangers.count < 1024 { socket.strangers.insert(source) }
            tellServer(socket, copy)
        }
    }

    private func note(_ bytes: UnsafeRawBufferPointer, from side: Side, _ name: String, _ socket: DatagramSocket) {
        guard var peer = socket.peers[name] else { return }
        let (now, offset) = (owner.tap.now, side == .client ? peer.sent : peer.received)
        socket.lastUse = now
        owner.tap.bytes(bytes, connection: peer.connection, side: side, offset: offset, time: now)
        if side == .client { peer.sent += bytes.count } else { peer.received += bytes.count }
        socket.peers[name] = peer
    }

    // MARK: - Programs that do not ask where an answer is from

    /// Looks at answers as they come, as long as it is not known whether the program will say when it takes them.
    private func attend(_ socket: DatagramSocket, _ copy: Int32) {
        do {
            try watch(socket, copy)
            socket.copy = copy
            copies += 1
        } catch {
            close(copy)
        }
    }

    private func watch(_ socket: DatagramSocket, _ copy: Int32) throws {
        try owner.loop.watch(copy, .read) { [unowned self] _ in
            self.owner.loop.unwatch(copy)
            let heard = self.hear(copy, socket, nil)
            if heard == .datagram { return self.lookAgain(socket, after: 2_000_000) }
            if heard == .nothing { self.lookForUnseen(socket) }
            self.release(socket)
        }
    }

    /// Tells where an answer was taken before we could look.
    private func lookForUnseen(_ socket: DatagramSocket) {
        guard socket.copy >= 0, !socket.toldHole, socket.peers.values.allSatisfy({ $0.received == 0 }),
            rn_has_received(socket.copy) == 1
        else { return }
        socket.toldHole = true
        let connection = socket.peers[socket.asked]?.connection
        owner.tap.note(.hole(connection: connection, "what \(socket.asked) answered was not seen"))
    }

    /// Waits until the program has taken what was seen, and then for more.
    private func lookAgain(_ socket: DatagramSocket, after delay: Int64) {
        let copy = socket.copy
        owner.loop.after(nanoseconds: delay) { [unowned self] in
            guard copy >= 0, socket.copy == copy else { return }
            var first: UInt8 = 0
            let isThere = recv(copy, &first, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0
            if isThere { return self.lookAgain(socket, after: min(delay * 2, 500_000_000)) }
            socket.foreseen = nil
            if (try? self.watch(socket, copy)) == nil { self.release(socket) }
        }
    }

    private func release(_ socket: DatagramSocket) {
        guard socket.copy >= 0 else { return }
        owner.loop.unwatch(socket.copy)
        close(socket.copy)
        socket.copy = -1
        copies -= 1
    }

    // MARK: - What can only be told of

    func connecting(_ call: InterceptedCall, socket copy: Int32, address: SocketAddress) {
        unseen.hold(copy, process: call.process, peer: Self.name(address))
        call.letKernel()
        sweepLater()
    }

    func binding(_ call: InterceptedCall) {
        defer { call.letKernel() }
        guard
            let raw = TargetProcesses.read(call.process, at: call.argument(1), count: Int(min(128, call.argument(2)))),
            // A port of the program's own choice is to be free again as soon as the program lets it go.
            let address = SocketAddress(bytes: raw), address.family != UInt16(AF_UNIX), address.port == 0,
            let copy = socket(of: call)
        else { return }
        unseen.hold(copy, process: call.process, peer: nil)
        sweepLater()
    }

    // MARK: - Housekeeping

    /// A copy of the call's socket, where it is one for datagrams to addresses.
    private func socket(of call: InterceptedCall) -> Int32? {
        let copy = owner.targets.descriptor(Int32(truncatingIfNeeded: call.argument(0)), of: call.process)
        guard copy >= 0 else { return nil }
        let domain = Socket.option(copy, SOL_SOCKET, SO_DOMAIN)
        guard domain == AF_INET || domain == AF_INET6,
            Socket.option(copy, SOL_SOCKET, SO_TYPE) == Int32(SOCK_DGRAM.rawValue)
        else {
            close(copy)
            return nil
        }
        return copy
    }

    private func known(_ copy: Int32, isListening: Bool = false) -> DatagramSocket {
        let inode = Socket.inode(copy)
        if let known = sockets[inode] { return known }
        if sockets.count >= Self.socketsMax { sweep(quiet: 0) }
        let isServer = isListening && DatagramSocket.isAtChosenPort(copy)
        let made = DatagramSocket(inode: inode, isServer: isServer, now: owner.tap.now)
        sockets[inode] = made
        sweepLater()
        return made
    }

    /// An address as a peer's name. Datagrams to nowhere in particular go to this machine.
    static func name(_ address: SocketAddress) -> String {
        guard address.isAny else { return address.description }
        return address.family == UInt16(AF_INET6) ? "[::1]:\(address.port)" : "127.0.0.1:\(address.port)"
    }

    private func sweepLater() {
        guard !isSweeping else { return }
        isSweeping = true
        owner.loop.after(nanoseconds: 500_000_000) { [unowned self] in
            self.isSweeping = false
            self.sweep(quiet: Self.quiet)
        }
    }

    private func sweep(quiet: Instant) {
        for (thread, wait) in waits where !wait.call.isWaiting {
            waits[thread] = nil
            end(wait)
        }
        unseen.look()
        let now = owner.tap.now
        for socket in sockets.values { lookForUnseen(socket) }
        for socket in sockets.values where now - socket.lastUse >= quiet && (quiet == 0 || !socket.isServer) {
            release(socket)
            sockets[socket.inode] = nil
            for peer in socket.peers.values { owner.tap.note(.ended(connection: peer.connection, time: now)) }
        }
        if !waits.isEmpty || !unseen.isEmpty || sockets.values.contains(where: { !$0.isServer }) { sweepLater() }
    }

    func finish() {
        unseen.look()
        for socket in sockets.values { lookForUnseen(socket) }
    }
}
