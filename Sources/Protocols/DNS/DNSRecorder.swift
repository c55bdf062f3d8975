import ReenactTimeline
import ReenactWire

/// Both sides of a DNS connection in, one exchange for each query out; answers may come in any order.
public struct DNSRecorder: ExchangeRecorder {
    private struct Pending: Sendable {
        var exchange: Exchange
        var id: Int
        var question: DNSMessage.Question
    }

    /// Queries that may wait at one time.
    private static let openMax = 1024

    public private(set) var failure: String?

    private var kind: DNSTransport.Kind?
    private var client = DNSTransport(.udp)
    private var server = DNSTransport(.udp)
    private var open: [Pending] = []
    private var nextOrdinal = 0
    private var clientIsClosed = false
    private var clientStart: Instant?
    private var serverStart: Instant?

    public init() {}

    public mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    )
        -> [ExchangeChange]
    {
        guard failure == nil, !bytes.isEmpty else { return [] }
        if kind == nil {
            guard side == .client else { return fail("an answer before a query") }
            let first = DNSTransport.Kind(first: bytes)
            (kind, client, server) = (first, DNSTransport(first), DNSTransport(first))
        }
        var changes: [ExchangeChange] = []
        if side == .client {
            let start = clientStart ?? time
            for (bytes, range) in client.received(bytes, offset: offset) {
                guard let message = DNSMessage(bytes), message.isQuery, open.count < Self.openMax else {
                    return changes + fail("not a DNS query")
                }
                changes.append(begin(message, range, start, time))
            }
            clientStart = client.isInMessage ? clientStart ?? time : nil
        } else {
            let start = serverStart ?? time
            for (bytes, range) in server.received(bytes, offset: offset) {
                guard let message = DNSMessage(bytes), message.isAnswer else {
                    return changes + fail("not a DNS answer")
                }
                if let ended = end(message, range, start, time) { changes.append(ended) }
            }
            serverStart = server.isInMessage ? serverStart ?? time : nil
        }
        return changes
    }

    public mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        if side == .client, manner == .fin {
            clientIsClosed = true
            // A datagram socket that is closed hears no answer.
            if kind == .tcp { return [] }
        }
        let outcome: OutcomeClass =
            side == .client || clientIsClosed ? "timeout" : manner == .reset ? "reset" : "closed"
        defer { open = [] }
        return open.map { pending in
            var exchange = pending.exchange
            (exchange.outcome, exchange.result) = (outcome, "no answer")
            return .ended(exchange)
        }
    }

    private mutating func begin(
        _ message: DNSMessage, _ range: Range<Int>, _ start: Instant, _ time: Instant
    ) -> ExchangeChange {
        let question = message.questions[0]
        let exchange = Exchange(
            ordinal: nextOrdinal, request: StreamRange(offset: range.lowerBound, length: range.count),
            requestStart: start, requestEnd: time, key: DNSQuestion.key(question),
            summary: DNSQuestion.summary(question), detail: DNSQuestion.detail(question, nil, kind ?? .udp))
        nextOrdinal += 1
        open.append(Pending(exchange: exchange, id: message.id, question: question))
        return .began(exchange)
    }

    /// Answers to nothing that is open are late duplicates: no event.
    private mutating func end(
        _ message: DNSMessage, _ range: Range<Int>, _ start: Instant, _ time: Instant
    ) -> ExchangeChange? {
        let index = open.firstIndex { pending in
            pending.id == message.id
                && message.questions.first.map { DNSQuestion.key($0) == pending.exchange.key } ?? true
        }
        guard let index else { return nil }
        let pending = open.remove(at: index)
        var exchange = pending.exchange
        exchange.response = StreamRange(offset: range.lowerBound, length: range.count)
        (exchange.responseStart, exchange.responseEnd) = (start, time)
        (exchange.outcome, exchange.result) = DNSQuestion.verdict(message, pending.question)
        exchange.detail = DNSQuestion.detail(pending.question, message, kind ?? .udp)
        return .ended(exchange)
    }

    private mutating func fail(_ reason: String) -> [ExchangeChange] {
        failure = reason
        defer { open = [] }
        return open.map { .ended($0.exchange) }
    }
}
