/// The server's first packet: Protocol::HandshakeV10.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
struct Greeting: Sendable, Equatable {
    var version: [UInt8]
    var connectionID: UInt32
    /// Both parts, without the zero byte at the end.
    var salt: [UInt8]
    var capabilities: Capabilities
    var charset: UInt8
    var status: ServerStatus
    var plugin: [UInt8]

    init(_ payload: ArraySlice<UInt8>) throws(MySQLError) {
        var reader = ByteReader(payload)
        guard reader.uint8() == 10, let version = reader.terminated(), let id = reader.uint32(),
            let first = reader.take(8), reader.skip(1), let lower = reader.uint16()
        else { throw MySQLError("the server's greeting is no HandshakeV10") }
        self.version = Array(version)
        connectionID = id
        salt = Array(first)
        capabilities = Capabilities(rawValue: UInt64(lower))
        charset = 0
        status = []
        plugin = []
        guard let charset = reader.uint8(), let status = reader.uint16(), let upper = reader.uint16(),
            let length = reader.uint8(), reader.skip(6), let extended = reader.uint32()
        else { return }
        self.charset = charset
        self.status = ServerStatus(rawValue: status)
        var flags = UInt64(lower) | UInt64(upper) << 16
        if flags & Capabilities.longPassword.rawValue == 0 { flags |= UInt64(extended) << 32 }
        capabilities = Capabilities(rawValue: flags)
        if let second = reader.take(max(13, Int(length) - 8)) { salt += second.last == 0 ? second.dropLast() : second }
        plugin = reader.terminated().map(Array.init) ?? []
    }

    var payload: [UInt8] {
        var writer = ByteWriter()
        writer.uint8(10)
        writer.terminated(version)
        writer.uint32(connectionID)
        let salt = salt + [UInt8](repeating: 0x2a, count: max(0, 20 - salt.count))
        writer.raw(salt.prefix(8))
        writer.uint8(0)
        let flags = capabilities.rawValue
        writer.uint16(UInt16(truncatingIfNeeded: flags))
        writer.uint8(charset)
        writer.uint16(status.rawValue)
        writer.uint16(UInt16(truncatingIfNeeded: flags >> 16))
        writer.uint8(21)
        writer.raw([UInt8](repeating: 0, count: 6))
        writer.uint32(capabilities.contains(.longPassword) ? 0 : UInt32(truncatingIfNeeded: flags >> 32))
        writer.raw(salt[8..<20])
        writer.uint8(0)
        writer.terminated(plugin)
        return writer.bytes
    }
}
