import Glibc
import ReenactLinux
import ReenactTLS
import ReenactTimeline
import ReenactWire

/// One connection of the live program to a played peer: socket, layers of TLS, session, and what is still to be sent.
final class StubConnection {
    private unowned let server: StubServer
    private let fd: Int32
    /// The peer that is played now: another one behind a tunnel.
    private(set) var peer: StubPeer
    private var session: any StubSession
    /// Outermost first.
    private var layers: [TLSEngine] = []
    private var upgrade: TLSUpgrade
    /// The program was shown a certificate with a fault in it and has not sent anything since.
    private var isDoubtful = false
    /// Layers below the session that is played now.
    private var base = 0

    private var output = StubOutput()
    /// Some of an answer waits for the program to take it, or for its time, which comes by then.
    func hasAnswer(dueBy time: Int64) -> Bool {
        !unsent.isEmpty || output.hasAnswer && output.nextDue.map { $0 <= time } ?? false
    }
    private var timer: EventLoop.TimerID?
    private var unsent: [UInt8] = []
    private var sentOfUnsent = 0
    /// How the connection ends once all is sent.
    private var ending: Connection.Close.Manner?
    private var isSilent = false
    private var hasShutDown = false
    private var clientEnded = false
    private var isOpen = true
    /// An answer waits for its turn, and these questions behind it.
    private var isHeld = false
    private var backlog: [ArraySlice<UInt8>] = []

    init(fd: Int32, peer: StubPeer, server: StubServer) {
        self.fd = fd
        self.peer = peer
        self.server = server
        session = peer.session()
        upgrade = TLSUpgrade(peer: peer, canSpeakTLS: server.authority != nil)
    }

    func start() {
        do {
            try server.loop.watch(fd, .read) { [weak self] in self?.handle($0) }
        } catch {
            server.tell(.trouble("\(peer.server): \(error)"))
            drop()
            return
        }
        open()
    }

    /// The same peer with another recording; the conversation goes on.
    func play(_ other: StubPeer) { peer = other }

    /// Ends it without ceremony.
    func drop() {
        guard isOpen else { return }
        isOpen = false
        // Some check a certificate only after the handshake, and leave without a word.
        if isDoubtful { server.tell(.fault(server: peer.server, fault: "tls:left")) }
        // What a peer does at the end of a connection, it does whichever way the end comes.
        if !clientEnded { _ = session.clientClosed(peer.shelf) }
        release()
        Glibc.close(fd)
        server.ended(self)
    }

    private func release() {
        if let timer { server.loop.cancel(timer) }
        timer = nil
        server.loop.unwatch(fd)
    }

    private func handle(_ ready: EventLoop.Ready) {
        if ready.contains(.write) { flush() }
        if isOpen, ready.contains(.read) || ready.contains(.readClosed) { receive() }
        if isOpen, ready.contains(.error) || (ready.contains(.hangUp) && clientEnded) { drop() }
    }

    private func receive() {
        var rounds = 0
        while isOpen, !clientEnded, rounds < 8 {
            rounds += 1
            let bytes: [UInt8]
            var count = 0
            bytes = Array(unsafeUninitializedCapacity: 65536) { buffer, initialized in
                count = recv(fd, buffer.baseAddress, buffer.count, 0)
                initialized = max(0, count)
            }
            if count > 0 {
                // What comes after our end reaches nobody, as with the recorded server.
                if !hasShutDown { take(bytes[...], at: 0) }
            } else if count == 0 {
                clientEnded = true
                if hasShutDown { return drop() }
                perform(session.clientClosed(peer.shelf))
            } else if errno == EAGAIN || errno == EINTR {
                break
            } else {
                return drop()
            }
        }
        settle()
    }

    // MARK: - Inwards: through the layers to the session

    private func take(_ bytes: ArraySlice<UInt8>, at level: Int) {
        guard isOpen else { return }
        guard level < layers.count else { return hear(bytes) }
        let engine = layers[level]
        let wasDone = engine.handshakeState == .done
        engine.receive(ciphertext: bytes)
        send(engine.takeCiphertext(), depth: level)
        if case .failed(let error) = engine.handshakeState {
            isDoubtful = false
            server.tell(.fault(server: peer.server, fault: "tls:\(error.alert ?? error.reason)"))
            ending = .fin
            return
        }
        if !wasDone, engine.handshakeState == .done, level == layers.count - 1 { open() }
        let plaintext = engine.takePlaintext()
        if !plaintext.isEmpty { isDoubtful = false }
        if !plaintext.isEmpty { take(plaintext[...], at: level + 1) }
    }

    /// Lets the session speak first, where it can.
    private func open() {
        if upgrade.sessionMayOpen(isSecured: layers.count > base) { perform(session.opened(peer.shelf)) }
        settle()
    }

    private func hear(_ bytes: ArraySlice<UInt8>) {
        switch upgrade.received(bytes, isSecured: layers.count > base) {
        case .plain: ask(bytes)
        case .secure(let count): secure(with: bytes.dropFirst(count))
        case .grant(let answer): send(answer, depth: layers.count)
        }
    }

    private func ask(_ bytes: ArraySlice<UInt8>) {
        // What is asked behind an answer that has to wait, waits with it.
        guard !isHeld else { return backlog.append(bytes) }
        output.asked()
        server.met = []
        let actions = session.received(peer.shelf.substitutions.toRecorded(bytes), peer.shelf)
        let asked = MonotonicClock.now()
        let isFree =
            server.gate?.pass(server.met, delivery: { [weak self] in self?.delivery ?? .arrived }) { [weak self] in
                self?.release(actions, asked)
            } ?? true
        if isFree { perform(actions) } else { isHeld = true }
    }

    /// How far what was answered last has come.
    private var delivery: AnswerGate.Delivery {
        guard isOpen else { return .arrived }
        guard unsent.isEmpty, !output.hasAnswer else { return .waiting }
        return Socket.unacknowledged(fd) == 0 ? .arrived : .sent
    }

    /// It is the turn of an answer that had to wait.
    private func release(_ actions: [StubAction], _ asked: Int64) {
        guard isOpen else { return }
        isHeld = false
        perform(actions, asked)
        let waiting = backlog
        backlog = []
        for bytes in waiting { ask(bytes) }
        settle()
    }

    private func secure(with hello: ArraySlice<UInt8>) {
        guard let authority = server.authority else { return }
        let (host, certificate) = (peer.host, peer.certificate)
        do {
            let engine = try TLSEngine.server(
                identityFor: { (name: String?) throws(TLSError) in
                    guard let certificate else { return try authority.leaf(for: [name ?? host]) }
                    return try authority.mirror(of: certificate)
                },
                alpn: peer.applicationProtocols)
            layers.append(engine)
            isDoubtful = certificate != nil
            take(hello, at: layers.count - 1)
        } catch {
            server.tell(.trouble("\(peer.server): \(error)"))
            drop()
        }
    }

    // MARK: - Outwards: from the session through the layers

    private func perform(_ recorded: [StubAction], _ asked: Int64 = MonotonicClock.now()) {
        let substitutions = peer.shelf.substitutions
        let isPlain = layers.count == base
        let actions = recorded.map { action -> StubAction in
            guard case .send(var bytes, let delay) = action else { return action }
            if !substitutions.isEmpty { bytes = substitutions.toLive(bytes) }
            return .send(isPlain ? upgrade.adapt(bytes) : bytes, delay: delay)
        }
        output.add(actions, depth: layers.count, now: asked, latency: server.latency)
        for case .tunnel(let name, let behind) in actions { tunnel(to: name, behind: behind) }
    }

    private func tunnel(to name: String, behind: [UInt8]) {
        guard let end = server.tunnelEnds[name] else {
            server.tell(.unknownPeer(server: name))
            output.add([.close(.fin, delay: 0)], depth: layers.count, now: MonotonicClock.now(), latency: .none)
            return
        }
        peer = end
        session = end.session()
        base = layers.count
        upgrade = TLSUpgrade(peer: end, canSpeakTLS: server.authority != nil)
        open()
        if !behind.isEmpty { take(behind[...], at: layers.count) }
    }

    /// Does what is due, and sees to it that the rest is done in time.
    private func settle() {
        guard isOpen else { return }
        while ending == nil, let step = output.next(at: MonotonicClock.now()) {
            if let fault = step.fault { server.tell(.fault(server: peer.server, fault: fault)) }
            switch step.kind {
            case .send(let bytes): send(bytes, depth: step.depth)
            case .close(let manner):
                ending = manner
                if manner == .fin { sayGoodbye(depth: step.depth) }
            case .silence: isSilent = true
            }
        }
        if let timer { server.loop.cancel(timer) }
        timer = nil
        if ending == nil, let due = output.nextDue {
            timer = server.loop.after(nanoseconds: due - MonotonicClock.now()) { [weak self] in self?.settle() }
        } else if ending == nil, clientEnded, !isSilent, !isHeld {
            ending = .fin
            sayGoodbye(depth: layers.count)
        }
        flush()
    }

    private func sayGoodbye(depth: Int) {
        for level in layers.indices.prefix(depth).reversed() {
            layers[level].close()
            send(layers[level].takeCiphertext(), depth: level)
        }
    }

    private func send(_ bytes: [UInt8], depth: Int) {
        var bytes = bytes
        for level in layers.indices.prefix(depth).reversed() {
            layers[level].write(plaintext: bytes)
            bytes = layers[level].takeCiphertext()
        }
        if unsent.isEmpty { unsent = bytes } else { unsent.append(contentsOf: bytes) }
    }

    private func flush() {
        while isOpen, sentOfUnsent < unsent.count {
            let count = unsent.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress! + sentOfUnsent, $0.count - sentOfUnsent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sentOfUnsent += count
            } else if errno != EINTR {
                if errno != EAGAIN { return drop() }
                break
            }
        }
        if sentOfUnsent == unsent.count {
            unsent = []
            sentOfUnsent = 0
            end()
        }
        guard isOpen else { return }
        var interest: EventLoop.Interest = []
        let waiting = unsent.count - sentOfUnsent + output.bytes
        if !clientEnded, waiting <= StubServer.outputMax { interest.insert(.read) }
        if !unsent.isEmpty { interest.insert(.write) }
        server.loop.change(fd, interest)
    }

    /// All is sent: ends the connection if it is to end.
    private func end() {
        guard isOpen, let ending, !hasShutDown else { return }
        if ending == .reset {
            isOpen = false
            release()
            Socket.reset(fd)
            server.ended(self)
        } else {
            shutdown(fd, Int32(SHUT_WR))
            hasShutDown = true
            if clientEnded { drop() }
        }
    }
}
