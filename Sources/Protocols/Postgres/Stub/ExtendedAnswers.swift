import ReenactTimeline
import ReenactWire

/// The extended query protocol: steps are collected, and answered when an Execute, Flush or Sync tells what they are
/// for.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
extension PostgresStub {
    mutating func takeStep(_ message: Message, _ shelf: Shelf) {
        switch message.type {
        case Frontend.parse:
            guard let parse = ParseMessage(message.body) else { return }
            let sql = SQLText(parse.sql, skipped: message.skipped)
            let described = shelf.cached { PostgresIndex($0) }.descriptions[sql.condensed]?.types
            statements[parse.name] = (sql, described ?? parse.types)
            steps.append(.parse(sql))
        case Frontend.bind:
            guard let bind = BindMessage(message.body), let statement = statements[bind.statement] else {
                fail(code: "26000", "prepared statement does not exist")
                return skip()
            }
            portals[bind.portal] = PostgresKey.Execution(
                sql: statement.sql, parameters: bind.parameters, types: statement.types,
                resultFormats: bind.resultFormats)
            steps.append(.bind(statement.sql))
        case Frontend.describe: describe(message)
        case Frontend.close:
            guard let target = TargetMessage(message.body) else { return }
            if target.isPortal {
                portals[target.name] = nil
                steps.append(.close(nil))
            } else {
                steps.append(.close(statements.removeValue(forKey: target.name)?.sql ?? SQLText([])))
            }
        case Frontend.execute: execute(message, shelf)
        case Frontend.flush: prepare(isSynced: false, shelf)
        default: break
        }
    }

    private mutating func describe(_ message: Message) {
        guard let target = TargetMessage(message.body) else { return }
        if target.isPortal, let portal = portals[target.name] {
            steps.append(.describePortal(portal))
        } else if !target.isPortal, let statement = statements[target.name] {
            steps.append(.describeStatement(statement.sql, statement.types))
        } else if target.isPortal, !target.name.isEmpty {
            steps.append(.describeCursor(target.name))
        } else {
            fail(
                code: target.isPortal ? "34000" : "26000",
                "\(target.isPortal ? "portal" : "prepared statement") does not exist")
            skip()
        }
    }

    mutating func skip() {
        isSkipping = true
        steps = []
    }

    mutating func sync(_ shelf: Shelf) {
        // One behind a Flush is an exchange of its own; so a client gets over an error that the Flush brought.
        let alone = PostgresKey.prepare(["sync"]).key
        let isAlone = (isFlushed || !isBatchOpen) && shelf.hasFresh(key: alone)
        if isAlone { _ = shelf.take(key: alone, summary: "sync") }
        (isBatchOpen, isBatchExecuted, isFlushed) = (false, false, false)
        if !isSkipping { prepare(isSynced: true, shelf) }
        isSkipping = false
        if stage != .ended { ready() }
    }

    // MARK: a batch without Execute

    /// Answers the steps so far.
    private mutating func prepare(isSynced: Bool, _ shelf: Shelf) {
        guard !steps.isEmpty else { return }
        var names = steps.map(\.name)
        if isSynced { names.append("sync") }
        let key = PostgresKey.prepare(names).key
        let summary = Summary.line(names.joined(separator: "; "))
        if shelf.peek(key: key) != nil, let entry = shelf.take(key: key, summary: summary) {
            let answer = RecordedAnswer(entry.answer)
            if let failed = answer.messages.firstIndex(where: { $0.type == Backend.error }) {
                for message in answer.messages[...failed] { send(Array(message.bytes), delay: message.delay) }
                noteError()
                skip()
                if ServerReport(answer.messages[failed].body).isFatal { follow(entry.ending) }
                return
            }
            ending = entry.ending
            let isCursor = if case .describeCursor = steps.last { true } else { false }
            let columns = answer.messages.last {
                $0.type == Backend.rowDescription || $0.type == Backend.noData
            }
            acknowledge(own: isCursor ? columns : nil, shelf)
            return
        }
        acknowledge(own: nil, shelf)
    }

    /// Acknowledges the steps, up to one that the recording cannot answer; false where there was one.
    @discardableResult
    mutating func acknowledge(own: RecordedAnswer.Piece?, upTo count: Int? = nil, _ shelf: Shelf) -> Bool {
        let index = shelf.cached { PostgresIndex($0) }
        for step in steps.prefix(count ?? steps.count) {
            switch step {
            case .parse: send(Outgoing.parseComplete)
            case .bind: send(Outgoing.bindComplete)
            case .close: send(Outgoing.closeComplete)
            case .describeStatement(let sql, let types):
                learnSpelling(sql, own, index, shelf)
                if columns(of: sql, own, index) == nil { _ = describeByEngine(sql, types, shelf) }
                guard let columns = columns(of: sql, own, index) else { return missDescription(sql, shelf) }
                send(Outgoing.parameterDescription(index.descriptions[sql.condensed]?.types ?? types))
                sendColumns(columns, formats: [])
            case .describePortal(let portal):
                learnSpelling(portal.sql, own, index, shelf)
                if columns(of: portal.sql, own, index) == nil { _ = describeByEngine(portal.sql, portal.types, shelf) }
                guard let columns = columns(of: portal.sql, own, index) else {
                    return missDescription(portal.sql, shelf)
                }
                sendColumns(columns, formats: portal.resultFormats)
            case .describeCursor(let name):
                guard let own else { return missDescription(SQLText(Array(name.utf8)[...]), shelf) }
                send(Array(own.bytes))
            }
        }
        steps = []
        return true
    }

    /// A query that was recorded in other words looks as it did then.
    private func learnSpelling(_ sql: SQLText, _ own: RecordedAnswer.Piece?, _ index: PostgresIndex, _ shelf: Shelf) {
        guard columns(of: sql, own, index) == nil,
            let known = shelf.cached({ PostgresSpellings($0) }).description(sql.exact)
        else { return }
        index.learn(sql.condensed, known)
    }

    private mutating func missDescription(_ sql: SQLText, _ shelf: Shelf) -> Bool {
        shelf.miss(
            key: PostgresKey.prepare(["describe \(sql.exact)"]).key, summary: Summary.line(sql.exact),
            reason: "how this statement's result looks was not recorded")
        miss()
        skip()
        return false
    }

    /// The body of the statement's RowDescription; empty where it returns nothing; nil where that is not known.
    private func columns(of sql: SQLText, _ own: RecordedAnswer.Piece?, _ index: PostgresIndex) -> [UInt8]? {
        if let own { return own.type == Backend.noData ? [] : Array(own.body) }
        if let known = index.descriptions[sql.condensed]?.columns { return known }
        guard
            let specification = Specification(SQLStatement.list(sql.exact), status: status, settings: settings)
        else { return nil }
        return specification.columns.map { Array($0.dropFirst(5)) } ?? []
    }

    private mutating func sendColumns(_ body: [UInt8], formats: [Int16]) {
        send(
            body.isEmpty
                ? Outgoing.noData : Outgoing.message(Backend.rowDescription, ResultFormat.set(formats, in: body)))
    }

    // MARK: Execute

    private mutating func execute(_ message: Message, _ shelf: Shelf) {
        guard let execute = ExecuteMessage(message.body), var execution = portals[execute.portal] else {
            fail(code: "34000", "portal does not exist")
            return skip()
        }
        portals[execute.portal]?.fetch += 1
        execution.maxRows = execute.maxRows
        let plain = PostgresKey.execute(execution)
        let key =
            execution.fetch > 0
            ? plain
            : spelled(plain, shelf) {
                PostgresSpellings.execution(
                    execution.sql.exact, execution.parameters.map(PostgresKey.value), execute.maxRows)
            }
        let index = shelf.cached { PostgresIndex($0) }
        if let start = index.copyStarts[key.key] {
            guard acknowledge(own: nil, shelf) else { return }
            copying = Copying(execution: execution)
            return send(start)
        }
        let parts = SQLStatement.list(execution.sql.exact)
        let summary = Summary.line(execution.sql.exact) + Summary.values(execution.parameters, types: execution.types)
        switch decide(key, parts, shelf) {
        case .aborted:
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            failAborted()
            skip()
        case .specification(let specification):
            guard acknowledge(own: nil, shelf) else { return }
            shelf.answered(key: key.key, summary: summary, note: Self.note)
            send(specification, formats: execution.resultFormats)
            note(tag: specification.tag, of: parts.first)
            mirror(execution, as: nil, shelf)
        case .recording:
            guard let reason = executeEngine(key, execution, summary, shelf) else { return }
            if let reason, shelf.peek(key: key.key) == nil, !shelf.hasFresh(key: key.key, relaxed: key.relaxed) {
                shelf.miss(key: key.key, summary: summary, reason: reason)
                acknowledgeKnown(shelf)
                miss()
                return skip()
            }
            guard let entry = take(key, execution, summary, index, shelf) else {
                // The steps before it are well; only running it fails.
                acknowledgeKnown(shelf)
                miss()
                return skip()
            }
            mirror(execution, as: entry, shelf)
            play(entry, execution, parts.first, shelf)
        }
    }

    /// Parse and Bind are fine in any case; a Describe is where the answer ends if it is not known.
    mutating func acknowledgeKnown(_ shelf: Shelf) {
        let known = steps.prefix { step in
            switch step {
            case .parse, .bind, .close: true
            case .describeStatement, .describePortal, .describeCursor: false
            }
        }
        acknowledge(own: nil, upTo: known.count, shelf)
    }

    /// Where only the result's format differs from the recorded one, the rows must be of types that can be converted.
    private func take(
        _ key: PostgresKey, _ execution: PostgresKey.Execution, _ summary: String, _ index: PostgresIndex,
        _ shelf: Shelf
    ) -> Recorded? {
        var relaxed = key.relaxed
        if shelf.peek(key: key.key) == nil,
            let place = relaxed.firstIndex(where: { $0.relaxation == PostgresKey.resultFormat }),
            let columns = index.formless[relaxed[place].key],
            !ResultFormat.canConvert(columns, to: execution.resultFormats)
        {
            relaxed.remove(at: place)
        }
        return shelf.take(key: key.key, relaxed: relaxed, summary: summary)
    }

    private mutating func play(
        _ entry: Recorded, _ execution: PostgresKey.Execution, _ statement: SQLStatement?, _ shelf: Shelf
    ) {
        var answer = RecordedAnswer(entry.answer)
        let failed = answer.messages.firstIndex { $0.type == Backend.error }
        let before = answer.messages[..<(failed ?? answer.messages.endIndex)]
        let own = before.first { $0.type == Backend.rowDescription || $0.type == Backend.noData }
        var count = steps.count
        if failed != nil, !before.contains(where: { $0.type == Backend.bindComplete }) {
            // The error came before the portal was: acknowledge what stood in front of the step that failed.
            let isParsed =
                before.contains { $0.type == Backend.parseComplete } || !entry.hasParse
            count = steps.lastIndex { isParsed ? $0.isBind : $0.isParse } ?? steps.lastIndex(where: \.isBind) ?? count
        }
        guard acknowledge(own: own, upTo: count, shelf) else { return }
        let recordedColumns = entry.exchange.detail["columns"]?.array?.map {
            (type: Int32(truncatingIfNeeded: $0["type"]?.integer ?? 0), isBinary: $0["format"]?.string == "binary")
        }
        if let recordedColumns, !ResultFormat.convert(&answer, recordedColumns, to: execution.resultFormats) {
            shelf.miss(
                key: entry.exchange.key, summary: entry.exchange.summary,
                reason: "a recorded value cannot be put into the form that is asked for")
            miss()
            return skip()
        }
        playExecution(answer, statement, entry.ending)
    }

    /// Sends what answers an Execute, without what answers the steps before it and the Sync behind it.
    mutating func playExecution(_ answer: RecordedAnswer, _ statement: SQLStatement?, _ ending: Recorded.Ending) {
        for message in answer.messages {
            switch message.type {
            case Backend.parseComplete, Backend.bindComplete, Backend.closeComplete, Backend.parameterDescription,
                Backend.rowDescription, Backend.noData, Backend.ready:
                continue
            case Backend.commandComplete:
                var reader = ByteReader(message.body)
                note(tag: text(reader.cString() ?? []), of: statement)
            case Backend.error:
                send(Array(message.bytes), delay: message.delay)
                noteError()
                skip()
                if ServerReport(message.body).isFatal { follow(ending) }
                self.ending = stage == .ended ? .open : ending
                return
            case Backend.parameterStatus: note(setting: message)
            default: break
            }
            send(Array(message.bytes), delay: message.delay)
        }
        if let rest = answer.rest { send(Array(rest.bytes), delay: rest.delay) }
        if answer.isWhole { self.ending = ending } else { follow(ending) }
    }
}

extension Recorded {
    /// Whether the exchange's own batch prepared its statement.
    fileprivate var hasParse: Bool {
        var framer = Framer()
        framer.append(requestBytes[...], at: 0)
        while let message = framer.next(.typed) { if message.type == Frontend.parse { return true } }
        return false
    }
}
