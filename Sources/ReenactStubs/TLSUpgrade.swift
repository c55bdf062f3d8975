import ReenactMySQL
import ReenactWire

/// Decides, on one connection, when plain bytes end and TLS begins.
///
/// Three ways: the client's first byte is a TLS hello; PostgreSQL's `SSLRequest`, answered with `S`
/// (https://www.postgresql.org/docs/current/protocol-flow.html section SSL Session Encryption); MySQL's `SSLRequest`
/// packet, which the greeting must allow, and behind which TLS begins at once
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html).
///
/// The sessions know nothing of certificates and would say no, so the requests for TLS do not reach them.
struct TLSUpgrade {
    /// Where received bytes belong.
    enum Decision: Equatable {
        /// To the session.
        case plain
        /// To a layer of TLS, but for that many at the beginning, which only ask for it.
        case secure(skipping: Int)
        /// To nobody: they ask for TLS, and are to be answered with these.
        case grant([UInt8])
    }

    private enum InBand { case postgres, mysql }

    private let canSpeakTLS: Bool
    private let expectsTLS: Bool
    /// TLS is asked for in the protocol's own words, behind plain bytes.
    private let inBand: InBand?
    /// Plain bytes have come that were no request for TLS.
    private var isPlain = false
    private var hasOpened = false
    private var hasGreeted = false

    init(peer: StubPeer, canSpeakTLS: Bool) {
        self.init(protocolName: peer.protocolType.name, tls: peer.tls, canSpeakTLS: canSpeakTLS)
    }

    init(protocolName: String, tls: Bool, canSpeakTLS: Bool) {
        self.canSpeakTLS = canSpeakTLS
        inBand = protocolName == "postgres" ? .postgres : protocolName == "mysql" ? .mysql : nil
        expectsTLS = tls && canSpeakTLS
    }

    /// Whether the session may speak first now; true once only. Where TLS comes first it waits for the handshake.
    mutating func sessionMayOpen(isSecured: Bool) -> Bool {
        guard !hasOpened, isSecured || inBand != nil || !expectsTLS else { return false }
        hasOpened = true
        return true
    }

    /// What the session sends, as the program is to see it: MySQL's greeting then offers TLS.
    mutating func adapt(_ bytes: [UInt8]) -> [UInt8] {
        guard inBand == .mysql, expectsTLS, !hasGreeted else { return bytes }
        hasGreeted = true
        // Header of 4, protocol version 10, server version up to 0, thread 4, data 8, filler 1, capabilities.
        guard bytes.count > 5, bytes[4] == 10, let end = bytes[5...].firstIndex(of: 0), bytes.count > end + 15 else {
            return bytes
        }
        var greeting = bytes
        // CLIENT_SSL is bit 11.
        greeting[end + 15] |= 0x08
        return greeting
    }

    /// Decides on bytes that came.
    mutating func received(_ bytes: ArraySlice<UInt8>, isSecured: Bool) -> Decision {
        guard canSpeakTLS, !isSecured, !isPlain, !bytes.isEmpty else { return .plain }
        if Self.isHello(bytes) { return .secure(skipping: 0) }
        if expectsTLS, inBand == .postgres, bytes.elementsEqual(Self.postgresRequest) {
            return .grant([UInt8(ascii: "S")])
        }
        if expectsTLS, inBand == .mysql, let end = MySQL.endOfSSLRequest(client: bytes) {
            return bytes.count > end ? .secure(skipping: end) : .grant([])
        }
        isPlain = true
        return .plain
    }

    /// A handshake record of TLS 1.x. Source: RFC 8446 section 5.1.
    private static func isHello(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first == 0x16 && bytes.dropFirst().first.map { $0 == 3 } ?? true
    }

    /// `SSLRequest`: length 8, code 80877103.
    private static let postgresRequest: [UInt8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]
}
