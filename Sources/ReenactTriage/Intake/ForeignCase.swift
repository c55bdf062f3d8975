import ReenactTimeline

/// Puts a case together from what a report holds: exchanges in order, then the exception.
struct ForeignCase {
    private var events: [Event] = []
    private var request: Event?
    private var time: Instant = 0
    var exceptions: [ExceptionRecord] = []
    var message = ""
    /// The queue or topic whose message was being handled.
    var queue = ""
    var operation = ""
    var release = ""
    var runtime = ""
    var anchor: Int64 = 0

    /// Exchanges further back than this explain nothing.
    private static let eventsMax = 200

    /// The request that the failing code was serving.
    mutating func serve(method: String, url: String, body: String = "", contentType: String = "") {
        let parts = URLParts(url)
        request = Event(
            id: 1, kind: .request, phase: .failing, protocolName: "http", start: 0,
            summary: "\(method) \(parts.target)",
            detail: [
                "method": .string(method), "host": .string(parts.host), "target": .string(parts.target),
                "requestBody": ["text": .string(body), "contentType": .string(contentType)],
            ])
    }

    /// A call over HTTP; what is not known is left out, so that no rule takes silence for an answer.
    mutating func http(method: String, url: String, status: Int?, error: String = "", nanoseconds: Int64 = 0) {
        let parts = URLParts(url)
        var detail: [String: JSONValue] = [
            "method": .string(method.uppercased()), "host": .string(parts.host), "target": .string(parts.target),
            "scheme": .string(parts.scheme), "bodyUnknown": true,
        ]
        var outcome = Self.outcome(error)
        if let status {
            detail["status"] = .integer(Int64(status))
            outcome = .init(rawValue: "http:\(status)")
        }
        add(
            .call, "http", parts.host, "\(method.uppercased()) \(url.prefix { $0 != "?" })",
            status.map { "\($0)" } ?? error, outcome, .object(detail), nanoseconds)
    }

    /// A remote call that is no plain HTTP. It is told as the request that it is on the wire.
    mutating func rpc(_ path: String, peer: String, code: GRPCStatus?, error: String = "", nanoseconds: Int64 = 0) {
        var detail: [String: JSONValue] = [
            "method": "POST", "host": .string(peer), "target": .string("/" + path), "scheme": "grpc",
            "bodyUnknown": true,
        ]
        var outcome = Self.outcome(error)
        if let code {
            detail["said"] = .string(code.name)
            if let status = code.http {
                detail["status"] = .integer(Int64(status))
                outcome = .init(rawValue: "http:\(status)")
            } else if let known = code.outcome {
                outcome = known
            }
        }
        add(.call, "http", peer, path, code?.name ?? error, outcome, .object(detail), nanoseconds)
    }

    /// A statement; rows only where they were counted.
    mutating func sql(
        _ text: String, system: String, peer: String, rows: Int? = nil, code: String = "", error: String = "",
        nanoseconds: Int64 = 0
    ) {
        var detail: [String: JSONValue] = ["sql": .string(text), "rowCount": .integer(Int64(rows ?? -1))]
        var outcome: OutcomeClass = rows.map { .rows($0) } ?? .none
        if !code.isEmpty || !error.isEmpty {
            detail["error"] = ["code": .string(code), "message": .string(error)]
            outcome = .init(rawValue: system.hasPrefix("postgres") ? "sqlstate:\(code)" : "\(system):\(code)")
        }
        add(.statement, system, peer, text, rows.map { "\($0) rows" } ?? error, outcome, .object(detail), nanoseconds)
    }

    mutating func redis(_ command: String, peer: String, error: String = "", nanoseconds: Int64 = 0) {
        add(
            .call, "redis", peer, command, error, Self.outcome(error), ["command": .string(command)], nanoseconds)
    }

    private mutating func add(
        _ kind: Event.Kind, _ protocolName: String, _ peer: String, _ summary: String, _ result: String,
        _ outcome: OutcomeClass, _ detail: JSONValue, _ nanoseconds: Int64
    ) {
        // Order is what a report tells for sure; clocks of a report are not the recording's.
        time += 1_000_000
        let start = time
        time += max(min(nanoseconds, 3_600_000_000_000), 0)
        events.append(
            Event(
                id: 0, kind: kind, phase: .failing, protocolName: protocolName, peer: peer, start: start, end: time,
                summary: String(summary.prefix(2000)), result: String(result.prefix(200)), outcome: outcome,
                detail: detail))
    }

    /// The class of a fault that stands in words.
    static func outcome(_ error: String) -> OutcomeClass {
        guard !error.isEmpty else { return .none }
        let words = error.lowercased()
        let known: [(String, OutcomeClass)] = [
            ("refused", "refused"), ("reset", "reset"), ("timed out", "timeout"), ("timeout", "timeout"),
            ("deadline", "timeout"), ("name or service not known", "dns:nxdomain"), ("nodename", "dns:nxdomain"),
            ("name resolution", "dns:nxdomain"), ("unreachable", "unreachable"),
        ]
        return known.first { words.contains($0.0) }?.1 ?? .none
    }

    func value(id: String) -> Case {
        var list = [request].compactMap { $0 } + events.suffix(Self.eventsMax)
        for place in list.indices { list[place].id = place + 1 }
        let failureTime = time + 2_000_000
        let last = exceptions.last
        let signature = Signature(
            kind: last == nil ? .rule : .exception, exceptionType: last?.type ?? "",
            message: last?.message ?? message, causeTypes: last?.causes.map(\.type) ?? [],
            operation: operation)
        let trigger = Trigger(
            kind: request != nil ? .request : queue.isEmpty ? .command : .job, event: request == nil ? nil : 1,
            summary: request?.summary ?? (queue.isEmpty ? operation : queue), time: 0)
        var value = Case(
            id: id, anchor: .init(unixNanoseconds: anchor), failureTime: failureTime, signature: signature,
            trigger: trigger, environment: Environment(command: [], workingDirectory: ""))
        value.environment.runtime = runtime
        value.events = list
        value.exceptions = exceptions.map { record in
            var record = record
            record.time = failureTime
            for place in record.causes.indices { record.causes[place].time = failureTime }
            return record
        }
        value.holes = [.init(kind: .unobserved, what: "Bodies, rows and parameters: the report does not hold them.")]
        return value
    }
}

/// The parts of an address, as far as they can be told.
struct URLParts {
    var scheme = ""
    var host = ""
    var target = ""

    init(_ url: String) {
        guard let mark = url.range(of: "://") else {
            target = url
            return
        }
        scheme = String(url[..<mark.lowerBound])
        let rest = url[mark.upperBound...]
        let authority = rest.utf8.prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        let last = authority.split(separator: UInt8(ascii: "@")).last
        host = last.map { String(Substring($0)) } ?? ""
        target = String(rest[authority.endIndex...])
        if !target.hasPrefix("/") { target = "/" + target }
    }
}
