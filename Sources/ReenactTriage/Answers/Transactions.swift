import ReenactTimeline

/// Replies of Redis transactions, given back to the commands that asked for them.
///
/// Within MULTI each command is answered `QUEUED`; what it answered stands in EXEC's reply, in the same order.
/// Source: https://redis.io/docs/latest/develop/interact/transactions/
enum Transactions {
    private static let partsMax = 200

    /// The first of the events as answers, without housekeeping: EXEC's as those of its commands. Queued commands by
    /// themselves told nothing yet.
    static func answers(_ events: some Sequence<Event>, of failure: Case, max: Int) -> [Answer] {
        var answers: [Answer] = []
        for event in events {
            guard answers.count < max else { break }
            let answer = Answer(event)
            if event.protocolName == "redis" {
                if event.detail["queued"]?.bool == true, event.outcome == .ok { continue }
                if answer.redis?.command == "EXEC", let parts = parts(of: event, failure) {
                    answers += parts.filter { !$0.isHousekeeping }
                    continue
                }
            }
            if !answer.isHousekeeping { answers.append(answer) }
        }
        return Array(answers.prefix(max))
    }

    /// - Returns: the commands with their replies, the last one first as all answers; nil where they can't be told
    ///   apart.
    private static func parts(of exec: Event, _ failure: Case) -> [Answer]? {
        guard let replies = exec.detail["reply"]?.array, !replies.isEmpty, replies.count <= partsMax,
            exec.detail["truncated"]?.bool != true
        else { return nil }
        var queued: [Event] = []
        for event in failure.events
        where event.connection == exec.connection && event.protocolName == "redis" && event.id < exec.id {
            if event.detail["command"]?.string?.uppercased() == "MULTI" {
                queued = []
            } else if event.detail["queued"]?.bool == true, event.outcome == .ok {
                queued.append(event)
            }
        }
        guard queued.count == replies.count else { return nil }
        return zip(queued, replies).reversed().map { command, reply in
            var event = exec
            event.summary = "\(command.summary) in EXEC"
            event.key = command.key
            if case .object(var members) = command.detail {
                members["reply"] = reply
                members["queued"] = nil
                event.detail = .object(members)
            }
            event.outcome = outcome(reply)
            event.result = ""
            return Answer(event)
        }
    }

    private static func outcome(_ reply: JSONValue) -> OutcomeClass {
        switch reply {
        case .null: "redis:nil"
        case .array(let elements): .rows(elements.count)
        case .object(let members):
            members["error"].flatMap(\.string).map {
                OutcomeClass(rawValue: "redis:error:\($0.prefix { $0 != " " })")
            } ?? .rows(members.count)
        default: .ok
        }
    }
}
