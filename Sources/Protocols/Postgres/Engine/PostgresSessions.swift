import ReenactWire

/// Connections to the real PostgreSQL: one for each live connection, and one of our own.
final class PostgresSessions {
    /// Our own: for the seed.
    static let own = -1
    private static let readyAttempts = 2000
    private static let startMilliseconds = 5000

    private struct Session {
        var parameters: [(name: String, value: String)]
        var link: (any EngineLink)?
        var status = UInt8(ascii: "I")
    }

    private unowned let shelf: Shelf
    private var sessions: [Int: Session] = [:]
    private var count = 0
    /// The database that holds the recorded state.
    private var database = "postgres"
    private var user = "postgres"
    private var databases: Set<String> = []
    /// Why nothing more can be asked.
    private(set) var failure = ""

    init(_ shelf: Shelf) { self.shelf = shelf }

    func open(_ parameters: [(name: String, value: String)]) -> Int {
        count += 1
        sessions[count] = Session(parameters: parameters)
        return count
    }

    func close(_ session: Int) {
        sessions[session]?.link?.close()
        sessions[session] = nil
    }

    func status(_ session: Int) -> UInt8 { sessions[session]?.status ?? UInt8(ascii: "I") }

    /// Makes the database and the users that the live program connects to: it was let in, so they were there.
    func prepare() -> Bool {
        let first = sessions.min { $0.key < $1.key }?.value.parameters ?? []
        user = Self.value("user", first) ?? "postgres"
        database = Self.value("database", first) ?? user
        guard let link = dial([("user", "postgres"), ("database", "template1")]) else { return false }
        sessions[Self.own] = Session(parameters: [], link: link)
        if database != "postgres" {
            // A name costs nothing; a new database is copied.
            run("ALTER DATABASE postgres RENAME TO \(Self.quoted(database))", Self.own)
        }
        databases = [database]
        if user != "postgres" { run("CREATE ROLE \(Self.quoted(user)) SUPERUSER LOGIN", Self.own) }
        close(Self.own)
        return connect(Self.own)
    }

    /// Connects the session, where it is not yet.
    func connect(_ session: Int) -> Bool {
        if sessions[session]?.link != nil { return true }
        // Recorded connections and our own speak as the first live one does.
        let given = sessions[session]?.parameters ?? sessions[1]?.parameters ?? []
        var parameters = given.isEmpty ? [("user", user), ("database", database)] : given
        if Self.value("database", parameters) == nil {
            parameters.append(("database", Self.value("user", parameters) ?? user))
        }
        parameters.removeAll { $0.name == "replication" }
        let limits = "-c lock_timeout=500 -c statement_timeout=\(EngineLimits.statementMilliseconds)"
        if session == Self.own {
            parameters.removeAll { $0.name == "options" }
        } else if let place = parameters.firstIndex(where: { $0.name == "options" }) {
            parameters[place].value = limits + " " + parameters[place].value
        } else {
            parameters.append(("options", limits))
        }
        let wanted = Self.value("database", parameters) ?? database
        if databases.insert(wanted).inserted {
            run("CREATE DATABASE \(Self.quoted(wanted))", Self.own)
            shelf.onEngineNews?("nothing was put into the second database, \(wanted)")
        }
        if let user = Self.value("user", parameters), user != self.user, user != "postgres" {
            run("CREATE ROLE \(Self.quoted(user)) SUPERUSER LOGIN", Self.own)
        }
        guard let link = dial(parameters) else { return false }
        sessions[session, default: Session(parameters: given)].link = link
        sessions[session]?.status = UInt8(ascii: "I")
        return true
    }

    /// Sends a request that one ReadyForQuery ends, or more where it has several Syncs; gives the messages.
    func ask(_ request: [UInt8], _ session: Int) -> [RecordedAnswer.Piece]? {
        guard let link = sessions[session]?.link else { return nil }
        let answer = Self.talk(link, request, milliseconds: EngineLimits.answerMilliseconds)
        guard let answer else {
            failure = "\(shelf.engine?.title ?? "the real server") did not answer in time"
            close(session)
            return nil
        }
        if let ready = answer.last(where: { $0.type == Backend.ready }), let status = ready.body.first {
            sessions[session]?.status = status
        }
        return answer
    }

    func run(_ sql: String, _ session: Int) { _ = ask(EngineMessages.query(sql), session) }

    /// Brings the session's transaction into the state of the live one.
    func align(_ session: Int, to wanted: UInt8) {
        let inside = UInt8(ascii: "T")
        let failed = UInt8(ascii: "E")
        let now = status(session)
        guard now != wanted else { return }
        switch wanted {
        case inside:
            if now == failed { run("ROLLBACK", session) }
            run("BEGIN", session)
        case failed:
            if now != inside { run("BEGIN", session) }
            // Any error will do.
            run("reenact", session)
        default: run("ROLLBACK", session)
        }
    }

    // MARK: - Dialling

    private func dial(_ parameters: [(name: String, value: String)]) -> (any EngineLink)? {
        guard let engine = shelf.engine else { return nil }
        for _ in 0..<Self.readyAttempts {
            let link: any EngineLink
            do throws(EngineAbsence) { link = try engine.connect() } catch {
                failure = error.reason
                return nil
            }
            let answer = Self.talk(link, EngineMessages.startup(parameters), milliseconds: Self.startMilliseconds)
            if answer?.last?.type == Backend.ready { return link }
            link.close()
            let error = answer?.first { $0.type == Backend.error }.map { ServerReport($0.body) }
            // It listens before it is ready (57P03).
            if let error, error.code != "57P03" {
                failure = "\(engine.title): \(error.message)"
                return nil
            }
            engine.pause()
        }
        failure = "\(engine.title) did not get ready"
        return nil
    }

    /// Until the server waits for us: after its last word, for data, or at a fatal error.
    private static func talk(_ link: any EngineLink, _ request: [UInt8], milliseconds: Int) -> [RecordedAnswer.Piece]? {
        var framer = Framer()
        var isFatal = false
        let bytes = link.ask(request, milliseconds: milliseconds) { fresh in
            framer.append(fresh, at: 0)
            var isOver = false
            while let message = framer.next(.typed) {
                switch message.type {
                case Backend.ready: isOver = true
                case Backend.copyInResponse: isOver = !request.contains(copyDoneMarker)
                case Backend.error: isFatal = isFatal || ServerReport(message.body).isFatal
                default: isOver = false
                }
            }
            return isOver || isFatal || framer.failure != nil
        }
        guard let bytes, framer.failure == nil else { return nil }
        return RecordedAnswer([.init(delay: 0, bytes: bytes)]).messages
    }

    /// CopyDone: the request brings its data along.
    private static let copyDoneMarker = Outgoing.message(Frontend.copyDone)

    private static func value(_ name: String, _ parameters: [(name: String, value: String)]) -> String? {
        parameters.last { $0.name == name }?.value
    }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool { firstRange(of: part) != nil }
}
