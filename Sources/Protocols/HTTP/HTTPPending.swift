import ReenactTimeline
import ReenactWire

/// The final answer to a request, as far as it has come.
struct HTTPAnswer: Sendable {
    var head: HTTPHead
    var body: HTTPBody
}

/// A request that waits for its answer, and what is known of both.
struct HTTPPending: Sendable {
    /// How the waiting ended.
    enum End: Sendable {
        case complete
        case serverClosed(Connection.Close.Manner)
        case clientGaveUp
        case undecodable
    }

    let ordinal: Int
    var question: HTTPQuestion
    var requestStart: Instant
    var requestEnd: Instant
    /// Just behind the last byte of the request that has come.
    var requestEndOffset: Int
    var requestIsComplete = false
    /// Where the first byte of the answer stands, interim answers (1xx) included.
    var answerOffset: Int?
    var answerEndOffset = 0
    var answerStart: Instant?
    var answerEnd: Instant = 0
    var answer: HTTPAnswer?
    var answerIsInterim = false
    var answerIsComplete = false
    /// Of the request's head; looked for once.
    private let identifiers: [String]

    init(
        ordinal: Int, question: HTTPQuestion, requestStart: Instant, requestEnd: Instant, requestEndOffset: Int
    ) {
        self.ordinal = ordinal
        self.question = question
        self.requestStart = requestStart
        self.requestEnd = requestEnd
        self.requestEndOffset = requestEndOffset
        identifiers = HTTPIdentifiers.all(in: question.head)
    }

    /// News of the request: what is not known yet is left out.
    var began: Exchange {
        var exchange = base
        exchange.identifiers = identifiers
        guard !question.isOutline else { return exchange }
        exchange.key = question.framing == .none ? question.keys(.complete).key : question.keyOfHead
        let secrets = HTTPSecrets.Message(question.head, nil)
        exchange.detail = HTTPDetail.of(question, secrets, nil, nil)
        exchange.secrets = secrets.inStream(question.head, question.body, from: .client)
        return exchange
    }

    /// All that is known when nothing more will come.
    func ended(_ end: End) -> Exchange {
        var exchange = base
        exchange.identifiers = identifiers
        if let answerOffset, let answerStart {
            exchange.response = StreamRange(offset: answerOffset, length: answerEndOffset - answerOffset)
            exchange.responseStart = answerStart
            if answerIsComplete { exchange.responseEnd = answerEnd }
        }
        if let answer {
            exchange.identifiers += HTTPIdentifiers.all(in: answer.head).filter { !exchange.identifiers.contains($0) }
        }
        if question.isOutline {
            exchange.outcome = outcome(end)
        } else {
            describe(&exchange, end)
        }
        return exchange
    }

    /// What only a case needs.
    private func describe(_ exchange: inout Exchange, _ end: End) {
        (exchange.key, exchange.relaxedKeys) = question.keys(requestIsComplete ? .complete : .cut)
        if !requestIsComplete, question.body.length == 0 { exchange.key = question.keyUnsent }
        let asked = HTTPSecrets.Message(question.head, question.body)
        let answered = answer.map { HTTPSecrets.Message($0.head, $0.body) }
        exchange.secrets = asked.inStream(question.head, question.body, from: .client)
        exchange.detail = HTTPDetail.of(question, asked, answer, answered)
        if let answer, let answered {
            exchange.secrets += answered.inStream(answer.head, answer.body, from: .server)
        }
        exchange.outcome = outcome(end)
        exchange.result = result(end)
    }

    private var base: Exchange {
        let start = question.head.offset
        return Exchange(
            ordinal: ordinal, request: StreamRange(offset: start, length: requestEndOffset - start),
            requestStart: requestStart, requestEnd: requestEnd, summary: question.isOutline ? "" : question.summary)
    }

    private func outcome(_ end: End) -> OutcomeClass {
        if answerIsComplete, let answer { return OutcomeClass(rawValue: "http:\(answer.head.status)") }
        switch end {
        case .serverClosed(let manner): return manner == .reset ? "reset" : "closed"
        case .clientGaveUp: return "timeout"
        case .complete, .undecodable: return .none
        }
    }

    private func result(_ end: End) -> String {
        if answerIsComplete, let answer { return Self.result(answer) }
        let came = answer.map { "\($0.head.status), \(HTTPDetail.size($0.body.length))" }
        switch end {
        case .serverClosed(let manner):
            let how = manner == .reset ? "reset" : "closed"
            return came.map { "\(how) after \($0)" } ?? "\(how) without an answer"
        case .clientGaveUp: return came.map { "client gave up after \($0)" } ?? "no answer, client gave up"
        case .complete, .undecodable: return came.map { "\($0), not readable further" } ?? "not readable"
        }
    }

    /// `200, 1.2 kB application/json`.
    private static func result(_ answer: HTTPAnswer) -> String {
        let type = answer.head.contentType
        if answer.body.length == 0 { return "\(answer.head.status)" }
        return "\(answer.head.status), \(HTTPDetail.size(answer.body.length))" + (type.isEmpty ? "" : " \(type)")
    }
}
