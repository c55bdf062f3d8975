import ReenactWire

/// The protocol of MySQL and MariaDB, client/server version 10, as spoken since 4.1.
///
/// Members of an exchange's `detail`: `kind`, `capabilities`, `sql`, `params`, `columns`, `rows`, `rowCount`,
/// `truncated`, `affected`, `lastInsertID`, `error`, `transaction`, `parts`.
/// Sources: https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html,
/// https://mariadb.com/kb/en/clientserver-protocol/
public enum MySQL: WireProtocol {
    public static let name = "mysql"

    /// The server speaks first: its greeting is packet 0 and begins with the protocol's version, 10, and the
    /// server's own in printable characters. A server that refuses at once sends an error packet instead.
    public static func recognize(
        client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?
    ) -> Recognition {
        guard client.isEmpty || !server.isEmpty else { return port == 3306 ? .unsure : .no }
        let start = Array(server.prefix(300))
        guard start.count >= 5 else {
            if start.count >= 4, start[3] != 0 { return .no }
            if start.count >= 3, start[2] != 0 { return .no }
            return .unsure
        }
        let length = Int(start[0]) | Int(start[1]) << 8 | Int(start[2]) << 16
        guard start[3] == 0, (4...1024).contains(length) else { return .no }
        if start[4] == 0xff { return refusal(start[5...].prefix(length - 1)) }
        guard start[4] == 0x0a, length >= 32 else { return .no }
        let version = start[5...].prefix { $0 != 0 }
        guard version.count <= 200, version.allSatisfy({ 0x20...0x7e ~= $0 }) else { return .no }
        guard 5 + version.count < start.count else { return .unsure }
        return version.isEmpty ? .no : .yes
    }

    /// Before the handshake an error has a code and, from MariaDB, a state; both sorts end in words.
    private static func refusal(_ body: ArraySlice<UInt8>) -> Recognition {
        guard body.count >= 6 else { return .unsure }
        var reader = ByteReader(body)
        guard let code = reader.uint16(), (1000...4999).contains(code) else { return .no }
        return reader.rest.allSatisfy { $0 >= 0x20 } ? .yes : .no
    }

    /// A fresh recorder for one connection.
    public static func recorder() -> any ExchangeRecorder { MySQLRecorder() }

    /// A fresh stub for one connection.
    public static func stub() -> any StubSession { MySQLStub() }

    /// Where TLS begins in the client's stream: just behind an SSL request; nil where none is there (yet).
    ///
    /// For a relay that takes part in TLS: it hands the recorder the request as it is and plaintext behind it.
    /// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
    public static func endOfSSLRequest(client: ArraySlice<UInt8>) -> Int? {
        var reader = ByteReader(client)
        guard let length = reader.uint24(), length == 32, reader.uint8() == 1, let flags = reader.uint32(),
            Capabilities(rawValue: UInt64(flags)).contains(.ssl), reader.rest.count >= 28
        else { return nil }
        return 36
    }
}
