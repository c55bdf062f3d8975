import CTLS
import ReenactTimeline

/// One end of one TLS connection, without a socket: ciphertext in, plaintext out, and the other way round.
///
/// For use from one thread at a time. TLS 1.2 and 1.3; no resumption, no client certificates, no renegotiation.
/// Sources: RFC 8446, RFC 5246, https://docs.openssl.org/3.0/man7/ssl/
public final class TLSEngine {
    /// How far the handshake is.
    public enum HandshakeState: Sendable, Equatable {
        case inProgress
        case done
        /// The handshake, or later the session, broke; what `takeCiphertext` gives should still be sent: the alert.
        case failed(TLSError)
    }

    /// What a client checks of a server's certificate.
    public enum Verification: Sendable {
        case nothing
        /// Who vouches for it, at any time, is found out and told by `peerCertificate`; no fault ends the handshake.
        case authority
        case full
    }

    /// How far the handshake is.
    public private(set) var handshakeState: HandshakeState = .inProgress
    /// The peer has said that it sends no more (close_notify).
    public private(set) var peerClosed = false

    let offeredProtocols: [String]
    private let identityFor: ((_ serverName: String?) throws(TLSError) -> Identity)?
    private let context: Context
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let isServer: Bool
    private let requestedName: String?
    private var presented: Identity?
    private var lastAlert: (name: String, received: Bool)?
    private var refusal: TLSError?
    private var plaintext: [UInt8] = []
    private var unsent: [UInt8] = []
    private var isClosing = false

    /// A server that shows each client the identity for the name it asks for.
    ///
    /// - Throws: `certificate`, where OpenSSL refuses.
    public static func server(
        identityFor: @escaping (_ serverName: String?) throws(TLSError) -> Identity, alpn: [String] = []
    ) throws(TLSError) -> TLSEngine {
        try TLSEngine(context: .forServers(), identityFor: identityFor, serverName: nil, alpn: alpn, verify: .nothing)
    }

    /// A client, which has its hello ready at once.
    ///
    /// - Parameters:
    ///   - serverName: the name or address that the server must have a certificate for; a name is also asked for.
    ///   - verify: what is checked of the server's certificate.
    ///   - caFile: trusted authorities (PEM); nil means the system's.
    /// - Throws: `certificate`, where the authorities cannot be read.
    public static func client(
        serverName: String?, alpn: [String] = [], verify: Verification = .full, caFile: String? = nil
    ) throws(TLSError) -> TLSEngine {
        let engine = try TLSEngine(
            context: .forClients(verify: verify, caFile: caFile), identityFor: nil, serverName: serverName,
            alpn: alpn, verify: verify)
        engine.advance()
        return engine
    }

    private init(
        context: Context, identityFor: ((String?) throws(TLSError) -> Identity)?, serverName: String?,
        alpn: [String], verify: Verification
    ) throws(TLSError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else { throw .last(.certificate, "make engine") }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw .last(.certificate, "make buffer")
        }
        SSL_set_bio(ssl, incoming, outgoing)
        self.context = context
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        self.identityFor = identityFor
        isServer = identityFor != nil
        requestedName = serverName
        offeredProtocols = alpn.filter { 1...255 ~= $0.utf8.count }
        ctls_set_owner(ssl, Unmanaged.passUnretained(self).toOpaque())
        if isServer { SSL_set_accept_state(ssl) } else { try prepareClient(verify: verify) }
    }

    private func prepareClient(verify: Verification) throws(TLSError) {
        SSL_set_connect_state(ssl)
        if verify != .full { ctls_ignore_times(ssl) }
        if let name = requestedName, !name.isEmpty {
            var address: [UInt8] = .init(repeating: 0, count: 16)
            // RFC 6066 section 3: addresses are not asked for.
            if ctls_address(name, &address) == 0, ctls_set_server_name(ssl, name) != 1 {
                throw .last(.certificate, "ask for the server's name")
            }
            if verify == .full, ctls_expect_peer(ssl, name) != 1 {
                throw .last(.certificate, "expect the server's name")
            }
        }
        let list = offeredProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !list.isEmpty { SSL_set_alpn_protos(ssl, list, UInt32(list.count)) }
    }

    deinit {
        ctls_set_owner(ssl, nil)
        SSL_free(ssl)
    }

    /// Takes ciphertext from the network, in any cut.
    public func receive(ciphertext: UnsafeRawBufferPointer) {
        var rest = ciphertext[...]
        while !rest.isEmpty {
            // What follows a failure or the peer's end is of no use to anyone.
            if peerClosed { return }
            if case .failed = handshakeState { return }
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 20))
            guard BIO_write(incoming, part.baseAddress, Int32(part.count)) == Int32(part.count) else {
                return fail("read")
            }
            rest = rest.dropFirst(part.count)
            advance()
        }
    }

    /// Takes ciphertext from the network, in any cut.
    public func receive(ciphertext: some Collection<UInt8>) {
        if ciphertext.withContiguousStorageIfAvailable({ receive(ciphertext: UnsafeRawBufferPointer($0)) }) == nil {
            Array(ciphertext).withUnsafeBytes { receive(ciphertext: $0) }
        }
    }

    /// Takes plaintext for the peer; before the handshake is done it waits.
    public func write(plaintext bytes: some Collection<UInt8>) {
        guard !isClosing else { return }
        switch handshakeState {
        case .failed: return
        case .inProgress: unsent.append(contentsOf: bytes)
        case .done:
            if bytes.withContiguousStorageIfAvailable({ encrypt(UnsafeRawBufferPointer($0)) }) == nil {
                Array(bytes).withUnsafeBytes { encrypt($0) }
            }
        }
    }

    /// The bytes for the network since the last call.
    public func takeCiphertext() -> [UInt8] { Memory.take(from: outgoing) }

    /// What the peer sent since the last call.
    public func takePlaintext() -> [UInt8] {
        defer { plaintext = [] }
        return plaintext
    }

    /// Says that no more will be written (close_notify); send what `takeCiphertext` then gives. Reading goes on.
    public func close() {
        guard !isClosing else { return }
        isClosing = true
        if handshakeState == .done { sendClose() }
    }

    /// The name that the client asked for.
    public var serverName: String? {
        guard isServer else { return requestedName }
        return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// What the server showed of itself; nil for servers, and before the handshake.
    public var peerCertificate: PeerCertificate? { isServer ? nil : PeerCertificate(ssl) }

    /// The application protocol agreed on (RFC 7301): `h2`, `http/1.1`.
    public var negotiatedProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &start, &length)
        guard let start, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
    }

    /// `TLSv1.3` or `TLSv1.2`, once agreed on.
    public var version: String? {
        handshakeState == .done ? SSL_get_version(ssl).map { String(cString: $0) } : nil
    }

    // MARK: - The machine

    private func advance() {
        if handshakeState == .inProgress { shakeHands() }
        if handshakeState == .done { decrypt() }
    }

    private func shakeHands() {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        guard result == 1 else {
            if ctls_wants_more(ssl, result) == 0 { fail("handshake") }
            return
        }
        handshakeState = .done
        if !unsent.isEmpty {
            unsent.withUnsafeBytes { encrypt($0) }
            unsent = []
        }
        if isClosing { sendClose() }
    }

    private func decrypt() {
        ERR_clear_error()
        withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { scratch in
            while true {
                var count = 0
                let result = SSL_read_ex(ssl, scratch.baseAddress, scratch.count, &count)
                if result == 1 {
                    plaintext.append(contentsOf: scratch[..<count])
                } else if ctls_wants_more(ssl, result) != 0 {
                    return
                } else if ctls_is_closed(ssl, result) != 0 {
                    peerClosed = true
                    return
                } else {
                    return fail("read")
                }
            }
        }
    }

    private func encrypt(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        var count = 0
        // A memory BIO takes everything, so one call writes all.
        if SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count) != 1 { fail("write") }
    }

    private func sendClose() {
        ERR_clear_error()
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    private func fail(_ operation: String) {
        if case .failed = handshakeState { return }
        if let refusal {
            handshakeState = .failed(refusal)
            return
        }
        var reason = TLSError.lastReason()
        let verification = SSL_get_verify_result(ssl)
        if !isServer, verification != Int(X509_V_OK), SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE {
            reason += ": " + String(cString: X509_verify_cert_error_string(verification))
        }
        let code: TLSError.Code =
            switch lastAlert?.received {
            case true: .alertReceived
            case false: .alertSent
            default: .protocolViolation
            }
        handshakeState = .failed(TLSError(code: code, operation: operation, alert: lastAlert?.name, reason: reason))
    }

    // MARK: - Callbacks

    func noteAlert(number: Int32, received: Bool) {
        guard number != 0 else { return }
        lastAlert = (Alert.name(number), received)
    }

    func presentIdentity(_ ssl: OpaquePointer) -> Bool {
        guard let identityFor else { return false }
        do throws(TLSError) {
            let identity = try identityFor(serverName)
            presented = identity
            return ctls_use(
                ssl, identity.certificate.pointer, identity.key.pointer, identity.authority?.pointer) == 1
        } catch {
            refusal = error
            return false
        }
    }
}
