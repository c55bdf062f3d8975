import ReenactTimeline

extension CaseFileReader {
    func readConnections() throws -> [Connection] {
        var connections: [Connection] = []
        try each(
            """
            SELECT id, direction, transport, server, client, parent, process, thread, protocol, tls, \
            tls_server_name, tls_application_protocol, tls_opaque, opened, opening, opening_errno, opening_end, \
            dropped_from_client, dropped_from_server, \(version > 1 ? "tls_complaint" : "NULL") \
            FROM connection ORDER BY id
            """
        ) { row in
            let tls =
                try flag(row, 9)
                ? Connection.TLS(
                    serverName: try optional(row, 10, text), applicationProtocol: try optional(row, 11, text),
                    opaque: try optional(row, 12, text), complaint: try optional(row, 19, text).map(complaint))
                : nil
            connections.append(
                Connection(
                    id: try int(row, 0), direction: try word(row, 1), transport: try word(row, 2),
                    server: try text(row, 3), client: try text(row, 4), parent: try optional(row, 5, int),
                    process: try optional(row, 6, int32), thread: try optional(row, 7, int32),
                    protocolName: try text(row, 8), tls: tls, opened: try instant(row, 13),
                    opening: try word(row, 14), openingErrno: try optional(row, 15, int32),
                    openingEnd: try instant(row, 16), droppedFromClient: try size(row, 17),
                    droppedFromServer: try size(row, 18)))
        }
        var place: [Int: Int] = [:]
        for (index, item) in connections.enumerated() { place[item.id] = index }
        func owner(_ row: SQLiteStatement) throws -> Int {
            guard let index = place[try int(row, 0)] else { throw damaged("bytes belong to no connection") }
            return index
        }
        try each(
            "SELECT connection, side, time, \"offset\", length, sha256 FROM segment ORDER BY connection, place"
        ) { row in
            let bytes = try self.bytes(try text(row, 5))
            guard bytes.count == (try int(row, 4)) else { throw damaged("a segment has the wrong size") }
            connections[try owner(row)].segments.append(
                .init(side: try word(row, 1), time: try instant(row, 2), offset: try size(row, 3), bytes: bytes))
        }
        try each("SELECT connection, side, manner, time FROM close ORDER BY connection, place") { row in
            connections[try owner(row)].closes.append(
                .init(side: try word(row, 1), manner: try word(row, 2), time: try instant(row, 3)))
        }
        return connections
    }

    /// What was wrong with a certificate, as JSON.
    private func complaint(_ text: String) throws -> Connection.TLS.Complaint {
        guard let value = JSONParser.parse(text),
            let fault = value["fault"]?.string.flatMap(PeerCertificate.Fault.init),
            let standing = value["standing"]?.string.flatMap(PeerCertificate.Standing.init),
            let pem = value["certificate"]?.string, let from = value["not_before"]?.integer,
            let until = value["not_after"]?.integer
        else { throw damaged("what was wrong with a certificate cannot be read") }
        return .init(
            fault: fault,
            certificate: .init(pem: pem, standing: standing, notBefore: from, notAfter: until))
    }

    /// What `readFrame` reads.
    var frameColumns: String {
        "function, file, line, source, \(version > 2 ? "expression" : "NULL"), module, in_app"
    }

    func readFrame(_ row: SQLiteStatement, from first: Int = 0) throws -> ExceptionRecord.Frame {
        .init(
            function: try text(row, first), file: try text(row, first + 1), line: try int(row, first + 2),
            source: try text(row, first + 3), expression: try optional(row, first + 4, text),
            module: try text(row, first + 5), inApp: try flag(row, first + 6))
    }

    func readExceptions() throws -> [ExceptionRecord] {
        var records: [ExceptionRecord] = []
        try each(
            "SELECT id, type, message, language, handling, time, process, thread, \"trigger\" FROM exception ORDER BY id"
        ) { row in
            guard try int(row, 0) == records.count + 1 else { throw damaged("an exception is missing") }
            records.append(
                ExceptionRecord(
                    type: try text(row, 1), message: try text(row, 2), language: try text(row, 3),
                    handling: try word(row, 4), time: try instant(row, 5), process: try int32(row, 6),
                    thread: try int32(row, 7), trigger: try optional(row, 8, int), frames: []))
        }
        func owner(_ row: SQLiteStatement) throws -> Int {
            let index = try int(row, 0)
            guard records.indices.contains(index &- 1) else { throw damaged("a frame belongs to no exception") }
            return index - 1
        }
        try each(
            """
            SELECT exception, \(frameColumns) FROM frame ORDER BY exception, place
            """
        ) { row in
            records[try owner(row)].frames.append(try readFrame(row, from: 1))
        }
        try each(
            """
            SELECT exception, frame, name, value, type, truncated, redacted FROM local \
            ORDER BY exception, frame, place
            """
        ) { row in
            let (record, frame) = (try owner(row), try int(row, 1))
            guard records[record].frames.indices.contains(frame) else { throw damaged("a local has no frame") }
            records[record].frames[frame].locals.append(
                .init(
                    name: try text(row, 2), value: try text(row, 3), type: try text(row, 4),
                    truncated: try flag(row, 5), redacted: try flag(row, 6)))
        }
        return try joinCauses(records)
    }

    /// Puts causes under what they caused. A cause's id is higher than that of its effect, so there are no circles.
    private func joinCauses(_ records: [ExceptionRecord]) throws -> [ExceptionRecord] {
        var links: [(effect: Int, cause: Int)] = []
        var joined = Set<Int>()
        try each("SELECT exception, cause FROM cause ORDER BY exception, place") { row in
            let (effect, cause) = (try int(row, 0) &- 1, try int(row, 1) &- 1)
            guard records.indices.contains(effect), records.indices.contains(cause), cause > effect,
                joined.insert(cause).inserted
            else { throw damaged("the causes of an exception contradict each other") }
            links.append((effect, cause))
        }
        var depth = [Int](repeating: 0, count: records.count)
        var causes: [Int: [Int]] = [:]
        for link in links.sorted(by: { ($0.effect, $0.cause) < ($1.effect, $1.cause) }) {
            depth[link.cause] = depth[link.effect] + 1
            guard depth[link.cause] <= 64 else { throw damaged("a chain of exceptions is too long") }
        }
        for link in links { causes[link.effect, default: []].append(link.cause) }
        var whole = records
        for effect in causes.keys.sorted(by: >) {
            whole[effect].causes = causes[effect, default: []].map { whole[$0] }
        }
        return whole.indices.filter { !joined.contains($0) }.map { whole[$0] }
    }

    func readEnvironment() throws -> Environment {
        let facts = try readFacts("environment")
        var value = Environment(command: [], workingDirectory: facts["working_directory"] ?? "")
        value.executable = facts["executable"] ?? ""
        value.runtime = facts["runtime"] ?? ""
        value.runtimePrefix = facts["runtime_prefix"] ?? ""
        value.hostName = facts["host_name"] ?? ""
        value.timeZone = facts["time_zone"] ?? ""
        value.locale = facts["locale"] ?? ""
        value.user = facts["user"] ?? ""
        value.kernel = facts["kernel"] ?? ""
        let scripts = facts["script_variables"].flatMap { JSONParser.parse($0)?.object } ?? [:]
        value.scriptVariables = scripts.compactMapValues(\.string)
        value.process = facts["process"].flatMap { Int32($0) }
        func list(_ key: String) -> [String] {
            facts[key].flatMap { JSONParser.parse($0)?.array?.compactMap(\.string) } ?? []
        }
        value.madeFiles = list("made_files")
        value.listeners = list("listeners")
        value.git = facts["git_commit"].map { .init(commit: $0, dirty: facts["git_dirty"] == "1") }
        try each("SELECT list, value FROM argument ORDER BY list, place") { row in
            switch try text(row, 0) {
            case "command": value.command.append(try text(row, 1))
            case "process": value.arguments.append(try text(row, 1))
            default: throw damaged("table argument has a list that does not exist")
            }
        }
        try each("SELECT name, value, masked FROM variable ORDER BY name") { row in
            let name = try text(row, 0)
            value.variables[name] = try optional(row, 1, text)
            if try flag(row, 2) { value.maskedVariables.append(name) }
        }
        try each("SELECT name, version FROM package") { value.packages[try text($0, 0)] = try text($0, 1) }
        try each("SELECT role, path, sha256, size FROM file ORDER BY role, place") { row in
            switch try text(row, 0) {
            case "changed", "kept": break
            case "code": value.codeFiles.append(try text(row, 1))
            case "read":
                value.files.append(.init(path: try text(row, 1), sha256: try text(row, 2), size: try size(row, 3)))
            default: throw damaged("table file has a role that does not exist")
            }
        }
        try each("SELECT name, address FROM name ORDER BY name, place") { row in
            let address = try optional(row, 1, text)
            value.names[try text(row, 0), default: []] += address.map { [$0] } ?? []
        }
        return value
    }
}
