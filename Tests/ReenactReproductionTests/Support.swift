import ReenactRunner
import ReenactTimeline
import ReenactWire

@testable import ReenactReproduction

/// A machine that exists in the test only.
func machine(_ files: [String: String], uid: UInt32 = 1000) -> HostView {
    var directories: [String: Set<String>] = [:]
    for path in files.keys {
        var child = path
        for ancestor in Paths.ancestors(of: path).dropFirst() + ["/"] {
            directories[ancestor, default: []].insert(Paths.name(child))
            child = ancestor
        }
    }
    let tree = directories
    return HostView(
        read: { files[$0].map { Array($0.utf8) } }, isFile: { files[$0] != nil }, isDirectory: { tree[$0] != nil },
        names: { (tree[$0] ?? []).sorted() }, user: { $0 == "alice" ? (1001, 1001) : nil }, ownUser: { uid })
}

extension Case {
    /// A request that failed because of one call.
    static func sample() -> Case {
        var environment = Environment(command: ["bin/serve", "--port", "8000"], workingDirectory: "/srv/shop")
        environment.variables = ["HOME": "/home/alice", "TOKEN": "<masked:1234>", "LANG": "C.UTF-8"]
        environment.maskedVariables = ["TOKEN"]
        environment.hostName = "shop-1"
        environment.user = "alice"
        environment.names = ["rates.example": ["10.1.2.3"]]
        var result = Case(
            id: "20261121-081502-4f2a", anchor: .init(unixNanoseconds: 1_000_000_000_000), failureTime: 90_000_000_000,
            signature: Signature(
                kind: .status, exceptionType: "builtins.KeyError", message: "'rate 17'", frames: ["price shop.py"],
                outcome: "http:500", operation: "GET /price"),
            trigger: Trigger(
                kind: .request, event: 3, summary: "GET /price", server: "127.0.0.1:8000", time: 89_000_000_000),
            environment: environment)
        result.connections = [
            .tcp(1, .inbound, "127.0.0.1:8000", "GET /login HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
            .tcp(2, .inbound, "127.0.0.1:8000", "GET /price HTTP/1.1\r\n\r\n", "HTTP/1.1 500 Oh\r\n\r\n"),
            .tcp(
                3, .outbound, "10.1.2.3:80", "GET /rate?key=<masked:1234> HTTP/1.1\r\n\r\n", "HTTP/1.1 503 No\r\n\r\n"),
            .tcp(4, .outbound, "127.0.0.1:5432", "", ""),
        ]
        result.connections[3].opening = .refused
        result.connections[3].protocolName = "raw"
        result.events = [
            .http(1, .request, .history, 1, "GET /login", start: 10),
            .http(2, .call, .startup, 3, "GET /other", start: 20, peer: "10.1.2.3:80"),
            .http(3, .request, .failing, 2, "GET /price", start: 89_000_000_000),
            .http(4, .call, .failing, 3, "GET /rate", start: 89_100_000_000, peer: "10.1.2.3:80"),
        ]
        result.events[1].request = nil
        result.events[0].request = StreamRange(offset: 0, length: result.connections[0].segments[0].bytes.count)
        result.events[2].request = StreamRange(offset: 0, length: result.connections[1].segments[0].bytes.count)
        result.exceptions = [.sample()]
        return result
    }
}

extension ExceptionRecord {
    static func sample(
        type: String = "builtins.KeyError", message: String = "'rate 99'", function: String = "price",
        handling: Handling = .reported, time: Instant = 89_200_000_000
    ) -> ExceptionRecord {
        ExceptionRecord(
            type: type, message: message, language: "python", handling: handling, time: time, process: 7,
            frames: [
                .init(function: "handle", file: "/srv/shop/web.py", line: 10),
                .init(function: function, file: "/srv/shop/shop.py", line: 20),
            ])
    }
}

extension Connection {
    static func tcp(
        _ id: Int, _ direction: Direction, _ server: String, _ client: String, _ answer: String
    ) -> Connection {
        var segments: [Segment] = []
        if !client.isEmpty { segments.append(.init(side: .client, time: 1, offset: 0, bytes: Array(client.utf8))) }
        if !answer.isEmpty { segments.append(.init(side: .server, time: 2, offset: 0, bytes: Array(answer.utf8))) }
        return Connection(
            id: id, direction: direction, transport: .tcp, server: server, protocolName: "http", opened: Int64(id),
            segments: segments)
    }
}

extension Event {
    static func http(
        _ id: Int, _ kind: Kind, _ phase: Phase, _ connection: Int, _ summary: String, start: Instant,
        peer: String = ""
    ) -> Event {
        Event(
            id: id, kind: kind, phase: phase, protocolName: "http", peer: peer, connection: connection, start: start,
            summary: summary, request: .init(offset: 0, length: 8), key: summary)
    }
}

extension AttemptRecord {
    /// An attempt that was carried through.
    static func done(
        status: Int = 500, exceptions: [ExceptionRecord] = [], met events: [Int] = [], missed: [String] = []
    ) -> AttemptRecord {
        var record = AttemptRecord()
        record.hasHello = true
        record.isDone = true
        record.isHooked = true
        record.stages = ["program": 10, "ready": 20, "trigger": 90]
        record.answers = [
            .init(
                event: 3, status: status, bytes: Array("HTTP/1.1 \(status) X\r\nA: b\r\n\r\nthe body".utf8),
                missing: "", time: 80)
        ]
        record.exceptions = exceptions.map { .init(record: $0, phase: .failing) }
        record.meetings =
            events.map { .init(encounter: .met($0), time: 30) } + missed.map { .init(encounter: .missed($0), time: 40) }
        return record
    }
}

extension Shelf.Encounter {
    static func met(_ event: Int) -> Shelf.Encounter {
        .init(server: "10.1.2.3:80", summary: "", key: "", event: event, phase: .failing)
    }

    static func missed(_ question: String) -> Shelf.Encounter {
        .init(
            server: "10.1.2.3:80", summary: question, key: question, event: nil, reason: "not recorded", nearest: 4,
            phase: .failing)
    }
}
