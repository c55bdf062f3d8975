import ReenactTimeline
import ReenactWire

/// What the client's messages begin, extend and complete.
extension PostgresRecorder {
    mutating func takeClient(_ message: Message) {
        if let held { finish(held) }
        switch stage {
        case .opening: takeOpening(message)
        case .starting: takeAuthentication(message)
        case .ready: takeRequest(message)
        case .cancelled: break
        }
    }

    private mutating func takeRequest(_ message: Message) {
        switch message.type {
        case Frontend.query: takeQuery(message)
        case Frontend.parse: takeParse(message)
        case Frontend.bind: takeBind(message)
        case Frontend.describe: takeDescribe(message)
        case Frontend.execute: takeExecute(message)
        case Frontend.close: takeClose(message)
        case Frontend.sync: takeSync(message)
        case Frontend.flush: takeFlush(message)
        case Frontend.functionCall: takeFunctionCall(message)
        case Frontend.copyData, Frontend.copyDone, Frontend.copyFail: takeCopy(message)
        case Frontend.terminate, Frontend.password: break
        default: fail("a client sent the unknown message \(message.type) at byte \(message.offset)")
        }
    }

    private mutating func expect(_ kind: Expectation.Kind, _ ordinal: Int, target: Int? = nil) {
        guard self[ordinal] != nil else { return }
        if isSkipping {
            if kind == .execute, self[ordinal]?.answer.error == nil { self[ordinal]?.isSkipped = true }
            return
        }
        queue.append(Expectation(kind: kind, ordinal: ordinal, target: target))
        self[ordinal]?.outstanding += 1
    }

    /// The exchange of the batch that takes what comes before an Execute.
    private mutating func forming(_ message: Message, _ summary: String) -> Int {
        if let group, !groupIsExecuted, self[group] != nil {
            self[group]?.extendRequest(message)
            return group
        }
        closeGroup()
        let ordinal = begin(.prepare, with: message, summary: summary)
        group = ordinal
        groupIsExecuted = false
        return ordinal
    }

    /// The exchange of the batch that takes what may also follow an Execute.
    private mutating func trailing(_ message: Message, _ summary: String) -> Int {
        if let group, groupIsExecuted, self[group] != nil {
            self[group]?.extendRequest(message)
            return group
        }
        return forming(message, summary)
    }

    /// No more messages for the batch's exchange.
    private mutating func closeGroup() {
        guard let ordinal = group else { return }
        group = nil
        groupIsExecuted = false
        self[ordinal]?.isForming = false
        guard let work = self[ordinal], work.outstanding == 0 else { return }
        if work.exchange.responseEnd == nil, isSkipping {
            self[ordinal]?.isSkipped = true
            self[ordinal]?.exchange.result = "skipped after an error"
        }
        settle(ordinal, at: work.exchange.responseEnd ?? (isSkipping ? work.exchange.requestEnd : nil))
    }

    private mutating func takeQuery(_ message: Message) {
        closeGroup()
        var reader = ByteReader(message.body)
        let sql = SQLText(reader.cString() ?? reader.rest, skipped: message.skipped)
        let ordinal = begin(.query, with: message, summary: Summary.line(sql.exact))
        note(sql, in: ordinal, at: message.bodyOffset)
        self[ordinal]?.execution = PostgresKey.Execution(sql: sql)
        self[ordinal]?.isForming = false
        self[ordinal]?.isSynced = true
        expect(.query, ordinal)
    }

    private mutating func note(_ sql: SQLText, in ordinal: Int, at offset: Int) {
        for range in sql.passwords {
            self[ordinal]?.exchange.secrets.append(
                Secret(
                    kind: "password", side: .client,
                    range: StreamRange(offset: offset + range.lowerBound, length: range.count)))
        }
        for trace in sql.traces { note(trace: trace, in: ordinal) }
    }

    private mutating func note(trace: String, in ordinal: Int) {
        guard let work = self[ordinal], !work.exchange.identifiers.contains(trace) else { return }
        self[ordinal]?.exchange.identifiers.append(trace)
    }

    private mutating func takeParse(_ message: Message) {
        guard let parse = ParseMessage(message.body) else { return fail("a Parse without a name") }
        let sql = SQLText(parse.sql, skipped: message.skipped)
        let ordinal = forming(message, Summary.line(sql.exact))
        note(sql, in: ordinal, at: message.bodyOffset + (parse.sql.startIndex - message.body.startIndex))
        self[ordinal]?.steps.append("parse \(sql.exact)")
        if !parse.name.isEmpty { self[ordinal]?.exchange.definesName = true }
        nextID += 1
        if prepared.count < Self.namesMax || prepared[parse.name] != nil {
            prepared[parse.name] = Prepared(id: nextID, sql: sql, types: parse.types)
        }
        expect(.parse, ordinal)
    }

    private mutating func takeBind(_ message: Message) {
        guard let bind = BindMessage(message.body) else { return fail("a Bind without names") }
        let ordinal = forming(message, "bind")
        nextID += 1
        var statement = prepared[bind.statement] ?? Prepared(id: 0, sql: SQLText([]), types: [])
        if statement.id == 0 { statement.sql = SQLText(Array("<unknown statement>".utf8)[...]) }
        var types = statement.types
        // The server's own word on what the client left open.
        if let told = parameterTypes[statement.id] { types = told }
        let execution = PostgresKey.Execution(
            sql: statement.sql, parameters: bind.parameters, types: types, resultFormats: bind.resultFormats)
        if portals.count < Self.namesMax || portals[bind.portal] != nil {
            portals[bind.portal] = Portal(id: nextID, statement: statement.id, execution: execution)
        }
        let step = "bind \(statement.sql.exact)"
        self[ordinal]?.steps.append(step)
        expect(.bind, ordinal)
    }

    private mutating func takeDescribe(_ message: Message) {
        guard let target = TargetMessage(message.body) else { return fail("a Describe without a target") }
        let ordinal = forming(message, "describe")
        let sql = target.isPortal ? portals[target.name]?.execution.sql : prepared[target.name]?.sql
        // A portal without a Bind is a cursor that SQL declared; its name is the program's own.
        let what = target.isPortal ? (sql == nil ? "cursor \(target.name)" : "portal ") : ""
        self[ordinal]?.steps.append("describe \(what)\(sql?.exact ?? "")")
        expect(.describe, ordinal, target: target.isPortal ? portals[target.name]?.id : prepared[target.name]?.id)
    }

    private mutating func takeExecute(_ message: Message) {
        guard let execute = ExecuteMessage(message.body) else { return fail("an Execute without a portal") }
        let ordinal = forming(message, "execute")
        let portal = portals[execute.portal]
        var execution =
            portal?.execution ?? PostgresKey.Execution(sql: SQLText(Array("<unknown portal>".utf8)[...]))
        execution.maxRows = execute.maxRows
        portals[execute.portal]?.execution.fetch += 1
        self[ordinal]?.kind = .execute
        self[ordinal]?.execution = execution
        self[ordinal]?.statement = portal?.statement
        self[ordinal]?.portal = portal?.id
        for trace in execution.sql.traces { note(trace: trace, in: ordinal) }
        groupIsExecuted = true
        expect(.execute, ordinal)
    }

    private mutating func takeClose(_ message: Message) {
        guard let target = TargetMessage(message.body) else { return fail("a Close without a target") }
        let ordinal = trailing(message, "close")
        if target.isPortal {
            if !groupIsExecuted { self[ordinal]?.steps.append("close portal") }
            portals[target.name] = nil
        } else {
            let step = "close \(prepared[target.name]?.sql.exact ?? "")"
            if !groupIsExecuted { self[ordinal]?.steps.append(step) }
            prepared[target.name] = nil
        }
        expect(.close, ordinal)
    }

    private mutating func takeSync(_ message: Message) {
        let ordinal = trailing(message, "sync")
        if !groupIsExecuted { self[ordinal]?.steps.append("sync") }
        self[ordinal]?.isSynced = true
        isSkipping = false
        expect(.sync, ordinal)
        closeGroup()
    }

    private mutating func takeFlush(_ message: Message) {
        guard let group, self[group] != nil else { return }
        self[group]?.extendRequest(message)
        // What was prepared is answered now, so it is an exchange of its own.
        if !groupIsExecuted { closeGroup() }
    }

    private mutating func takeFunctionCall(_ message: Message) {
        closeGroup()
        var reader = ByteReader(message.body)
        let function = reader.int32() ?? 0
        let ordinal = begin(.function, with: message, summary: "function call \(function)")
        self[ordinal]?.exchange.key = "F|\(function)|\(ContentHash(reader.rest).text)"
        self[ordinal]?.isForming = false
        self[ordinal]?.isSynced = true
        expect(.function, ordinal)
    }

    private mutating func takeCopy(_ message: Message) {
        guard let target = copyTarget ?? awaitsCopy, self[target] != nil else { return }
        self[target]?.extendRequest(message)
        if message.type == Frontend.copyData {
            var copied = self[target]?.copied ?? ContentHash()
            copied.update(message.body)
            if message.skipped.count > 0 { copied.update(Array(message.skipped.text.utf8)) }
            self[target]?.copied = copied
            count(1, message.length - 5, target)
        } else {
            if self[target]?.copied == nil { self[target]?.copied = ContentHash() }
            if message.type == Frontend.copyFail { self[target]?.copied?.update(message.body) }
            if copyTarget == nil { dropSyncs(after: target) }
            self[target]?.isCopied = true
            copyTarget = nil
        }
    }

    /// Some clients (asyncpg) send the data behind the COPY at once, and may be faster than the server's leave to.
    private var awaitsCopy: Int? {
        queue[queueHead...].last { $0.kind == .query || $0.kind == .execute }?.ordinal
    }

    mutating func count(_ messages: Int, _ bytes: Int, _ target: Int) {
        self[target]?.copiedMessages += messages
        self[target]?.copiedBytes += bytes
        guard let work = self[target], work.answer.copy != nil else { return }
        self[target]?.answer.copy?.messages = work.copiedMessages
        self[target]?.answer.copy?.bytes = work.copiedBytes
    }
}
