import ReenactLinux
import ReenactTLS
import ReenactTimeline

/// Looks at the first bytes of an outgoing connection and, where they call for it, steps into the stream: opens TLS,
/// follows an HTTP `CONNECT` into its tunnel, answers PostgreSQL's SSLRequest.
///
/// A pure pass-through for everything else.
final class StreamInterposer {
    enum Stage {
        /// Nothing decided: the program's first bytes are awaited.
        case sniffing
        /// The program's bytes are a part of a ClientHello.
        case gathering([UInt8])
        /// They may be a part of an HTTP `CONNECT`. They were passed on all the same: other protocols have that word
        /// too (NATS, STOMP), and nobody is made to wait for an empty line that never comes.
        case requesting([UInt8])
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

    let pid: Int32
    let server: String
    let transport: Connection.Transport
    let policy: TLSPolicy
    let tap: Tap
    private unowned var owner: RelayConnection?
    var stage = Stage.sniffing
    /// The stream that is observed now: the connection itself, or a tunnel inside it.
    var stream: (id: Int, client: Int, server: Int)?
    var name: String

    var didTell = false
    /// The authorities that the server was checked against.
    var triedFile: String?
    var showsUntrusted = false
    /// TLS was asked for in PostgreSQL's own words: most of its clients take any certificate.
    var isPostgres = false
    /// What the server showed of itself.
    var shown: PeerCertificate?

    init(pid: Int32, server: String, transport: Connection.Transport, policy: TLSPolicy, tap: Tap) {
        self.pid = pid
        self.server = server
        self.transport = transport
        self.policy = policy
        self.tap = tap
        name = server
    }

    /// The connection whose stream this is; set before its first byte comes.
    var connection: RelayConnection {
        guard let owner else { preconditionFailure("an interposer is attached before its first byte comes") }
        return owner
    }

    func attach(to connection: RelayConnection) { owner = connection }

    func received(_ bytes: UnsafeRawBufferPointer, from side: Side) {
        switch stage {
        case .plain: pass(bytes, from: side)
        case .sniffing: side == .client ? sniff(Array(bytes)) : pass(bytes, from: .server)
        case .gathering(let soFar):
            if side == .client { return sniff(soFar + bytes) }
            // Who is answered before the hello is whole speaks no TLS.
            settle(soFar)
            pass(bytes, from: .server)
        case .requesting(let soFar):
            pass(bytes, from: side)
            // A proxy says nothing before it was asked.
            if side == .client { asked(soFar + bytes) } else { stage = .plain }
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
                forward(ChannelBinding.withoutOffer(far.takePlaintext()), from: .server)
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
        } else if bytes.starts(with: Self.connect) || Self.connect.starts(with: bytes) {
            forward(bytes, from: .client)
            asked(bytes)
        } else if bytes == [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f] {
            stage = .askingPostgres
            forward(bytes, from: .client)
        } else {
            settle(bytes)
        }
    }

    private static let connect = Array("CONNECT ".utf8)

    /// The program has said so much of what may be `CONNECT host:port HTTP/1.1` and the fields behind it (RFC 9110,
    /// 9.3.6).
    private func asked(_ bytes: [UInt8]) {
        let line = bytes.prefix { $0 != 10 }
        let parts = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let isWhole = line.count < bytes.count
        guard line.prefix(8).elementsEqual(Self.connect.prefix(line.count)), bytes.count <= 65536,
            !isWhole || parts.count == 3 && parts[2].hasPrefix("HTTP/1.")
        else {
            stage = .plain
            return
        }
        stage =
            isWhole && headEnd(bytes) != nil
            ? .connecting(target: String(parts[1]), answer: []) : .requesting(bytes)
    }

    func settle(_ bytes: [UInt8]) {
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

    /// The server's answer to SSLRequest: `N` passes. `S` passes to programs that can do with another certificate; for
    /// others it becomes `N`, and TLS is for the server only, which one that insists on TLS does not accept.
    ///
    /// Source: https://www.postgresql.org/docs/current/protocol-flow.html, "SSL Session Encryption".
    private func postgresAnswered(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.first == UInt8(ascii: "S") else {
            stage = .plain
            pass(bytes, from: .server)
            return
        }
        if policy.mayOpenPostgres(of: pid, server: name) {
            (stage, isPostgres, showsUntrusted) = (.sniffing, true, true)
            return pass(bytes, from: .server)
        }
        do {
            let far = try TLSEngine.client(serverName: nil, verify: .nothing)
            stage = .farOnly(far)
            sendOut(far, towards: .server)
            forward([UInt8(ascii: "N")], from: .server)
        } catch {
            tap.note(.hole(connection: connection.id, "TLS to \(server) could not be opened: \(error)"))
            stage = .plain
            pass(bytes, from: .server)
        }
    }

    // MARK: - Bytes

    var streamID: Int { stream?.id ?? connection.id }

    func sendOut(_ engine: TLSEngine, towards side: Side) {
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

    func observe(_ bytes: [UInt8], from side: Side) {
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
