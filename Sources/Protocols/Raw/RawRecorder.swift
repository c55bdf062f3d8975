import ReenactTimeline
import ReenactWire

/// Splits a connection into turns: what the client says, then what the server says until the client speaks again.
///
/// What the server says first is a turn with an empty request.
public struct RawRecorder: ExchangeRecorder {
    private struct Turn: Sendable {
        var exchange: Exchange
        var hash = StableHash()
        var request: [UInt8] = []
        var response: [UInt8] = []

        mutating func asked(_ bytes: ArraySlice<UInt8>, _ time: Instant) {
            exchange.request.length += bytes.count
            exchange.requestEnd = time
            hash.update(bytes)
            request.append(contentsOf: bytes.prefix(Raw.shownBytesMax - request.count))
        }

        mutating func answered(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ time: Instant) {
            if exchange.response == nil {
                exchange.response = StreamRange(offset: offset, length: 0)
                exchange.responseStart = time
            }
            exchange.response?.length += bytes.count
            exchange.responseEnd = time
            response.append(contentsOf: bytes.prefix(Raw.shownBytesMax - response.count))
        }
    }

    /// Nothing is malformed here.
    public var failure: String? { nil }

    private var turn: Turn?
    private var nextOrdinal = 0
    private var clientBytes = 0
    private var isClosed: [Side] = []
    private var secrets = RawSecrets()

    public init() {}

    public mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    )
        -> [ExchangeChange]
    {
        guard !bytes.isEmpty else { return [] }
        var changes: [ExchangeChange] = []
        if side == .client, let answered = turn, answered.exchange.response != nil {
            changes.append(.ended(complete(answered)))
            turn = nil
        }
        var current: Turn
        if let turn {
            current = turn
        } else {
            current = begin(at: side == .client ? offset : clientBytes, isPreamble: side == .server, time)
            changes.append(.began(current.exchange))
        }
        // One owner at a time: what is shown is appended to in place.
        turn = nil
        if side == .client {
            current.asked(bytes, time)
            clientBytes = offset + bytes.count
        } else {
            current.answered(bytes, offset, time)
        }
        turn = current
        return changes
    }

    public mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        isClosed.append(side)
        // The client's orderly end leaves the answer to come.
        guard let current = turn, side == .server || manner == .reset else { return [] }
        turn = nil
        var exchange = complete(current)
        if exchange.response == nil {
            if side == .client || isClosed.first == .client {
                (exchange.outcome, exchange.result) = ("timeout", "no answer, client gave up")
            } else {
                let how = manner == .reset ? "reset" : "closed"
                (exchange.outcome, exchange.result) = (OutcomeClass(rawValue: how), "\(how) without an answer")
            }
        } else if manner == .reset, side == .server {
            exchange.outcome = "reset"
            exchange.result += ", then reset"
        }
        return [.ended(exchange)]
    }

    private mutating func begin(at offset: Int, isPreamble: Bool, _ time: Instant) -> Turn {
        let exchange = Exchange(
            ordinal: nextOrdinal, request: StreamRange(offset: offset, length: 0), requestStart: time,
            summary: isPreamble ? "greeting" : "bytes", isPreamble: isPreamble)
        nextOrdinal += 1
        return Turn(exchange: exchange)
    }

    private mutating func complete(_ turn: Turn) -> Exchange {
        var exchange = turn.exchange
        let length = exchange.request.length
        exchange.key = "raw:\(length):\(turn.hash.hex)"
        exchange.summary = exchange.isPreamble ? "greeting" : RawText.summary(turn.request[...], length)
        exchange.secrets = secrets.ranges(in: turn.request).map {
            Secret(
                kind: "password", side: .client,
                range: StreamRange(offset: exchange.request.offset + $0.lowerBound, length: $0.count))
        }
        let answered = exchange.response?.length ?? 0
        exchange.result = "\(answered) B"
        exchange.outcome = exchange.response == nil ? .none : .ok
        exchange.detail = [
            "requestLength": .integer(Int64(length)), "responseLength": .integer(Int64(answered)),
            "request": RawText.detail(turn.request), "response": RawText.detail(turn.response),
        ]
        return exchange
    }
}
