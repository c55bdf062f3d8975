import ReenactTimeline
import ReenactWire

/// The real PostgreSQL behind a shelf: seeded from the recording, kept in step with the live program, asked at a miss.
///
/// What the recording answered is only noted down; it is carried out when something is asked anew. A run that asks
/// nothing anew never speaks to the server.
final class PostgresShadow {
    /// What became of a question.
    enum Answer {
        /// The server's messages up to ReadyForQuery, and the transaction's state then.
        case given([RecordedAnswer.Piece], status: UInt8)
        /// The server cannot know: the recording does not hold what the question is about.
        case unknown(String)
        /// There is no server.
        case absent
    }

    /// A question as the stub puts it.
    struct Question {
        var request: [UInt8]
        var sql: String
        /// The live transaction's state.
        var status: UInt8
        /// Something else will answer if the server does not know.
        var hasFallback = false
        /// The recorded program asked it when it started.
        var isOfStart = false
    }

    private struct Step {
        /// Nil: the session ends.
        var request: [UInt8]?
        var session: Int
        var isControl: Bool
        /// The recorded server refused it.
        var failed: Bool
        /// Where the recording has it; nil: nowhere.
        var phase: Event.Phase?
    }

    private static let journalMax = 10_000
    /// Of a longer COPY the data are not kept.
    static let copyMax = 64 << 20

    unowned let shelf: Shelf
    let sessions: PostgresSessions
    var inventions = PostgresInventions()
    private var journal: [Step] = []
    private var isSeeded = false
    private var hasHistory = false
    /// Sessions that have made tables; as long as they do not commit, nobody else sees them.
    private var definers: Set<Int> = []
    /// Places of later writes that were made.
    private var later: Set<Int> = []
    private var absence: String?
    private var failures: [String] = []
    /// Tables that only the real server has seen change.
    private var changedAnew: Set<String> = []
    /// Tables that the live program has changed in any way.
    private var changed: Set<String> = []
    private lazy var recordedRuns: [PostgresTape.Run] = {
        var tape = PostgresTape()
        return shelf.recorded.flatMap { tape.take($0) }
    }()
    /// Tables that the live program has made.
    private var created: Set<String> = []
    /// Tables whose making is recorded: of these the real server knows all columns.
    lazy var made: Set<String> = Set(recordedRuns.compactMap { SQLSurvey($0.sql.exact).creates?.table })

    init(_ shelf: Shelf) {
        self.shelf = shelf
        sessions = PostgresSessions(shelf)
    }

    var isThere: Bool { shelf.engine != nil && absence == nil }

    /// A live connection begins.
    func open(_ parameters: [(name: String, value: String)]) -> Int { sessions.open(parameters) }

    /// A live connection ends, and with it its transaction.
    func close(_ session: Int) {
        guard isThere, isSeeded || !journal.isEmpty else { return }
        journal.append(Step(request: nil, session: session, isControl: true, failed: false))
    }

    // MARK: - What the recording answered

    /// Notes what the recording answered; what changes nothing is passed over.
    ///
    /// - Parameter phase: of the recorded event; nil where the answer came from elsewhere.
    func note(_ request: @autoclosure () -> [UInt8], sql: String, session: Int, failed: Bool, phase: Event.Phase?) {
        guard isThere else { return }
        // What the state holds already is not done to it again.
        if isLate, phase == .startup || phase == .history || shelf.phase == .startup { return }
        let survey = SQLSurvey(sql)
        guard survey.mayWrite else { return }
        if !failed, !survey.isControl { changed.formUnion(survey.tables) }
        if !failed, let table = survey.creates?.table {
            created.insert(table)
            definers.insert(session)
        }
        journal.append(
            Step(
                request: request(), session: session, isControl: survey.isControl, failed: failed,
                phase: survey.isControl ? nil : phase))
        if journal.count >= Self.journalMax { _ = ready() }
    }

    private var isLate: Bool { shelf.seed?.isLate ?? false }

    /// Whether the statement is one that the real server's tables answer, at this moment.
    ///
    /// - Parameter phase: in which the recorded program asked it.
    func isReady(for sql: String, recordedIn phase: Event.Phase?) -> Bool {
        guard isThere else { return false }
        // What comes before the trigger is past in such a state.
        if isLate, shelf.phase != .failing || phase == .startup || phase == .history { return false }
        let survey = SQLSurvey(sql)
        return !survey.tables.isEmpty && !survey.isControl
            && !survey.tables.contains { $0.hasPrefix("pg_") || $0 == "columns" || $0 == "tables" }
    }

    /// The live program has come past that event of the recording: what others wrote after it is written.
    func met(_ event: Int) {
        guard isThere, let seed = shelf.seed else { return }
        for (place, write) in seed.later.enumerated() where write.event == event && later.insert(place).inserted {
            journal.append(
                Step(
                    request: EngineMessages.query(write.text), session: PostgresSessions.own, isControl: false,
                    failed: false))
        }
    }

    /// Whether the recorded answer can no longer be right: it concerns tables that have changed since.
    func outdates(_ sql: String, isFresh: Bool) -> Bool {
        guard isThere else { return false }
        let known = isFresh ? changedAnew : changed
        return !known.isEmpty && !SQLSurvey(sql).tables.isDisjoint(with: known)
    }

    // MARK: - Asking

    /// Puts a question to the real server, in the state in which the live program is.
    func ask(_ question: Question, session: Int) -> Answer {
        guard ready(isOfStart: question.isOfStart) else { return .absent }
        guard sessions.connect(session) else { return give(up: sessions.failure) }
        let survey = SQLSurvey(question.sql)
        sessions.align(session, to: question.status)
        // With a way back, so that a question that is not answered leaves no trace.
        let isGuarded = question.status == UInt8(ascii: "T") && !survey.isControl
        if isGuarded { sessions.run("SAVEPOINT reenact", session) }
        guard var answer = sessions.ask(question.request, session) else { return give(up: sessions.failure) }
        for _ in 0..<PostgresInventions.roundsMax where !survey.isControl {
            guard invent(after: answer, question, session, isGuarded: isGuarded) else { break }
            guard let next = sessions.ask(question.request, session) else { return give(up: sessions.failure) }
            answer = next
        }
        if let error = answer.first(where: { $0.type == Backend.error }).map({ ServerReport($0.body) }),
            let reason = ignorance(error, survey, status: question.status)
        {
            if isGuarded, question.hasFallback {
                sessions.run("ROLLBACK TO SAVEPOINT reenact; RELEASE SAVEPOINT reenact", session)
            }
            return .unknown(reason)
        }
        if survey.mayWrite, !survey.isControl {
            changed.formUnion(survey.tables)
            changedAnew.formUnion(survey.tables)
            if let table = survey.creates?.table {
                made.insert(table)
                created.insert(table)
                definers.insert(session)
            }
        }
        let status = sessions.status(session)
        if isGuarded, status == UInt8(ascii: "T") { sessions.run("RELEASE SAVEPOINT reenact", session) }
        return .given(answer, status: status)
    }

    /// More of a COPY, whose answer follows its last piece.
    func finishCopy(_ data: [UInt8], session: Int) -> Answer {
        guard let answer = sessions.ask(data, session) else { return give(up: sessions.failure) }
        return .given(answer, status: sessions.status(session))
    }

    private func give(up reason: String) -> Answer {
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
            guard sessions.prepare() else {
                _ = give(up: sessions.failure)
                return false
            }
            seed()
        }
        catchUp(isOfStart: isOfStart)
        return absence == nil
    }

    private func seed() {
        let seed = shelf.seed ?? PostgresSeed.of(recordedRuns)
        for statement in seed.statements {
            let parameters = statement.values.map { Parameter(isBinary: false, bytes: $0.map { $0[...] }) }
            let request = EngineMessages.batch(
                sql: statement.text, types: statement.types, parameters: parameters, formats: [])
            let answer = sessions.ask(request, PostgresSessions.own) ?? []
            note(failureOf: answer, statement.text)
        }
        for assumption in seed.assumptions { shelf.onEngineNews?(assumption) }
        tellFailures("of the recorded state")
    }

    private func catchUp(isOfStart: Bool) {
        let steps = journal
        journal = []
        for step in steps {
            if step.phase == .failing || step.phase == .ambiguous { liveThroughHistory() }
            apply(step)
        }
        if shelf.phase == .failing, !isOfStart, isStarted { liveThroughHistory() }
        tellFailures("that the recording answered")
    }

    /// Whether the live program has made the tables that the recorded one made when it started. A program may listen
    /// before it has started: what it asks then comes before the history.
    private var isStarted: Bool {
        let awaited = recordedRuns.filter { $0.phase == .startup }.compactMap { SQLSurvey($0.sql.exact).creates?.table }
        return created.isSuperset(of: awaited) && !definers.contains { sessions.status($0) == UInt8(ascii: "T") }
    }

    /// Recorded writes of earlier triggers, where the live program is not given those triggers again.
    private func liveThroughHistory() {
        guard !hasHistory else { return }
        hasHistory = true
        guard !shelf.livesHistory, !isLate else { return }
        var used: Set<Int> = []
        for run in recordedRuns where run.phase == .history {
            let survey = SQLSurvey(run.sql.exact)
            guard survey.mayWrite else { continue }
            // Below every live session's number.
            let session = -2 - run.connection
            used.insert(session)
            if !survey.isControl { changed.formUnion(survey.tables) }
            apply(
                Step(
                    request: run.request, session: session, isControl: survey.isControl, failed: run.error != nil))
        }
        for session in used { sessions.close(session) }
    }

    private func apply(_ step: Step) {
        guard let request = step.request else { return sessions.close(step.session) }
        guard sessions.connect(step.session) else { return }
        let isInside = sessions.status(step.session) == UInt8(ascii: "T")
        // A statement that fails here and did not there must not take the transaction with it.
        let isGuarded = isInside && !step.isControl && !step.failed
        if isGuarded { sessions.run("SAVEPOINT reenact", step.session) }
        let answer = sessions.ask(request, step.session) ?? []
        let failed = answer.contains { $0.type == Backend.error }
        if isGuarded {
            sessions.run(
                failed ? "ROLLBACK TO SAVEPOINT reenact; RELEASE SAVEPOINT reenact" : "RELEASE SAVEPOINT reenact",
                step.session)
        }
        if !step.failed { note(failureOf: answer, "") }
        if step.failed, !failed, isInside { sessions.align(step.session, to: UInt8(ascii: "E")) }
    }

    private func note(failureOf answer: [RecordedAnswer.Piece], _ sql: String) {
        guard let error = answer.first(where: { $0.type == Backend.error }) else { return }
        failures.append(ServerReport(error.body).message)
    }

    private func tellFailures(_ what: String) {
        guard let first = failures.first else { return }
        shelf.onEngineNews?("\(failures.count) statements \(what) failed in the real server, first: \(first)")
        failures = []
    }
}
