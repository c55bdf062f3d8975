import ReenactTLS
import ReenactTesting
import ReenactTimeline
import Testing

/// A server as the recorder sees it, and its mirror as the program does.
struct PeerCertificateTests {
    private let real: CertificateAuthority
    private let recording: CertificateAuthority
    private let now: Int64 = 1_780_000_000

    init() throws {
        real = try CertificateAuthority(commonName: "Real")
        recording = try CertificateAuthority(commonName: "Recording")
    }

    private func pair(
        _ identity: Identity, trusted: CertificateAuthority, verify: TLSEngine.Verification
    ) throws -> Pair {
        let file = try Scratch.write(trusted.pem, "ca-\(UInt64.random(in: 0...UInt64.max)).pem")
        var pair = Pair(
            client: try .client(serverName: "db.example", verify: verify, caFile: file),
            server: try .server(identityFor: { _ in identity }), random: SeededGenerator(seed: 1))
        pair.settle()
        return pair
    }

    /// What the recorder learns of a server that shows that identity.
    private func shown(_ identity: Identity, trusted: CertificateAuthority) throws -> PeerCertificate {
        let pair = try pair(identity, trusted: trusted, verify: .authority)
        #expect(pair.client.handshakeState == .done, "no fault ends the recorder's own handshake")
        return try #require(pair.client.peerCertificate)
    }

    /// What a program that trusts the recording's authority says of the mirror; nil: nothing.
    private func complaint(_ shown: PeerCertificate) throws -> String? {
        let pair = try pair(recording.mirror(of: shown), trusted: recording, verify: .full)
        guard case .failed(let error) = pair.client.handshakeState else { return nil }
        return error.reason
    }

    @Test func `a good certificate has no fault, nor has its mirror`() throws {
        let shown = try shown(real.leaf(for: ["db.example"]), trusted: real)
        #expect(shown.standing == .trusted)
        #expect(shown.fault(for: "db.example", at: now) == nil)
        #expect(try complaint(shown) == nil)
    }

    @Test func `a certificate for another name is one in the mirror`() throws {
        let shown = try shown(real.leaf(for: ["other.example", "10.1.1.1"]), trusted: real)
        #expect(shown.fault(for: "db.example", at: now) == .wrongName)
        #expect(shown.fault(for: "127.0.0.1", at: now) == .wrongName)
        #expect(shown.fault(for: "10.1.1.1", at: now) == nil)
        #expect(try complaint(shown)?.contains("hostname mismatch") == true)
    }

    @Test func `a common name alone is enough for some clients, and a wrong name for others`() throws {
        // Without names the authority writes a common name only.
        let shown = try shown(real.leaf(for: []), trusted: real)
        #expect(shown.fault(for: "reenact", at: now) == nil)
        #expect(shown.fault(for: "reenact", at: now, isStrict: true) == .wrongName)
        let named = try self.shown(real.leaf(for: ["db.example"]), trusted: real)
        #expect(named.fault(for: "db.example", at: now, isStrict: true) == nil)
    }

    @Test func `one that has expired, or does not hold yet, is so in the mirror`() throws {
        var shown = try shown(real.leaf(for: ["db.example"]), trusted: real)
        shown.notAfter = now - 1
        #expect(shown.fault(for: "db.example", at: now) == .expired)
        shown.notAfter = 1_600_000_000
        #expect(try complaint(shown)?.contains("certificate has expired") == true)
        (shown.notBefore, shown.notAfter) = (4_000_000_000, 4_090_000_000)
        #expect(shown.fault(for: "db.example", at: now) == .notYetValid)
        #expect(try complaint(shown)?.contains("not yet valid") == true)
    }

    @Test func `one that nobody trusted vouches for is trusted by nobody in the mirror, for the same reason`() throws {
        var shown = try shown(real.leaf(for: ["db.example"]), trusted: recording)
        #expect(shown.standing == .foreignRoot)
        #expect(shown.fault(for: "db.example", at: now) == .untrusted)
        #expect(try complaint(shown)?.contains("self-signed certificate in certificate chain") == true)
        shown.standing = .unknownIssuer
        #expect(try complaint(shown)?.contains("unable to get local issuer") == true)
        shown.standing = .selfSigned
        let alone = try recording.mirror(of: shown)
        #expect(try complaint(shown)?.hasSuffix("self-signed certificate") == true)
        #expect(try self.shown(alone, trusted: real).standing == .selfSigned)
    }

    @Test func `what is no certificate is no mirror either`() {
        let broken = PeerCertificate(pem: "-----BEGIN", standing: .trusted, notBefore: 0, notAfter: .max)
        #expect(throws: TLSError.self) { try recording.mirror(of: broken) }
        #expect(broken.fault(for: "a", at: now) == .untrusted)
    }
}
