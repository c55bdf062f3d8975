import ReenactLinux
import ReenactTimeline

/// Peers that could not be reached, or that cut the connection: they could have been there.
enum FaultConditions {
    private static let faults: Set<String> = [
        "refused", "unreachable", "timeout", "reset", "closed", "abandoned", "failed",
    ]

    static func find(_ subject: Subject) -> [Condition] {
        var seen: Set<String> = []
        return subject.calls.filter { $0.kind == .transport && faults.contains($0.outcome.rawValue) }
            .filter { seen.insert($0.peer).inserted }
            .flatMap { event -> [Condition] in
                let spoken = spokenProtocol(event.peer, subject)
                let recorded = "a connection to \(event.peer) was \(event.outcome.rawValue)"
                func condition(_ text: String, _ answer: [UInt8], _ stage: Condition.Stage) -> Condition {
                    Condition(
                        .fault, recorded: recorded, changed: "the peer is there; \(text)", event: event.id,
                        target: "peer \(event.peer)", stage: stage,
                        change: .reach(server: event.peer, protocolName: spoken, answer: answer))
                }
                guard spoken == "http" else {
                    // What it would have answered is known only where it answered at another time.
                    return [condition("it answers as at other times", [], .suspect)]
                }
                let forms = HTTPConditions.forms(answers(of: event.peer, subject), subject)
                return forms.enumerated().map { index, form in
                    condition("it answers \(form.text)", form.bytes, index == 0 ? .suspect : .remote)
                }
            }
    }

    /// What the peer spoke at other times; by its port where it never did.
    private static func spokenProtocol(_ server: String, _ subject: Subject) -> String {
        for source in subject.sources {
            for connection in source.connections
            where connection.server == server && connection.protocolName != "raw" && connection.opening == .connected {
                return connection.protocolName
            }
        }
        switch SocketAddress(server)?.port {
        case 5432: return "postgres"
        case 3306: return "mysql"
        case 6379: return "redis"
        default: return "http"
        }
    }

    /// Good answers of the same server, whatever was asked.
    private static func answers(of server: String, _ subject: Subject) -> [HealthyAnswer.Found] {
        for source in subject.sources {
            for event in source.events.reversed()
            where event.kind == .call && event.peer == server && event.outcome.rawValue.hasPrefix("http:2") {
                guard let range = event.response, let connection = event.connection.flatMap(source.connection) else {
                    continue
                }
                return [
                    .init(
                        bytes: connection.bytes(range, from: .server), place: "event \(event.id) of \(source.id)",
                        detail: event.detail)
                ]
            }
        }
        return []
    }
}
