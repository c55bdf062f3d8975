import ReenactTimeline

/// The server's answer to one command, read packet by packet: what each packet is, and what it says.
///
/// Serves the recorder, which wants to know what was said, and the stub, which writes it anew.
struct Answer: Sendable {
    /// What a packet is in the answer.
    enum Role: Sendable, Equatable {
        case ok
        case error
        case columnCount
        case column
        /// What ends the columns where DEPRECATE_EOF is off.
        case columnsEnd
        case row
        /// What ends the rows.
        case rowsEnd
        /// The only packet of a result whose rows are to be fetched later.
        case cursor
        case prepared
        case progress
        case other
    }

    private enum State: Sendable { case first, columns(Int), columnsEnd, rows, parameters(Int), fields }

    let command: Command
    let capabilities: Capabilities
    private let isBinary: Bool
    private var state: State = .first
    private(set) var isDone = false
    /// The client is to send a file: what follows is no answer.
    private(set) var isLocalInfile = false

    private(set) var sets: [ResultSet] = []
    private(set) var ok: OKPacket?
    private(set) var error: ErrorPacket?
    /// The server's state after the answer, where it tells.
    private(set) var status: ServerStatus?
    /// For a prepare.
    private(set) var number: UInt32 = 0
    private(set) var parameterCount = 0
    private(set) var columns: [Column] = []
    private var columnsAhead = 0
    /// Columns that are known from the prepare, for servers that do not repeat them.
    private let knownColumns: [Column]
    private let keepsRows: Bool

    init(
        to command: Command, capabilities: Capabilities, knownColumns: [Column] = [], keepsRows: Bool = true
    ) {
        self.command = command
        self.capabilities = capabilities
        self.knownColumns = knownColumns
        self.keepsRows = keepsRows
        isBinary = [.execute, .fetch, .bulkExecute].contains(command)
        if command == .fetch {
            columns = knownColumns
            sets = [ResultSet(columns: knownColumns)]
            state = .rows
        }
        if command == .fieldList { state = .fields }
    }

    private var deprecatesEOF: Bool { capabilities.contains(.deprecateEOF) }

    /// Takes the next packet.
    ///
    /// - Throws: where it cannot be part of the answer.
    mutating func take(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        if payload.first == 0xff {
            let error = try ErrorPacket(payload)
            if error.isProgress { return .progress }
            self.error = error
            isDone = true
            return .error
        }
        switch state {
        case .first: return try first(payload)
        case .columns(let left):
            let column = try Column(payload, capabilities)
            columns.append(column)
            if left > 1 { state = .columns(left - 1) } else { endColumns() }
            return .column
        case .parameters(let left):
            _ = try Column(payload, capabilities)
            if left > 1 { state = .parameters(left - 1) } else { endParameters() }
            return .column
        case .columnsEnd: return try columnsEnd(payload)
        case .rows: return try row(payload)
        case .fields:
            if isEOF(payload) {
                isDone = true
                return .rowsEnd
            }
            columns.append(try Column(payload, capabilities))
            return .column
        }
    }

    private func isEOF(_ payload: ArraySlice<UInt8>) -> Bool {
        payload.first == 0xfe && (deprecatesEOF ? payload.count < Packet.payloadMax : payload.count < 9)
    }

    private mutating func first(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        switch command {
        case .query, .execute, .processInfo, .bulkExecute: return try firstOfResult(payload)
        case .prepare: return try prepared(payload)
        case .statistics:
            isDone = true
            return .other
        default:
            guard payload.first == 0 || isEOF(payload) else {
                throw MySQLError("an answer to \(command.name) is neither OK nor an error")
            }
            isDone = true
            if payload.first == 0xfe, !deprecatesEOF {
                status = try EOFPacket(payload).status
                return .rowsEnd
            }
            let ok = try OKPacket(payload, capabilities)
            self.ok = ok
            status = ok.status
            return payload.first == 0 ? .ok : .rowsEnd
        }
    }

    private mutating func firstOfResult(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        if payload.first == 0 {
            let ok = try OKPacket(payload, capabilities)
            self.ok = ok
            end(ok.status)
            return .ok
        }
        if payload.first == 0xfb {
            isLocalInfile = true
            isDone = true
            return .other
        }
        var reader = ByteReader(payload)
        var follows = true
        if capabilities.contains(.optionalMetadata) { follows = reader.uint8() == 1 }
        guard let count = reader.lengthEncoded(), 1...65535 ~= count else {
            throw MySQLError("a result set has no plausible number of columns")
        }
        if capabilities.contains(.mariadbCacheMetadata) { follows = reader.uint8() != 0 }
        columns = []
        if follows {
            state = .columns(Int(count))
        } else {
            columns = knownColumns
            endColumns()
        }
        return .columnCount
    }

    private mutating func endColumns() {
        if command == .prepare {
            if deprecatesEOF { isDone = true } else { state = .columnsEnd }
            return
        }
        sets.append(ResultSet(columns: columns))
        state = deprecatesEOF ? .rows : .columnsEnd
    }

    private mutating func endParameters() {
        if !deprecatesEOF { state = .columnsEnd } else { beginColumns() }
    }

    private mutating func beginColumns() {
        let count = columnsAhead
        columnsAhead = 0
        if count > 0 { state = .columns(count) } else { isDone = true }
    }

    private mutating func columnsEnd(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        guard isEOF(payload) else { throw MySQLError("the columns of an answer do not end") }
        let eof = try EOFPacket(payload)
        if command == .prepare {
            beginColumns()
            return .columnsEnd
        }
        if eof.status.contains(.cursorExists) {
            end(eof.status)
            return .cursor
        }
        state = .rows
        return .columnsEnd
    }

    private mutating func row(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        if isEOF(payload) {
            let status: ServerStatus
            if deprecatesEOF {
                let ok = try OKPacket(payload, capabilities)
                status = ok.status
            } else {
                status = try EOFPacket(payload).status
            }
            let isCursor = command == .execute && status.contains(.cursorExists) && sets.last?.count == 0
            end(status)
            return isCursor && deprecatesEOF ? .cursor : .rowsEnd
        }
        guard keepsRows, !sets.isEmpty else { return .row }
        sets[sets.count - 1].add(payload, isBinary: isBinary)
        return .row
    }

    private mutating func prepared(_ payload: ArraySlice<UInt8>) throws(MySQLError) -> Role {
        var reader = ByteReader(payload)
        guard reader.uint8() == 0, let number = reader.uint32(), let columns = reader.uint16(),
            let parameters = reader.uint16()
        else { throw MySQLError("the answer to a prepare is malformed") }
        self.number = number
        parameterCount = Int(parameters)
        columnsAhead = Int(columns)
        if parameters > 0 { state = .parameters(Int(parameters)) } else { beginColumns() }
        return .prepared
    }

    private mutating func end(_ status: ServerStatus) {
        self.status = status
        if status.contains(.moreResults) { state = .first } else { isDone = true }
    }
}
