import ReenactWire

/// Writes a recorded answer for the live connection: other packet numbers, another statement's number, another state,
/// and another form where the two clients agreed on other capabilities with the server.
struct AnswerWriter {
    let recorded: Capabilities
    let live: Capabilities
    /// For the answer to a prepare.
    var statement: UInt32 = 0
    /// The statement's columns, for a recorded server that did not repeat them to a client that knew them.
    var knownColumns: [Column] = []
    var session: LiveSession

    /// A recorded packet, with what it is.
    struct Part {
        var role: Answer.Role
        var payload: ArraySlice<UInt8>
    }

    private var columnsLeft: [Int] = []

    init(recorded: Capabilities, live: Capabilities, session: LiveSession) {
        self.recorded = recorded
        self.live = live
        self.session = session
    }

    /// Writes one part.
    ///
    /// - Parameter next: what follows it; whether columns end with a packet of their own depends on it.
    mutating func write(_ part: Part, next: Answer.Role?, to out: inout PacketWriter) throws(MySQLError) {
        switch part.role {
        case .ok:
            var ok = try OKPacket(part.payload, recorded)
            ok.status = session.patch(ok.status)
            out.packet(ok.payload(live))
        case .rowsEnd, .cursor: try end(part.payload, &out)
        case .columnsEnd:
            if !deprecatesEOF(live) {
                var eof = try EOFPacket(part.payload)
                eof.status = session.patch(eof.status)
                out.packet(eof.payload)
            }
        case .columnCount: try columnCount(part.payload, &out)
        case .column:
            try column(part.payload, &out)
            endColumns(next: next, &out)
        case .prepared: try prepared(part.payload, &out)
        case .error, .row, .progress, .other: out.packet(part.payload)
        }
    }

    private func deprecatesEOF(_ capabilities: Capabilities) -> Bool { capabilities.contains(.deprecateEOF) }

    private func end(_ payload: ArraySlice<UInt8>, _ out: inout PacketWriter) throws(MySQLError) {
        var ok: OKPacket
        if deprecatesEOF(recorded) {
            ok = try OKPacket(payload, recorded)
        } else {
            let eof = try EOFPacket(payload)
            ok = OKPacket(status: eof.status)
            ok.warnings = eof.warnings
        }
        ok.status = session.patch(ok.status)
        if deprecatesEOF(live) {
            out.packet(ok.payload(header: 0xfe, live))
        } else {
            let status = ok.status.subtracting(.sessionStateChanged)
            out.packet(EOFPacket(warnings: ok.warnings, status: status).payload)
        }
    }

    private mutating func columnCount(_ payload: ArraySlice<UInt8>, _ out: inout PacketWriter) throws(MySQLError) {
        var reader = ByteReader(payload)
        var follows = true
        if recorded.contains(.optionalMetadata) { follows = reader.uint8() == 1 }
        guard let count = reader.lengthEncoded() else { throw MySQLError("a result set has no number of columns") }
        if recorded.contains(.mariadbCacheMetadata) { follows = reader.uint8() != 0 }
        let fills = !follows && !live.contains(.mariadbCacheMetadata)
        guard !fills || knownColumns.count == Int(count) else {
            throw MySQLError("the columns of the recorded answer are not known")
        }
        var writer = ByteWriter()
        if live.contains(.optionalMetadata) { writer.uint8(1) }
        writer.lengthEncoded(count)
        if live.contains(.mariadbCacheMetadata) { writer.uint8(follows ? 1 : 0) }
        out.packet(writer.bytes)
        columnsLeft = follows ? [Int(count)] : []
        guard fills else { return }
        for column in knownColumns { out.packet(column.payload(live)) }
        if deprecatesEOF(recorded), !deprecatesEOF(live) {
            out.packet(EOFPacket(status: session.patch([])).payload)
        }
    }

    private func column(_ payload: ArraySlice<UInt8>, _ out: inout PacketWriter) throws(MySQLError) {
        let extends = Capabilities.mariadbExtendedMetadata
        if recorded.contains(extends) == live.contains(extends) {
            out.packet(payload)
        } else {
            out.packet(try Column(payload, recorded).payload(live))
        }
    }

    private mutating func endColumns(next: Answer.Role?, _ out: inout PacketWriter) {
        guard !columnsLeft.isEmpty else { return }
        columnsLeft[0] -= 1
        guard columnsLeft[0] == 0 else { return }
        columnsLeft.removeFirst()
        if deprecatesEOF(recorded), !deprecatesEOF(live), next != .cursor {
            out.packet(EOFPacket(status: session.patch([])).payload)
        }
    }

    private mutating func prepared(_ payload: ArraySlice<UInt8>, _ out: inout PacketWriter) throws(MySQLError) {
        var reader = ByteReader(payload.dropFirst(5))
        guard let columns = reader.uint16(), let parameters = reader.uint16() else {
            throw MySQLError("the answer to a prepare is malformed")
        }
        columnsLeft = [Int(parameters), Int(columns)].filter { $0 > 0 }
        var writer = ByteWriter()
        writer.uint8(0)
        writer.uint32(statement)
        writer.raw(payload.dropFirst(5))
        out.packet(writer.bytes)
    }
}
