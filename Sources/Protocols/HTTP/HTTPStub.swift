import ReenactTimeline
import ReenactWire

/// Plays a recorded HTTP/1.x peer: the same answer, in the same pieces, with the same fault, or none at all.
public struct HTTPStub: StubSession {
    private enum Mode: Sendable {
        case messages
        /// Behind a replayed 101: the bytes that the live program has sent.
        case upgraded(HTTPUpgradeReplay)
        case socket(WebSocketReplay)
        /// Nothing more is answered on this connection.
        case over
    }

    private var mode = Mode.messages
    private var parser = HTTPParser(side: .client)
    private var question: HTTPQuestion?
    private var hasSentContinue = false

    public init() {}

    public mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    public mutating func clientClosed(_ shelf: Shelf) -> [StubAction] { [] }

    public mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        var input = bytes
        var actions: [StubAction] = []
        do {
            while case .messages = mode, let event = try parser.next(&input) {
                switch event {
                case .head(let head): actions += begin(try HTTPQuestion(head), isLast: input.isEmpty, shelf)
                case .body(let piece, let offset): question?.body.append(piece, offset: offset)
                case .end: actions += answer(shelf)
                }
            }
        } catch {
            shelf.miss(
                key: "", summary: question?.summary ?? "a request that is not HTTP/1.x",
                reason: "the program's request is not readable: \(error.message)")
            actions += refuse()
        }
        if case .tunnel(let name, _) = actions.last, !input.isEmpty {
            actions[actions.count - 1] = .tunnel(name, behind: Array(input))
        }
        if case .upgraded(var replay) = mode, !input.isEmpty {
            actions += replay.received(input, shelf)
            mode = replay.isOver ? .over : .upgraded(replay)
        } else if case .socket(var replay) = mode, !input.isEmpty {
            actions += replay.received(input, shelf)
            mode = replay.isOver ? .over : .socket(replay)
        }
        return actions
    }

    private mutating func begin(_ question: HTTPQuestion, isLast: Bool, _ shelf: Shelf) -> [StubAction] {
        self.question = question
        hasSentContinue = false
        parser.frame(question.framing)
        guard question.expectsContinue else { return [] }
        // A recorded refusal of the body (401, 417) comes before the body.
        if shelf.peek(key: question.keyUnsent) != nil,
            let recorded = shelf.take(key: question.keyUnsent, summary: question.summary)
        {
            mode = .over
            return replay(recorded, question)
        }
        // Whoever sends the body at once does not wait for leave.
        guard isLast else { return [] }
        hasSentContinue = true
        return [.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), delay: 0)]
    }

    private mutating func answer(_ shelf: Shelf) -> [StubAction] {
        guard let question else { return [] }
        self.question = nil
        let keys = question.keys(.complete)
        guard let recorded = shelf.take(key: keys.key, relaxed: keys.relaxed, summary: question.summary) else {
            return refuse()
        }
        var actions = replay(recorded, question)
        let status = recorded.exchange.detail["status"]?.integer ?? 0
        if question.head.method == "CONNECT", (200..<300).contains(status) {
            mode = .over
            actions.append(.tunnel(question.host))
        } else if status == 101, case .messages = mode, let key = question.head.value("sec-websocket-key"),
            question.head.value("upgrade")?.lowercased() == "websocket"
        {
            var replay = WebSocketReplay(after: recorded, question, shelf)
            actions = WebSocketHandshake.adapted(actions, key: key) + replay.greeting(shelf)
            mode = replay.isOver ? .over : .socket(replay)
        } else if status == 101, case .messages = mode {
            let replay = HTTPUpgradeReplay(after: recorded, question, shelf)
            actions += replay.greeting
            mode = .upgraded(replay)
        }
        return actions
    }

    /// A failure that the program can tell from an answer: an invented 502 would be one that nobody gave.
    private mutating func refuse() -> [StubAction] {
        mode = .over
        return [.close(.reset, delay: 0)]
    }

    private mutating func replay(_ recorded: Recorded, _ question: HTTPQuestion) -> [StubAction] {
        let answer = HTTPRecordedAnswer(recorded)
        let actions = answer.actions(withoutContinue: hasSentContinue, method: question.head.method)
        let endsConnection = actions.contains { action in
            switch action {
            case .close, .silence: true
            case .send, .tunnel, .pause: false
            }
        }
        if endsConnection { mode = .over }
        return actions
    }
}
