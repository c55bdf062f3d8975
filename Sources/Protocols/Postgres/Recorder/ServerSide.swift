import ReenactTimeline
import ReenactWire

/// What the server's messages answer.
extension PostgresRecorder {
    mutating func takeServer(_ message: Message) {
        switch stage {
        case .opening, .starting: takeOpeningAnswer(message)
        case .cancelled: break
        case .ready:
            guard queueHead < queue.count else { return takeUnasked(message) }
            takeAnswer(message, to: queue[queueHead])
        }
    }

    private mutating func takeAnswer(_ message: Message, to head: Expectation) {
        let ordinal = head.ordinal
        self[ordinal]?.extendResponse(from: message.offset, to: message.end, began: message.began)
        switch message.type {
        case Backend.dataRow: self[ordinal]?.answer.row(message.body)
        case Backend.copyData:
            self[ordinal]?.answer.copy?.messages += 1
            self[ordinal]?.answer.copy?.bytes += message.length - 5
        case Backend.rowDescription: takeColumns(Column.list(message.body), head, message)
        case Backend.noData: if head.kind == .describe { pop(message) }
        case Backend.parameterDescription: takeTypes(message.body, head)
        case Backend.parseComplete, Backend.bindComplete, Backend.closeComplete:
            if head.kind != .query { pop(message) }
            if queueHead < queue.count, queue[queueHead].kind == .execute { prime(queue[queueHead].ordinal) }
        case Backend.commandComplete:
            var reader = ByteReader(message.body)
            let tag = text(reader.cString() ?? [])
            note(tag: tag)
            complete(head, message) { $0.tag = tag }
        case Backend.emptyQuery: complete(head, message) { $0.isEmptyQuery = true }
        case Backend.portalSuspended: complete(head, message) { $0.isSuspended = true }
        case Backend.error: takeError(ServerReport(message.body), head, message)
        case Backend.ready: takeReady(head, message)
        case Backend.copyInResponse, Backend.copyOutResponse, Backend.copyBothResponse: takeCopyStart(head, message)
        case Backend.copyDone, Backend.functionResult: break
        case Backend.notice: self[ordinal]?.answer.note(notice: ServerReport(message.body))
        case Backend.notification: self[ordinal]?.answer.note(notification: message.body)
        case Backend.parameterStatus: self[ordinal]?.answer.note(setting: message.body)
        default: break
        }
    }

    /// Gives an exchange the columns that were described before it ran.
    private mutating func prime(_ ordinal: Int) {
        guard let work = self[ordinal], work.answer.known == nil, let execution = work.execution else { return }
        if let portal = work.portal, let columns = described[portal] {
            self[ordinal]?.answer.known = columns
        } else if let statement = work.statement, let known = described[statement] {
            // A statement runs often and mostly in one form: what events show of it is made once.
            let formatted =
                known.formats == execution.resultFormats
                ? known : KnownColumns(known.columns, formats: execution.resultFormats)
            described[statement] = formatted
            self[ordinal]?.answer.known = formatted
        }
    }

    private mutating func takeColumns(_ columns: [Column], _ head: Expectation, _ message: Message) {
        if head.kind == .describe {
            if let target = head.target { described[target] = KnownColumns(columns, formats: nil) }
            pop(message)
            if queueHead < queue.count, queue[queueHead].kind == .execute { prime(queue[queueHead].ordinal) }
        } else {
            self[head.ordinal]?.answer.open.columns = columns
        }
    }

    private mutating func takeTypes(_ body: ArraySlice<UInt8>, _ head: Expectation) {
        guard let target = head.target else { return }
        var reader = ByteReader(body)
        var types: [Int32] = []
        let count = Int(UInt16(bitPattern: reader.int16() ?? 0))
        while types.count < count, let type = reader.int32() { types.append(type) }
        parameterTypes[target] = types
    }

    private mutating func note(tag: String) {
        if tag == "LISTEN" { isListening = true }
        if tag == "UNLISTEN" || tag == "DISCARD ALL" { isListening = false }
    }

    /// A statement's answer is whole: in a simple query more may follow, an Execute is answered.
    private mutating func complete(
        _ head: Expectation, _ message: Message, _ change: (inout Answer.Part) -> Void
    ) {
        self[head.ordinal]?.answer.complete(change)
        copyTarget = nil
        if head.kind == .execute {
            self[head.ordinal]?.exchange.holdsLease = true
            pop(message)
        }
    }

    /// Error: a simple query goes on to ReadyForQuery, an extended one is skipped up to the next Sync.
    private mutating func takeError(_ report: ServerReport, _ head: Expectation, _ message: Message) {
        self[head.ordinal]?.answer.error = report
        copyTarget = nil
        if report.isFatal {
            while queueHead < queue.count, queue[queueHead].ordinal == head.ordinal { pop(message) }
            self[head.ordinal]?.isForming = false
            settle(head.ordinal, at: message.ended)
            return
        }
        guard head.kind != .query, head.kind != .function, head.kind != .sync else { return }
        while queueHead < queue.count, queue[queueHead].kind != .sync {
            let passed = queue[queueHead]
            if passed.ordinal != head.ordinal, passed.kind == .execute { self[passed.ordinal]?.isSkipped = true }
            if self[passed.ordinal]?.isSkipped == true {
                self[passed.ordinal]?.exchange.result = "skipped after an error"
            }
            pop(message)
        }
        isSkipping = queueHead >= queue.count
    }

    private mutating func takeReady(_ head: Expectation, _ message: Message) {
        let status = message.body.first ?? UInt8(ascii: "I")
        lastStatus = status
        self[head.ordinal]?.answer.transaction = status
        self[head.ordinal]?.exchange.holdsLease = status != UInt8(ascii: "I")
        guard head.kind == .sync || head.kind == .query || head.kind == .function else { return }
        pop(message)
        if described.count > 2 * prepared.count + 256 {
            let live = Set(prepared.values.map(\.id))
            described = described.filter { live.contains($0.key) }
            parameterTypes = parameterTypes.filter { live.contains($0.key) }
        }
    }

    private mutating func takeCopyStart(_ head: Expectation, _ message: Message) {
        let isOut = message.type == Backend.copyOutResponse
        self[head.ordinal]?.answer.copy = Answer.Copy(direction: isOut ? "out" : "in")
        guard !isOut else { return }
        count(0, 0, head.ordinal)
        copyTarget = head.ordinal
        guard head.kind == .execute, self[head.ordinal]?.isCopied != true else { return }
        dropSyncs(after: head.ordinal)
        group = head.ordinal
        groupIsExecuted = true
        self[head.ordinal]?.isForming = true
    }

    /// The server drops Syncs that come while it copies; the client sends another one afterwards.
    mutating func dropSyncs(after execution: Int) {
        guard
            let place = queue[queueHead...].firstIndex(where: { $0.kind == .execute && $0.ordinal == execution })
        else { return }
        while queue.count > place + 1, queue[place + 1].kind == .sync {
            let dropped = queue.remove(at: place + 1)
            self[dropped.ordinal]?.outstanding -= 1
        }
    }

    /// The first expectation is met.
    private mutating func pop(_ message: Message) {
        let head = queue[queueHead]
        queueHead += 1
        if queueHead == queue.count {
            queue.removeAll(keepingCapacity: queue.count <= 1024)
            queueHead = 0
        } else if queueHead > 4096 {
            queue.removeSubrange(..<queueHead)
            queueHead = 0
        }
        guard let work = self[head.ordinal] else { return }
        self[head.ordinal]?.outstanding = work.outstanding - 1
        // An Execute's exchange is over with its answer, unless more of it was sent already.
        if head.kind == .execute, work.outstanding == 1 { self[head.ordinal]?.isForming = false }
        settle(head.ordinal, at: message.ended)
    }

    /// Ends the exchange where nothing of it is missing any more.
    mutating func settle(_ ordinal: Int, at time: Instant?) {
        guard let work = self[ordinal], work.outstanding == 0, let time else { return }
        self[ordinal]?.exchange.responseEnd = time
        guard !work.isForming else { return }
        end(ordinal, at: time)
    }

    mutating func end(_ ordinal: Int, at time: Instant) {
        self[ordinal]?.exchange.responseEnd = time
        if isListening, ordinal == firstOrdinal + works.count - 1 {
            held = ordinal
        } else {
            finish(ordinal)
        }
    }

    /// Nothing was asked: a notification, a changed setting, or why the server is about to go.
    private mutating func takeUnasked(_ message: Message) {
        if let held, self[held] != nil {
            self[held]?.extendResponse(from: message.offset, to: message.end, began: message.began)
            self[held]?.exchange.responseEnd = message.ended
            if let kept = self[held]?.answer {
                var answer = kept
                Self.note(message, in: &answer)
                self[held]?.answer = answer
            }
            return
        }
        var news =
            unasked
            ?? Unasked(offset: message.offset, end: message.end, began: message.began, ended: message.ended)
        news.end = message.end
        news.ended = message.ended
        Self.note(message, in: &news.answer)
        unasked = news
    }

    private static func note(_ message: Message, in answer: inout Answer) {
        switch message.type {
        case Backend.notification: answer.note(notification: message.body)
        case Backend.notice: answer.note(notice: ServerReport(message.body))
        case Backend.parameterStatus: answer.note(setting: message.body)
        case Backend.error: answer.error = ServerReport(message.body)
        default: break
        }
    }
}
