import ReenactTimeline
import ReenactTriage

/// Who wrote what a necessary condition is about: the latest earlier call that changed the same thing.
enum Producers {
    private static let writers: Set<String> = [
        "SET", "SETEX", "SETNX", "GETSET", "HSET", "HMSET", "HDEL", "DEL", "UNLINK", "LPUSH", "RPUSH", "LPOP", "RPOP",
        "SADD", "SREM", "ZADD", "ZREM", "INCR", "DECR", "INCRBY", "EXPIRE", "APPEND", "PSETEX", "HINCRBY",
    ]

    static func of(_ id: Int, in failure: Case) -> Inquiry.Producer? {
        guard let event = failure.event(id) else { return nil }
        let subject = Answer(event)
        let earlier = failure.events.filter {
            $0.id != id && $0.start < event.start && ($0.kind == .call || $0.kind == .statement)
        }
        let found = earlier.last { writes($0, subject) }
        return found.map { producer in
            let cause = failure.edges.first { $0.event == producer.id }?.cause.flatMap(failure.event)
            return .init(event: producer.id, summary: producer.summary, trigger: cause?.summary)
        }
    }

    private static func writes(_ event: Event, _ subject: Answer) -> Bool {
        guard event.protocolName == subject.event.protocolName, event.peer == subject.event.peer else { return false }
        let other = Answer(event)
        switch (subject.content, other.content) {
        case (.redis(let asked), .redis(let done)):
            return writers.contains(done.command) && !asked.key.isEmpty && done.arguments.contains(asked.key)
        case (.sql(let asked), .sql(let done)):
            guard ["INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"].contains(done.verb), done.error == nil else {
                return false
            }
            guard !Set(asked.tables).isDisjoint(with: done.tables) else { return false }
            // The same row, as far as the values tell.
            return asked.params.isEmpty || done.params.isEmpty || !Set(asked.params).isDisjoint(with: done.params)
        case (.http(let asked), .http(let done)):
            return ["POST", "PUT", "PATCH", "DELETE"].contains(done.method) && asked.host == done.host
                && asked.target.prefix { $0 != "?" }.hasPrefix(done.target.prefix { $0 != "?" })
        default: return false
        }
    }
}
