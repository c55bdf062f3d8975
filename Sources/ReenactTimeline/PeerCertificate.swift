/// What a server showed of itself in a TLS handshake, in so far as a program may find fault with it.
public struct PeerCertificate: Codable, Sendable, Hashable {
    /// Who vouches for a certificate, as far as those can tell who were asked.
    public enum Standing: String, Codable, Sendable {
        /// An authority that is trusted.
        case trusted
        /// Itself.
        case selfSigned = "self-signed"
        /// An authority that came with it and is not trusted.
        case foreignRoot = "foreign-root"
        /// An authority that is not known: an intermediate certificate is missing, or the root.
        case unknownIssuer = "unknown-issuer"
    }

    /// What a program that checks would complain of.
    public enum Fault: String, Codable, Sendable {
        case untrusted, notYetValid = "not-yet-valid", expired, wrongName = "wrong-name"
    }

    /// The server's own certificate, as text (PEM).
    public var pem: String
    public var standing: Standing
    /// Between these times (Unix seconds) it and all that vouch for it hold.
    public var notBefore: Int64
    public var notAfter: Int64

    public init(pem: String, standing: Standing, notBefore: Int64, notAfter: Int64) {
        self.pem = pem
        self.standing = standing
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
