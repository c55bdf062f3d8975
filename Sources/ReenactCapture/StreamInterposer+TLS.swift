import ReenactLinux
import ReenactTLS
import ReenactTimeline

/// TLS opened on its way: one handshake with the server, one with the program, who is to find the same faults in the
/// server's certificate as without the recorder.
extension StreamInterposer {
    func open(hello: [UInt8], asked: String?, offered: [String]) {
        switch isPostgres
            ? policy.postgresDecision(for: pid, server: name) : policy.decision(for: pid, server: host(asked))
        {
        case .opaque(let reason): leaveOpaque(hello, asked: asked, reason: reason)
        case .decrypt where !isPostgres && !offered.isEmpty && !offered.contains("http/1.1"):
            leaveOpaque(hello, asked: asked, reason: "the program insists on \(offered.joined(separator: ", "))")
        case .decrypt(let caFile): ask(hello: hello, asked: asked, offered: offered, caFile: caFile)
        }
    }

    private func host(_ asked: String?) -> String {
        asked ?? String(name[..<(name.lastIndex(of: ":") ?? name.endIndex)])
    }

    /// Opens TLS with the real server.
    private func ask(hello: [UInt8], asked: String?, offered: [String], caFile: String?) {
        do {
            let far = try TLSEngine.client(
                serverName: asked, alpn: isPostgres ? offered : offered.isEmpty ? [] : ["http/1.1"], verify: .authority,
                caFile: caFile)
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

    func serverShowedItself(_ far: TLSEngine, hello: [UInt8], offered: [String]) {
        switch far.handshakeState {
        case .inProgress: return
        case .done: shown = far.peerCertificate
        case .failed(let error): return doubt("\(error)", hello: hello, asked: far.serverName, offered: offered)
        }
        if let shown, shown.standing != .trusted, !showsUntrusted, stream == nil {
            let reason = "nobody that is known here vouches for it (\(shown.standing.rawValue))"
            return doubt(reason, hello: hello, asked: far.serverName, offered: offered)
        }
        do {
            let (authority, shown, fallback) = (policy.authority, shown, host(nil))
            // The program is to find the same faults as without the recorder: names, times, who vouches for it.
            let near = try TLSEngine.server(
                identityFor: { asked throws(TLSError) in
                    guard let shown else { return try authority.leaf(for: [asked ?? fallback]) }
                    return try authority.mirror(of: shown)
                },
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
    private func doubt(_ error: String, hello: [UInt8], asked: String?, offered: [String]) {
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

    private func decide(_ error: String, asked: String?, offered: [String]) {
        guard case .doubting(let hello) = stage else { return }
        if case .decrypt(let caFile) = policy.decision(for: pid, server: host(asked)), caFile != triedFile {
            return ask(hello: hello, asked: asked, offered: offered, caFile: caFile)
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
        ask(hello: hello, asked: asked, offered: offered, caFile: triedFile)
    }

    /// - Parameter isRefused: the program ended the handshake: it may be stricter than others are.
    private func complaint(for asked: String?, isRefused: Bool = false) -> Connection.TLS.Complaint? {
        let now = MonotonicClock.wallClock() / 1_000_000_000
        guard let shown, let fault = shown.fault(for: host(asked), at: now, isStrict: isRefused) else { return nil }
        return .init(fault: fault, certificate: shown)
    }

    func pump(_ bytes: UnsafeRawBufferPointer, from side: Side, near: TLSEngine, far: TLSEngine) {
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
                    .init(
                        serverName: near.serverName, applicationProtocol: far.negotiatedProtocol,
                        complaint: complaint(for: near.serverName))))
        case .failed(let error):
            if let complaint = complaint(for: near.serverName, isRefused: true) {
                tap.note(.tls(connection: streamID, .init(serverName: near.serverName, complaint: complaint)))
            } else {
                // Next time this program's connection to that server is left alone.
                policy.refused(pid, server: isPostgres ? name : near.serverName ?? name)
                let reason = "handshake failed: \(error)"
                tap.note(.tls(connection: streamID, .init(serverName: near.serverName, opaque: reason)))
            }
        }
        didTell = true
    }

    private func deliver(_ plain: [UInt8], from side: Side, through sink: TLSEngine) {
        observe(plain, from: side)
        sink.write(plaintext: plain)
    }
}
