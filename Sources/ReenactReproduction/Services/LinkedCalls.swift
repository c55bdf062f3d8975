import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// The calls that passed between live services in an attempt, held against the recorded ones.
struct LinkedCalls {
    /// One call.
    struct Call {
        var caller: Int
        var callee: Int
        var server: String
        /// What was asked and answered; nil where a recorded call did not come.
        var exchange: Exchange?
        var answer: [UInt8] = []
        /// Nanoseconds since the attempt's start.
        var time: Int64 = 0
        /// The caller's recorded event that it stands for; nil where none was.
        var event: Event?
        var encounter: Shelf.Encounter?
    }

    private(set) var calls: [Call] = []

    init(_ records: [AttemptRecord], _ group: ServiceGroup) {
        for (number, member) in group.members.enumerated() where !member.links.isEmpty {
            calls += Self.calls(of: number, member, records[number])
        }
    }

    private static func calls(of number: Int, _ member: ServiceGroup.Member, _ record: AttemptRecord) -> [Call] {
        let failure = member.failure
        var found: [Call] = []
        for (server, callee) in member.links.sorted(by: { $0.key < $1.key }) {
            let connections = failure.connections.filter { $0.direction == .outbound && $0.server == server }
            let name = connections.map(\.protocolName).first { $0 != "raw" } ?? "http"
            let type = Protocols.named(name) ?? Protocols.fallback
            let shelf = shelf(server, connections, failure, type)
            var encounter: Shelf.Encounter?
            shelf.onEncounter = { encounter = $0 }
            var here: [Call] = []
            let live = record.passed.filter { $0.service == callee && $0.connection.server == server }.map(\.connection)
            let exchanges = live.flatMap { connection in
                Tape.exchanges(of: connection, recorder: type.recorder()) { _ in (0, .failing) }
                    .map { ($0.exchange, connection) }
            }.sorted { ($0.0.requestStart, $0.1.id) < ($1.0.requestStart, $1.1.id) }
            for (exchange, connection) in exchanges {
                let isLate = record.stages["ready"].map { exchange.requestStart >= $0 } ?? false
                shelf.phase = isLate ? .failing : .startup
                encounter = nil
                _ = shelf.take(key: exchange.key, relaxed: exchange.relaxedKeys, summary: exchange.summary)
                let event = encounter?.event.flatMap(failure.event)
                if event == nil {
                    // Answered all the same, and by who should know.
                    encounter?.relaxations = ["answered by a live service"]
                    encounter?.reason = ""
                }
                here.append(
                    Call(
                        caller: number, callee: callee, server: server, exchange: exchange,
                        answer: exchange.response.map { connection.bytes($0, from: .server) } ?? [],
                        time: exchange.requestStart, event: event, encounter: encounter))
            }
            let made = Set(here.compactMap { $0.event?.id })
            let due = PathPrefix.calls(of: failure).filter { $0.peer == server && $0.kind == .call }
            here += due.filter { !made.contains($0.id) }.map {
                Call(caller: number, callee: callee, server: server, event: $0)
            }
            found += here
        }
        return found
    }

    private static func shelf(
        _ server: String, _ connections: [Connection], _ failure: Case, _ type: any WireProtocol.Type
    ) -> Shelf {
        let recorded = connections.flatMap { connection in
            Tape.exchanges(of: connection, recorder: type.recorder()) { offset in
                failure.events.first { $0.connection == connection.id && $0.request?.offset == offset }
                    .map { ($0.id, $0.phase) } ?? (0, .ambiguous)
            }
        }
        return Shelf(
            server: server, recorded: recorded.sorted { $0.exchange.requestStart < $1.exchange.requestStart })
    }

    /// The records with what the links show: each caller met its recorded calls, and each callee gave an answer.
    func completing(_ records: [AttemptRecord], _ group: ServiceGroup) -> [AttemptRecord] {
        var records = records
        for call in calls {
            guard let encounter = call.encounter else { continue }
            records[call.caller].meetings.append(.init(encounter: encounter, time: call.time))
        }
        for (number, member) in group.members.enumerated() where number != group.front {
            guard let call = decisive(of: number, member), let exchange = call.exchange,
                let trigger = member.failure.trigger.event
            else { continue }
            let outcome = exchange.outcome.rawValue
            let status = outcome.hasPrefix("http:") ? Int(outcome.dropFirst(5)) ?? 0 : 0
            records[number].answers = [
                .init(
                    event: trigger, status: status, bytes: call.answer,
                    missing: status == 0 && call.answer.isEmpty ? (outcome == "none" ? "closed" : outcome) : "",
                    time: exchange.responseEnd ?? exchange.requestEnd)
            ]
        }
        for number in records.indices { records[number].meetings.sort { $0.time < $1.time } }
        return records
    }

    /// The call that was a member's trigger: the last one that asks what it asked, else the last one.
    private func decisive(of number: Int, _ member: ServiceGroup.Member) -> Call? {
        let live = calls.filter { $0.callee == number && $0.exchange != nil }
        let asked = member.failure.trigger.event.flatMap(member.failure.event)
        return live.last { $0.exchange?.summary == asked?.summary } ?? live.last
    }

    /// Whether a member was called at all.
    func isCalled(_ number: Int) -> Bool { calls.contains { $0.callee == number && $0.exchange != nil } }
}
