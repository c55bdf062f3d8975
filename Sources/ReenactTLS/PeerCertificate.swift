import CTLS
import ReenactTimeline

extension PeerCertificate {
    /// The first fault that a client finds which asked for that name or address at that time (Unix seconds); nil: none.
    /// - Parameter isStrict: of a client that does not take the common name for an alternative one.
    public func fault(for name: String, at time: Int64, isStrict: Bool = false) -> Fault? {
        guard standing == .trusted else { return .untrusted }
        if time < notBefore { return .notYetValid }
        if time > notAfter { return .expired }
        guard let certificate = try? Certificate(pem: pem) else { return .untrusted }
        return ctls_is_for(certificate.pointer, name, isStrict ? 0 : 1) == 1 ? nil : .wrongName
    }

    /// What `ssl`'s peer showed; nil before it did.
    init?(_ ssl: OpaquePointer) {
        guard let leaf = ctls_chain(ssl, 0, 0), X509_up_ref(leaf) == 1,
            let pem = try? Certificate(owning: leaf).pem
        else { return nil }
        let standing: Standing =
            switch Int32(SSL_get_verify_result(ssl)) {
            case X509_V_OK: .trusted
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
            case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: .foreignRoot
            default: .unknownIssuer
            }
        var (notBefore, notAfter) = (Int64.min, Int64.max)
        var index: Int32 = 0
        while let link = ctls_chain(ssl, standing == .trusted ? 1 : 0, index), index < 20 {
            var (from, until): (Int64, Int64) = (0, 0)
            if ctls_validity(link, &from, &until) == 1 {
                (notBefore, notAfter) = (max(notBefore, from), min(notAfter, until))
            }
            index += 1
        }
        guard notBefore > .min, notAfter < .max else { return nil }
        self.init(pem: pem, standing: standing, notBefore: notBefore, notAfter: notAfter)
    }
}
