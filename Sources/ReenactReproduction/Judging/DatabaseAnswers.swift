import ReenactTimeline

/// Which of an attempt's statements came from where: the recording, a fixture, nobody.
enum DatabaseAnswers {
    private static let shown = 20
    private static let real = "answered by a real "
    private static let specified = "answered from the specification"

    /// - Parameter known: what the databases of the sandbox hold.
    static func of(_ record: AttemptRecord, _ failure: Case, _ known: [RunResult.Database]) -> [RunResult.Database] {
        var result = known
        for name in servers(record, failure) where !result.contains(where: { $0.name == name }) {
            let isEngine = record.meetings.contains {
                $0.encounter.server == name && engine($0.encounter.relaxations) != nil
            }
            result.append(.init(name: name, engine: "", state: isEngine ? .recordedRows : .replay))
        }
        for index in result.indices {
            if result[index].name.hasPrefix("/") {
                statements(record, failure, &result[index])
            } else {
                meetings(record, failure, &result[index])
            }
        }
        return result
    }

    /// Recorded servers whose protocol is a database's.
    private static func servers(_ record: AttemptRecord, _ failure: Case) -> [String] {
        let databases: Set<String> = ["postgres", "mysql", "redis"]
        var names: [String] = []
        for connection in failure.connections
        where databases.contains(connection.protocolName) && connection.direction == .outbound {
            if !names.contains(connection.server) { names.append(connection.server) }
        }
        names = names.filter { name in record.meetings.contains { $0.encounter.server == name } }
        for meeting in record.meetings where engine(meeting.encounter.relaxations) != nil {
            if !names.contains(meeting.encounter.server) { names.append(meeting.encounter.server) }
        }
        return names
    }

    private static func engine(_ relaxations: [String]) -> String? {
        relaxations.first { $0.hasPrefix(real) }.map { String($0.dropFirst(real.count)) }
    }

    private static func meetings(_ record: AttemptRecord, _ failure: Case, _ state: inout RunResult.Database) {
        var before: (key: String, event: Int?)?
        for meeting in record.meetings where meeting.encounter.server == state.name {
            let encounter = meeting.encounter
            defer { before = (encounter.key, encounter.event) }
            if let engine = engine(encounter.relaxations) {
                state.engine = engine
                state.fromFixture += 1
                // A recorded question is met first and then answered.
                if before?.key == encounter.key, before?.event != nil {
                    state.fromRecording -= 1
                } else {
                    note(encounter.summary, &state)
                }
            } else if let event = encounter.event {
                if failure.event(event)?.detail["preamble"]?.bool == true { continue }
                state.fromRecording += 1
            } else if encounter.relaxations.contains(where: { $0.hasPrefix(specified) }) {
                state.fromSpecification += 1
            } else if encounter.relaxations.isEmpty {
                state.unanswered += 1
            }
        }
    }

    private static func statements(_ record: AttemptRecord, _ failure: Case, _ state: inout RunResult.Database) {
        let recorded = Set(failure.events.filter { $0.kind == .statement && $0.peer == state.name }.map(\.key))
        for statement in record.statements where statement.peer == state.name {
            state.fromFixture += 1
            if !recorded.contains(statement.key) { note(statement.summary, &state) }
        }
    }

    private static func note(_ question: String, _ state: inout RunResult.Database) {
        state.beyondRecording += 1
        if state.questions.count < shown, !state.questions.contains(question) { state.questions.append(question) }
    }

    /// Other code that refused the request (400 to 499) before it came to the failing point has shown nothing where it
    /// went by rows that nobody recorded, of a fixture that does not give what was recorded: with the real ones it
    /// might have gone on.
    static func doubted(_ attempt: RunResult.Attempt) -> RunResult.Attempt {
        guard attempt.outcome == .notReproduced, let status = attempt.answer?.status, (400..<500).contains(status),
            attempt.prefix.matched < attempt.prefix.total,
            let state = attempt.databases.first(where: {
                $0.state == .solved && $0.exact == false && $0.beyondRecording > 0
            })
        else { return attempt }
        var doubted = attempt
        doubted.outcome = .inconclusive
        doubted.reason =
            "With this code it answered \(status) after \(attempt.prefix.matched) of \(attempt.prefix.total) recorded "
            + "calls, before it came to the failing point, and went by what the fixture of \(state.name) answered to "
            + "\(state.beyondRecording == 1 ? "a question" : "questions") that the recording does not hold. That fixture "
            + "gives what was recorded for \(state.satisfied ?? 0) of \(state.statements ?? 0) statements only: "
            + "with the real rows it might have gone on."
        return doubted
    }

    // MARK: in words

    /// A sentence for each database that answered more than the recording holds.
    static func sentences(_ databases: [RunResult.Database]) -> [String] {
        databases.filter { $0.beyondRecording > 0 }.map { state in
            let count = state.beyondRecording
            let more = state.questions.count > 3 ? "; …" : ""
            return
                "\(who(state)) answered \(count) \(count == 1 ? "question" : "questions") that the recording does not "
                + "hold: " + state.questions.prefix(3).joined(separator: "; ") + more
        }
    }

    private static func who(_ state: RunResult.Database) -> String {
        let rows = state.rows.map { $0 == 1 ? "1 row" : $0 == 0 ? "empty at first" : "\($0) rows" } ?? ""
        let proof =
            state.exact == true ? "proven" : "\(state.satisfied ?? 0) of \(state.statements ?? 0) statements proven"
        switch state.state {
        case .solved: return "The fixture of \(state.name) (\(state.engine), \(rows), \(proof))"
        case .given: return "Your fixture of \(state.name) (\(state.engine), \(rows))"
        case .copy: return "The case's copy of \(state.name)"
        case .recordedRows, .replay: return "A real \(state.engine) with the recorded state"
        }
    }
}
