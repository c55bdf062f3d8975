import ReenactTimeline
import ReenactWire

/// Turns the bytes of both sides of one connection into exchanges: one for the opening, then one for each command.
struct MySQLRecorder: ExchangeRecorder {
    private(set) var failure: String?
    private var client = PacketCutter()
    private var server = PacketCutter()
    private var handshake: Handshake?
    private var capabilities: Capabilities = []
    private var statements = Statements()
    /// Commands that wait for answers, in order; clients of MariaDB send some ahead.
    private var pending: [Work] = []
    private var ordinal = 0
    private var inTransaction = false
    private var isOpened = false
    private var changes: [ExchangeChange] = []

    mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    ) -> [ExchangeChange] {
        guard failure == nil else { return [] }
        do throws(MySQLError) {
            switch side {
            case .client:
                client.append(bytes, at: time)
                try refuseTLS()
                while let packet = try client.next() {
                    try take(client: packet)
                    try refuseTLS()
                }
            case .server:
                server.append(bytes, at: time)
                while let packet = try server.next() { try take(server: packet) }
            }
        } catch {
            fail(error.description)
        }
        defer { changes = [] }
        return changes
    }

    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        // What waits for the server gets nothing more; the client's end may still be answered.
        guard side == .server || manner == .reset else { return [] }
        endPending()
        defer { changes = [] }
        return changes
    }

    /// Exchanges that began and did not end, with what has come of their answers.
    var unended: [Exchange] {
        if let handshake { return [withPartialPacket(handshake.built)] }
        return pending.enumerated().map { index, work in
            let exchange = work.built(capabilities, inTransaction: inTransaction)
            return index == 0 ? withPartialPacket(exchange) : exchange
        }
    }

    /// A packet that broke off belongs to the answer all the same: a stub breaks off there too.
    private func withPartialPacket(_ exchange: Exchange) -> Exchange {
        guard !server.pending.isEmpty else { return exchange }
        var exchange = exchange
        let start = exchange.response?.offset ?? server.offset
        exchange.response = StreamRange(offset: start, length: server.offset + server.pending.count - start)
        return exchange
    }

    private mutating func endPending() {
        for exchange in unended { changes.append(.ended(exchange)) }
        handshake = nil
        pending = []
    }

    private mutating func fail(_ reason: String) {
        failure = reason
        endPending()
    }

    private mutating func nextOrdinal() -> Int {
        defer { ordinal += 1 }
        return ordinal
    }

    // MARK: - The client's packets

    /// Behind an SSL request there is TLS, unless whoever feeds the recorder has opened it.
    private mutating func refuseTLS() throws(MySQLError) {
        guard let handshake, handshake.usesTLS, handshake.response == nil else { return }
        let start = Array(client.pending.prefix(3))
        if start.count == 3, start[0] == 0x16, start[1] == 3, start[2] <= 4 {
            throw MySQLError("the connection is encrypted (TLS)")
        }
    }

    private mutating func take(client packet: Packet) throws(MySQLError) {
        if handshake != nil {
            try handshake?.take(client: packet)
            return
        }
        guard isOpened else { throw MySQLError("the client spoke first") }
        let command = Command(rawValue: packet.payload.first ?? 0)
        guard command != .binlogDump, command != .binlogDumpGTID else {
            throw MySQLError("the connection is a replica's")
        }
        let question = try statements.question(packet.payload, capabilities)
        var exchange = Exchange(
            ordinal: nextOrdinal(),
            request: StreamRange(offset: packet.offset, length: packet.end - packet.offset),
            requestStart: packet.began, requestEnd: packet.ended, key: question.key.key,
            relaxedKeys: question.key.relaxed, summary: question.summary, isPreamble: question.isPreamble,
            holdsLease: inTransaction, identifiers: question.sql?.traces ?? [])
        exchange.definesName = command == .prepare
        exchange.secrets = question.passwords.map { range in
            Secret(
                kind: "password", side: .client,
                range: StreamRange(offset: packet.offset(of: range.lowerBound), length: range.count))
        }
        if command == .changeUser {
            begin(change: ChangeUser(packet.payload), exchange)
            return
        }
        let known = statements.statement(question.statement)?.columns ?? []
        var work = Work(
            exchange: exchange, question: question,
            answer: Answer(to: command, capabilities: capabilities, knownColumns: known))
        changes.append(.began(work.built(capabilities, inTransaction: inTransaction)))
        guard command.isUnanswered else {
            pending.append(work)
            return
        }
        work.exchange.responseEnd = packet.ended
        work.exchange.outcome = .ok
        changes.append(.ended(work.built(capabilities, inTransaction: inTransaction)))
    }

    private mutating func begin(change: ChangeUser?, _ exchange: Exchange) {
        var exchange = exchange
        if let change, ClearPassword.plugins.contains(text(change.plugin)), !change.auth.isEmpty {
            exchange.secrets.append(
                Secret(
                    kind: "password", side: .client,
                    range: StreamRange(
                        offset: exchange.request.offset + 4 + (change.user.count + 3), length: change.auth.count)))
        }
        let begun = Handshake(exchange: exchange, change: change, capabilities: capabilities)
        changes.append(.began(begun.built))
        handshake = begun
        statements.removeAll()
    }

    // MARK: - The server's packets

    private mutating func take(server packet: Packet) throws(MySQLError) {
        if !isOpened, handshake == nil {
            let opening = Handshake(
                exchange: Exchange(
                    ordinal: nextOrdinal(), request: StreamRange(offset: 0, length: 0), requestStart: packet.began,
                    key: "connect", summary: "connect", isPreamble: true))
            changes.append(.began(opening.built))
            handshake = opening
        }
        if handshake != nil {
            try handshake?.take(server: packet)
            endHandshake()
            return
        }
        guard !pending.isEmpty else {
            // A server that is about to hang up says so unasked.
            guard packet.payload.first == 0xff else { throw MySQLError("the server answered what nobody asked") }
            return
        }
        let role = try pending[0].answer.take(packet.payload)
        pending[0].extend(packet)
        guard !pending[0].answer.isLocalInfile else {
            throw MySQLError("LOAD DATA LOCAL INFILE reads a file of the client")
        }
        if pending[0].answer.isDone { finish(pending.removeFirst(), role) }
    }

    private mutating func endHandshake() {
        guard let handshake, handshake.isDone else { return }
        changes.append(.ended(handshake.built))
        if handshake.error == nil {
            capabilities = handshake.capabilities
            inTransaction = handshake.status.contains(.inTransaction)
        }
        // A refused change of user leaves the connection to be closed by the server.
        isOpened = true
        self.handshake = nil
    }

    private mutating func finish(_ work: Work, _ role: Answer.Role) {
        if let status = work.answer.status {
            inTransaction = status.contains(.inTransaction) || status.contains(.inReadOnlyTransaction)
        } else if work.answer.error?.code == 1213 {
            // A deadlock rolls back.
            inTransaction = false
        }
        switch work.question.command {
        case .prepare:
            guard let index = work.question.statement else { break }
            if work.answer.error == nil {
                statements.prepared(
                    index, number: work.answer.number, parameters: work.answer.parameterCount,
                    columns: work.answer.columns)
            } else {
                statements.failed(index)
            }
        case .resetConnection: statements.removeAll()
        default: break
        }
        changes.append(.ended(work.built(capabilities, inTransaction: inTransaction)))
    }
}
