/// The client's first packet: Protocol::HandshakeResponse41, or the SSL request that is its beginning.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html
struct HandshakeResponse: Sendable {
    var capabilities: Capabilities
    var charset: UInt8
    var user: [UInt8] = []
    /// Where the answer to the server's challenge stands in the payload that was given.
    var auth: Range<Int> = 0..<0
    var database: [UInt8] = []
    var plugin: [UInt8] = []
    var attributes: [(name: String, value: String)] = []
    /// It ends where TLS is to begin.
    var isSSLRequest: Bool

    init(_ payload: ArraySlice<UInt8>) throws(MySQLError) {
        var reader = ByteReader(payload)
        guard let flags = reader.uint32() else { throw MySQLError("the client's handshake is too short") }
        capabilities = Capabilities(rawValue: UInt64(flags))
        guard capabilities.contains(.protocol41) else { throw MySQLError("the client speaks the protocol before 4.1") }
        guard reader.skip(4), let charset = reader.uint8(), reader.skip(19), let extended = reader.uint32() else {
            throw MySQLError("the client's handshake is too short")
        }
        self.charset = charset
        if !capabilities.contains(.longPassword) {
            capabilities.formUnion(Capabilities(rawValue: UInt64(extended) << 32))
        }
        isSSLRequest = reader.isAtEnd && capabilities.contains(.ssl)
        if isSSLRequest { return }
        user = reader.terminated().map(Array.init) ?? []
        let answer =
            if capabilities.contains(.lengthEncodedAuth) {
                reader.string()
            } else if capabilities.contains(.secureConnection) {
                reader.uint8().flatMap { reader.take(Int($0)) }
            } else {
                reader.terminated()
            }
        guard let answer else { throw MySQLError("the client's handshake is cut short") }
        auth = answer.startIndex..<answer.endIndex
        if capabilities.contains(.connectWithDatabase) { database = reader.terminated().map(Array.init) ?? [] }
        if capabilities.contains(.pluginAuth) { plugin = reader.terminated().map(Array.init) ?? [] }
        if capabilities.contains(.connectAttributes), let block = reader.string() {
            var pairs = ByteReader(block)
            while attributes.count < 64, let name = pairs.string(), let value = pairs.string() {
                attributes.append((text(name), text(value)))
            }
        }
    }
}

/// COM_CHANGE_USER: who the connection is to belong to from now on.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html
struct ChangeUser {
    var user: [UInt8]
    var auth: Range<Int>
    var database: [UInt8]
    var plugin: [UInt8]

    init?(_ payload: ArraySlice<UInt8>) {
        var reader = ByteReader(payload.dropFirst())
        guard let user = reader.terminated(), let length = reader.uint8(), let auth = reader.take(Int(length)) else {
            return nil
        }
        self.user = Array(user)
        self.auth = auth.startIndex..<auth.endIndex
        database = reader.terminated().map(Array.init) ?? []
        plugin = reader.skip(2) ? reader.terminated().map(Array.init) ?? [] : []
    }
}

/// Ways to authenticate that send the password itself.
enum ClearPassword {
    /// Names of plugins whose client sends what the user typed.
    static let plugins: Set<String> = ["mysql_clear_password", "dialog", "authentication_ldap_simple_client"]
}
