import ReenactTimeline

/// How far an attempt went along the recorded calls that lead to the failure.
struct PathPrefix {
    /// The calls that had to come, in recorded order.
    let expected: [Event]
    /// Those of them that did not.
    let unmet: [Event]
    /// The first of them whose like never came at all. How often a worker asks for more work, or beats its heart, is a
    /// matter of time; that it asks is not.
    let firstNeverMet: Event?
    /// Statements on databases of the program's own process. They are met by a real database rather than by a stub,
    /// and which of them a program gets to may depend on time limits of its own: they count, but do not decide.
    let statements: [Event]
    let unmetStatements: [Event]

    var value: RunResult.Prefix {
        .init(
            matched: expected.count - unmet.count + statements.count - unmetStatements.count,
            total: expected.count + statements.count)
    }

    /// The last call before the failure: what came back from it most likely explains it.
    var lastWasMet: Bool {
        let last = (expected + statements).max { ($0.start, $0.id) < ($1.start, $1.id) }
        return last.map { last in !(unmet + unmetStatements).contains { $0.id == last.id } } ?? false
    }

    /// The calls that lead to the failure, in recorded order.
    static func calls(of failure: Case) -> [Event] {
        let end = failure.exceptions.last?.time ?? failure.failureTime
        let phases: Set<Event.Phase> = failure.trigger.kind == .request ? [.failing] : [.startup, .failing]
        return failure.events.filter { event in
            (event.kind == .call || event.kind == .transport) && phases.contains(event.phase) && event.start <= end
                && event.id != failure.trigger.event
                // A handshake belongs to its connection, which may be older or younger now.
                && event.detail["preamble"]?.bool != true
                // Nobody sees whether a program knocks at a Unix socket that is not there.
                && !(event.kind == .transport && event.peer.hasPrefix("unix:"))
                && !isUndoing(event, failure)
        }
    }

    /// A refused statement's transaction is undone: that is done because of the failure, whenever the exception was seen.
    private static func isUndoing(_ event: Event, _ failure: Case) -> Bool {
        guard let words = event.detail["sql"]?.string?.uppercased().split(separator: " "),
            ["ROLLBACK", "ROLLBACK;"].contains(words.first ?? ""), !words.contains("TO")
        else { return false }
        let before = failure.events.last {
            $0.connection == event.connection && $0.kind == event.kind && ($0.start, $0.id) < (event.start, event.id)
        }
        return before?.detail["error"].map { $0 != .null } ?? false
    }

    /// The last call before the failure was met before anything was asked that nothing recorded answers.
    let lastWasMetFirst: Bool

    init(_ failure: Case, _ record: AttemptRecord) {
        let end = failure.exceptions.last?.time ?? failure.failureTime
        let phases: Set<Event.Phase> = failure.trigger.kind == .request ? [.failing] : [.startup, .failing]
        expected = Self.calls(of: failure)
        // Of a question that was asked twice it does not matter which asking the shelf gave: keys are counted.
        var met: [Key: Int] = [:]
        var likes: Set<Key> = []
        for meeting in record.meetings {
            guard let id = meeting.encounter.event, let event = failure.event(id) else { continue }
            met[Key(event), default: 0] += 1
            likes.insert(Key(likeOf: event))
        }
        var dials: [String: Int] = [:]
        for fault in record.faults { dials[fault.server, default: 0] += 1 }
        var unmet: [Event] = []
        for event in expected {
            let key = Key(event)
            if let count = met[key], count > 0 {
                met[key] = count - 1
            } else if let count = dials[event.peer], count > 0, Self.isFault(event) {
                dials[event.peer] = count - 1
                likes.insert(Key(likeOf: event))
            } else {
                unmet.append(event)
            }
        }
        self.unmet = unmet
        let firstMiss = record.meetings.firstIndex { $0.encounter.event == nil && $0.encounter.relaxations.isEmpty }
        let beforeMiss = record.meetings[..<(firstMiss ?? record.meetings.endIndex)]
        let miss = firstMiss.map { record.meetings[$0] }
        lastWasMetFirst =
            expected.last.map { last in
                let isMet = beforeMiss.contains { meeting in
                    meeting.encounter.event.flatMap(failure.event).map { Key($0) == Key(last) } ?? false
                }
                guard Self.isFault(last) else { return isMet }
                // To ask a peer anything is to have got over what kept the recorded code from it.
                let isOver = last.kind == .transport && miss?.encounter.server == last.peer
                return isMet || isOver
                    || record.faults.contains { $0.server == last.peer && $0.time <= miss?.time ?? .max }
            } ?? false
        firstNeverMet = unmet.first {
            $0.phase == .failing && !likes.contains(Key(likeOf: $0)) && !Self.isAside($0, failure)
        }
        statements = failure.events.filter {
            $0.kind == .statement && phases.contains($0.phase) && $0.start <= end
        }
        var seen: [Key: Int] = [:]
        for statement in record.statements { seen[Key(statement: statement), default: 0] += 1 }
        unmetStatements = statements.filter { event in
            let key = Key(statement: event)
            guard let count = seen[key], count > 0 else { return true }
            seen[key] = count - 1
            return false
        }
    }

    /// What others of a worker asked meanwhile: a process that only hands out jobs beats its heart when its time has come,
    /// and of two threads either may be first. Of a command that goes for the last second.
    private static func isAside(_ event: Event, _ failure: Case) -> Bool {
        guard failure.trigger.kind != .request, let exception = failure.exceptions.last, exception.process != 0,
            event.process != nil, let connection = event.connection
        else { return false }
        func isOwn(_ other: Event) -> Bool {
            other.process == exception.process && (exception.thread == 0 || other.thread == exception.thread)
        }
        guard !isOwn(event), failure.events.contains(where: { $0.connection != connection && isOwn($0) }) else {
            return false
        }
        guard failure.trigger.kind == .job else { return exception.time - event.start < 1_000_000_000 }
        return failure.trigger.event.flatMap(failure.event)?.connection != connection
    }

    private struct Key: Hashable {
        var peer: String
        var key: String
        init(_ event: Event) {
            peer = event.peer
            // Events without a key stand for themselves.
            key = event.key.isEmpty ? "#\(event.id)" : event.key
        }
        /// The same for questions that differ in numbers, ids and times only.
        init(likeOf event: Event) {
            peer = event.peer
            key = TextTemplate.of(event.summary)
        }

        /// Bound values may hold times and names that are made anew, and so may names of savepoints.
        init(statement event: Event) {
            peer = event.peer
            key = TextTemplate.of(event.detail["sql"]?.string ?? event.summary)
        }
    }

    /// What a stub plays as a fault of the connection rather than as an answer.
    private static func isFault(_ event: Event) -> Bool {
        event.kind == .transport
            || ["refused", "unreachable", "reset", "timeout", "closed"].contains(event.outcome.rawValue)
    }
}
