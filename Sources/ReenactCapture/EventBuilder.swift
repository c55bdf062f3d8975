import Glibc
import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// Turns what the journal holds into the events of one case, with their phases and edges.
struct EventBuilder {
    /// An event before it has its id, with what it came from.
    struct Draft {
        var event: Event
        var attribution: Attributor.Attribution
        /// Where an inbound request stands, for edges that point at it.
        var request: Attributor.RequestID?
        /// To put the earliest first, and equals in a fixed order.
        var order: (Instant, Int, Int) { (event.start, event.connection ?? .max, event.request?.offset ?? 0) }
    }

    let journal: Journal
    let attributor: Attributor
    /// The failing request; nil for a command.
    let trigger: Attributor.RequestID?
    let window: ClosedRange<Instant>
    let origin: Int64

    func drafts(connections: [Int: Connection]) -> [Draft] {
        var drafts: [Draft] = []
        for id in connections.keys.sorted() {
            guard let log = journal.logs[id], let connection = connections[id] else { continue }
            drafts += exchanges(of: connection, log: log)
            if let opening = openingEvent(connection) { drafts.append(opening) }
        }
        drafts += statements()
        drafts += output()
        if let input = journal.input { drafts.append(given(input)) }
        drafts.sort { $0.order < $1.order }
        return drafts
    }

    // MARK: - Phases

    func phase(_ attribution: Attributor.Attribution, at time: Instant) -> Event.Phase {
        guard let trigger else { return .failing }
        if journal.isStartup(time) { return .startup }
        if attribution.cause == trigger { return .failing }
        if let cause = attribution.cause {
            let other = attributor.windows.first { $0.id == cause }
            let overlaps = other.map { $0.start <= window.upperBound && $0.end >= window.lowerBound } ?? false
            return overlaps ? .concurrent : .history
        }
        return window.contains(time) ? .ambiguous : time < window.lowerBound ? .history : .concurrent
    }

    // MARK: - Exchanges

    /// Reads the (redacted) connection anew; attribution comes from the journal, by place.
    private func exchanges(of connection: Connection, log: ConnectionLog) -> [Draft] {
        let recorded: [Exchange]
        if let named = Protocols.named(connection.protocolName) {
            recorded = reread(connection, with: named.recorder())
        } else {
            recorded = log.exchanges.all
        }
        let isInbound = connection.direction == .inbound
        var drafts: [Draft] = []
        for exchange in recorded {
            // On a connection of which the ring let parts go, places and numbers are not those of the live stream.
            let live = log.exchange(closedUpAt: exchange.request.offset) ?? exchange
            let id = Attributor.RequestID(connection: connection.id, ordinal: live.ordinal)
            var attribution: Attributor.Attribution
            if isInbound {
                attribution = .init(cause: id, source: .runtimeContext, confidence: 1)
            } else {
                attribution = attributor.attribute(live, on: log)
            }
            // A handshake is done for whoever asks first on the connection.
            if exchange.isPreamble, !isInbound,
                let next = recorded.first(where: { !$0.isPreamble && $0.ordinal > exchange.ordinal })
            {
                attribution = attributor.attribute(log.exchange(closedUpAt: next.request.offset) ?? next, on: log)
                if attribution.source != .ambiguous { attribution.source = .lease }
                if journal.isStartup(exchange.requestStart) { attribution.cause = nil }
            }
            var detail = exchange.detail
            if exchange.isPreamble, case .object(var members) = detail {
                members["preamble"] = true
                detail = .object(members)
            }
            let event = Event(
                id: 0, kind: isInbound ? .request : .call,
                phase: phase(attribution, at: exchange.requestStart), protocolName: connection.protocolName,
                peer: isInbound ? connection.client : connection.server, connection: connection.id,
                process: connection.process, thread: connection.thread, start: exchange.requestStart,
                end: exchange.responseEnd, summary: exchange.summary, result: result(of: exchange, on: connection),
                outcome: outcome(of: exchange, on: connection), request: exchange.request,
                response: exchange.response, key: exchange.key, detail: detail)
            drafts.append(Draft(event: event, attribution: attribution, request: isInbound ? id : nil))
        }
        return drafts
    }

    private func reread(_ connection: Connection, with recorder: any ExchangeRecorder) -> [Exchange] {
        Tape.exchanges(of: connection, recorder: recorder, event: { _ in (0, .ambiguous) }).map(\.exchange)
    }

    /// Nobody has given up yet: a case may be made while the program still works at the request.
    private func isUnderWay(_ exchange: Exchange, on connection: Connection) -> Bool {
        connection.direction == .inbound && exchange.responseEnd == nil && connection.closes.isEmpty
            && exchange.request.length > 0 && (exchange.outcome == .none || exchange.outcome == "timeout")
    }

    private func outcome(of exchange: Exchange, on connection: Connection) -> OutcomeClass {
        if isUnderWay(exchange, on: connection) { return .none }
        guard exchange.outcome == .none, exchange.responseEnd == nil, exchange.request.length > 0 else {
            return exchange.outcome
        }
        guard let end = connection.closes.first(where: { $0.time >= exchange.requestStart }) else { return "timeout" }
        switch (end.side, end.manner) {
        case (.server, .reset), (.client, .reset): return "reset"
        case (.server, .fin): return "closed"
        // The program hung up without an answer: it had waited long enough.
        case (.client, .fin): return "timeout"
        }
    }

    private func result(of exchange: Exchange, on connection: Connection) -> String {
        if isUnderWay(exchange, on: connection) { return "not answered yet" }
        guard exchange.result.isEmpty else { return exchange.result }
        switch outcome(of: exchange, on: connection) {
        case "reset": return "connection reset"
        case "closed": return "connection closed without an answer"
        case "timeout": return "no answer"
        default: return ""
        }
    }

    /// A connection that could not be opened, or was open and could not be used.
    private func openingEvent(_ connection: Connection) -> Draft? {
        let outcome: OutcomeClass
        let words: String
        var (summary, end) = ("connect \(connection.server)", connection.openingEnd)
        switch connection.opening {
        case .connected:
            guard let complaint = connection.tls?.complaint,
                !connection.segments.contains(where: { $0.side == .client })
            else { return nil }
            (outcome, words) = (OutcomeClass(rawValue: "tls:\(complaint.fault.rawValue)"), complaint.words)
            summary = "TLS handshake with \(connection.tls?.serverName ?? connection.server)"
            end = max(end, connection.closes.map(\.time).min() ?? end)
        case .refused where connection.openingErrno == ENOENT: (outcome, words) = ("refused", "no such socket")
        case .refused: (outcome, words) = ("refused", "connection refused")
        case .unreachable: (outcome, words) = ("unreachable", "unreachable")
        case .timedOut: (outcome, words) = ("timeout", "no answer to the connect")
        case .abandoned: (outcome, words) = ("timeout", "given up before there was an answer")
        case .failed: (outcome, words) = ("failed", "failed (errno \(connection.openingErrno ?? 0))")
        }
        let attribution = attributor.attribute(context: nil, at: connection.opened)
        return Draft(
            event: Event(
                id: 0, kind: .transport, phase: phase(attribution, at: connection.opened), peer: connection.server,
                connection: connection.id, process: connection.process, thread: connection.thread,
                start: connection.opened, end: end, summary: summary, result: words, outcome: outcome),
            attribution: attribution, request: nil)
    }

    // MARK: - Hooks and output

    private func statements() -> [Draft] {
        journal.statements.map { message, statement in
            let attribution = attributor.attribute(context: message.context, at: statement.start - origin)
            var event = statement.event(in: message, id: 0, phase: .ambiguous, origin: origin)
            event.phase = phase(attribution, at: event.start)
            return Draft(event: event, attribution: attribution, request: nil)
        }
    }

    private func given(_ input: StandardInput) -> Draft {
        let attribution = attributor.attribute(context: nil, at: input.time)
        var event = input.event
        // A program is given it when it starts, whoever it works for when it looks.
        event.phase = trigger == nil ? .failing : .startup
        return Draft(event: event, attribution: attribution, request: nil)
    }

    /// What was printed around the failure, one event a burst; all else stays in the output's tail.
    private func output() -> [Draft] {
        let near = journal.output.filter {
            $0.time >= window.lowerBound - 50_000_000 && $0.time <= window.upperBound.later(by: 500_000_000)
        }
        var bursts: [(first: Journal.OutputLine, last: Instant, text: [String])] = []
        for line in near.suffix(2000) {
            if let last = bursts.indices.last, bursts[last].first.stream == line.stream,
                line.time - bursts[last].last < 5_000_000, bursts[last].text.count < 500
            {
                bursts[last].text.append(line.text)
                bursts[last].last = line.time
            } else {
                bursts.append((line, line.time, [line.text]))
            }
        }
        return bursts.suffix(200).map { burst in
            let attribution = attributor.attribute(context: nil, at: burst.first.time)
            return Draft(
                event: Event(
                    id: 0, kind: .log, phase: phase(attribution, at: burst.first.time),
                    peer: Self.outputName(burst.first.stream), start: burst.first.time, end: burst.last,
                    summary: burst.first.text, result: burst.text.count > 1 ? "\(burst.text.count) lines" : "",
                    detail: ["text": .string(burst.text.joined(separator: "\n"))]),
                attribution: attribution, request: nil)
        }
    }

    private static func outputName(_ stream: Int) -> String {
        switch stream {
        case 1: "stdout"
        case OutputTap.both: "output"
        default: "stderr"
        }
    }
}
