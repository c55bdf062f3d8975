import ReenactLinux
import ReenactTimeline

/// Peers that could not be reached, or that cut the connection: they could have been there.
enum FaultConditions {
    private static let faults: Set<String> = [
        "refused", "unreachable", "timeout", "reset", "closed", "abandoned", "failed",
    ]

    static func find(_ subject: Subject) -> [Condition] { peers(subject) + openings(subject) }

    /// Calls with which a server turned the program away before it could ask anything: over a password, a limit, the name
    /// of a database. Where it was let in all the same, what was refused did not matter.
    static func failedOpenings(in failure: Case) -> [Event] {
        let welcome = Set(
            failure.events.filter { $0.kind == .call && $0.detail["preamble"]?.bool != true }.compactMap(\.connection))
        return failure.events.filter { event in
            event.kind == .call && event.detail["preamble"]?.bool == true && event.outcome != .ok
                && event.outcome != .none && event.connection.map { !welcome.contains($0) } ?? false
        }
    }

    private static func openings(_ subject: Subject) -> [Condition] {
        var seen: Set<String> = []
        return failedOpenings(in: subject.failure).reversed().filter { seen.insert($0.peer).inserted }.map { event in
            Condition(
                .answer, recorded: "\(event.summary) answered \(event.outcome.rawValue)",
                changed: "the server lets it in", event: event.id, target: "peer \(event.peer)",
                change: .reach(server: event.peer, protocolName: event.protocolName, answer: []))
        }
    }

    private static func peers(_ subject: Subject) -> [Condition] {
        var seen: Set<String> = []
        return subject.calls.filter { $0.kind == .transport && (faults.contains($0.outcome.rawValue) || isTLS($0)) }
            .filter { seen.insert($0.peer).inserted }
            .flatMap { event -> [Condition] in
                let spoken = spokenProtocol(event.peer, subject)
                let words = complaint(event, subject).map { "of \(event.peer) \($0)" }
                let recorded = words ?? "a connection to \(event.peer) was \(event.outcome.rawValue)"
                let mended = words == nil ? "the peer is there" : "its certificate is good"
                func condition(_ text: String, _ answer: [UInt8], _ stage: Condition.Stage) -> Condition {
                    Condition(
                        .fault, recorded: recorded, changed: "\(mended); \(text)", event: event.id,
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

    /// The program broke off a handshake for what was wrong with the certificate.
    private static func isTLS(_ event: Event) -> Bool { event.outcome.rawValue.hasPrefix("tls:") }

    /// What was wrong with it: `nobody who is trusted vouches for its certificate (self-signed)`.
    private static func complaint(_ event: Event, _ subject: Subject) -> String? {
        guard isTLS(event) else { return nil }
        return subject.failure.connections.lazy.filter { $0.server == event.peer }.compactMap {
            $0.tls?.complaint?.words
        }
        .first
    }

    /// What the peer spoke at other times; where it never did, what the failing code's libraries speak, then by its port.
    private static func spokenProtocol(_ server: String, _ subject: Subject) -> String {
        for source in subject.sources {
            for connection in source.connections
            where connection.server == server && connection.protocolName != "raw" && connection.opening == .connected {
                return connection.protocolName
            }
        }
        if let driver = driver(subject) { return driver }
        switch SocketAddress(server)?.port {
        case 5432: return "postgres"
        case 3306: return "mysql"
        case 6379: return "redis"
        default: return "http"
        }
    }

    /// Libraries that speak one protocol only, as paths and names of errors have them.
    private static let drivers: [(words: [String], protocolName: String)] = [
        (["psycopg", "asyncpg", "pg8000", "/node_modules/pg/", "pgconn", "/lib/pq", "postgresql"], "postgres"),
        (["pymysql", "mysqlclient", "MySQLdb", "/node_modules/mysql", "aiomysql", "mysql.connector"], "mysql"),
        (["/redis/", "redis.exceptions", "ioredis", "/node_modules/@redis/", "go-redis"], "redis"),
    ]

    /// Nil where the failing code's frames and the exception's name speak of none of them, or of more than one.
    private static func driver(_ subject: Subject) -> String? {
        let exceptions = subject.failure.exceptions.suffix(1).flatMap { [$0] + $0.causes }
        let text =
            exceptions.map { $0.type + " " + ($0.frames.suffix(4).map(\.file)).joined(separator: " ") }
            .joined(separator: " ") + " " + subject.look.types
        let spoken = drivers.filter { $0.words.contains(where: text.contains) }.map(\.protocolName)
        return spoken.count == 1 ? spoken[0] : nil
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
