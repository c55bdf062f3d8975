import ReenactTimeline
import ReenactWire

/// An exchange on its way.
struct Work: Sendable {
    enum Kind: Sendable { case opening, cancel, query, prepare, execute, function }

    var kind: Kind
    var exchange: Exchange
    var answer = Answer()
    /// Messages of it that the server has yet to answer.
    var outstanding = 0
    /// The client may still add messages to it.
    var isForming = true
    /// An error in front of it kept the server from running it.
    var isSkipped = false
    /// For `query` and `execute`: what is asked.
    var execution: PostgresKey.Execution?
    var statement: Int?
    var portal: Int?
    /// For `prepare`: what it does, step by step.
    var steps: [String] = []
    /// The client's copied data.
    var copied: ContentHash?
    /// As many messages and bytes.
    var copiedMessages = 0
    var copiedBytes = 0
    /// The client has sent all that it copies.
    var isCopied = false
    /// A protocol exchange that ends with ReadyForQuery has the connection's state in it.
    var isSynced = false
    var members: [String: JSONValue] = [:]

    init(_ kind: Kind, _ exchange: Exchange) {
        self.kind = kind
        self.exchange = exchange
    }

    /// Takes one more message of the client.
    mutating func extendRequest(_ message: Message) {
        exchange.request.length = message.end - exchange.request.offset
        exchange.requestEnd = message.ended
    }

    /// Takes one more message of the server.
    mutating func extendResponse(from offset: Int, to end: Int, began: Instant) {
        if let range = exchange.response {
            exchange.response = StreamRange(offset: range.offset, length: end - range.offset)
        } else {
            exchange.response = StreamRange(offset: offset, length: end - offset)
            exchange.responseStart = began
        }
    }

    /// Sets key, relaxed keys and summary from what is asked.
    mutating func name() {
        switch kind {
        case .query:
            guard let execution else { return }
            set(PostgresKey.query(execution.sql, copied: accepted))
            exchange.summary = Summary.line(execution.sql.exact)
        case .execute:
            guard var execution else { return }
            execution.copied = accepted
            set(PostgresKey.execute(execution))
            exchange.summary =
                Summary.line(execution.sql.exact) + Summary.values(execution.parameters, types: execution.types)
            if execution.fetch > 0 { exchange.summary += " (fetch \(execution.fetch + 1))" }
        case .prepare:
            set(PostgresKey.prepare(steps))
            exchange.summary = Summary.line(steps.joined(separator: "; "))
        case .opening, .cancel, .function: break
        }
        if isSkipped { exchange.key = "skipped|" + exchange.key }
    }

    /// What a server that refuses a COPY is sent all the same depends on who is faster.
    private var accepted: ContentHash? { answer.copy?.direction == "in" ? copied : nil }

    private mutating func set(_ key: PostgresKey) {
        exchange.key = key.key
        // What the server never ran must not answer anything.
        exchange.relaxedKeys = isSkipped ? [] : key.relaxed
    }

    /// The exchange with everything that is known of it.
    func built() -> Exchange {
        var work = self
        work.name()
        var exchange = work.exchange
        var detail = members.merging(answer.detail) { $1 }
        if let execution {
            detail["sql"] = .string(String(execution.sql.exact.prefix(16 << 10)))
            if kind == .execute {
                detail["params"] = .array(
                    execution.parameters.prefix(1000).enumerated().map { index, parameter in
                        Summary.json(parameter, type: index < execution.types.count ? execution.types[index] : 0)
                    })
                if execution.maxRows > 0 { detail["maxRows"] = .integer(Int64(execution.maxRows)) }
            }
        }
        if kind == .prepare {
            detail["kind"] = "prepare"
            detail["steps"] = .array(steps.prefix(100).map { .string(String($0.prefix(4096))) })
        }
        exchange.detail = .object(detail)
        if exchange.responseEnd != nil, !isSkipped {
            exchange.outcome = exchange.outcome == .none ? answerOutcome : exchange.outcome
            if exchange.result.isEmpty { exchange.result = answer.result }
        }
        return exchange
    }

    private var answerOutcome: OutcomeClass {
        if answer.error == nil, let part = answer.decisive, part.columns == nil, part.rowCount == 0,
            answer.known != nil, !part.isEmptyQuery
        {
            return .rows(0)
        }
        return answer.outcome
    }
}
