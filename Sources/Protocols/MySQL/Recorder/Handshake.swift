import ReenactTimeline
import ReenactWire

/// The opening of a connection: greeting, the client's answer, further rounds of authentication, OK.
///
/// One exchange in all. Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
struct Handshake: Sendable {
    var exchange: Exchange
    private(set) var greeting: Greeting?
    private(set) var response: HandshakeResponse?
    private(set) var isDone = false
    private(set) var error: ErrorPacket?
    private(set) var status: ServerStatus = []
    private var plugin = ""
    private var sendsClearPassword = false
    private(set) var usesTLS = false
    /// Whether it is COM_CHANGE_USER's rounds rather than a new connection's.
    private let change: ChangeUser?
    private let agreed: Capabilities?

    init(exchange: Exchange, change: ChangeUser? = nil, capabilities: Capabilities? = nil) {
        self.exchange = exchange
        self.change = change
        agreed = capabilities
        if let change { plugin = text(change.plugin) }
    }

    /// What both ends can.
    var capabilities: Capabilities {
        if let agreed { return agreed }
        guard let greeting, let response else { return [] }
        return greeting.capabilities.intersection(response.capabilities)
    }

    mutating func take(client packet: Packet) throws(MySQLError) {
        exchange.request.length = packet.end - exchange.request.offset
        exchange.requestEnd = packet.ended
        if change != nil || response != nil {
            noteAnswer(packet.payload.startIndex..<packet.payload.endIndex, packet)
            return
        }
        guard greeting != nil else { throw MySQLError("the client spoke first") }
        let response = try HandshakeResponse(packet.payload)
        if response.isSSLRequest {
            usesTLS = true
            return
        }
        self.response = response
        guard !capabilities.contains(.compress), !capabilities.contains(.zstd) else {
            throw MySQLError("the connection is compressed")
        }
        plugin = text(response.plugin)
        sendsClearPassword = ClearPassword.plugins.contains(plugin)
        noteAnswer(response.auth, packet)
        exchange.key = "connect|\(text(response.user))|\(text(response.database))"
        exchange.relaxedKeys = [RelaxedKey("user and database", key: "connect")]
        let database = response.database.isEmpty ? "" : " to \(text(response.database))"
        exchange.summary = Summary.line("connect as \(text(response.user))\(database)")
    }

    /// What a client sends in clear must not reach a disk; a scramble may.
    private mutating func noteAnswer(_ range: Range<Int>, _ packet: Packet) {
        guard sendsClearPassword || (usesTLS && plugin == "caching_sha2_password" && response != nil) else { return }
        var range = range
        if let last = range.last, packet.payload[last] == 0 { range = range.lowerBound..<last }
        guard !range.isEmpty, range.count > 1 || sendsClearPassword else { return }
        exchange.secrets.append(
            Secret(
                kind: "password", side: .client,
                range: StreamRange(offset: packet.offset(of: range.lowerBound), length: range.count)))
    }

    mutating func take(server packet: Packet) throws(MySQLError) {
        if let range = exchange.response {
            exchange.response?.length = packet.end - range.offset
        } else {
            exchange.response = StreamRange(offset: packet.offset, length: packet.end - packet.offset)
            exchange.responseStart = packet.began
        }
        let payload = packet.payload
        switch payload.first {
        case 0xff:
            error = try ErrorPacket(payload)
            end(at: packet.ended)
        case 0x0a where greeting == nil && change == nil:
            greeting = try Greeting(payload)
        case 0 where response != nil || change != nil:
            status = try OKPacket(payload, capabilities).status
            end(at: packet.ended)
        case 0xfe where response != nil || change != nil:
            // AuthSwitchRequest; with nothing in it, it is the one of before 4.1.
            var reader = ByteReader(payload.dropFirst())
            plugin = reader.terminated().map { text($0) } ?? "mysql_old_password"
            sendsClearPassword = ClearPassword.plugins.contains(plugin)
        case 1 where response != nil || change != nil: break
        default: throw MySQLError("the server's part of the handshake is malformed")
        }
    }

    private mutating func end(at time: Instant) {
        isDone = true
        exchange.responseEnd = time
        if greeting == nil, change == nil { exchange.key = "refused" }
    }

    /// The exchange with everything that is known of it.
    var built: Exchange {
        var exchange = exchange
        var members: [String: JSONValue] = ["kind": change == nil ? "connect" : "change user"]
        if let greeting {
            members["serverVersion"] = .string(text(greeting.version))
            members["connectionID"] = .integer(Int64(greeting.connectionID))
        }
        if let response {
            members["user"] = .string(text(response.user))
            members["database"] = .string(text(response.database))
            members["attributes"] = .object(
                Dictionary(response.attributes.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 }))
        }
        if !plugin.isEmpty { members["plugin"] = .string(plugin) }
        members["capabilities"] = .integer(Int64(bitPattern: capabilities.rawValue))
        if let error {
            members["error"] = [
                "code": .integer(Int64(error.code)), "sqlstate": .string(error.state),
                "message": .string(error.message),
            ]
            exchange.outcome = OutcomeClass(rawValue: "mysql:\(error.code)")
            exchange.result = "error \(error.code) (\(error.state)): \(Summary.line(error.message))"
        } else if isDone {
            exchange.outcome = .ok
            exchange.result = "OK"
        }
        exchange.detail = .object(members)
        return exchange
    }
}
