/// Decides, on one connection, when plain bytes end and TLS begins.
///
/// Three ways: the client's first byte is a TLS hello; PostgreSQL's `SSLRequest`, answered with `S`
/// (https://www.postgresql.org/docs/current/protocol-flow.html section SSL Session Encryption); MySQL's `SSLRequest`
/// packet, behind which TLS begins at once.
struct TLSUpgrade {
    /// Where received bytes belong.
    enum Decision: Equatable {
        /// To the session.
        case plain
        /// That many to the session, the rest to a layer of TLS.
        case secure(after: Int)
        /// To nobody: it asks for TLS, and is to be answered with these bytes.
        case grant([UInt8])
    }

    private let canSpeakTLS: Bool
    /// True where TLS is asked for in the protocol's own words, behind plain bytes.
    private let asksInBand: Bool
    private let expectsTLS: Bool
    private let isMySQL: Bool
    private let isPostgres: Bool
    private var receivedCount = 0
    private var saidYes = false
    private var hasOpened = false

    init(peer: StubPeer, canSpeakTLS: Bool) {
        self.init(protocolName: peer.protocolType.name, tls: peer.tls, canSpeakTLS: canSpeakTLS)
    }

    init(protocolName: String, tls: Bool, canSpeakTLS: Bool) {
        self.canSpeakTLS = canSpeakTLS
        isMySQL = protocolName == "mysql"
        isPostgres = protocolName == "postgres"
        asksInBand = isMySQL || isPostgres
        expectsTLS = tls && canSpeakTLS
    }

    /// Whether the session may speak first now; true once only. Where TLS comes first it waits for the handshake.
    mutating func sessionMayOpen(isSecured: Bool) -> Bool {
        guard !hasOpened, isSecured || asksInBand || !expectsTLS else { return false }
        hasOpened = true
        return true
    }

    /// The session sent bytes.
    mutating func sent(_ bytes: [UInt8]) { saidYes = bytes == [UInt8(ascii: "S")] }

    /// Decides on bytes that came.
    mutating func received(_ bytes: ArraySlice<UInt8>, isSecured: Bool) -> Decision {
        guard canSpeakTLS, !isSecured, !bytes.isEmpty else { return .plain }
        let before = receivedCount
        receivedCount += bytes.count
        // The session itself would say no: it knows nothing of certificates.
        if isPostgres, expectsTLS, bytes.elementsEqual(Self.postgresRequest) {
            saidYes = true
            return .grant([UInt8(ascii: "S")])
        }
        if before == 0 || saidYes || (isMySQL && before == 36), Self.isHello(bytes) { return .secure(after: 0) }
        if isMySQL, before == 0, Self.isMySQLRequest(bytes), bytes.count > 36 { return .secure(after: 36) }
        return .plain
    }

    /// A handshake record of TLS 1.x. Source: RFC 8446 section 5.1.
    private static func isHello(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first == 0x16 && bytes.dropFirst().first.map { $0 == 3 } ?? true
    }

    /// `SSLRequest`: length 8, code 80877103.
    private static let postgresRequest: [UInt8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]

    /// A packet of 32 bytes with the flag CLIENT_SSL, as first of the client.
    private static func isMySQLRequest(_ bytes: ArraySlice<UInt8>) -> Bool {
        let head = Array(bytes.prefix(6))
        return head.count == 6 && head[0] == 32 && head[1] == 0 && head[2] == 0 && head[5] & 0x08 != 0
    }
}
