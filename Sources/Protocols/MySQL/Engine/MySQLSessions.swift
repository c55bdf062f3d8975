import ReenactWire

/// Connections to the real server: one for each live connection, and one of our own.
final class MySQLSessions {
    /// Our own: for the seed.
    static let own = -1
    private static let readyAttempts = 2000

    /// An answer as it came.
    struct Reply {
        var bytes: [UInt8]
        var answer: Answer
    }

    /// What a live connection began with.
    struct Opening {
        var user = "root"
        var database = ""
        var charset: UInt8 = 45
        var capabilities = Capabilities.forEngine
    }

    private struct Session {
        var opening: Opening
        var link: (any EngineLink)?
        var capabilities: Capabilities = []
        /// By the statement's text: its number, and what the server said of it.
        var statements: [[UInt8]: (number: UInt32, reply: Reply)] = [:]
    }

    private unowned let shelf: Shelf
    private var sessions: [Int: Session] = [:]
    private var count = 0
    private var databases: Set<String> = []
    /// Why nothing more can be asked.
    private(set) var failure = ""

    init(_ shelf: Shelf) { self.shelf = shelf }

    func open(_ opening: Opening) -> Int {
        count += 1
        sessions[count] = Session(opening: opening)
        return count
    }

    func close(_ session: Int) {
        sessions[session]?.link?.close()
        sessions[session] = nil
    }

    /// What that session's answers are written for.
    func capabilities(_ session: Int) -> Capabilities { sessions[session]?.capabilities ?? [] }

    /// Makes a database, where it is not there yet: the recorded program was let into it.
    func make(_ database: String) {
        guard !database.isEmpty, databases.insert(database).inserted else { return }
        _ = ask(.query("CREATE DATABASE IF NOT EXISTS \(quotedName(database)) CHARACTER SET utf8mb4"), Self.own)
    }

    /// Connects the session, where it is not yet.
    func connect(_ session: Int) -> Bool {
        if sessions[session]?.link != nil { return true }
        var opening = session == Self.own ? Opening() : sessions[session]?.opening ?? sessions[1]?.opening ?? Opening()
        if session != Self.own { make(opening.database) }
        opening.capabilities = opening.capabilities.intersection(.forEngine).union(.ofEveryone)
        guard let (link, capabilities) = dial(opening) else { return false }
        sessions[session, default: Session(opening: opening)].link = link
        sessions[session]?.capabilities = capabilities
        if session != Self.own {
            let seconds = Double(EngineLimits.statementMilliseconds) / 1000
            _ = ask(.query("SET innodb_lock_wait_timeout=1, max_statement_time=\(seconds)"), session)
        }
        return true
    }

    /// Asks and waits for the whole answer; nil where it did not come in time.
    func ask(_ request: EngineRequest, _ session: Int) -> Reply? {
        switch request.form {
        case .plain(let payload): return talk(payload, request.command, session)
        case .prepare: return prepare(request.sql, session)?.reply
        case .execute(let values):
            guard let statement = prepare(request.sql, session) else { return nil }
            if statement.reply.answer.error != nil { return statement.reply }
            return talk(
                EngineRequest.execution(of: statement.number, values), .execute, session,
                knownColumns: statement.reply.answer.columns)
        }
    }

    private func prepare(_ sql: [UInt8], _ session: Int) -> (number: UInt32, reply: Reply)? {
        if let known = sessions[session]?.statements[sql] { return known }
        guard let reply = talk([Command.prepare.rawValue] + sql, .prepare, session) else { return nil }
        let made = (reply.answer.number, reply)
        if reply.answer.error == nil { sessions[session]?.statements[sql] = made }
        return made
    }

    private func talk(
        _ payload: [UInt8], _ command: Command, _ session: Int, knownColumns: [Column] = []
    ) -> Reply? {
        guard let link = sessions[session]?.link else { return nil }
        var out = PacketWriter(sequence: 0)
        out.packet(payload)
        var answer = Answer(
            to: command, capabilities: capabilities(session), knownColumns: knownColumns, keepsRows: false)
        var isBroken = false
        var cutter = PacketCutter()
        let bytes = link.ask(out.bytes, milliseconds: EngineLimits.answerMilliseconds) { fresh in
            cutter.append(fresh, at: 0)
            do throws(MySQLError) {
                while !answer.isDone, let packet = try cutter.next() { _ = try answer.take(packet.payload) }
            } catch { isBroken = true }
            return answer.isDone || isBroken
        }
        guard let bytes, !isBroken else {
            failure = "\(shelf.engine?.title ?? "the real server") did not answer in time"
            close(session)
            return nil
        }
        return Reply(bytes: bytes, answer: answer)
    }

    // MARK: - Dialling

    /// It listens only when it is ready, and lets everybody in: it is started without its table of users.
    private func dial(_ opening: Opening) -> (link: any EngineLink, capabilities: Capabilities)? {
        guard let engine = shelf.engine else { return nil }
        for _ in 0..<Self.readyAttempts {
            let link: any EngineLink
            do throws(EngineAbsence) { link = try engine.connect() } catch {
                failure = error.reason
                return nil
            }
            if let first = Self.packet(link, []), let greeting = try? Greeting(first.payload) {
                let capabilities = opening.capabilities.intersection(greeting.capabilities)
                var out = PacketWriter(sequence: first.sequence &+ 1)
                out.packet(Self.response(opening, capabilities))
                guard var last = Self.packet(link, out.bytes) else { continue }
                if last.payload.first == 0xfe {
                    // Another way to prove who we are: there is nothing to prove.
                    out = PacketWriter(sequence: last.sequence &+ 1)
                    out.packet([UInt8]())
                    guard let next = Self.packet(link, out.bytes) else { continue }
                    last = next
                }
                if last.payload.first == 0 { return (link, capabilities) }
                failure = "\(engine.title): \((try? ErrorPacket(last.payload))?.message ?? "no greeting")"
                return nil
            }
            link.close()
            engine.pause()
        }
        failure = "\(engine.title) did not get ready"
        return nil
    }

    private static func packet(_ link: any EngineLink, _ request: [UInt8]) -> Packet? {
        var cutter = PacketCutter()
        var found: Packet?
        _ = link.ask(request, milliseconds: EngineLimits.answerMilliseconds) { fresh in
            cutter.append(fresh, at: 0)
            found = try? cutter.next()
            return found != nil
        }
        return found
    }

    private static func response(_ opening: Opening, _ capabilities: Capabilities) -> [UInt8] {
        var writer = ByteWriter()
        writer.uint32(UInt32(truncatingIfNeeded: capabilities.rawValue))
        writer.uint32(1 << 30)
        writer.uint8(opening.charset)
        writer.raw([UInt8](repeating: 0, count: 19))
        let extended =
            capabilities.contains(.longPassword) ? 0 : UInt32(truncatingIfNeeded: capabilities.rawValue >> 32)
        writer.uint32(extended)
        writer.terminated(opening.user.utf8)
        writer.uint8(0)
        if capabilities.contains(.connectWithDatabase) { writer.terminated(opening.database.utf8) }
        if capabilities.contains(.pluginAuth) { writer.terminated("mysql_native_password".utf8) }
        return writer.bytes
    }
}

extension Capabilities {
    /// What our client of a real server speaks, as far as the live one does, so that it gets what it expects: whether
    /// found or changed rows count, several statements at once, how results end.
    static let forEngine: Capabilities = [
        Capabilities(rawValue: 1 << 1 | 1 << 2 | 1 << 8 | 1 << 10 | 1 << 13 | 1 << 16 | 1 << 17 | 1 << 18),
        .sessionTrack, .deprecateEOF,
    ]
    /// Without these nobody gets in.
    static let ofEveryone: Capabilities = [.protocol41, .connectWithDatabase, .secureConnection, .pluginAuth]
}
