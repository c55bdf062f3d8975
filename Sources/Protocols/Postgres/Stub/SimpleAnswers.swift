import ReenactTimeline
import ReenactWire

/// The simple query protocol: one message asks, and ReadyForQuery ends the answer.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY
extension PostgresStub {
    mutating func query(_ message: Message, _ shelf: Shelf) {
        steps = []
        var reader = ByteReader(message.body)
        let sql = SQLText(reader.cString() ?? reader.rest, skipped: message.skipped)
        let key = spelled(PostgresKey.query(sql), shelf) { PostgresSpellings.query(sql.exact) }
        let summary = Summary.line(sql.exact)
        if let start = shelf.cached({ PostgresIndex($0) }).copyStarts[key.key] {
            copying = Copying(query: sql)
            return send(start)
        }
        let parts = SQLStatement.list(sql.exact)
        switch decide(key, parts, shelf) {
        case .aborted:
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            failAborted()
            ready()
        case .specification(let specification):
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            if let columns = specification.columns { send(columns) }
            send(specification, formats: [])
            note(tag: specification.tag, of: parts.first)
            mirror(EngineMessages.query(sql.exact), sql: sql.exact, as: nil, shelf)
            ready()
        case .recording:
            guard let reason = queryEngine(key, message, sql, shelf) else { return }
            guard let entry = take(key, summary, reason: reason, shelf) else {
                miss()
                return ready()
            }
            mirror(EngineMessages.query(sql.exact), sql: sql.exact, as: entry, shelf)
            play(RecordedAnswer(entry.answer), parts, entry.ending)
        }
    }

    /// The recorded answer; a miss tells why nobody else answered either.
    func take(_ key: PostgresKey, _ summary: String, reason: String?, _ shelf: Shelf) -> Recorded? {
        if let reason, shelf.peek(key: key.key) == nil, !shelf.hasFresh(key: key.key, relaxed: key.relaxed) {
            shelf.miss(key: key.key, summary: summary, reason: reason)
            return nil
        }
        return shelf.take(key: key.key, relaxed: key.relaxed, summary: summary)
    }

    mutating func functionCall(_ message: Message, _ shelf: Shelf) {
        var reader = ByteReader(message.body)
        let function = reader.int32() ?? 0
        let key = "F|\(function)|\(ContentHash(reader.rest).text)"
        guard let entry = shelf.take(key: key, summary: "function call \(function)") else {
            miss()
            return ready()
        }
        play(RecordedAnswer(entry.answer), [], entry.ending)
    }

    /// Sends the messages as recorded, with the live session's transaction status.
    mutating func play(_ answer: RecordedAnswer, _ parts: [SQLStatement], _ ending: Recorded.Ending) {
        var done = 0
        for message in answer.messages {
            switch message.type {
            case Backend.ready:
                send(Outgoing.ready(status), delay: message.delay)
                continue
            case Backend.commandComplete:
                var reader = ByteReader(message.body)
                note(tag: text(reader.cString() ?? []), of: done < parts.count ? parts[done] : parts.last)
                done += 1
            case Backend.error: noteError()
            case Backend.parameterStatus: note(setting: message)
            default: break
            }
            send(Array(message.bytes), delay: message.delay)
        }
        if let rest = answer.rest { send(Array(rest.bytes), delay: rest.delay) }
        lastDelay = 0
        follow(ending)
    }

    mutating func note(setting message: RecordedAnswer.Piece) {
        var reader = ByteReader(message.body)
        if let name = reader.cString(), let value = reader.cString() { settings[text(name)] = text(value) }
    }

    mutating func note(tag: String?, of statement: SQLStatement?) {
        if let tag, let statement { status = statement.status(after: tag, from: status) }
    }

    // MARK: where the answer comes from

    enum Source {
        /// The transaction has failed, so the server refuses everything but its end.
        case aborted
        case specification(Specification)
        case recording
    }

    /// Recorded answers come first, as long as they fit the live session's transaction.
    func decide(_ key: PostgresKey, _ parts: [SQLStatement], _ shelf: Shelf) -> Source {
        let hasFailed = status == UInt8(ascii: "E")
        let recorded = shelf.peek(key: key.key)
        let code = recorded?.exchange.detail["error"]?["code"]?.string
        if hasFailed, let first = parts.first, !first.isAllowedAfterError {
            return code == "25P02" ? .recording : .aborted
        }
        guard let specification = Specification(parts, status: status, settings: settings) else { return .recording }
        guard let recorded else {
            let mayBeNamedAnew = key.relaxed.contains {
                $0.relaxation == Savepoint.relaxation || $0.relaxation == PostgresKey.applicationName
            }
            let isRecorded =
                (parts.first?.first == "SELECT" || mayBeNamedAnew) && shelf.hasFresh(key: key.key, relaxed: key.relaxed)
            return isRecorded ? .recording : .specification(specification)
        }
        guard let first = parts.first, first.endsTransaction else { return .recording }
        // A COMMIT that was recorded after an error answers ROLLBACK; it must not answer a transaction that is well.
        let tag = recorded.exchange.detail["commandTag"]?.string
        let fits = tag == specification.tag || tag == nil && !hasFailed
        return fits ? .recording : .specification(specification)
    }

    mutating func failAborted() {
        fail(code: "25P02", "current transaction is aborted, commands ignored until end of transaction block")
    }

    /// Settings, rows and tag, without the RowDescription.
    mutating func send(_ specification: Specification, formats: [Int16]) {
        for row in specification.rows {
            let cells = row.enumerated().map { index, cell in
                let format = formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0
                return format == 1 ? TextValue.binary(cell[...], type: specification.types[index]) ?? cell : cell
            }
            send(Outgoing.dataRow(cells))
        }
        if let tag = specification.tag { send(Outgoing.commandComplete(tag)) } else { send(Outgoing.emptyQuery) }
        for (name, value) in specification.settings {
            settings[name] = value
            send(Outgoing.parameterStatus(name, value))
        }
    }

    // MARK: COPY from the client

    /// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
    mutating func takeCopy(_ message: Message, _ shelf: Shelf) {
        guard var current = copying else { return }
        if shelf.engine != nil, current.data.count < PostgresShadow.copyMax {
            current.data += Outgoing.message(message.type, Array(message.body))
        }
        if message.type == Frontend.copyData {
            current.copied.update(message.body)
            if message.skipped.count > 0 { current.copied.update(Array(message.skipped.text.utf8)) }
            copying = current
            return
        }
        copying = nil
        var reason = ""
        if message.type == Frontend.copyFail {
            var reader = ByteReader(message.body)
            reason = text(reader.cString() ?? [])
            current.copied.update(message.body)
        }
        var key = current.query.map { PostgresKey.query($0, copied: current.copied) }
        var summary = Summary.line(current.query?.exact ?? "")
        var parts = SQLStatement.list(current.query?.exact ?? "")
        if var execution = current.execution {
            execution.copied = current.copied
            key = PostgresKey.execute(execution)
            summary = Summary.line(execution.sql.exact)
            parts = SQLStatement.list(execution.sql.exact)
        }
        guard let key else { return }
        let isSimple = current.query != nil
        if current.isEngine { return finishEngineCopy(current, isSimple: isSimple, shelf) }
        // A copy that the client itself gives up fails, whatever the data; only the same failure can be recorded.
        if message.type == Frontend.copyFail, shelf.peek(key: key.key) == nil {
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            fail(code: "57014", "COPY from stdin failed: \(reason)")
            return isSimple ? ready() : skip()
        }
        guard let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary) else {
            miss()
            return isSimple ? ready() : skip()
        }
        var answer = RecordedAnswer(entry.answer)
        let begin = current.query.map { EngineMessages.query($0.exact) } ?? current.execution.map(request) ?? []
        mirror(
            begin + current.data + (isSimple ? [] : EngineMessages.sync),
            sql: current.query?.exact ?? current.execution?.sql.exact ?? "", as: entry, shelf)
        let starts = [Backend.copyInResponse, Backend.copyBothResponse]
        if let start = answer.messages.firstIndex(where: { starts.contains($0.type) }) {
            answer.messages.removeSubrange(...start)
        }
        if isSimple { play(answer, parts, entry.ending) } else { playExecution(answer, parts.first, entry.ending) }
    }
}
