import CTLS
import ReenactTimeline
import Synchronization

/// An authority that vouches for any name: how the relay and the stubs speak TLS in a peer's place.
///
/// Everything it makes is valid from 2000 to 2099, since sandboxes run at recorded times. Safe to share among threads.
/// Source: RFC 5280.
public final class CertificateAuthority: Sendable {
    let certificate: Certificate
    private let key: PrivateKey
    /// One key for all leaves: making a leaf is then one signature.
    private let leafKey: PrivateKey
    private let leaves = Mutex<[[String]: Identity]>([:])
    private let mirrors = Mutex<[PeerCertificate: Identity]>([:])
    /// Signs what nobody is to trust.
    private static let stranger = Result { () throws(TLSError) in
        try CertificateAuthority(commonName: "Reenact: an authority that nobody knows")
    }

    /// At most this many leaves are kept; the names come from whoever connects.
    private static let leavesMax = 1000

    /// A fresh authority with a key of its own.
    ///
    /// - Throws: `certificate`, where OpenSSL refuses, as for a name longer than 64 bytes.
    public init(commonName: String) throws(TLSError) {
        key = try PrivateKey()
        leafKey = try PrivateKey()
        guard let made = ctls_certificate(key.pointer, commonName, nil, key.pointer, nil, 0) else {
            throw .last(.certificate, "make authority")
        }
        certificate = Certificate(owning: made)
        pem = try certificate.pem
        privateKeyPEM = try key.pem
    }

    /// An authority that was made before.
    ///
    /// - Throws: `certificate`, where the texts are not PEM or do not belong together.
    public init(certificatePEM: String, privateKeyPEM: String) throws(TLSError) {
        certificate = try Certificate(pem: certificatePEM)
        key = try PrivateKey(pem: privateKeyPEM)
        leafKey = try PrivateKey()
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            throw .last(.certificate, "match key and certificate")
        }
        pem = try certificate.pem
        self.privateKeyPEM = try key.pem
    }

    /// The certificate, for those who are to trust it.
    public let pem: String
    /// The key. A secret: it lets its holder speak for any name to those who trust `pem`.
    public let privateKeyPEM: String

    /// A certificate with its key for those DNS names and addresses, made once and kept.
    ///
    /// - Throws: `certificate`, where OpenSSL refuses.
    public func leaf(for names: [String]) throws(TLSError) -> Identity {
        if let known = leaves.withLock({ $0[names] }) { return known }
        let made = try makeLeaf(for: names)
        leaves.withLock { leaves in
            if leaves.count >= Self.leavesMax { leaves.removeAll() }
            leaves[names] = made
        }
        return made
    }

    /// A certificate that says of its holder what a real server's says, so that a program finds the same fault in it:
    /// names, times, and who vouches for it.
    ///
    /// Only where the real one is `.trusted` does this authority sign; who trusts it then trusts the mirror.
    ///
    /// - Throws: `certificate`, where the text is not PEM or OpenSSL refuses.
    public func mirror(of shown: PeerCertificate) throws(TLSError) -> Identity {
        if let known = mirrors.withLock({ $0[shown] }) { return known }
        let original = try Certificate(pem: shown.pem)
        let (issuer, signingKey) =
            switch shown.standing {
            case .trusted: (certificate as Certificate?, key)
            case .selfSigned: (nil, leafKey)
            case .foreignRoot, .unknownIssuer:
                (try Self.stranger.get().certificate as Certificate?, try Self.stranger.get().key)
            }
        let made = ctls_mirror(
            original.pointer, leafKey.pointer, issuer?.pointer, signingKey.pointer, shown.notBefore, shown.notAfter)
        guard let made else { throw .last(.certificate, "mirror certificate") }
        let sent = shown.standing == .selfSigned || shown.standing == .unknownIssuer ? nil : issuer
        let identity = Identity(certificate: Certificate(owning: made), key: leafKey, authority: sent)
        mirrors.withLock { mirrors in
            if mirrors.count >= Self.leavesMax { mirrors.removeAll() }
            mirrors[shown] = identity
        }
        return identity
    }

    private func makeLeaf(for names: [String]) throws(TLSError) -> Identity {
        // RFC 5280 appendix A: a common name has at most 64 characters. Clients look at the alternative names anyway.
        let common = names.first { !$0.isEmpty && $0.utf8.count <= 64 } ?? "reenact"
        let subjects = names.map { name in
            var address: [UInt8] = .init(repeating: 0, count: 16)
            let length = ctls_address(name, &address)
            return (bytes: length > 0 ? Array(address[..<length]) : Array(name.utf8), isAddress: length > 0)
        }
        let storage = subjects.flatMap(\.bytes)
        let made = storage.withUnsafeBufferPointer { buffer in
            var offset = 0
            let list = subjects.map { subject in
                defer { offset += subject.bytes.count }
                return ctls_name(
                    bytes: buffer.baseAddress.map { $0 + offset }, length: subject.bytes.count,
                    is_address: subject.isAddress ? 1 : 0)
            }
            return ctls_certificate(
                leafKey.pointer, common, certificate.pointer, key.pointer, list, list.count)
        }
        guard let made else { throw .last(.certificate, "make leaf") }
        return Identity(certificate: Certificate(owning: made), key: leafKey, authority: certificate)
    }
}

/// A certificate with its key and the authority that signed it: what a server shows.
public final class Identity: Sendable {
    let certificate: Certificate
    let key: PrivateKey
    /// Sent behind the certificate; nil where nothing is.
    let authority: Certificate?

    init(certificate: Certificate, key: PrivateKey, authority: Certificate?) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }

    /// The certificate as text.
    ///
    /// - Throws: `certificate`, where OpenSSL refuses.
    public var pem: String { get throws(TLSError) { try certificate.pem } }

    /// The key as text. A secret.
    ///
    /// - Throws: `certificate`, where OpenSSL refuses.
    public var privateKeyPEM: String { get throws(TLSError) { try key.pem } }
}
