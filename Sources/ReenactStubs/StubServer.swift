import Glibc
import ReenactDNS
import ReenactLinux
import ReenactTLS
import ReenactTimeline
import ReenactWire

/// Plays all recorded peers of a case to one live program, on one event loop.
///
/// Not `Sendable`: everything happens on the loop's thread.
public final class StubServer {
    /// Bytes that wait for the program on one connection; beyond it the stub stops reading from it.
    public static let outputMax = 64 << 20
    /// Live connections of all stubs; beyond it new ones wait in the kernel.
    public static let connectionsMax = 4096

    let loop: EventLoop
    private let substitutions = Substitutions()
    private(set) var latency: StubLatency
    let authority: CertificateAuthority?
    /// The peers behind tunnels, by name and port.
    private(set) var tunnelEnds: [String: StubPeer] = [:]
    /// Hears everything.
    public var onNews: ((StubNews) -> Void)?

    private var inOrder: [StubPeer] = []
    private let names: [String: [String]]
    private var marks: [String: StubPeer.Mark] = [:]
    private var learnt = 0
    private var listeners: [String: StubListener] = [:]
    private var datagrams: [StubDatagrams] = []
    private var connections: [ObjectIdentifier: StubConnection] = [:]
    private var observer: DialObserver?
    private(set) var gate: AnswerGate?
    /// The events that were met by what is being asked.
    var met: [Int] = []

    /// - Parameters:
    ///   - names: what every name server among the peers knows besides what was recorded of it.
    ///   - authority: who vouches for the stubs that speak TLS; nil where none does.
    public init(
        loop: EventLoop, peers: [StubPeer], names: [String: [String]] = [:], latency: StubLatency,
        authority: CertificateAuthority? = nil
    ) {
        self.loop = loop
        self.latency = latency
        self.authority = authority
        self.names = Dictionary(
            names.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        take(peers)
    }

    private func take(_ peers: [StubPeer]) {
        inOrder = peers
        tunnelEnds = Dictionary(
            peers.filter { $0.transport == .tunnel }.map { ($0.server, $0) }, uniquingKeysWith: { first, _ in first })
        for peer in peers {
            peer.substitutions = substitutions
            let isNameServer = peer.protocolType == DNS.self
            if isNameServer { peer.names = names }
            peer.onEncounter = { [weak self] in self?.met($0, isNameServer: isNameServer) }
        }
    }

    /// Notes how much of the recordings is used up: where `replace` begins.
    public func mark() {
        marks = Dictionary(inOrder.map { ($0.key, $0.mark) }, uniquingKeysWith: { first, _ in first })
        learnt = substitutions.count
    }

    /// Other recordings of the same peers, used up as far as the first ones were at `mark`. Connections stay, and go on
    /// with them; what waits to go out goes.
    public func replace(_ peers: [StubPeer], latency: StubLatency) {
        gate?.close()
        gate = nil
        self.latency = latency
        substitutions.forget(after: learnt)
        take(peers)
        var byKey: [String: StubPeer] = [:]
        for peer in peers {
            if let mark = marks[peer.key] { peer.use(mark) }
            byKey[peer.key] = byKey[peer.key] ?? peer
        }
        for listener in listeners.values {
            if let peer = byKey[listener.peer.key] { listener.peer = peer }
        }
        for datagram in datagrams {
            if let peer = byKey[datagram.peer.key] { datagram.peer = peer }
        }
        for connection in connections.values {
            if let peer = byKey[connection.peer.key] { connection.play(peer) } else { connection.drop() }
        }
        phase = .startup
    }

    private func met(_ encounter: Shelf.Encounter, isNameServer: Bool) {
        if let event = encounter.event { met.append(event) }
        tell(.encounter(encounter))
        // A name that nobody asked for in the recording is a peer that nobody dialled.
        if isNameServer, encounter.event == nil, !encounter.reason.isEmpty {
            tell(.unknownPeer(server: encounter.summary))
        }
    }

    /// Some of what was asked for is still to go out, and due by then (monotonic nanoseconds).
    public func hasAnswers(dueBy time: Int64) -> Bool { connections.values.contains { $0.hasAnswer(dueBy: time) } }

    /// What the live program is doing now.
    public var phase: Event.Phase = .startup {
        didSet {
            for peer in inOrder { peer.enter(phase) }
            for listener in listeners.values { listener.follow() }
        }
    }

    /// Opens every listener.
    ///
    /// - Parameter observesDials: true in a network name space of our own, where refused and ignored dials can be
    ///   seen on the loopback device.
    /// - Returns: the peers that could not be played, with the reason.
    public func open(observesDials: Bool = false) -> [(server: String, reason: String)] {
        var failures: [(String, String)] = []
        if observesDials { observe() }
        for peer in inOrder where peer.transport != .tunnel {
            do {
                try open(peer)
            } catch {
                failures.append((peer.server, "\(error)"))
            }
        }
        return failures
    }

    /// From now on recorded answers go out in that order of events; a question is its event's number below zero.
    ///
    /// - Parameter isAtRest: whether nothing of the program is at work.
    public func keep(order: [Int], isAtRest: @escaping () -> Bool) {
        gate?.close()
        guard !order.isEmpty else { return gate = nil }
        let made = AnswerGate(order, loop: loop, isAtRest: isAtRest)
        made.onSkip = { [weak self] events in
            let names = Set(events.map(abs)).sorted().map(String.init).joined(separator: ", ")
            self?.tell(.trouble("the order of answers could not be kept: what came before is missing (event \(names))"))
        }
        gate = made
    }

    /// Reads the recordings of all peers, one after another, whenever the loop has nothing else to do first.
    public func warmUp() {
        guard let next = inOrder.first(where: { !$0.isRead }) else { return }
        loop.after(nanoseconds: 0) { [weak self] in
            _ = next.shelf
            self?.warmUp()
        }
    }

    /// Ends every connection and listener.
    public func close() {
        observer?.close()
        gate?.close()
        for listener in listeners.values { listener.close() }
        for datagram in datagrams { datagram.close() }
        for connection in connections.values { connection.drop() }
        listeners = [:]
        datagrams = []
        connections = [:]
    }

    /// Inodes of the listening sockets, so that nobody takes them for the program's.
    public var inodes: Set<UInt64> { Set(listeners.values.compactMap(\.inode)) }

    /// How many connections are open.
    public var connectionCount: Int { connections.count }

    private func open(_ peer: StubPeer) throws {
        guard let address = SocketAddress(peer.server) else {
            throw LinuxError("read the address \(peer.server)", code: EINVAL)
        }
        if peer.transport == .udp {
            datagrams.append(try StubDatagrams(peer: peer, address: address, server: self))
            return
        }
        guard listeners[peer.server] == nil else { return }
        let listener = StubListener(peer: peer, address: address, server: self)
        listener.isObserved = observer != nil && peer.transport == .tcp
        listeners[peer.server] = listener
        try listener.open()
    }

    private func observe() {
        do {
            observer = try DialObserver(loop: loop) { [weak self] dial in self?.dialled(dial) }
        } catch {
            tell(.trouble("refused and ignored dials are not seen: \(error)"))
        }
    }

    /// Addresses and ports that are not to be reported when nobody listens there.
    public var expected: Set<UInt16> = []

    private func dialled(_ dial: DialObserver.Dial) {
        if let listener = listeners[dial.server.description] {
            listener.dialled(dial)
        } else if dial.kind == .refused, !expected.contains(dial.server.port) {
            tell(.unknownPeer(server: dial.server.description))
        }
    }

    // MARK: - For listeners and connections

    var hasRoom: Bool { connections.count < Self.connectionsMax }

    func tell(_ news: StubNews) { onNews?(news) }

    func accepted(_ fd: Int32, peer: StubPeer) {
        let connection = StubConnection(fd: fd, peer: peer, server: self)
        connections[ObjectIdentifier(connection)] = connection
        connection.start()
    }

    func ended(_ connection: StubConnection) {
        connections[ObjectIdentifier(connection)] = nil
        for listener in listeners.values { listener.roomAgain() }
    }
}
