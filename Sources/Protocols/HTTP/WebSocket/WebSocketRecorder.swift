import ReenactTimeline
import ReenactWire

/// What follows a `101` to WebSocket: turns of messages. Source: RFC 6455.
///
/// A turn is what the program says, then what the peer says until the program speaks again. What the peer says first is a
/// turn without a question.
struct WebSocketRecorder: Sendable {
    private struct Turn: Sendable {
        var exchange: Exchange
        var asked: [WebSocketReader.Message] = []
        var answered: [WebSocketReader.Message] = []
        /// Of the answer's payloads.
        var shownBytes = 0
        /// Of the question's payloads.
        var askedBytes = 0
    }

    private let place: String
    private let host: String
    private var client: WebSocketReader
    private var server: WebSocketReader
    private var clientEnd: Int
    private var nextOrdinal: Int
    private var turn: Turn?
    /// So many bytes of a turn's messages are shown.
    private static let shownBytesMax = 16384
    /// So many bytes of a turn's question make its key.
    private static let askedBytesMax = 1 << 20

    init(after pending: HTTPPending, ordinal: Int, serverOffset: Int) {
        place = pending.question.keys(.complete).key
        host = pending.question.host
        client = WebSocketReader(offset: pending.requestEndOffset)
        server = WebSocketReader(offset: serverOffset)
        clientEnd = pending.requestEndOffset
        nextOrdinal = ordinal
    }

    var failure: String? { client.failure ?? server.failure }

    mutating func received(_ bytes: ArraySlice<UInt8>, from side: Side, at time: Instant) -> [ExchangeChange] {
        var changes: [ExchangeChange] = []
        let messages = side == .client ? client.read(bytes, at: time) : server.read(bytes, at: time)
        for message in messages {
            // Pings are the connection's own business.
            guard message.isData || message.opcode == WebSocketReader.Message.close && side == .server else { continue }
            if side == .client, let current = turn, !current.answered.isEmpty {
                changes.append(.ended(completed(current)))
                turn = nil
            }
            var current = turn ?? begin(message, side, &changes)
            turn = nil
            if side == .client { ask(&current, message) } else { answer(&current, message) }
            turn = current
        }
        return changes
    }

    /// Nothing more comes of the turn.
    mutating func closed(_ side: Side, manner: Connection.Close.Manner) -> [ExchangeChange] {
        guard let current = turn, side == .server || manner == .reset else { return [] }
        turn = nil
        var exchange = completed(current)
        // Not every message is answered: that nothing came is no fault, that the connection broke is one.
        if current.answered.isEmpty {
            exchange.outcome = side == .server && manner == .reset ? "reset" : .none
            exchange.result = "no answer"
        }
        return [.ended(exchange)]
    }

    var unended: [Exchange] { turn.map { [completed($0)] } ?? [] }

    private mutating func begin(
        _ message: WebSocketReader.Message, _ side: Side, _ changes: inout [ExchangeChange]
    ) -> Turn {
        let start = side == .client ? message.range.offset : clientEnd
        let exchange = Exchange(
            ordinal: nextOrdinal, request: StreamRange(offset: start, length: 0), requestStart: message.time,
            summary: "websocket", isPreamble: side == .server)
        nextOrdinal += 1
        changes.append(.began(exchange))
        return Turn(exchange: exchange)
    }

    private mutating func ask(_ turn: inout Turn, _ message: WebSocketReader.Message) {
        // What is sent without end is no question: more than this a stub would not find again.
        if turn.askedBytes < Self.askedBytesMax {
            turn.asked.append(message)
            turn.askedBytes += message.payload.count + 1
        }
        turn.exchange.request.length = message.range.end - turn.exchange.request.offset
        turn.exchange.requestEnd = message.time
        clientEnd = message.range.end
    }

    private func answer(_ turn: inout Turn, _ message: WebSocketReader.Message) {
        // A feed may go on for days in one turn: of what is no longer shown, nothing is kept.
        if turn.shownBytes < Self.shownBytesMax {
            turn.answered.append(message)
            turn.shownBytes += message.payload.count + 1
        }
        let start = turn.exchange.response?.offset ?? message.range.offset
        turn.exchange.response = StreamRange(offset: start, length: message.range.end - start)
        turn.exchange.responseStart = turn.exchange.responseStart ?? message.time
        // The good-bye is no part of the answer's time.
        if message.isData || turn.exchange.responseEnd == nil { turn.exchange.responseEnd = message.time }
    }

    private func completed(_ turn: Turn) -> Exchange {
        var exchange = turn.exchange
        let question = WebSocketQuestion(place: place, messages: turn.asked)
        (exchange.key, exchange.relaxedKeys, exchange.summary) = (question.key, question.relaxed, question.summary)
        let payloads = turn.answered.filter(\.isData).map(\.payload)
        exchange.result = payloads.isEmpty ? "" : WebSocketQuestion.line(payloads, limit: 80)
        exchange.outcome = turn.answered.isEmpty ? .none : .ok
        exchange.detail = [
            "websocket": .string(host), "request": Self.shown(turn.asked.map(\.payload)),
            "response": Self.shown(payloads),
        ]
        return exchange
    }

    private static func shown(_ payloads: [[UInt8]]) -> JSONValue {
        let bytes = Array(payloads.joined(separator: [10]).prefix(shownBytesMax))
        if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) { return ["text": .string(text)] }
        return ["base64": .string(Base64.encode(bytes))]
    }
}
