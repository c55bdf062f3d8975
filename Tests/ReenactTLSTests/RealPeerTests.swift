import FoundationEssentials
import ReenactTLS
import ReenactTesting
import Testing

/// A blocking server on the engine: answers each connection with one HTTP response that says what it saw.
/// Gives its port.
private func serve(authority: CertificateAuthority, connections: Int) throws -> UInt16 {
    let listener = try #require(Socket.listen())
    let port = listener.port
    onThread {
        for _ in 0..<connections {
            guard let socket = listener.accept() else { break }
            guard
                let engine = try? TLSEngine.server(
                    identityFor: { name throws(TLSError) in try authority.leaf(for: [name ?? "127.0.0.1"]) },
                    alpn: ["http/1.1"])
            else { break }
            var request: [UInt8] = []
            while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
                let bytes = socket.read()
                if bytes.isEmpty { break }
                engine.receive(ciphertext: bytes)
                request += engine.takePlaintext()
                socket.write(engine.takeCiphertext())
                if case .failed = engine.handshakeState { break }
            }
            let body = "\(engine.serverName ?? "-") \(engine.version ?? "-") \(engine.negotiatedProtocol ?? "-")\n"
            engine.write(
                plaintext: Array(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)".utf8))
            engine.close()
            socket.write(engine.takeCiphertext())
            socket.close()
        }
        listener.close()
    }
    return port
}

@Suite(.serialized) struct RealPeerTests {
    private let authority: CertificateAuthority
    private let file: String

    init() throws {
        authority = try CertificateAuthority(commonName: "Reenact test authority")
        file = try Scratch.write(authority.pem, "real-\(UInt64.random(in: 0...UInt64.max)).pem")
    }

    @Test func `curl trusts the authority, asks by name, and gets its answer in both versions`() throws {
        let port = try serve(authority: authority, connections: 2)
        for (flag, version) in [("--tlsv1.3", "TLSv1.3"), ("--tls-max", "TLSv1.2")] {
            let result = TestProgram(
                ["curl", "-sS", flag] + (flag == "--tls-max" ? ["1.2"] : []) + [
                    "--http1.1", "--cacert", file, "--resolve", "api.example:\(port):127.0.0.1",
                    "https://api.example:\(port)/",
                ]
            ).wait()
            #expect(result.output == "api.example \(version) http/1.1\n")
            #expect(result.status == 0)
        }
    }

    @Test func `curl that does not know the authority refuses`() throws {
        let port = try serve(authority: authority, connections: 1)
        let result = TestProgram(["curl", "-sS", "https://127.0.0.1:\(port)/"]).wait()
        #expect(result.status == 60)
    }

    @Test func `openssl verifies the chain strictly`() throws {
        let port = try serve(authority: authority, connections: 1)
        let result = TestProgram(
            [
                "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", file, "-servername", "db.example",
                "-verify_hostname", "db.example", "-verify_return_error", "-x509_strict", "-quiet",
            ], input: "GET / HTTP/1.1\r\n\r\n"
        ).wait()
        #expect(result.output.contains("db.example TLSv1.3"))
    }

    @Test func `Python verifies name and address`() throws {
        let port = try serve(authority: authority, connections: 2)
        let script = """
            import socket, ssl, sys
            c = ssl.create_default_context(cafile=sys.argv[1])
            c.verify_flags |= ssl.VERIFY_X509_STRICT
            for n in ("db.example", "127.0.0.1"):
                with c.wrap_socket(socket.create_connection(("127.0.0.1", \(port))), server_hostname=n) as s:
                    s.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
                    d = b""
                    while True:
                        p = s.recv(4096)
                        if not p: break
                        d += p
                    print(d.decode().split("\\r\\n\\r\\n")[1].strip(), s.version())
            """
        let result = TestProgram(["python3", "-c", script, file]).wait()
        #expect(result.output == "db.example TLSv1.3 - TLSv1.3\n- TLSv1.3 - TLSv1.3\n")
    }

    @Test func `a sandbox in another year still trusts the leaf`() throws {
        let leaf = try authority.leaf(for: ["db.example"])
        let path = try Scratch.write(leaf.pem, "leaf.pem")
        for time in ["1000000000", "4000000000"] {
            let result = TestProgram(["openssl", "verify", "-attime", time, "-x509_strict", "-CAfile", file, path])
                .wait()
            #expect(result.output.hasSuffix("leaf.pem: OK\n"))
        }
    }

    @Test func `the client speaks with openssl's server`() throws {
        let leaf = try authority.leaf(for: ["127.0.0.1", "localhost"])
        let port = try #require(FreePort.take())
        let server = TestProgram([
            "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-rev", "-cert",
            try Scratch.write(leaf.pem, "server.pem"), "-key", try Scratch.write(leaf.privateKeyPEM, "server.key"),
        ])
        defer { server.end() }
        for verify in [TLSEngine.Verification.full, .authority, .nothing] {
            let engine = try TLSEngine.client(serverName: "127.0.0.1", verify: verify, caFile: file)
            let socket = try #require(Socket.connect(port))
            defer { socket.close() }
            engine.write(plaintext: Array("drawer\n".utf8))
            var answer: [UInt8] = []
            while answer.count < 7 {
                socket.write(engine.takeCiphertext())
                let bytes = socket.read()
                if bytes.isEmpty { break }
                engine.receive(ciphertext: bytes)
                answer += engine.takePlaintext()
                if case .failed(let error) = engine.handshakeState {
                    Issue.record(error)
                    break
                }
            }
            #expect(String(decoding: answer, as: UTF8.self) == "reward\n")
        }
    }

    @Test func `a bundle holds the base and the authority`() throws {
        let base = try Scratch.write("BASE", "base.pem")
        try Bundle.write(adding: authority.pem, to: base, at: Scratch.path("bundle.pem"))
        let text = String(decoding: try Data(contentsOf: URL(filePath: Scratch.path("bundle.pem"))), as: UTF8.self)
        #expect(text == "BASE\n" + authority.pem)
        try Bundle.write(adding: authority.pem, to: Bundle.systemPath, at: Scratch.path("whole.pem"))
        let port = try serve(authority: authority, connections: 1)
        let result = TestProgram(["curl", "-sS", "--cacert", Scratch.path("whole.pem"), "https://127.0.0.1:\(port)/"])
            .wait()
        #expect(result.output == "- TLSv1.3 http/1.1\n")
        #expect(throws: TLSError.self) {
            try Bundle.write(adding: "", to: nil, at: "/nonexistent/directory/bundle.pem")
        }
    }
}
