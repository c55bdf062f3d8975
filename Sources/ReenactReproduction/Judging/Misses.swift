import ReenactTimeline

/// What the program asked and nothing recorded answers.
struct Misses {
    let all: [RunResult.Miss]
    /// Those on the way to the failure: not what a program does while it starts and waits for its trigger.
    let onPath: [RunResult.Miss]

    static func of(_ record: AttemptRecord, trigger: Trigger.Kind) -> Misses {
        let ready = trigger == .request ? record.stages["ready"] ?? .max : 0
        var found: [(time: Int64, miss: RunResult.Miss)] = record.meetings.compactMap { meeting in
            let encounter = meeting.encounter
            // With a relaxation it was answered: from the specification, or from other answers.
            guard encounter.event == nil, encounter.relaxations.isEmpty else { return nil }
            return (
                meeting.time,
                .init(
                    server: encounter.server, question: encounter.summary, reason: encounter.reason,
                    nearestEvent: encounter.nearest, phase: encounter.phase.rawValue)
            )
        }
        for dial in record.unknownPeers {
            let phase: Event.Phase = dial.time < ready ? .startup : .failing
            found.append(
                (
                    dial.time,
                    .init(
                        server: dial.server, question: "a connection", reason: "\(dial.server) is not in the recording",
                        nearestEvent: nil, phase: phase.rawValue)
                ))
        }
        found.sort { $0.time < $1.time }
        let all = found.map(\.miss)
        let onPath = trigger == .command ? all : all.filter { $0.phase == Event.Phase.failing.rawValue }
        return Misses(all: all, onPath: onPath)
    }
}
