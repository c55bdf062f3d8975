import ReenactTimeline
import ReenactWire

/// Plays a recorded PostgreSQL server on one connection.
///
/// What was asked is found by key; names of statements and portals, transaction status and result formats follow the
/// live session. See `SimpleAnswers.swift` and `ExtendedAnswers.swift`.
struct PostgresStub: StubSession {
    enum Stage { case opening, ready, ended }

    /// A step of a batch that is not answered yet.
    enum Step {
        case parse(SQLText)
        case bind(SQLText)
        case describeStatement(SQLText, [Int32])
        case describePortal(PostgresKey.Execution)
        /// A cursor that SQL declared.
        case describeCursor(String)
        case close(SQLText?)
    }

    /// The client is sending COPY data.
    struct Copying {
        /// Nil in the extended protocol.
        var query: SQLText?
        var execution: PostgresKey.Execution?
        var copied = ContentHash()
        var hasFailed = false
        /// The messages themselves, for a real server.
        var data: [UInt8] = []
        /// A real server waits for them.
        var isEngine = false
    }

    static let note = "answered from the specification"

    var framer = Framer()
    var stage = Stage.opening
    var status = UInt8(ascii: "I")
    var settings: [String: String] = [:]
    var statements: [String: (sql: SQLText, types: [Int32])] = [:]
    var portals: [String: PostgresKey.Execution] = [:]
    var steps: [Step] = []
    var isSkipping = false
    /// Whether messages stand before the next Sync that no Flush has closed: the recorder's own division into exchanges.
    var isBatchOpen = false
    var isBatchExecuted = false
    /// A Flush came since the last Sync: what was executed before it may have been answered, and over, before that.
    var isFlushed = false
    var copying: Copying?
    /// How the recorded connection ended behind the answer that was given last.
    var ending = Recorded.Ending.open
    /// No ReadyForQuery overtakes the answers before it.
    var lastDelay: Int64 = 0
    var actions: [StubAction] = []
    /// This connection's number with the real server behind the shelf.
    var engineSession: Int?

    mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        framer.append(bytes, at: 0)
        while stage != .ended, let message = framer.next(stage == .opening ? .untyped : .typed) {
            switch stage {
            case .opening: open(message, shelf)
            case .ready: answer(message, shelf)
            case .ended: break
            }
        }
        if framer.failure != nil, stage != .ended { end(.close(.reset, delay: 0)) }
        if stage == .ended { closeEngine(shelf) }
        defer { actions = [] }
        return actions
    }

    mutating func clientClosed(_ shelf: Shelf) -> [StubAction] {
        closeEngine(shelf)
        guard stage != .ended else { return [] }
        stage = .ended
        return [.close(.fin, delay: 0)]
    }

    // MARK: sending

    mutating func send(_ bytes: [UInt8], delay: Int64 = 0) {
        lastDelay = max(lastDelay, delay)
        // Neighbours with the same delay leave as one.
        if case .send(let before, lastDelay) = actions.last {
            actions[actions.count - 1] = .send(before + bytes, delay: lastDelay)
        } else {
            actions.append(.send(bytes, delay: lastDelay))
        }
    }

    mutating func end(_ action: StubAction) {
        actions.append(action)
        stage = .ended
    }

    /// ReadyForQuery, and the end of the connection where the recorded one ended here.
    mutating func ready() {
        send(Outgoing.ready(status))
        lastDelay = 0
        follow(ending)
        ending = .open
    }

    mutating func follow(_ ending: Recorded.Ending) {
        switch ending {
        case .open: break
        case .close(let manner, let delay): end(.close(manner, delay: delay))
        case .silence: end(.silence)
        }
    }

    mutating func fail(code: String = "XX000", _ text: String) {
        send(Outgoing.error(code: code, message: text))
        noteError()
    }

    mutating func miss() { fail("reenact: nothing recorded answers this statement") }

    mutating func noteError() { if status == UInt8(ascii: "T") { status = UInt8(ascii: "E") } }

    // MARK: opening

    private mutating func open(_ message: Message, _ shelf: Shelf) {
        guard let startup = StartupMessage(message.body) else { return end(.close(.fin, delay: 0)) }
        switch startup.code {
        case StartupCode.ssl, StartupCode.gss: send([UInt8(ascii: "N")])
        case StartupCode.cancel:
            if shelf.peek(key: "cancel") != nil { _ = shelf.take(key: "cancel", summary: "cancel") }
            end(.close(.fin, delay: 0))
        default: start(startup, shelf)
        }
    }

    /// Lets the client in without asking for a password; where a recorded opening failed, their order decides.
    private mutating func start(_ startup: StartupMessage, _ shelf: Shelf) {
        stage = .ready
        openEngine(startup, shelf)
        let index = shelf.cached { PostgresIndex($0) }
        var answer = index.openings.last
        if index.hasFailedOpening {
            let any = RelaxedKey("startup parameters", key: "startup")
            guard let entry = shelf.take(key: startup.key, relaxed: [any], summary: startup.summary) else {
                return end(.close(.fin, delay: 0))
            }
            let recorded = RecordedAnswer(opening: entry.answer)
            guard recorded.messages.contains(where: { $0.type == Backend.ready }) else {
                for message in recorded.messages where message.type == Backend.error {
                    send(Array(message.bytes), delay: message.delay)
                }
                if case .open = entry.ending { return end(.close(.fin, delay: lastDelay)) }
                return follow(entry.ending)
            }
            answer = recorded
        }
        send(Outgoing.authenticationOk)
        if let answer {
            for message in answer.messages where message.type == Backend.parameterStatus {
                var reader = ByteReader(message.body)
                if let name = reader.cString(), let value = reader.cString() { settings[text(name)] = text(value) }
                send(Array(message.bytes))
            }
            for message in answer.messages where message.type == Backend.backendKeyData { send(Array(message.bytes)) }
        } else {
            shelf.answered(key: startup.key, summary: startup.summary, note: Self.note)
            for (name, value) in Specification.settings {
                settings[name] = value
                send(Outgoing.parameterStatus(name, value))
            }
            send(Outgoing.message(Backend.backendKeyData, Outgoing.bigEndian(Int32(1)) + Outgoing.bigEndian(Int32(1))))
        }
        ready()
    }

    // MARK: messages

    private mutating func follow(_ message: Message) {
        switch message.type {
        case Frontend.parse, Frontend.bind, Frontend.describe, Frontend.close: isBatchOpen = true
        case Frontend.execute: (isBatchOpen, isBatchExecuted) = (true, true)
        case Frontend.flush:
            isFlushed = true
            if !isBatchExecuted { isBatchOpen = false }
        default: break
        }
    }

    private mutating func answer(_ message: Message, _ shelf: Shelf) {
        if message.type == Frontend.terminate { return end(.close(.fin, delay: 0)) }
        if message.type == Frontend.sync, copying == nil { return sync(shelf) }
        follow(message)
        guard !isSkipping else { return }
        switch message.type {
        case Frontend.copyData, Frontend.copyDone, Frontend.copyFail: takeCopy(message, shelf)
        case _ where copying != nil: break
        case Frontend.query: query(message, shelf)
        case Frontend.functionCall: functionCall(message, shelf)
        default: takeStep(message, shelf)
        }
    }
}
