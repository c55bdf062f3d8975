import ReenactRunner
import ReenactTimeline

/// What sets the failing code off, alone and with what came before it.
struct Triggers: Sendable {
    /// The failing request; nil for commands and jobs.
    var failing: Plan.TriggerPlan.Request?
    /// Earlier inbound requests, in order.
    var history: [Plan.TriggerPlan.Request]
    /// Requests that were in flight at the same time.
    var beside: [Plan.TriggerPlan.Request] = []

    private var failingOffset: Int64 = 0

    /// - Throws: `ReproductionError` where the case does not hold the failing request.
    init(_ failure: Case, connections: [Int: Connection]) throws(ReproductionError) {
        history = []
        guard failure.trigger.kind == .request else { return }
        guard let id = failure.trigger.event, let event = failure.event(id),
            let request = Self.request(event, failure, connections)
        else {
            throw ReproductionError(
                .plan,
                "Case \(failure.id) does not hold the bytes of its trigger, \(failure.trigger.summary); "
                    + "its holes say why (reenact show \(failure.id)).")
        }
        if let missing = Self.missing(of: event, in: failure, connections) {
            throw ReproductionError(
                .plan,
                "Case \(failure.id) does not hold its trigger whole: \(missing) bytes of the body of "
                    + "\(failure.trigger.summary) were not kept, and a program that waits for them does not get to the "
                    + "failure.")
        }
        failing = request
        let racing = Interleavings(failure).beside
        let first = min(event.start, racing.map(\.start).min() ?? event.start)
        beside = racing.compactMap { other in
            var made = Self.request(other, failure, connections)
            made?.offset = other.start - first
            return made
        }
        failingOffset = event.start - first
        let earlier = failure.events.filter { $0.kind == .request && $0.phase == .history && $0.start < event.start }
            .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        history = earlier.filter { one in
            // What is the beginning of a later message's connection is said there.
            !(earlier + [event]).contains { $0.connection == one.connection && $0.id > one.id && Self.isMessage($0) }
        }.compactMap { Self.request($0, failure, connections) }
    }

    /// A message on a connection that had been upgraded.
    static func isMessage(_ event: Event) -> Bool { event.detail["websocket"] != nil }

    /// Bytes of a body that was too large to be kept; nil where nothing is missing. A client that broke off itself is another
    /// story: there the recording holds all that was sent.
    private static func missing(of event: Event, in failure: Case, _ connections: [Int: Connection]) -> Int? {
        guard failure.holes.contains(where: { $0.kind == .truncated && $0.connection == event.connection }),
            let length = event.detail["requestHeaders"]?.array?.first(where: {
                $0[0]?.string?.lowercased() == "content-length"
            })?[1]?.string.flatMap({ Int($0) }),
            let connection = event.connection.flatMap({ connections[$0] }), let range = event.request
        else { return nil }
        let bytes = connection.bytes(range, from: .client)
        let head = Array("\r\n\r\n".utf8)
        guard bytes.count >= head.count,
            let end = (0...(bytes.count - head.count)).first(where: { bytes[$0...].starts(with: head) })
        else { return nil }
        let kept = bytes.count - end - head.count
        return kept < length ? length - kept : nil
    }

    /// The requests to fire, those in flight at the same time together: the failing one last.
    func racing(withHistory: Bool, without: Set<Int> = []) -> [Plan.TriggerPlan.Request] {
        let others = beside.filter { !without.contains($0.event) }
        let names = Set(beside.map(\.event))
        var last = failing
        last?.offset = failingOffset
        return (withHistory ? history.filter { !names.contains($0.event) } : []) + others + [last].compactMap { $0 }
    }

    private static func request(
        _ event: Event, _ failure: Case, _ connections: [Int: Connection]
    ) -> Plan.TriggerPlan.Request? {
        guard let connection = event.connection.flatMap({ connections[$0] }), let range = event.request else {
            return nil
        }
        let bytes = connection.bytes(range, from: .client)
        guard bytes.count == range.length, !bytes.isEmpty else { return nil }
        let answer = event.response.map { connection.bytes($0, from: .server) }
        var opening: [String]?
        if isMessage(event) {
            let before = failure.events.filter {
                $0.kind == .request && $0.connection == event.connection && $0.id < event.id
            }.sorted { $0.id < $1.id }
            // Without the upgrade the message is no message.
            guard let first = before.first, !isMessage(first) else { return nil }
            opening = before.compactMap(\.request).map { Base64.encode(connection.bytes($0, from: .client)) }
        }
        return Plan.TriggerPlan.Request(
            event: event.id, phase: event.phase, base64: Base64.encode(bytes),
            protocolName: opening != nil ? "message" : event.protocolName == "http" ? "http" : "raw",
            recordedAnswer: answer.flatMap { $0.isEmpty ? nil : Base64.encode($0) }, opening: opening)
    }

    /// The requests to fire.
    func requests(withHistory: Bool) -> [Plan.TriggerPlan.Request] {
        (withHistory ? history : []) + [failing].compactMap { $0 }
    }
}

extension Plan {
    /// Moves the program's clock by so many nanoseconds.
    mutating func move(clock shift: Int64) {
        guard shift != 0 else { return }
        clock.atStart = clock.atStart.map { $0 + shift }
        clock.atTrigger = clock.atTrigger.map { $0 + shift }
    }
}
