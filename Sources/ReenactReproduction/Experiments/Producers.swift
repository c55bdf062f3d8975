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
        if found == nil, let (producer, told) = brought(event, by: earlier) {
            let cause = failure.edges.first { $0.event == producer.id }?.cause.flatMap(failure.event)
            return .init(event: producer.id, summary: told, trigger: cause?.summary)
        }
        return found.map { producer in
            let cause = failure.edges.first { $0.event == producer.id }?.cause.flatMap(failure.event)
            return .init(event: producer.id, summary: producer.summary, trigger: cause?.summary)
        }
    }

    /// The latest answer that brought a value by which this was asked: a part of the path, a parameter, a key.
    private static func brought(_ event: Event, by earlier: [Event]) -> (Event, String)? {
        let asked = values(askedBy: event)
        guard !asked.isEmpty else { return nil }
        for other in earlier.reversed() where (other.end ?? other.start) <= event.start {
            let known = values(askedBy: other)
            let leaf = leaves(of: other).first { asked.contains($0.text) && !known.contains($0.text) }
            guard let leaf else { continue }
            return (other, "\(leaf.name) of \(other.summary) was \(StandIn.told(.string(leaf.text)))")
        }
        return nil
    }

    /// Members of its document, or values of its rows.
    private static func leaves(of event: Event) -> [(name: String, text: String)] {
        if case .http(let http) = Answer(event).content, let json = http.json {
            return DocumentConditions.leaves(of: json).map {
                (DocumentConditions.text($0.path), DocumentConditions.plainText($0.value))
            }
        }
        guard let rows = SQLRows(event.detail) else { return [] }
        return rows.rows.prefix(50).flatMap { row in
            zip(rows.columns, row).map { ($0.name, DocumentConditions.plainText($1)) }
        }
    }

    private static func values(askedBy event: Event) -> Set<String> {
        switch Answer(event).content {
        case .http(let http):
            let parts = http.target.split { "/?&=".contains($0) }.map(String.init)
            // What every call to the endpoint has is no value of this one.
            return Set(parts.dropFirst().filter { $0.count >= 2 })
        case .sql(let sql): return Set(sql.params.map(DocumentConditions.plainText).filter { $0.count >= 2 })
        case .redis(let redis):
            return Set(([redis.key] + redis.key.split(separator: ":").map(String.init)).filter { $0.count >= 2 })
        default: return []
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
