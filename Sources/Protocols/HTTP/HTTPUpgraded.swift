import ReenactTimeline
import ReenactWire

/// What follows a `101 Switching Protocols`: one exchange of bytes that nobody reads. Source: RFC 9110, 7.8.
struct HTTPUpgraded: Sendable {
    private(set) var exchange: Exchange
    private var responseEnd: Instant?

    /// - Parameter heldFromClient: bytes that the client sent behind its request before the answer.
    init(after pending: HTTPPending, ordinal: Int, serverOffset: Int, heldFromClient: Int, at time: Instant) {
        let name = pending.question.head.value("upgrade")?.lowercased() ?? "another protocol"
        exchange = Exchange(
            ordinal: ordinal, request: StreamRange(offset: pending.requestEndOffset, length: heldFromClient),
            response: StreamRange(offset: serverOffset, length: 0), requestStart: time, responseStart: time,
            key: Self.key(after: pending.question), summary: "upgraded to \(name)",
            detail: ["upgrade": .string(name), "host": .string(pending.question.host)])
    }

    static func key(after question: HTTPQuestion) -> String { "UPGRADED \(question.keys(.complete).key)" }

    mutating func received(_ count: Int, from side: Side, at time: Instant) {
        if side == .client {
            exchange.request.length += count
            exchange.requestEnd = time
        } else {
            exchange.response?.length += count
            responseEnd = time
        }
    }

    /// The whole exchange, once nothing more can come.
    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> Exchange? {
        guard side == .server || manner == .reset else { return nil }
        exchange.responseEnd = responseEnd ?? exchange.responseStart
        exchange.outcome = manner == .reset ? "reset" : .ok
        exchange.result =
            "\(HTTPDetail.size(exchange.request.length)) sent, "
            + "\(HTTPDetail.size(exchange.response?.length ?? 0)) received"
        return exchange
    }
}
