import ReenactTimeline

extension CaseFileReader {
    func wholeCase() throws -> Case {
        let head = try readHead()
        var value = Case(
            id: head.id, anchor: head.anchor, failureTime: head.failureTime, signature: head.signature,
            trigger: head.trigger, environment: try readEnvironment())
        value.outputTail = head.outputTail
        value.exitStatus = head.exitStatus
        value.events = try readEvents()
        value.connections = try readConnections()
        value.exceptions = try readExceptions()
        try each("SELECT event, cause, source, confidence FROM edge ORDER BY place") { row in
            guard let confidence = row.real(3), (0...1).contains(confidence) else {
                throw damaged("a confidence is not between 0 and 1")
            }
            value.edges.append(
                .init(
                    event: try int(row, 0), cause: try optional(row, 1, int), source: try word(row, 2),
                    confidence: confidence))
        }
        try each("SELECT path, time, size, sha256 FROM database ORDER BY place") { row in
            let bytes = try self.bytes(try text(row, 3))
            guard bytes.count == (try int(row, 2)) else { throw damaged("a database file has the wrong size") }
            value.databases.append(.init(path: try text(row, 0), time: try instant(row, 1), bytes: bytes))
        }
        try each(
            "SELECT path, size, sha256, role FROM file WHERE role IN ('changed', 'kept') ORDER BY role, place"
        ) { row in
            let role = try text(row, 3)
            let bytes = try self.bytes(try text(row, 2))
            guard bytes.count == (try int(row, 1)) else { throw damaged("a \(role) file has the wrong size") }
            let file = Case.FileCopy(path: try text(row, 0), time: 0, bytes: bytes)
            if role == "kept" { value.keptFiles.append(file) } else { value.changedFiles.append(file) }
        }
        try each("SELECT placeholder, ciphertext FROM sealed ORDER BY place") { row in
            guard let ciphertext = row.blob(1) else { throw damaged("a sealed secret is missing") }
            try account(ciphertext.count)
            value.sealed.append(.init(placeholder: try text(row, 0), ciphertext: ciphertext))
        }
        try each("SELECT kind, what, event, connection FROM hole ORDER BY place") { row in
            value.holes.append(
                .init(
                    kind: try word(row, 0), what: try text(row, 1), event: try optional(row, 2, int),
                    connection: try optional(row, 3, int)))
        }
        return value
    }

    func summary() throws -> CaseSummary {
        let head = try readHead()
        var site: ExceptionRecord.Frame?
        try each(
            """
            SELECT \(frameColumns) FROM frame WHERE exception = \
            (SELECT max(id) FROM exception WHERE id NOT IN (SELECT cause FROM cause)) ORDER BY place DESC LIMIT 1
            """
        ) { site = try readFrame($0) }
        return CaseSummary(
            id: head.id, anchor: head.anchor, failureTime: head.failureTime, signature: head.signature,
            trigger: head.trigger, runtime: try readFacts("environment")["runtime"] ?? "",
            exitStatus: head.exitStatus, throwSite: site, eventCount: try count("event"))
    }

    /// What stands in `meta` and `signature`.
    struct Head {
        var id: String
        var anchor: WallClockAnchor
        var failureTime: Instant
        var signature: Signature
        var trigger: Trigger
        var outputTail: String
        var exitStatus: Int32?
    }

    func readFacts(_ table: String) throws -> [String: String] {
        var facts: [String: String] = [:]
        try each("SELECT key, value FROM \(table)") { facts[try text($0, 0)] = try text($0, 1) }
        return facts
    }

    private func readHead() throws -> Head {
        let facts = try readFacts("meta")
        func need(_ key: String) throws -> String {
            guard let value = facts[key] else { throw damaged("\"\(key)\" is missing in table meta") }
            return value
        }
        func number<Number: FixedWidthInteger>(_ text: String) throws -> Number {
            guard let value = Number(text) else { throw damaged("\"\(Self.shown(text))\" is not a number") }
            return value
        }
        func time(_ key: String) throws -> Instant {
            let value: Instant = try number(try need(key))
            guard value.magnitude < 1 << 60 else { throw damaged("the number \(value) can't be a time") }
            return value
        }
        let anchor: Int64 = try number(try need("anchor"))
        guard anchor.magnitude < 1 << 62 else { throw damaged("the number \(anchor) can't be a time") }
        var signature = Signature(
            kind: try word(try need("kind")), exceptionType: try need("exception_type"), message: try need("message"),
            outcome: .init(rawValue: try need("outcome")), operation: try need("operation"))
        signature.rule = facts["rule"]
        try each("SELECT part, value FROM signature ORDER BY part, place") { row in
            switch try text(row, 0) {
            case "cause": signature.causeTypes.append(try text(row, 1))
            case "frame": signature.frames.append(try text(row, 1))
            default: throw damaged("table signature has a part that does not exist")
            }
        }
        let trigger = Trigger(
            kind: try word(try need("trigger_kind")), event: try facts["trigger_event"].map { try number($0) },
            summary: try need("trigger_summary"), server: try need("trigger_server"), time: try time("trigger_time"))
        return Head(
            id: try need("id"), anchor: .init(unixNanoseconds: anchor), failureTime: try time("failure_time"),
            signature: signature, trigger: trigger, outputTail: facts["output_tail"] ?? "",
            exitStatus: try facts["exit_status"].map { try number($0) })
    }

    private func readEvents() throws -> [Event] {
        var events: [Event] = []
        try each(
            """
            SELECT id, kind, phase, protocol, peer, connection, process, thread, start, "end", summary, result, \
            outcome, request_offset, request_length, response_offset, response_length, key, detail \
            FROM event ORDER BY id
            """
        ) { row in
            let detail = try text(row, 18)
            guard let detail = JSONParser.parse(detail) else { throw damaged("an event's detail is not JSON") }
            events.append(
                Event(
                    id: try int(row, 0), kind: try word(row, 1), phase: try word(row, 2),
                    protocolName: try text(row, 3), peer: try text(row, 4), connection: try optional(row, 5, int),
                    process: try optional(row, 6, int32), thread: try optional(row, 7, int32),
                    start: try instant(row, 8), end: try optional(row, 9, instant), summary: try text(row, 10),
                    result: try text(row, 11), outcome: .init(rawValue: try text(row, 12)),
                    request: try range(row, 13), response: try range(row, 15), key: try text(row, 17),
                    detail: detail))
        }
        return events
    }

    private func range(_ row: SQLiteStatement, _ column: Int) throws -> StreamRange? {
        guard let offset = try optional(row, column, size) else { return nil }
        return StreamRange(offset: offset, length: try size(row, column + 1))
    }
}
