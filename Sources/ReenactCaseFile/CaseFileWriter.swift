import ReenactTimeline

/// A case on its way into the tables.
struct CaseFileWriter {
    private let database: SQLiteConnection
    private var blobs: Set<String> = []
    private let insertBlob: SQLiteStatement

    static func write(_ value: Case, to path: String, pagesMax: Int?) throws {
        let database = try SQLiteConnection(path: path, mode: .readWrite)
        // No journal: the file has no name yet, a half-written one is thrown away whole.
        try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA encoding = 'UTF-8'")
        if let pagesMax { try database.execute("PRAGMA max_page_count = \(pagesMax)") }
        try database.execute("BEGIN")
        try database.execute(CaseFileFormat.schema)
        var writer = try CaseFileWriter(database)
        try writer.write(value)
        try database.execute("COMMIT")
        try database.execute(
            """
            PRAGMA application_id = \(CaseFileFormat.applicationID); PRAGMA user_version = \(CaseFileFormat.version)
            """)
    }

    private init(_ database: SQLiteConnection) throws {
        self.database = database
        insertBlob = try database.prepare("INSERT INTO blob VALUES (?, ?)")
    }

    private mutating func write(_ value: Case) throws {
        try writeMeta(value)
        try writeEvents(value)
        try writeConnections(value.connections)
        try writeExceptions(value.exceptions)
        try writeEnvironment(value.environment)
        for (place, file) in value.databases.enumerated() {
            let hash = try store(file.bytes)
            try database.query(
                "INSERT INTO database VALUES (?, ?, ?, ?, ?)", .init(place), .init(file.path), .init(file.time),
                .init(file.bytes.count), .init(hash))
        }
        let copy = try database.prepare("INSERT INTO file VALUES (?, ?, ?, ?, ?)")
        for (role, files) in [("changed", value.changedFiles), ("kept", value.keptFiles)] {
            for (place, file) in files.enumerated() {
                let hash = try store(file.bytes)
                try copy.run(.init(role), .init(place), .init(file.path), .init(hash), .init(file.bytes.count))
            }
        }
        for (place, secret) in value.sealed.enumerated() {
            try database.query(
                "INSERT INTO sealed VALUES (?, ?, ?)", .init(place), .init(secret.placeholder),
                .blob(secret.ciphertext))
        }
        for (place, hole) in value.holes.enumerated() {
            try database.query(
                "INSERT INTO hole VALUES (?, ?, ?, ?, ?)", .init(place), .init(hole.kind.rawValue), .init(hole.what),
                .init(hole.event), .init(hole.connection))
        }
    }

    private func writeMeta(_ value: Case) throws {
        let insert = try database.prepare("INSERT INTO meta VALUES (?, ?)")
        func put(_ key: String, _ text: String?) throws {
            if let text { try insert.run(.init(key), .init(text)) }
        }
        try put("id", value.id)
        try put("anchor", "\(value.anchor.unixNanoseconds)")
        try put("failure_time", "\(value.failureTime)")
        try put("kind", value.signature.kind.rawValue)
        try put("exception_type", value.signature.exceptionType)
        try put("message", value.signature.message)
        try put("outcome", value.signature.outcome.rawValue)
        try put("operation", value.signature.operation)
        if let rule = value.signature.rule { try put("rule", rule) }
        try put("trigger_kind", value.trigger.kind.rawValue)
        try put("trigger_event", value.trigger.event.map { "\($0)" })
        try put("trigger_summary", value.trigger.summary)
        try put("trigger_server", value.trigger.server)
        try put("trigger_time", "\(value.trigger.time)")
        try put("output_tail", value.outputTail)
        try put("exit_status", value.exitStatus.map { "\($0)" })
        let part = try database.prepare("INSERT INTO signature VALUES (?, ?, ?)")
        for (place, type) in value.signature.causeTypes.enumerated() {
            try part.run("cause", .init(place), .init(type))
        }
        for (place, frame) in value.signature.frames.enumerated() {
            try part.run("frame", .init(place), .init(frame))
        }
    }

    private func writeEvents(_ value: Case) throws {
        let insert = try database.prepare(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for event in value.events {
            try insert.run(
                .init(event.id), .init(event.kind.rawValue), .init(event.phase.rawValue), .init(event.protocolName),
                .init(event.peer), .init(event.connection), .init(event.process), .init(event.thread),
                .init(event.start), .init(event.end), .init(event.summary), .init(event.result),
                .init(event.outcome.rawValue), .init(event.request?.offset), .init(event.request?.length),
                .init(event.response?.offset), .init(event.response?.length), .init(event.key),
                .init(try JSONText.encode(event.detail)))
        }
        let edge = try database.prepare("INSERT INTO edge VALUES (?, ?, ?, ?, ?)")
        for (place, link) in value.edges.enumerated() {
            try edge.run(
                .init(place), .init(link.event), .init(link.cause), .init(link.source.rawValue),
                .real(link.confidence))
        }
    }

    private mutating func writeConnections(_ connections: [Connection]) throws {
        let insert = try database.prepare(
            "INSERT INTO connection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let segment = try database.prepare("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?)")
        let close = try database.prepare("INSERT INTO close VALUES (?, ?, ?, ?, ?)")
        for item in connections {
            try insert.run(
                .init(item.id), .init(item.direction.rawValue), .init(item.transport.rawValue), .init(item.server),
                .init(item.client), .init(item.parent), .init(item.process), .init(item.thread),
                .init(item.protocolName), .init(item.tls != nil), .init(item.tls?.serverName),
                .init(item.tls?.applicationProtocol), .init(item.tls?.opaque),
                .init(try item.tls?.complaint.map(text)), .init(item.opened),
                .init(item.opening.rawValue), .init(item.openingErrno), .init(item.openingEnd),
                .init(item.droppedFromClient), .init(item.droppedFromServer))
            for (place, part) in item.segments.enumerated() {
                let hash = try store(part.bytes)
                try segment.run(
                    .init(item.id), .init(place), .init(part.side.rawValue), .init(part.time), .init(part.offset),
                    .init(part.bytes.count), .init(hash))
            }
            for (place, end) in item.closes.enumerated() {
                try close.run(
                    .init(item.id), .init(place), .init(end.side.rawValue), .init(end.manner.rawValue),
                    .init(end.time))
            }
        }
    }

    private func text(_ complaint: Connection.TLS.Complaint) throws -> String {
        let certificate = complaint.certificate
        let value = JSONValue.object([
            "fault": .string(complaint.fault.rawValue), "standing": .string(certificate.standing.rawValue),
            "not_before": .integer(certificate.notBefore), "not_after": .integer(certificate.notAfter),
            "certificate": .string(certificate.pem),
        ])
        return try JSONText.encode(value)
    }

    /// Keeps bytes under their hash, once.
    private mutating func store(_ bytes: [UInt8]) throws -> String {
        let hash = SHA256.hex(bytes)
        if blobs.insert(hash).inserted { try insertBlob.run(.init(hash), .blob(bytes)) }
        return hash
    }
}

extension CaseFileWriter {
    private func writeExceptions(_ exceptions: [ExceptionRecord]) throws {
        let insert = try database.prepare("INSERT INTO exception VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let cause = try database.prepare("INSERT INTO cause VALUES (?, ?, ?)")
        let frame = try database.prepare("INSERT INTO frame VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let local = try database.prepare("INSERT INTO local VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        var last = 0
        // Causes get higher ids than what they caused, so that no file can hold a circle.
        func put(_ item: ExceptionRecord) throws -> Int {
            last += 1
            let id = last
            try insert.run(
                .init(id), .init(item.type), .init(item.message), .init(item.language), .init(item.handling.rawValue),
                .init(item.time), .init(item.process), .init(item.thread), .init(item.trigger))
            for (place, call) in item.frames.enumerated() {
                try frame.run(
                    .init(id), .init(place), .init(call.function), .init(call.file), .init(call.line),
                    .init(call.source), .init(call.expression), .init(call.module), .init(call.inApp))
                for (number, value) in call.locals.enumerated() {
                    try local.run(
                        .init(id), .init(place), .init(number), .init(value.name), .init(value.value),
                        .init(value.type), .init(value.truncated), .init(value.redacted))
                }
            }
            for (place, reason) in item.causes.enumerated() {
                try cause.run(.init(id), .init(place), .init(try put(reason)))
            }
            return id
        }
        for item in exceptions { _ = try put(item) }
    }

    private func writeEnvironment(_ value: Environment) throws {
        let insert = try database.prepare("INSERT INTO environment VALUES (?, ?)")
        let facts: [(String, String?)] = [
            ("working_directory", value.workingDirectory), ("executable", value.executable),
            ("runtime", value.runtime), ("runtime_prefix", value.runtimePrefix), ("host_name", value.hostName),
            ("time_zone", value.timeZone), ("locale", value.locale), ("user", value.user), ("kernel", value.kernel),
            ("git_commit", value.git?.commit), ("git_dirty", value.git.map { $0.dirty ? "1" : "0" }),
            ("process", value.process.map { String($0) }),
            (
                "script_variables",
                value.scriptVariables.isEmpty
                    ? nil : try JSONText.encode(value.scriptVariables)
            ),
            ("made_files", value.madeFiles.isEmpty ? nil : try JSONText.encode(value.madeFiles)),
            ("listeners", value.listeners.isEmpty ? nil : try JSONText.encode(value.listeners)),
        ]
        for case (let key, let text?) in facts { try insert.run(.init(key), .init(text)) }
        let argument = try database.prepare("INSERT INTO argument VALUES (?, ?, ?)")
        for (list, words) in [("command", value.command), ("process", value.arguments)] {
            for (place, word) in words.enumerated() { try argument.run(.init(list), .init(place), .init(word)) }
        }
        let masked = Set(value.maskedVariables)
        let variable = try database.prepare("INSERT INTO variable VALUES (?, ?, ?)")
        for name in masked.union(value.variables.keys).sorted() {
            try variable.run(.init(name), .init(value.variables[name]), .init(masked.contains(name)))
        }
        let package = try database.prepare("INSERT INTO package VALUES (?, ?)")
        for (name, version) in value.packages.sorted(by: { $0.key < $1.key }) {
            try package.run(.init(name), .init(version))
        }
        let file = try database.prepare("INSERT INTO file VALUES (?, ?, ?, ?, ?)")
        for (place, item) in value.files.enumerated() {
            try file.run("read", .init(place), .init(item.path), .init(item.sha256), .init(item.size))
        }
        for (place, path) in value.codeFiles.enumerated() {
            try file.run("code", .init(place), .init(path), nil, nil)
        }
        let name = try database.prepare("INSERT INTO name VALUES (?, ?, ?)")
        for (host, addresses) in value.names.sorted(by: { $0.key < $1.key }) {
            // A name without an address was asked for and not found: the row without address says so.
            if addresses.isEmpty { try name.run(.init(host), 0, nil) }
            for (place, address) in addresses.enumerated() {
                try name.run(.init(host), .init(place), .init(address))
            }
        }
    }

    /// What SQLite's answer means for the person who wanted the case written.
    static func explain(_ error: SQLiteError, path: String) -> CaseFileError {
        switch error.primary {
        case 13:
            CaseFileError(
                .noSpace, path: path, reason: "the disk is full", remedy: "free some space or choose another --cases")
        case 19:
            CaseFileError(
                .inconsistent, path: path, reason: "two parts of the case have the same id (\(error.message))",
                remedy: "this is a bug in the recorder: report it")
        default:
            CaseFileError(
                .notWritable, path: path, reason: error.message, remedy: "check the disk, or choose another --cases")
        }
    }
}
