import CTLS

/// Why a TLS operation failed. The one error of this module.
public struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What sort of failure it is. Open set.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The peer ended the handshake or the session with an alert.
        public static let alertReceived = Code(rawValue: "alertReceived")
        /// This end found fault with the peer, and told it so with an alert.
        public static let alertSent = Code(rawValue: "alertSent")
        /// The bytes were not TLS, or OpenSSL refused for a reason that has no alert.
        public static let protocolViolation = Code(rawValue: "protocolViolation")
        /// A certificate, key, or bundle could not be made, read or used.
        public static let certificate = Code(rawValue: "certificate")
        /// Encryption or decryption failed: wrong key, or changed bytes.
        public static let seal = Code(rawValue: "seal")
        /// A file could not be read or written.
        public static let file = Code(rawValue: "file")
    }

    public var code: Code
    /// What was being done: `handshake`, `read`, `open seal`.
    public var operation: String
    /// The alert by its name in RFC 8446 section 6: `unknown_ca`.
    public var alert: String?
    /// OpenSSL's own words, or the system's.
    public var reason: String

    public init(code: Code, operation: String, alert: String? = nil, reason: String) {
        self.code = code
        self.operation = operation
        self.alert = alert
        self.reason = reason
    }

    public var description: String {
        let what =
            switch (code, alert) {
            case (.alertReceived, let alert?): "the peer answered with the alert \(alert)"
            case (.alertSent, let alert?): "refused with the alert \(alert)"
            default: "failed"
            }
        return reason.isEmpty ? "TLS \(operation): \(what)" : "TLS \(operation): \(what) (\(reason))"
    }

    /// The error with what OpenSSL noted on this thread, which is then forgotten.
    static func last(_ code: Code, _ operation: String) -> TLSError {
        TLSError(code: code, operation: operation, reason: lastReason())
    }

    /// OpenSSL's newest reason on this thread.
    static func lastReason() -> String {
        let error = ERR_peek_last_error()
        defer { ERR_clear_error() }
        guard error != 0, let text = ERR_reason_error_string(error) else { return "" }
        return String(cString: text)
    }
}

/// TLS alerts by name. Source: RFC 8446 section 6 and RFC 5246 section 7.2.
enum Alert {
    private static let names: [Int32: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
        22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
        42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
        50: "decode_error", 51: "decrypt_error", 60: "export_restriction", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
        111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
        114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
        120: "no_application_protocol",
    ]

    /// The name of the alert with that number.
    static func name(_ number: Int32) -> String { names[number] ?? "alert_\(number)" }
}
