import ReenactTimeline

/// Builds a case step by step, one event every ten milliseconds.
public struct SampleBuilder {
    public var value: Case
    private var clock: Instant = 1_000_000_000
    private var process: Int32 = 4711
    private var phase: Event.Phase = .failing

    public init(id: String = "20261121-081502-4f2a", operation: String, trigger: Trigger.Kind = .request) {
        var environment = Environment(command: ["serve"], workingDirectory: "/srv/app")
        environment.runtime = "python 3.11.7"
        environment.hostName = "web-1"
        value = Case(
            id: id, anchor: .init(unixNanoseconds: 1_795_248_901_000_000_000), failureTime: 0,
            signature: .init(kind: .exception, operation: operation),
            trigger: .init(kind: trigger, summary: operation, time: 1_000_000_000), environment: environment)
    }

    /// Moves on; what follows belongs to `phase`.
    public mutating func enter(_ phase: Event.Phase) { self.phase = phase }

    public mutating func wait(milliseconds: Int64) { clock += milliseconds * 1_000_000 }

    @discardableResult
    public mutating func event(
        _ kind: Event.Kind, _ protocolName: String, peer: String = "", _ summary: String, result: String = "",
        outcome: OutcomeClass = .ok, detail: JSONValue = .null, connection: Int? = nil, milliseconds: Int64 = 4
    ) -> Int {
        let id = value.events.count + 1
        value.events.append(
            Event(
                id: id, kind: kind, phase: phase, protocolName: protocolName, peer: peer, connection: connection,
                process: process, start: clock, end: clock + milliseconds * 1_000_000, summary: summary,
                result: result, outcome: outcome, key: "\(protocolName) \(summary)", detail: detail))
        clock += 10_000_000
        return id
    }

    /// The inbound request; the trigger where it is the first of the failing phase.
    @discardableResult
    public mutating func request(
        _ method: String, _ target: String, status: Int64 = 500, headers: JSONValue = [], body: String = ""
    ) -> Int {
        let id = event(
            .request, "http", peer: "127.0.0.1:8080", "\(method) \(target)", result: "\(status)",
            outcome: .init(rawValue: "http:\(status)"),
            detail: [
                "method": .string(method), "target": .string(target), "host": "127.0.0.1:8080",
                "status": .integer(status), "requestHeaders": headers, "responseHeaders": [],
                "requestBody": Self.body(body, type: "application/json"), "responseBody": Self.body("", type: ""),
            ])
        if phase == .failing {
            value.trigger = .init(
                kind: .request, event: id, summary: "\(method) \(target)", server: "127.0.0.1:8080",
                time: value.events[id - 1].start)
        }
        return id
    }

    @discardableResult
    public mutating func http(
        _ method: String = "GET", host: String, _ target: String, status: Int64 = 200,
        type: String = "application/json", body: String, peer: String = "10.0.0.9:443",
        headers: [(String, String)] = []
    ) -> Int {
        event(
            .call, "http", peer: peer, "\(method) \(target)", result: "\(status), \(body.utf8.count) B",
            outcome: .init(rawValue: "http:\(status)"),
            detail: [
                "method": .string(method), "target": .string(target), "host": .string(host), "scheme": "https",
                "status": .integer(status), "requestHeaders": [["name": "Host", "value": .string(host)]],
                "responseHeaders": .array(
                    ([("Content-Type", type)] + headers).map { ["name": .string($0.0), "value": .string($0.1)] }),
                "requestBody": Self.body("", type: ""), "responseBody": Self.body(body, type: type),
            ])
    }

    @discardableResult
    public mutating func sql(
        _ sql: String, on protocolName: String = "postgres", peer: String = "127.0.0.1:5432",
        params: [JSONValue] = [], columns: [String] = [], rows: [[JSONValue]] = [], affected: Int? = nil,
        error: (code: String, message: String)? = nil
    ) -> Int {
        var detail: [String: JSONValue] = [
            "sql": .string(sql), "params": .array(params),
            "columns": .array(columns.map { ["name": .string($0)] }),
            "rows": .array(rows.map { .array($0) }), "rowCount": .integer(Int64(rows.count)),
        ]
        var outcome = OutcomeClass.rows(rows.count)
        var result = rows.count == 1 ? "1 row" : "\(rows.count) rows"
        if let affected {
            outcome = .init(rawValue: "affected:\(affected < 2 ? "\(affected)" : "n")")
            detail["affected"] = .integer(Int64(affected))
        }
        if let error {
            detail["error"] = ["code": .string(error.code), "message": .string(error.message)]
            result = error.message
            let prefix = ["postgres": "sqlstate", "mysql": "mysql", "sqlite": "sqlite"][protocolName] ?? protocolName
            outcome = .init(rawValue: "\(prefix):\(error.code)")
        }
        return event(
            protocolName == "sqlite" ? .statement : .call, protocolName, peer: peer, sql, result: result,
            outcome: outcome, detail: .object(detail))
    }

    @discardableResult
    public mutating func redis(_ command: String, _ arguments: [String], reply: JSONValue) -> Int {
        let outcome: OutcomeClass = reply == .null ? "redis:nil" : .ok
        return event(
            .call, "redis", peer: "127.0.0.1:6379", ([command] + arguments).joined(separator: " "),
            result: (try? JSONText.encode(reply)) ?? "", outcome: outcome,
            detail: [
                "command": .string(command), "args": .array(arguments.map(JSONValue.string)), "reply": reply,
                "queued": .bool(reply == "QUEUED"),
            ])
    }

    /// A command whose answer is the job that set the failing code off.
    @discardableResult
    public mutating func job(_ command: String, _ arguments: [String], reply: JSONValue) -> Int {
        let id = redis(command, arguments, reply: reply)
        value.trigger = .init(
            kind: .job, event: id, summary: command, server: "127.0.0.1:6379", time: value.events[id - 1].start)
        return id
    }

    /// A turn in a protocol that nobody reads.
    @discardableResult
    public mutating func message(_ request: String, answer: String) -> Int {
        event(
            .call, "raw", peer: "127.0.0.1:4222", "\(request.utf8.count) B", result: "\(answer.utf8.count) B",
            detail: ["request": ["text": .string(request)], "response": ["text": .string(answer)]])
    }

    /// What could not be opened.
    @discardableResult
    public mutating func transport(
        _ outcome: OutcomeClass, peer: String, _ summary: String = "connect", opening: Connection.Opening = .refused
    ) -> Int {
        let connection = value.connections.count + 1
        value.connections.append(
            Connection(
                id: connection, direction: .outbound, transport: .tcp, server: peer, opened: clock, opening: opening))
        return event(
            .transport, "", peer: peer, summary, result: outcome.rawValue, outcome: outcome, connection: connection)
    }

    /// The failure itself: takes the exception over into the signature.
    public mutating func fail(
        _ type: String, _ message: String, language: String = "python",
        handling: ExceptionRecord.Handling = .reported, frames: [ExceptionRecord.Frame],
        causes: [ExceptionRecord] = []
    ) {
        value.exceptions.append(
            ExceptionRecord(
                type: type, message: message, language: language, handling: handling, time: clock, process: process,
                trigger: value.trigger.event, frames: frames, causes: causes))
        value.failureTime = clock + 5_000_000
        value.signature.exceptionType = type
        value.signature.message = message
        value.signature.causeTypes = causes.map(\.type)
        value.signature.frames = frames.reversed().map { frame in
            "\(frame.function) \(frame.file.split(separator: "/").last.map(String.init) ?? "")"
        }
        value.signature.outcome = value.trigger.kind == .request ? "http:500" : "exit:1"
        value.signature.kind = .exception
        value.environment.runtime =
            ["node": "node 22.11.0", "php": "php 8.2.35", "go": "go 1.19.8"][language] ?? "python 3.11.7"
    }

    public static func body(_ text: String, type: String) -> JSONValue {
        [
            "length": .integer(Int64(text.utf8.count)), "contentType": .string(type), "text": .string(text),
            "truncated": false,
        ]
    }
}

/// A frame in one line.
public func frame(
    _ function: String, _ file: String, _ line: Int, _ source: String = "", inApp: Bool = true,
    locals: [(String, String)] = []
) -> ExceptionRecord.Frame {
    .init(
        function: function, file: file, line: line, source: source, inApp: inApp,
        locals: locals.map { .init(name: $0.0, value: $0.1) })
}
