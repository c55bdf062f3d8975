import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Answers the program's `connect`, `accept`, `getpeername` and `getsockname`, so that the relay is in the path and
/// the program sees what it would see without it.
///
/// What it does not understand it lets the kernel do. Source: seccomp_unotify(2).
final class Interceptor {
    let loop: EventLoop
    let tap: Tap
    let targets = TargetProcesses()
    let pairs: SocketPair
    let policy: TLSPolicy
    /// Where the program's standard input is a stream that we read for it.
    var input: InputTap?
    private let listener: Int32
    private let controlPath: String
    private let outstanding: OutstandingCalls
    /// Addresses that a relayed socket of the program must seem to have, by its inode.
    private var masks: [UInt64: (local: SocketAddress?, peer: SocketAddress?)] = [:]
    private var connections: [Int: (relay: RelayConnection, inode: UInt64)] = [:]
    private lazy var accepting = Acceptor(self)
    private lazy var connecting = Connector(self)
    private lazy var datagrams = DatagramRelay(self)
    private lazy var observing = DatagramObserver(self)
    /// Processes that were shells when they were first seen, with the program file.
    private var shells: [Int32: String] = [:]
    /// No process of the program is left.
    private(set) var isOver = false
    /// The program has taken, or waited for, a connection.
    private(set) var isServer = false

    init(
        loop: EventLoop, tap: Tap, listener: Int32, outstanding: OutstandingCalls, controlPath: String,
        policy: TLSPolicy, directory: String
    ) {
        self.loop = loop
        self.tap = tap
        self.listener = listener
        self.controlPath = controlPath
        self.outstanding = outstanding
        self.policy = policy
        pairs = SocketPair(directory: directory)
        targets.onFirstSeen = { [unowned self] pid in
            guard let facts = ProcessFacts(pid: pid) else { return }
            self.policy.learn(facts)
            self.tap.note(.process(facts))
            if ProgramName.isShell(facts.arguments) { self.shells[pid] = facts.executable }
        }
    }

    /// A shell becomes the program that it hands over to.
    private func lookAgain(_ pid: Int32) {
        guard let shell = shells[pid], let now = ProcFile.link("/proc/\(pid)/exe"), now != shell else { return }
        shells[pid] = nil
        targets.onFirstSeen?(pid)
    }

    func start() throws {
        try loop.watch(listener, .read) { [unowned self] ready in
            if ready.contains(.read) {
                self.receive()
            } else if ready.contains(.hangUp) {
                self.loop.unwatch(self.listener)
                self.isOver = true
            }
        }
    }

    var openConnections: Int { connections.count }

    /// Tells what was not seen, before the recording ends.
    func finish() { observing.finish() }

    private func receive() {
        var notification = rn_notification()
        guard rn_notify_receive(listener, &notification) == 0 else { return }
        let thread = Int32(bitPattern: notification.pid)
        let call = InterceptedCall(
            notification: notification, process: targets.process(ofThread: thread), thread: thread, listener: listener,
            outstanding: outstanding)
        outstanding.add(notification.id)
        if !shells.isEmpty { lookAgain(call.process) }
        switch notification.number {
        case rn_sys_connect: connect(call)
        case rn_sys_accept, rn_sys_accept4:
            isServer = true
            accepting.handle(call)
        case rn_sys_getpeername: answerName(call, isPeer: true)
        case rn_sys_getsockname: answerName(call, isPeer: false)
        case rn_sys_sendto: observing.sending(call)
        case rn_sys_recvfrom: observing.receiving(call)
        case rn_sys_bind: observing.binding(call)
        case rn_sys_read, rn_sys_readv:
            guard let input else { return call.letKernel() }
            input.handle(call, descriptor: targets.descriptor(0, of: call.process))
        default: call.letKernel()
        }
    }

    private func connect(_ call: InterceptedCall) {
        guard
            let raw = TargetProcesses.read(
                call.process, at: call.argument(1), count: Int(min(128, call.argument(2)))),
            let address = SocketAddress(bytes: raw), address.path != controlPath, !pairs.owns(address)
        else { return call.letKernel() }
        let copy = targets.descriptor(Int32(truncatingIfNeeded: call.argument(0)), of: call.process)
        guard copy >= 0 else { return call.letKernel() }
        switch Socket.option(copy, SOL_SOCKET, SO_TYPE) {
        case Int32(SOCK_STREAM.rawValue): connecting.handle(call, socket: copy, address: address)
        case Int32(SOCK_DGRAM.rawValue) where address.port == 53: datagrams.handle(call, socket: copy, address: address)
        case Int32(SOCK_DGRAM.rawValue) where address.family != UInt16(AF_UNIX) && address.port != 0:
            observing.connecting(call, socket: copy, address: address)
        default:
            close(copy)
            call.letKernel()
        }
    }

    /// Puts the relay between two sockets, and starts it.
    func relay(
        _ connection: Connection, inode: UInt64, clientSocket: Int32, serverSocket: Int32,
        mask: (local: SocketAddress?, peer: SocketAddress?)
    ) {
        tap.note(.opened(connection, inode: inode))
        masks[inode] = mask
        if mask.peer?.isLoopback ?? false {
            Socket.setUnpaced(connection.direction == .inbound ? clientSocket : serverSocket)
        }
        let interposer =
            connection.direction == .outbound && connection.transport == .tcp
            ? StreamInterposer(
                pid: connection.process ?? 0, server: connection.server, transport: connection.transport,
                policy: policy, tap: tap) : nil
        let relay = RelayConnection(
            id: connection.id, isInbound: connection.direction == .inbound, clientSocket: clientSocket,
            serverSocket: serverSocket, loop: loop, tap: tap,
            interposer: interposer
        ) { [unowned self] ended in
            if let entry = self.connections.removeValue(forKey: ended.id) { self.masks[entry.inode] = nil }
        }
        connections[connection.id] = (relay, inode)
        do {
            try relay.start()
        } catch {
            tap.note(.hole(connection: connection.id, "the relay could not watch it: \(error)"))
            relay.abort()
        }
    }

    /// From now on the socket's peer is named as the program named it.
    func mask(_ inode: UInt64, peer: SocketAddress) { masks[inode] = (nil, peer) }

    /// No longer, where it still is that peer.
    func unmask(_ inode: UInt64, peer: SocketAddress) {
        if masks[inode]?.peer == peer { masks[inode] = nil }
    }

    private func answerName(_ call: InterceptedCall, isPeer: Bool) {
        let fd = Int32(truncatingIfNeeded: call.argument(0))
        guard !masks.isEmpty, let link = ProcFile.link("/proc/\(call.process)/fd/\(fd)"), link.hasPrefix("socket:["),
            let inode = UInt64(link.dropFirst(8).dropLast()), let mask = masks[inode],
            let address = isPeer ? mask.peer : mask.local
        else { return call.letKernel() }
        TargetProcesses.fill(address, in: call.process, at: call.argument(1), length: call.argument(2))
        call.answer(0)
    }
}

/// One call of the program that waits for our answer.
struct InterceptedCall {
    let notification: rn_notification
    let process: Int32
    let thread: Int32
    let listener: Int32
    /// Where the call is noted until it is answered.
    let outstanding: OutstandingCalls

    func argument(_ index: Int) -> UInt64 {
        withUnsafeBytes(of: notification.arguments) { $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
    }

    var number: Int32 { notification.number }
    /// False once the caller was killed, or interrupted by a signal.
    var isWaiting: Bool { rn_notify_valid(listener, notification.id) != 0 }
    func letKernel() {
        outstanding.remove(notification.id)
        _ = rn_notify_continue(listener, notification.id)
    }
    /// False where the caller no longer waits.
    @discardableResult
    func answer(_ value: Int64) -> Bool {
        outstanding.remove(notification.id)
        return rn_notify_answer(listener, notification.id, value, 0) == 0
    }
    func fail(_ code: Int32) {
        outstanding.remove(notification.id)
        _ = rn_notify_answer(listener, notification.id, 0, code)
    }
    /// Nobody waits for it any more.
    func drop() { outstanding.remove(notification.id) }
    /// Gives the caller a copy of the descriptor as its result; false where it no longer waits.
    func answer(descriptor: Int32, closeOnExec: Bool) -> Bool {
        outstanding.remove(notification.id)
        return rn_notify_answer_fd(listener, notification.id, descriptor, closeOnExec ? 1 : 0) == 0
    }
}
