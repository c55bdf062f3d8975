/// OK_Packet, also in the role of EOF_Packet (header 0xfe).
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
struct OKPacket: Sendable, Equatable {
    var affected: UInt64 = 0
    var lastInsertID: UInt64 = 0
    var status: ServerStatus = []
    var warnings: UInt16 = 0
    var info: [UInt8] = []
    /// What changed in the session, where that is told.
    var sessionState: [UInt8] = []

    init(status: ServerStatus) { self.status = status }

    init(_ payload: ArraySlice<UInt8>, _ capabilities: Capabilities) throws(MySQLError) {
        var reader = ByteReader(payload.dropFirst())
        guard let affected = reader.lengthEncoded(), let id = reader.lengthEncoded(), let status = reader.uint16(),
            let warnings = reader.uint16()
        else { throw MySQLError("an OK packet is too short") }
        self.affected = affected
        lastInsertID = id
        self.status = ServerStatus(rawValue: status)
        self.warnings = warnings
        if capabilities.contains(.sessionTrack) {
            if !reader.isAtEnd { info = reader.string().map(Array.init) ?? [] }
            if self.status.contains(.sessionStateChanged) { sessionState = reader.string().map(Array.init) ?? [] }
        } else {
            info = Array(reader.takeRest())
        }
    }

    func payload(header: UInt8 = 0, _ capabilities: Capabilities) -> [UInt8] {
        var writer = ByteWriter()
        let tracks = capabilities.contains(.sessionTrack)
        var status = status
        if !tracks || sessionState.isEmpty { status.remove(.sessionStateChanged) }
        writer.uint8(header)
        writer.lengthEncoded(affected)
        writer.lengthEncoded(lastInsertID)
        writer.uint16(status.rawValue)
        writer.uint16(warnings)
        if tracks {
            if !info.isEmpty || status.contains(.sessionStateChanged) { writer.string(info) }
            if status.contains(.sessionStateChanged) { writer.string(sessionState) }
        } else {
            writer.raw(info)
        }
        return writer.bytes
    }
}

/// EOF_Packet of connections without DEPRECATE_EOF.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html
struct EOFPacket: Sendable, Equatable {
    var warnings: UInt16 = 0
    var status: ServerStatus

    init(warnings: UInt16 = 0, status: ServerStatus) {
        self.warnings = warnings
        self.status = status
    }

    init(_ payload: ArraySlice<UInt8>) throws(MySQLError) {
        var reader = ByteReader(payload.dropFirst())
        guard let warnings = reader.uint16(), let status = reader.uint16() else {
            throw MySQLError("an EOF packet is too short")
        }
        self.init(warnings: warnings, status: ServerStatus(rawValue: status))
    }

    var payload: [UInt8] {
        var writer = ByteWriter()
        writer.uint8(0xfe)
        writer.uint16(warnings)
        writer.uint16(status.rawValue)
        return writer.bytes
    }
}

/// ERR_Packet.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
struct ErrorPacket: Sendable, Equatable {
    var code: UInt16
    var state: String
    var message: String

    init(code: UInt16, state: String, message: String) {
        self.code = code
        self.state = state
        self.message = message
    }

    init(_ payload: ArraySlice<UInt8>) throws(MySQLError) {
        var reader = ByteReader(payload.dropFirst())
        guard let code = reader.uint16() else { throw MySQLError("an error packet is too short") }
        self.code = code
        state = ""
        if reader.rest.first == UInt8(ascii: "#"), reader.skip(1), let letters = reader.take(5) {
            state = ReenactMySQL.text(letters)
        }
        message = ReenactMySQL.text(reader.takeRest())
    }

    /// MariaDB tells how far a long statement is in packets that look like errors with this code.
    var isProgress: Bool { code == 0xffff }

    var payload: [UInt8] {
        var writer = ByteWriter()
        writer.uint8(0xff)
        writer.uint16(code)
        if state.utf8.count == 5 { writer.raw("#\(state)".utf8) }
        writer.raw(message.utf8)
        return writer.bytes
    }
}
