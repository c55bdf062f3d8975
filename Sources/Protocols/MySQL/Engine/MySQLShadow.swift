import ReenactTimeline
import ReenactWire

/// The real MariaDB behind a shelf: seeded from the recording, kept in step with the live program, asked at a miss.
///
/// What the recording answered is only noted down; it is carried out when something is asked anew. A run that asks
/// nothing anew never speaks to the server.
final class MySQLShadow {
    /// What became of a question.
    enum Outcome {
        case given(MySQLSessions.Reply, Capabilities)
        /// The server cannot know: the recording does not hold what the question is about.
        case unknown(String)
        /// There is no server.
        case absent
    }

    private struct Step {
        /// Nil: the session ends.
        var request: EngineRequest?
        var session: Int
        /// The recorded server refused it.
        var failed = false
        /// Where the recording has it; nil: nowhere.
        var phase: Event.Phase?
    }

    private static let journalMax = 10_000

    private unowned let shelf: Shelf
    private let sessions: MySQLSessions
    private var inventions = MySQLInventions()
    private var journal: [Step] = []
    private var isSeeded = false
    private var hasHistory = false
    private var absence: String?
    private var failures: [String] = []
    /// Tables that only the real server has seen change.
    private var changedAnew: Set<String> = []
    /// Tables that the live program has changed in any way.
    private var changed: Set<String> = []
    /// Tables that the live program has made.
    private var created: Set<String> = []
    private lazy var recordedRuns: [MySQLTape.Run] = {
        var tape = MySQLTape()
        return shelf.recorded.compactMap { tape.take($0) }
    }()
    /// Tables whose making is recorded: of these the real server knows all columns.
    private lazy var made: Set<String> = Set(recordedRuns.compactMap { SQLSurvey($0.sql.exact).creates?.table })

    init(_ shelf: Shelf) {
        self.shelf = shelf
        sessions = MySQLSessions(shelf)
    }

    var isThere: Bool { shelf.engine != nil && absence == nil }

    /// A live connection begins.
    func open(_ opening: MySQLSessions.Opening) -> Int { sessions.open(opening) }

    /// A live connection ends, and with it its transaction.
    func close(_ session: Int) {
        guard isThere, isSeeded || !journal.isEmpty else { return }
        journal.append(Step(request: nil, session: session))
    }

    // MARK: - What the recording answered

    /// Notes what the recording or the specification answered; what changes nothing is passed over.
    ///
    /// - Parameter phase: of the recorded event; nil where the answer came from elsewhere.
    func note(_ request: EngineRequest, _ question: Question, session: Int, failed: Bool, phase: Event.Phase?) {
        guard isThere, request.command != .prepare else { return }
        let survey = question.sql.map { SQLSurvey($0.exact) }
        let concernsSession = question.effect != .none && question.effect != .variables
        guard concernsSession || survey?.mayWrite ?? false else { return }
        if !failed, !concernsSession || question.effect == .commits {
            changed.formUnion(survey?.tables ?? [])
            if let table = survey?.creates?.table { created.insert(table) }
        }
        journal.append(
            Step(request: request, session: session, failed: failed, phase: concernsSession ? nil : phase))
        if journal.count >= Self.journalMax { _ = ready() }
    }

    /// Whether the recorded answer can no longer be right: it concerns tables that have changed since.
    func outdates(_ sql: String, isFresh: Bool) -> Bool {
        guard isThere else { return false }
        let known = isFresh ? changedAnew : changed
        return !known.isEmpty && !SQLSurvey(sql).tables.isDisjoint(with: known)
    }

    // MARK: - Asking

    /// Puts a question to the real server, in the state in which the live program is.
    ///
    /// - Parameter isOfStart: the recorded program asked it when it started.
    func ask(_ request: EngineRequest, _ question: Question, isOfStart: Bool, session: Int) -> Outcome {
        guard ready(isOfStart: isOfStart) else { return .absent }
        guard sessions.connect(session), var reply = sessions.ask(request, session) else {
            return give(up: sessions.failure)
        }
        for _ in 0..<MySQLInventions.roundsMax {
            guard let error = reply.answer.error, invent(after: error, question.sql?.exact ?? "") else { break }
            guard let next = sessions.ask(request, session) else { return give(up: sessions.failure) }
            reply = next
        }
        let survey = SQLSurvey(question.sql?.exact ?? "")
        if let error = reply.answer.error, let reason = ignorance(error, survey) { return .unknown(reason) }
        if survey.mayWrite, question.effect == .none || question.effect == .commits, question.command != .prepare {
            changed.formUnion(survey.tables)
            changedAnew.formUnion(survey.tables)
            if let table = survey.creates?.table, reply.answer.error == nil {
                made.insert(table)
                created.insert(table)
            }
        }
        return .given(reply, sessions.capabilities(session))
    }

    /// Makes the table or column that an error misses, where nothing recorded speaks of it.
    private func invent(after error: ErrorPacket, _ sql: String) -> Bool {
        let known = inventions.tables
        guard let remedy = inventions.remedy(for: error, sql, made: made) else { return false }
        for statement in remedy where sessions.ask(.query(statement), MySQLSessions.own)?.answer.error != nil {
            return false
        }
        for table in inventions.tables.keys.sorted() where known[table] == nil {
            shelf.onEngineNews?("nothing recorded speaks of the table \(table): taken to be empty")
        }
        return true
    }

    /// Why an error tells of the recording's gaps rather than of the statement; nil where it is the statement's own.
    ///
    /// Source: https://mariadb.com/kb/en/mariadb-error-code-reference/
    private func ignorance(_ error: ErrorPacket, _ survey: SQLSurvey) -> String? {
        switch error.code {
        // No such database, table, column, function, key column; a view of them.
        case 1049, 1054, 1072, 1146, 1305, 1356:
            let isKnown = !survey.tables.isEmpty && survey.tables.isSubset(of: made)
            return isKnown
                ? nil : "the recording does not tell enough for a real server to answer: \(error.message)"
        // It waited for a lock, or took too long.
        case 1205, 1969: return "\(error.message), in a real server beside the recording"
        default: return nil
        }
    }

    private func give(up reason: String) -> Outcome {
        if absence == nil { shelf.onEngineNews?(reason) }
        absence = reason
        journal = []
        return .absent
    }

    // MARK: - The server's state

    private func ready(isOfStart: Bool = false) -> Bool {
        guard isThere else { return false }
        if !isSeeded {
            isSeeded = true
            guard sessions.connect(MySQLSessions.own) else {
                _ = give(up: sessions.failure)
                return false
            }
            seed()
        }
        let steps = journal
        journal = []
        for step in steps {
            if step.phase == .failing || step.phase == .ambiguous { liveThroughHistory() }
            apply(step)
        }
        if shelf.phase == .failing, !isOfStart, isStarted { liveThroughHistory() }
        tellFailures("that the recording answered")
        return absence == nil
    }

    private func seed() {
        for database in Set(recordedRuns.map(\.database)).sorted() { sessions.make(database) }
        let seed = shelf.seed ?? MySQLSeed.of(recordedRuns)
        for statement in seed.statements {
            note(failureOf: sessions.ask(.query(statement.text), MySQLSessions.own))
        }
        for assumption in seed.assumptions { shelf.onEngineNews?(assumption) }
        tellFailures("of the recorded state")
    }

    /// Whether the live program has made the tables that the recorded one made when it started. A program may listen
    /// before it has started: what it asks then comes before the history.
    private var isStarted: Bool {
        let awaited = recordedRuns.filter { $0.phase == .startup }.compactMap { SQLSurvey($0.sql.exact).creates?.table }
        return created.isSuperset(of: awaited)
    }

    /// Recorded writes of earlier triggers, where the live program is not given those triggers again.
    private func liveThroughHistory() {
        guard !hasHistory else { return }
        hasHistory = true
        guard !shelf.livesHistory else { return }
        var databases: [Int: String] = [:]
        for run in recordedRuns where run.phase == .history {
            let survey = SQLSurvey(run.sql.exact)
            let concernsSession = run.effect != .none && run.effect != .variables
            guard survey.mayWrite || concernsSession else { continue }
            // Below every live session's number.
            let session = -2 - run.connection
            if !concernsSession { changed.formUnion(survey.tables) }
            if databases.updateValue(run.database, forKey: session) != run.database, !run.database.isEmpty {
                apply(Step(request: .use(run.database), session: session))
            }
            apply(Step(request: run.request, session: session, failed: run.error != nil))
        }
        for session in databases.keys { sessions.close(session) }
    }

    private func apply(_ step: Step) {
        guard let request = step.request else { return sessions.close(step.session) }
        guard sessions.connect(step.session) else { return }
        let reply = sessions.ask(request, step.session)
        if !step.failed { note(failureOf: reply) }
    }

    private func note(failureOf reply: MySQLSessions.Reply?) {
        if let error = reply?.answer.error { failures.append(error.message) }
    }

    private func tellFailures(_ what: String) {
        guard let first = failures.first else { return }
        shelf.onEngineNews?("\(failures.count) statements \(what) failed in the real server, first: \(first)")
        failures = []
    }
}
