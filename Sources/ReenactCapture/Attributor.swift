import ReenactTimeline
import ReenactWire

/// Says which inbound request caused a call: the ladder of the design, surest rung first, and never a silent guess.
struct Attributor {
    /// An inbound request: connection and place on it.
    struct RequestID: Hashable {
        var connection: Int
        var ordinal: Int
    }

    /// What is known of a cause.
    struct Attribution: Equatable {
        var cause: RequestID?
        var source: Edge.Source
        var confidence: Double
    }

    struct Window {
        var id: RequestID
        var start: Instant
        var end: Instant
        var identifiers: [String]
    }

    let journal: Journal
    /// In order of their start.
    let windows: [Window]
    /// The latest end among a window and all before it: where a search for open ones can stop.
    private let latestEnd: [Instant]
    private let indexOf: [RequestID: Int]
    private let byIdentifier: [String: [Int]]

    init(_ journal: Journal) {
        self.journal = journal
        var windows: [Window] = []
        var byIdentifier: [String: [Int]] = [:]
        var indexOf: [RequestID: Int] = [:]
        for (log, exchange) in journal.requests {
            let id = RequestID(connection: log.connection.id, ordinal: exchange.ordinal)
            windows.append(
                Window(
                    id: id, start: exchange.requestStart,
                    end: exchange.responseEnd ?? log.ended ?? .max, identifiers: exchange.identifiers))
            indexOf[id] = windows.count - 1
            for identifier in exchange.identifiers { byIdentifier[identifier, default: []].append(windows.count - 1) }
        }
        self.windows = windows
        self.indexOf = indexOf
        var latest = Instant.min
        latestEnd = windows.map { window in
            latest = max(latest, window.end)
            return latest
        }
        self.byIdentifier = byIdentifier
    }

    /// The request that the runtime's context names; where the program asked itself, the one that it did so for.
    func request(_ context: HookMessage.Context, at time: Instant) -> RequestID? {
        guard let named = named(context, at: time) else { return nil }
        if indexOf[named] != nil { return named }
        guard let start = journal.logs[named.connection]?.exchanges[named.ordinal]?.requestStart else { return named }
        return byWindow(start).cause
    }

    private func named(_ context: HookMessage.Context, at time: Instant) -> RequestID? {
        guard let log = journal.log(inode: context.inode, accepted: true, at: time) else { return nil }
        if let number = context.number {
            // Requests that were let go are counted too: ordinals are from 0 on each connection.
            return log.exchanges[number - 1].map { .init(connection: log.connection.id, ordinal: $0.ordinal) }
        }
        guard let offset = context.offset else { return nil }
        let begun = log.exchanges.begun(before: max(1, offset))
        guard let last = begun.last else { return nil }
        // Two unanswered requests on one connection (pipelining): the context does not tell them apart. Answers come in
        // order, so that the request before is the last to look at.
        let isPipelined = begun.dropLast().last.map { ($0.responseEnd ?? .max) > time } ?? false
        return isPipelined ? nil : .init(connection: log.connection.id, ordinal: last.ordinal)
    }

    /// The cause of one exchange on an outgoing connection.
    func attribute(_ exchange: Exchange, on log: ConnectionLog) -> Attribution {
        if journal.isStartup(exchange.requestStart) { return .init(cause: nil, source: .uniqueWindow, confidence: 1) }
        if let found = byRuntime(exchange, on: log) {
            return .init(cause: found, source: .runtimeContext, confidence: 0.999)
        }
        if let found = byIdentifier(exchange) { return found }
        if let found = byLease(exchange, on: log) { return found }
        return byWindow(exchange.requestStart)
    }

    private func byRuntime(_ exchange: Exchange, on log: ConnectionLog) -> RequestID? {
        let stamps = stamps(for: log)
        var found: Set<RequestID> = []
        for stamp in stamps
        where stamp.offset < exchange.request.end && stamp.offset + stamp.length > exchange.request.offset {
            if let request = request(stamp.context, at: stamp.time) { found.insert(request) }
        }
        return found.count == 1 ? found.first : nil
    }

    /// A tunnel's bytes leave through the outer connection's socket, at offsets of their own.
    private func stamps(for log: ConnectionLog) -> [ConnectionLog.SendStamp] { log.sends }

    private func byIdentifier(_ exchange: Exchange) -> Attribution? {
        for identifier in exchange.identifiers {
            guard let found = byIdentifier[identifier] else { continue }
            let live = found.map { windows[$0] }.filter {
                $0.start <= exchange.requestStart && exchange.requestStart <= $0.end
            }
            if live.count == 1 { return .init(cause: live[0].id, source: .identifier, confidence: 0.99) }
        }
        return nil
    }

    /// Inside a transaction the connection belongs to whoever began it, until that request is answered: without
    /// autocommit a pool hands a connection on in the middle of one.
    private func byLease(_ exchange: Exchange, on log: ConnectionLog) -> Attribution? {
        guard exchange.ordinal > 0 else { return nil }
        var ordinal = exchange.ordinal - 1
        while let former = log.exchanges[ordinal], former.holdsLease {
            if let request = byRuntime(former, on: log) {
                guard isOpen(request, at: exchange.requestStart) else { return nil }
                return .init(cause: request, source: .lease, confidence: 0.98)
            }
            let windowed = byWindow(former.requestStart)
            if windowed.source == .uniqueWindow {
                guard windowed.cause.map({ isOpen($0, at: exchange.requestStart) }) ?? true else { return nil }
                return .init(cause: windowed.cause, source: .lease, confidence: 0.9)
            }
            ordinal -= 1
        }
        return nil
    }

    private func isOpen(_ request: RequestID, at time: Instant) -> Bool {
        windows.first { $0.id == request }.map { time <= $0.end } ?? true
    }

    /// Only one request was in flight, or none.
    func byWindow(_ time: Instant) -> Attribution {
        let open = open(at: time)
        switch open.count {
        case 1: return .init(cause: open[0].id, source: .uniqueWindow, confidence: 0.9)
        default: return .init(cause: nil, source: .ambiguous, confidence: 0)
        }
    }

    /// The request in which a line was printed. It may be read a moment after its request was answered, and of several
    /// in flight the last one to begin is taken, which is a guess and said to be one.
    func ofLine(at time: Instant, slack: Instant) -> Attribution {
        let certain = byWindow(time)
        guard certain.cause == nil else { return certain }
        let near = open(at: time).max { $0.start < $1.start }
        let late = windows.last { $0.start <= time && $0.end < time && time - $0.end <= slack }
        return .init(cause: (near ?? late)?.id, source: .ambiguous, confidence: 0.3)
    }

    /// The windows that hold that time.
    private func open(at time: Instant) -> [Window] {
        var (low, high) = (0, windows.count)
        while low < high {
            let middle = (low + high) / 2
            if windows[middle].start > time { high = middle } else { low = middle + 1 }
        }
        var found: [Window] = []
        for index in (0..<low).reversed() {
            if latestEnd[index] < time { break }
            if windows[index].end >= time { found.append(windows[index]) }
        }
        return found
    }

    /// The cause of what a hook told, from its context or else from its time.
    func attribute(context: HookMessage.Context?, at time: Instant) -> Attribution {
        if journal.isStartup(time) { return .init(cause: nil, source: .uniqueWindow, confidence: 1) }
        if let context {
            if let request = request(context, at: time) {
                return .init(cause: request, source: .runtimeContext, confidence: 0.999)
            }
            return .init(cause: nil, source: .ambiguous, confidence: 0)
        }
        return byWindow(time)
    }
}
