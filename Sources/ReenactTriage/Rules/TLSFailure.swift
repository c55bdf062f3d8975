import ReenactTimeline

/// Two peers could not agree on an encrypted connection.
public struct TLSFailure: Rule {
    public static let name = "tls-failure"
    public static let precondition =
        "the exception speaks of a certificate or a handshake, or an exchange ended in an alert"
    public static let evidence = "the alert, and the words of the message"
    public static let counterEvidence = "none known"

    public init() {}

    private static let kinds:
        [(causeClass: String, responsibility: Verdict.Responsibility, what: String, words: [String])] = [
            (
                "certificate-expired", .dependency, "certificate has expired",
                [
                    "certificate has expired", "cert_has_expired", "certificate_expired", "certificate expired",
                    "certificateexpiredexception", "certpathvalidatorexception: validity check failed",
                ]
            ),
            (
                "certificate-wrong-name", .dependency, "certificate is for another name",
                [
                    "hostname mismatch", "doesn't match", "err_tls_cert_altname", "altname", "certificate is valid for",
                    "no alternative certificate", "no subject alternative", "ip address mismatch",
                ]
            ),
            (
                "certificate-untrusted", .configuration, "certificate is not trusted here",
                [
                    "self-signed certificate", "self signed certificate", "unable to get local issuer",
                    "unknown authority",
                    "unable to verify the first", "depth_zero_self_signed", "unable to find valid certification path",
                    "unknown_ca", "certificate verify failed", "unable_to_verify_leaf",
                ]
            ),
            (
                "tls-handshake-failed", .dependency, "handshake failed",
                [
                    "handshake", "sslerror", "ssl routines", "wrong version number", "tlsv1 alert", "ssl_error",
                    "eproto",
                    "tls: ", "protocol version",
                ]
            ),
        ]

    /// What the recorder saw of the certificate, by outcome class.
    private static let faults = [
        "tls:expired": "certificate-expired", "tls:wrong-name": "certificate-wrong-name",
        "tls:untrusted": "certificate-untrusted",
    ]

    public func judge(_ look: Look) -> [Finding] {
        let alert = look.answers.first { $0.event.outcome.rawValue.hasPrefix("tls:") }
        // One that does not hold yet speaks of clocks: `ClockSkew`.
        if alert?.event.outcome == "tls:not-yet-valid" { return [] }
        let complaint = look.complaint
        let said = Self.kinds.first { complaint.mentions($0.words) }
        // Words alone are not enough for the vaguest kind, nor for a name that merely "doesn't match".
        let aboutTLS = complaint.mentions(["ssl", "tls", "cert", "x509"])
        let shown = alert.flatMap { alert in
            Self.kinds.first { Self.faults[alert.event.outcome.rawValue] == $0.causeClass }
        }
        guard let kind = shown ?? said ?? alert.map({ _ in Self.kinds[3] }), aboutTLS || alert != nil else { return [] }
        guard said != nil || alert.map({ look.distance($0.event) }) == 0 else { return [] }
        // Looking the name up went before and is no part of it.
        let last = alert ?? look.answers.first { $0.event.protocolName != "dns" }
        let peer = last.map { Phrase.peer($0.event, look.failure) } ?? "a peer"
        let confidence = said == nil ? 0.7 : alert == nil ? 0.85 : 0.96
        return [
            Finding(
                kind.causeClass, kind.responsibility, evidence: last.map { [$0.event.id] } ?? [],
                confidence: confidence,
                "No encrypted connection with \(peer): its \(kind.what); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }
}
