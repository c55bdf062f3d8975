import ReenactTLS
import ReenactTesting
import Testing

struct TLSEngineTests {
    private func pair(
        _ authority: CertificateAuthority, trusted: CertificateAuthority? = nil, name: String? = "db.example",
        leaf: String? = nil, verify: TLSEngine.Verification = .full, seed: UInt64 = 1
    ) throws -> Pair {
        let file = try Scratch.write((trusted ?? authority).pem, "ca-\(UInt64.random(in: 0...UInt64.max)).pem")
        return Pair(
            client: try .client(serverName: name, alpn: ["h2", "http/1.1"], verify: verify, caFile: file),
            server: try .server(
                identityFor: { name throws(TLSError) in try authority.leaf(for: [leaf ?? name ?? "127.0.0.1"]) },
                alpn: ["http/1.1"]),
            random: SeededGenerator(seed: seed))
    }

    @Test(arguments: 1...40) func `bytes arrive whole in both directions whatever the cuts`(seed: Int) throws {
        var pair = try pair(CertificateAuthority(commonName: "Test"), seed: UInt64(seed))
        let up = pair.random.bytes(Int.random(in: 0...200_000, using: &pair.random))
        let down = pair.random.bytes(Int.random(in: 0...200_000, using: &pair.random))
        // Half of it is written before the hands are shaken.
        pair.client.write(plaintext: up[..<(up.count / 2)])
        pair.settle()
        #expect(pair.client.handshakeState == .done)
        #expect(pair.server.handshakeState == .done)
        pair.client.write(plaintext: up[(up.count / 2)...])
        pair.server.write(plaintext: down)
        pair.settle()
        #expect(pair.server.takePlaintext() == up)
        #expect(pair.client.takePlaintext() == down)
        #expect(pair.server.serverName == "db.example")
        #expect(pair.client.negotiatedProtocol == "http/1.1")
        #expect(pair.server.negotiatedProtocol == "http/1.1")
        #expect(pair.server.version == "TLSv1.3")
        pair.client.close()
        pair.settle()
        #expect(pair.server.peerClosed)
        #expect(!pair.client.peerClosed)
    }

    @Test func `an authority that the client does not know is refused with unknown_ca on both sides`() throws {
        var pair = try pair(
            CertificateAuthority(commonName: "One"), trusted: CertificateAuthority(commonName: "Other"))
        pair.settle()
        guard case .failed(let client) = pair.client.handshakeState,
            case .failed(let server) = pair.server.handshakeState
        else {
            Issue.record("\(pair.client.handshakeState) \(pair.server.handshakeState)")
            return
        }
        #expect(client.code == .alertSent && client.alert == "unknown_ca")
        #expect(client.reason.contains("certificate verify failed"))
        #expect(server.code == .alertReceived && server.alert == "unknown_ca")
        #expect(server.reason == "tlsv1 alert unknown ca")
    }

    @Test func `a certificate for another name is refused`() throws {
        var pair = try pair(CertificateAuthority(commonName: "One"), leaf: "other.example")
        pair.settle()
        guard case .failed(let error) = pair.client.handshakeState else {
            Issue.record("accepted")
            return
        }
        #expect(error.alert == "bad_certificate")
        #expect(error.reason.contains("hostname mismatch"))
    }

    @Test func `without verification any certificate does`() throws {
        let other = try CertificateAuthority(commonName: "Other")
        var pair = try pair(CertificateAuthority(commonName: "One"), trusted: other, leaf: "x", verify: .nothing)
        pair.settle()
        #expect(pair.client.handshakeState == .done)
    }

    @Test func `an address is checked and not asked for`() throws {
        var pair = try pair(CertificateAuthority(commonName: "One"), name: "127.0.0.1")
        pair.settle()
        #expect(pair.client.handshakeState == .done)
        #expect(pair.server.serverName == nil)
    }

    @Test func `plain text is a protocol violation and no trap`() throws {
        let authority = try CertificateAuthority(commonName: "One")
        let server = try TLSEngine.server(identityFor: { _ throws(TLSError) in try authority.leaf(for: ["x"]) })
        server.receive(ciphertext: Array("GET / HTTP/1.1\r\n\r\n".utf8))
        guard case .failed(let error) = server.handshakeState else {
            Issue.record("not refused")
            return
        }
        #expect(error.reason == "http request")
        server.receive(ciphertext: Array("more".utf8))
        server.write(plaintext: Array("more".utf8))
        #expect(server.takePlaintext().isEmpty)
    }

    @Test func `an authority that was stored signs leaves that its first form vouches for`() throws {
        let first = try CertificateAuthority(commonName: "Stored")
        let second = try CertificateAuthority(certificatePEM: first.pem, privateKeyPEM: first.privateKeyPEM)
        var pair = try pair(second, trusted: first)
        pair.settle()
        #expect(pair.client.handshakeState == .done)
        #expect(throws: TLSError.self) {
            try CertificateAuthority(
                certificatePEM: first.pem, privateKeyPEM: CertificateAuthority(commonName: "x").privateKeyPEM)
        }
        #expect(throws: TLSError.self) { try CertificateAuthority(certificatePEM: "", privateKeyPEM: "") }
    }

    @Test(arguments: 1...200) func `changed ciphertext never traps`(seed: Int) throws {
        var pair = try pair(CertificateAuthority(commonName: "One"), seed: UInt64(seed))
        pair.client.write(plaintext: Array("hello".utf8))
        for _ in 0..<8 {
            for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
                var bytes = from.takeCiphertext()
                if !bytes.isEmpty, Int.random(in: 0..<3, using: &pair.random) == 0 {
                    bytes[Int.random(in: 0..<bytes.count, using: &pair.random)] ^=
                        1 << UInt8.random(in: 0...7, using: &pair.random)
                }
                to.receive(ciphertext: bytes)
            }
        }
        #expect(["hello", ""].contains(String(decoding: pair.server.takePlaintext(), as: UTF8.self)))
    }
}
