import ReenactLinux
import ReenactTLS
import ReenactTimeline

/// Looks at the first bytes of an outgoing connection and, where they call for it, steps into the stream: opens TLS,
/// follows an HTTP `CONNECT` into its tunnel, answers PostgreSQL's SSLRequest.
///
/// A pure pass-through for everything else.
final class StreamInterposer {
    private enum Stage {
        /// Nothing decided: the program's first bytes are awaited.
        case sniffing
        /// The program's bytes are a part of a ClientHello or of `CONNECT`.
        case gathering([UInt8])
        case plain
        /// `CONNECT` was sent: the proxy's answer is awaited.
        case connecting(target: String, answer: [UInt8])
        /// SSLRequest was sent: the server's one byte is awaited.
        case askingPostgres
        /// The program's hello is kept until the real server has shown itself.
        case opening(far: TLSEngine, hello: [UInt8], offered: [String])
        /// The server's certificate did not hold: what the program trusts may become known now.
        case doubting(hello: [UInt8])
        case tls(near: TLSEngine, far: TLSEngine)
        /// TLS to the server only: the program was told that there is none.
        case farOnly(TLSEngine)
    }

    private let pid: Int32
    private let server: String
    private let transport: Connection.Transport
    private let policy: TLSPolicy
    private let tap: Tap
    private unowned var connection: RelayConnection!
    private var stage = Stage.sniffing
    /// The stream that is observed now: the connection itself, or a tunnel inside it.
    private var stream: (id: Int, client: Int, server: Int)?
    private var name: String

    init(pid: Int32, server: String, transport: Connection.Transport, policy: TLSPolicy, tap: Tap) {
        self.pid = pid
        self.server = server
        self.transport = transport
        self.policy = policy
        self.tap = tap
        name = server
    }

    func attach(to connection: RelayConnection) { self.connection = connection }

    func received(_ bytes: UnsafeRawBufferPointer, from side: Side) {
        switch stage {
        case .plain: pass(bytes, from: side)
        case .sniffing: side == .client ? sniff(Array(bytes)) : pass(bytes, from: .server)
        case .gathering(let soFar): side == .client ? sniff(soFar + bytes) : pass(bytes, from: .server)
        case .connecting(let target, let answer):
            pass(bytes, from: side)
            if side == .server { proxyAnswered(target: target, answer: answer + bytes) }
        case .askingPostgres:
            side == .server ? postgresAnswered(bytes) : pass(bytes, from: .client)
        case .opening(let far, let hello, let offered):
            if side == .client {
                stage = .opening(far: far, hello: hello + bytes, offered: offered)
            } else {
                far.receive(ciphertext: bytes)
                sendOut(far, towards: .server)
                serverShowedItself(far, hello: hello, offered: offered)
            }
        case .doubting(let hello): if side == .client { stage = .doubting(hello: hello + bytes) }
        case .tls(let near, let far): pump(bytes, from: side, near: near, far: far)
        case .farOnly(let far):
            if side == .client {
                observe(Array(bytes), from: .client)
                far.write(plaintext: Array(bytes))
            } else {
                far.receive(ciphertext: bytes)
                forward(far.takePlaintext(), from: .server)
            }
            sendOut(far, towards: .server)
        }
    }

    /// One end said that it sends no more.
    func ended(_ side: Side) {
        switch stage {
        case .gathering(let soFar):
            stage = .plain
            forward(soFar, from: .client)
        case .tls(let near, let far):
            let engine = side == .client ? far : near
            engine.close()
            sendOut(engine, towards: side.other)
        default: break
        }
    }

    func finished() {
        if let stream, stream.id != connection.id { tap.note(.ended(connection: stream.id, time: tap.now)) }
    }

    // MARK: - First bytes

    private func sniff(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        if first == 0x16 {
            switch ClientHello.parse(bytes) {
            case .needMore: stage = .gathering(bytes)
            case .notTLS: settle(bytes)
            case .hello(let asked, let offered): open(hello: bytes, asked: asked, offered: offered)
            }
        } else if bytes.starts(with: "CONNECT ".utf8) {
            guard let end = headEnd(bytes) else {
                if bytes.count > 65536 { settle(bytes) } else { stage = .gathering(bytes) }
                return
            }
            let line = String(decoding: bytes.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
            let parts = line.split(separator: " ")
            stage = .connecting(target: parts.count > 1 ? String(parts[1]) : "", answer: [])
            forward(Array(bytes[..<end]), from: .client)
        } else if "CONNECT ".utf8.starts(with: bytes), bytes.count < 8 {
            stage = .gathering(bytes)
        } else if bytes == [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f] {
            stage = .askingPostgres
            forward(bytes, from: .client)
        } else {
            settle(bytes)
        }
    }

    private func settle(_ bytes: [UInt8]) {
        stage = .plain
        forward(bytes, from: .client)
    }

    /// The offset behind the empty line that ends a message's head.
    private func headEnd(_ bytes: [UInt8]) -> Int? {
        var index = 0
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    private func proxyAnswered(target: String, answer: [UInt8]) {
        guard headEnd(answer) != nil else {
            stage = answer.count > 65536 ? .plain : .connecting(target: target, answer: answer)
            return
        }
        let status = answer.split(separator: 32, maxSplits: 2).dropFirst().first
        guard status?.first == UInt8(ascii: "2") else {
            stage = .plain
            return
        }
        let id = tap.newConnection()
        let now = tap.now
        tap.note(
            .opened(
                Connection(
                    id: id, direction: .outbound, transport: .tunnel, server: target, parent: connection.id,
                    process: pid, opened: now), inode: 0))
        stream = (id, 0, 0)
        name = target
        stage = .sniffing
    }

    // MARK: - PostgreSQL

    /// The server's answer to SSLRequest: `N` passes; `S` becomes `N` for the program, and TLS for the server only.
    ///
    /// Source: https://www.postgresql.org/docs/current/protocol-flow.html, "SSL Session Encryption".
    private func postgresAnswered(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.first == UInt8(ascii: "S") else {
            stage = .plain
            pass(bytes, from: .server)
            return
        }
        do {
            let far = try TLSEngine.client(serverName: nil, verify: false)
            stage = .farOnly(far)
            sendOut(far, towards: .server)
            forward([UInt8(ascii: "N")], from: .server)
        } catch {
            tap.note(.hole(connection: connection.id, "TLS to \(server) could not be opened: \(error)"))
            stage = .plain
            pass(bytes, from: .server)
        }
    }

    // MARK: - TLS

    private func open(hello: [UInt8], asked: String?, offered: [String]) {
        switch policy.decision(for: pid, server: host(asked)) {
        case .opaque(let reason): leaveOpaque(hello, asked: asked, reason: reason)
        case .decrypt where !offered.isEmpty && !offered.contains("http/1.1"):
            leaveOpaque(hello, asked: asked, reason: "the program insists on \(offered.joined(separator: ", "))")
        case .decrypt(let caFile): ask(hello: hello, asked: asked, offered: offered, verify: true, caFile: caFile)
        }
    }

    private func host(_ asked: String?) -> String {
        asked ?? String(name[..<(name.lastIndex(of: ":") ?? name.endIndex)])
    }

    /// Opens TLS with the real server.
    private func ask(hello: [UInt8], asked: String?, offered: [String], verify: Bool, caFile: String?) {
        do {
            let far = try TLSEngine.client(
                serverName: asked, alpn: offered.isEmpty ? [] : ["http/1.1"], verify: verify, caFile: caFile)
            triedFile = caFile
            stage = .opening(far: far, hello: hello, offered: offered)
            sendOut(far, towards: .server)
        } catch {
            leaveOpaque(hello, asked: asked, reason: "\(error)")
        }
    }

    private func leaveOpaque(_ hello: [UInt8], asked: String?, reason: String) {
        tap.note(.tls(connection: streamID, .init(serverName: asked, opaque: reason)))
        settle(hello)
    }

    private func serverShowedItself(_ far: TLSEngine, hello: [UInt8], offered: [String]) {
        switch far.handshakeState {
        case .inProgress: return
        case .done: break
        case .failed(let error): return doubt(error, hello: hello, asked: far.serverName, offered: offered)
        }
        let authority = showsUntrusted ? policy.untrusted : policy.authority
        do {
            let fallback = host(nil)
            let near = try TLSEngine.server(
                identityFor: { asked throws(TLSError) in try authority.leaf(for: [asked ?? fallback]) },
                alpn: far.negotiatedProtocol.map { [$0] } ?? [])
            stage = .tls(near: near, far: far)
            hello.withUnsafeBytes { pump($0, from: .client, near: near, far: far) }
            let early = far.takePlaintext()
            if !early.isEmpty { deliver(early, from: .server, through: near) }
        } catch {
            tap.note(.hole(connection: streamID, "TLS with the program could not be opened: \(error)"))
            connection.abort()
        }
    }

    /// The server's certificate does not hold, as far as is known here. The program is to see the truth, which depends
    /// on whom it trusts; curl says so only after its first bytes.
    private func doubt(_ error: TLSError, hello: [UInt8], asked: String?, offered: [String]) {
        guard stream == nil, !showsUntrusted, let address = SocketAddress(server), connection.reconnect(to: address)
        else {
            tap.note(.hole(connection: streamID, "the certificate of \(name) did not hold: \(error)"))
            return connection.abort()
        }
        stage = .doubting(hello: hello)
        guard policy.mayLearn(pid, server: host(asked)) else { return decide(error, asked: asked, offered: offered) }
        connection.later(nanoseconds: 60_000_000) { [weak self] in
            self?.decide(error, asked: asked, offered: offered)
        }
    }

    private func decide(_ error: TLSError, asked: String?, offered: [String]) {
        guard case .doubting(let hello) = stage else { return }
        if case .decrypt(let caFile) = policy.decision(for: pid, server: host(asked)), caFile != triedFile {
            return ask(hello: hello, asked: asked, offered: offered, verify: true, caFile: caFile)
        }
        guard policy.knowsTrust(of: pid) else {
            // Go and Java bring their own ways: the program is to judge the server itself.
            policy.refused(pid, server: host(asked))
            let reason = "its certificate does not hold here, but may for the program: \(error)"
            return leaveOpaque(hello, asked: asked, reason: reason)
        }
        // It does not trust that server: shown a certificate that nobody trusts, it does what it would have done,
        // be it to go on without checking.
        showsUntrusted = true
        tap.note(.hole(connection: streamID, "the certificate of \(name) did not hold: \(error)"))
        ask(hello: hello, asked: asked, offered: offered, verify: false, caFile: nil)
    }

    private var didTell = false
    /// The authorities that the server was checked against.
    private var triedFile: String?
    private var showsUntrusted = false

    private func pump(_ bytes: UnsafeRawBufferPointer, from side: Side, near: TLSEngine, far: TLSEngine) {
        let (source, sink) = side == .client ? (near, far) : (far, near)
        source.receive(ciphertext: bytes)
        let plain = source.takePlaintext()
        if side == .client { noteHandshake(near, far) }
        if !plain.isEmpty { deliver(plain, from: side, through: sink) }
        if source.peerClosed { sink.close() }
        sendOut(near, towards: .client)
        sendOut(far, towards: .server)
        if case .failed = source.handshakeState { connection.settleSoon() }
    }

    private func noteHandshake(_ near: TLSEngine, _ far: TLSEngine) {
        guard !didTell else { return }
        switch near.handshakeState {
        case .inProgress: return
        case .done:
            tap.note(
                .tls(
                    connection: streamID,
                    .init(serverName: near.serverName, applicationProtocol: far.negotiatedProtocol)))
        case .failed(let error):
            // Next time this program's connection to that server is left alone.
            if !showsUntrusted { policy.refused(pid, server: near.serverName ?? name) }
            tap.note(
                .tls(connection: streamID, .init(serverName: near.serverName, opaque: "handshake failed: \(error)")))
        }
        didTell = true
    }

    private func deliver(_ plain: [UInt8], from side: Side, through sink: TLSEngine) {
        observe(plain, from: side)
        sink.write(plaintext: plain)
    }

    // MARK: - Bytes

    private var streamID: Int { stream?.id ?? connection.id }

    private func sendOut(_ engine: TLSEngine, towards side: Side) {
        let bytes = engine.takeCiphertext()
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes { connection.send($0, towards: side) }
    }

    private func forward(_ bytes: [UInt8], from side: Side) {
        bytes.withUnsafeBytes { pass($0, from: side) }
    }

    private func pass(_ bytes: UnsafeRawBufferPointer, from side: Side) {
        observe(bytes, from: side)
        connection.send(bytes, towards: side.other)
    }

    private func observe(_ bytes: [UInt8], from side: Side) {
        bytes.withUnsafeBytes { observe($0, from: side) }
    }

    private func observe(_ bytes: UnsafeRawBufferPointer, from side: Side) {
        guard !bytes.isEmpty else { return }
        guard let current = stream else { return connection.observe(bytes, from: side) }
        if side == .client {
            connection.observe(bytes, from: side, as: current.id, offset: current.client)
            stream?.client += bytes.count
        } else {
            connection.observe(bytes, from: side, as: current.id, offset: current.server)
            stream?.server += bytes.count
        }
    }
}
