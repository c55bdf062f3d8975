import ReenactTimeline
import ReenactWire

/// Both sides of one connection in, exchanges out.
///
/// The opening, up to the first ReadyForQuery, is one exchange. After it, each simple Query is one, and in the extended
/// protocol each Execute with the messages that lead to it. See `ClientSide.swift` and `ServerSide.swift`.
struct PostgresRecorder: ExchangeRecorder {
    enum Stage: Sendable {
        /// A message without byte id is next: SSLRequest or StartupMessage.
        case opening
        /// The startup message was sent.
        case starting
        case ready
        /// A cancel request: nothing follows.
        case cancelled
    }

    /// What the server has yet to answer, in order.
    struct Expectation: Sendable {
        enum Kind: Sendable { case parse, bind, describe, execute, close, sync, query, function }
        var kind: Kind
        var ordinal: Int
        /// For `describe`: what it describes.
        var target: Int?
    }

    struct Prepared: Sendable {
        var id: Int
        var sql: SQLText
        var types: [Int32]
    }

    struct Portal: Sendable {
        var id: Int
        var statement: Int
        var execution: PostgresKey.Execution
    }

    /// Bytes that the server sent while nothing was asked: they answer what is asked next.
    struct Unasked: Sendable {
        var offset: Int
        var end: Int
        var began: Instant
        var ended: Instant
        var answer = Answer()
    }

    /// More unanswered messages than that are no client's doing.
    static let expectationsMax = 200_000
    static let namesMax = 20_000

    private(set) var failure: String?
    var client = Framer()
    var server = Framer()
    var stage = Stage.opening
    /// SSLRequests whose one-byte answer is to come.
    var bytesExpected = 0
    var passwordIsSecret = false

    var works: [Work?] = []
    var firstOrdinal = 0
    var queue: [Expectation] = []
    var queueHead = 0
    /// The exchange to which the batch's next messages belong, and whether it has its Execute.
    var group: Int?
    var groupIsExecuted = false
    /// The server ignores everything up to the next Sync.
    var isSkipping = false
    /// The exchange whose COPY data the client is sending.
    var copyTarget: Int?
    /// Notifications may come at any time, and belong to the exchange before them.
    var isListening = false
    var held: Int?
    var unasked: Unasked?
    var lastStatus = UInt8(ascii: "I")

    var prepared: [String: Prepared] = [:]
    var portals: [String: Portal] = [:]
    /// Columns by id of the statement or portal that was described.
    var described: [Int: KnownColumns] = [:]
    var parameterTypes: [Int: [Int32]] = [:]
    var nextID = 0
    var changes: [ExchangeChange] = []

    var unended: [Exchange] { works.compactMap { $0?.built() } }

    mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    ) -> [ExchangeChange] {
        guard failure == nil, !bytes.isEmpty else { return [] }
        switch side {
        case .client:
            client.append(bytes, at: time)
            while failure == nil, let message = client.next(stage == .opening ? .untyped : .typed) {
                takeClient(message)
            }
            if let reason = client.failure { fail(reason) }
        case .server:
            server.append(bytes, at: time)
            while failure == nil, let message = server.next(bytesExpected > 0 ? .byte : .typed) {
                takeServer(message)
            }
            if let reason = server.failure { fail(reason) }
        }
        if queue.count - queueHead > Self.expectationsMax { fail("too many messages without an answer") }
        return drain()
    }

    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        // A client that ended its direction may still be answered.
        guard side == .server || manner == .reset else { return [] }
        endAll(at: time, by: side, manner)
        return drain()
    }

    private mutating func drain() -> [ExchangeChange] {
        defer { changes = [] }
        return changes
    }

    mutating func fail(_ reason: String) {
        failure = failure ?? reason
        for ordinal in firstOrdinal..<(firstOrdinal + works.count) where self[ordinal] != nil {
            self[ordinal]?.exchange.result = "not decoded: \(reason)"
            finish(ordinal)
        }
        queue = []
        queueHead = 0
    }

    // MARK: exchanges on their way

    subscript(_ ordinal: Int) -> Work? {
        get {
            let index = ordinal - firstOrdinal
            return works.indices.contains(index) ? works[index] : nil
        }
        _modify {
            let index = ordinal - firstOrdinal
            if works.indices.contains(index) {
                yield &works[index]
            } else {
                var none: Work?
                yield &none
            }
        }
    }

    /// Opens an exchange that begins with that message.
    mutating func begin(_ kind: Work.Kind, with message: Message, summary: String) -> Int {
        let ordinal = firstOrdinal + works.count
        let exchange = Exchange(
            ordinal: ordinal, request: StreamRange(offset: message.offset, length: message.length),
            requestStart: message.began, requestEnd: message.ended, summary: summary)
        var work = Work(kind, exchange)
        if let unasked {
            work.extendResponse(from: unasked.offset, to: unasked.end, began: unasked.began)
            work.answer = unasked.answer
            self.unasked = nil
        }
        works.append(work)
        changes.append(.began(exchange))
        return ordinal
    }

    /// The exchange is over: what is known of it is told.
    mutating func finish(_ ordinal: Int) {
        guard let work = self[ordinal] else { return }
        changes.append(.ended(work.built()))
        self[ordinal] = nil
        if held == ordinal { held = nil }
        if group == ordinal { group = nil }
        if copyTarget == ordinal { copyTarget = nil }
        while let first = works.first, first == nil {
            works.removeFirst()
            firstOrdinal += 1
        }
    }

    private mutating func endAll(at time: Instant, by side: Side, _ manner: Connection.Close.Manner) {
        for ordinal in firstOrdinal..<(firstOrdinal + works.count) {
            guard let work = self[ordinal] else { continue }
            if work.exchange.responseEnd == nil, work.answer.error != nil || work.kind == .cancel {
                self[ordinal]?.exchange.responseEnd = time
            }
            if work.exchange.responseEnd == nil || work.kind == .cancel {
                let outcome: OutcomeClass = side == .client ? .none : manner == .reset ? "reset" : "closed"
                self[ordinal]?.exchange.outcome = outcome
                self[ordinal]?.exchange.result =
                    side == .client ? "given up" : manner == .reset ? "connection reset" : "connection closed"
            }
            finish(ordinal)
        }
        queue = []
        queueHead = 0
    }
}
