import ReenactTimeline

/// Finds the job whose failure a case is: a worker's exception belongs to what it had taken from a queue.
///
/// Taken is what a popping or group-reading command of Redis answered. Whose job failed is told by the job's own
/// identifiers in the exception; without them only where one connection takes jobs, one after another.
enum JobTrigger {
    /// Commands that wait for work.
    private static let waiting: Set<String> = [
        "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREADGROUP",
    ]
    /// Commands that take something, work or other data; scripts of queues (dramatiq, Bull) do so, too.
    private static let taking: Set<String> = [
        "LPOP", "RPOP", "LMOVE", "RPOPLPUSH", "LMPOP", "ZPOPMIN", "ZPOPMAX", "EVAL", "EVALSHA", "FCALL",
    ]
    private static let takesMax = 200
    private static let tokenLengthMin = 8

    /// The trigger, where the failure is a job's; nil leaves the command.
    static func find(in value: Case) -> Trigger? {
        guard value.trigger.kind == .command, let exception = value.exceptions.last else { return nil }
        let takes = value.events.filter { event in
            guard event.kind == .call, event.protocolName == "redis", let end = event.end, end <= exception.time,
                let name = event.detail["command"]?.string?.uppercased(),
                waiting.contains(name) || taking.contains(name)
            else { return false }
            return !isNothing(event.detail["reply"])
        }.suffix(takesMax)
        let spoken = words(of: exception)
        if let own = takes.last(where: { !tokens($0.detail["reply"]).isDisjoint(with: spoken) }) {
            return trigger(own)
        }
        // Something else than a job may have ended the worker.
        guard exception.handling == .reported else { return nil }
        let jobs = takes.filter { waiting.contains($0.detail["command"]?.string?.uppercased() ?? "") }
        guard let last = jobs.last, Set(jobs.map(\.connection)).count == 1 else { return nil }
        return trigger(last)
    }

    private static func trigger(_ event: Event) -> Trigger {
        Trigger(
            kind: .job, event: event.id, summary: "job from \(queue(event))", server: event.peer,
            time: event.end ?? event.start)
    }

    private static func queue(_ event: Event) -> String {
        let arguments = (event.detail["args"]?.array ?? []).map { $0.string ?? "" }
        switch event.detail["command"]?.string?.uppercased() ?? "" {
        case "BLPOP", "BRPOP", "BLMPOP", "LMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP":
            return event.detail["reply"]?[0]?.string ?? arguments.first ?? ""
        case "XREADGROUP":
            let streams = arguments.firstIndex { $0.uppercased() == "STREAMS" }
            return streams.flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil } ?? ""
        // Behind the script's name and the number of keys.
        case "EVAL", "EVALSHA", "FCALL": return arguments.count > 2 ? arguments[2] : ""
        default: return arguments.first ?? ""
        }
    }

    private static func isNothing(_ reply: JSONValue?) -> Bool {
        guard let reply, reply != .null else { return true }
        return reply.array?.isEmpty ?? reply.string?.isEmpty ?? false
    }

    /// What a job can be told by: long words with a digit in them.
    private static func tokens(_ reply: JSONValue?) -> Set<String> {
        guard let reply else { return [] }
        if let text = reply.string { return tokens(in: text) }
        return (reply.array ?? []).prefix(100).reduce(into: []) { $0.formUnion(tokens($1)) }
    }

    private static func tokens(in text: String) -> Set<String> {
        let parts = text.prefix(20_000).split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        return Set(parts.lazy.filter { $0.count >= tokenLengthMin && $0.contains(where: \.isNumber) }.map(String.init))
    }

    private static func words(of exception: ExceptionRecord) -> Set<String> {
        var words = tokens(in: exception.message)
        for frame in exception.frames.suffix(40) {
            for local in frame.locals { words.formUnion(tokens(in: local.value)) }
        }
        return words
    }
}
