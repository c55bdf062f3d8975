import ReenactTimeline

/// Something was read as it had been, not as it was: a replica that lags, a row that another changed meanwhile.
public struct StaleRead: Rule {
    public static let name = "stale-read"
    public static let precondition =
        "a row or key that was written before came back as missing from elsewhere, or a conditional write found a newer version"
    public static let evidence =
        "the write, then the read of the same table and key on another connection; or an UPDATE of no row after a SELECT of it"
    public static let counterEvidence =
        "it was deleted, rolled back or expired between; the read went through the connection of the write"

    public init() {}

    private static let conflicts = [
        "staledataerror", "staleobject", "optimisticlock", "stale data", "version_conflict", "version conflict",
        "versionconflictengine", "concurrentupdate", "concurrent update", "concurrencyexception",
        "dbupdateconcurrency", "has been modified by another", "was updated or deleted by another transaction",
        "record has changed since last read", "edited by another", "precondition failed",
    ]

    public func judge(_ look: Look) -> [Finding] { conflict(look) ?? lag(look) ?? outdated(look) ?? [] }

    /// Optimistic locking: the write named a version that is gone.
    private func conflict(_ look: Look) -> [Finding]? {
        let says = look.complaint.mentions(Self.conflicts)
        if let answer = look.answers.first, let http = answer.http, http.status == 412 {
            let read = look.answers.dropFirst().first {
                $0.http?.endpoint.drop { $0 != " " } == http.endpoint.drop { $0 != " " } && $0.http?.method == "GET"
            }
            guard says || read != nil else { return nil }
            return [
                finding(
                    look, [answer] + [read].compactMap { $0 }, read == nil ? 0.85 : 0.96,
                    "\(Phrase.call(answer, look.failure)) answered 412: somebody else had changed it since it was read")
            ]
        }
        guard says else { return nil }
        let write = look.answers.prefix(5).first { answer in
            ["UPDATE", "DELETE"].contains(answer.sql?.verb ?? "") && answer.event.outcome == "affected:0"
        }
        guard let write, let tables = write.sql?.tables else {
            return [finding(look, [], 0.8, "Somebody else had changed the data since it was read")]
        }
        let read = look.answers.first { answer in
            answer.event.id < write.event.id && answer.sql?.verb == "SELECT"
                && !Set(answer.sql?.tables ?? []).isDisjoint(with: tables)
        }
        return [
            finding(
                look, [write] + [read].compactMap { $0 }, 0.97,
                "\(Phrase.call(write, look.failure)) changed no row: somebody else had changed it since it was read")
        ]
    }

    /// Written, and then not found: by a read that went elsewhere.
    private func lag(_ look: Look) -> [Finding]? {
        guard look.complaint.isAboutNothing || look.complaint.isAboutAbsence else { return nil }
        for read in look.answers.prefix(5) {
            guard let keys = missing(read), !keys.isEmpty else { continue }
            let before = (look.answers + look.earlier).filter { $0.event.id < read.event.id }
            guard let write = before.first(where: { wrote($0, keys, read) }) else { continue }
            let between = before.filter { $0.event.id > write.event.id }
            guard !between.contains(where: { undoes($0, keys, read) }) else { continue }
            let isElsewhere =
                write.event.peer != read.event.peer
                || (write.event.connection != nil && write.event.connection != read.event.connection)
            guard isElsewhere else { continue }
            let other = write.event.peer != read.event.peer
            return [
                finding(
                    look, [read, write], other ? 0.97 : 0.8,
                    "\(Phrase.call(read, look.failure)) did not find what \(Phrase.call(write, look.failure)) had written before\(other ? " to \(Phrase.peer(write.event, look.failure))" : " on another connection")"
                )
            ]
        }
        return nil
    }

    /// What was read once and kept lacks what the same source has by now: `RATES[currency]`, filled at the start.
    private func outdated(_ look: Look) -> [Finding]? {
        guard !look.stored.isEmpty, let key = look.missingKey, !SourceText.isTrivial(key) || key.count > 2 else {
            return nil
        }
        let start = look.failure.trigger.time
        func holds(_ answer: Answer) -> Bool { answer.leaves.contains { $0.text == key || $0.name == key } }
        for now in look.answers.prefix(40) where now.event.start >= start && holds(now) {
            let before = (look.answers + look.earlier).first { answer in
                answer.event.start < start && Self.isSameSource(answer, now) && !answer.leaves.isEmpty && !holds(answer)
            }
            guard let before else { continue }
            return [
                finding(
                    look, [before, now], 0.84,
                    "\(Phrase.call(before, look.failure)) had no \(Phrase.quote(key)) when it was read and kept; \(Phrase.call(now, look.failure)) has it by now"
                )
            ]
        }
        return nil
    }

    private static func isSameSource(_ one: Answer, _ other: Answer) -> Bool {
        if let tables = one.sql?.tables, let others = other.sql?.tables { return !Set(tables).isDisjoint(with: others) }
        if let http = one.http, let later = other.http { return http.endpoint == later.endpoint }
        if let redis = one.redis, let later = other.redis { return redis.key == later.key }
        return false
    }

    /// The keys that were asked for and not found.
    private func missing(_ answer: Answer) -> [String]? {
        if let sql = answer.sql {
            guard sql.returnsRows, sql.rowCount == 0, sql.error == nil, sql.verb == "SELECT" else { return nil }
            return sql.params.map { Leaf(path: "", name: "", value: $0).text }.filter { !$0.isEmpty }
        }
        guard let redis = answer.redis, redis.saysMissing, !redis.key.isEmpty else { return nil }
        return [redis.key]
    }

    private func wrote(_ answer: Answer, _ keys: [String], _ read: Answer) -> Bool {
        if let sql = answer.sql, let wanted = read.sql {
            guard ["INSERT", "REPLACE"].contains(sql.verb), sql.error == nil,
                !Set(sql.tables).isDisjoint(with: wanted.tables)
            else { return false }
            let values = Set((sql.params + sql.rows.flatMap { $0 }).map { Leaf(path: "", name: "", value: $0).text })
            return keys.allSatisfy(values.contains)
        }
        guard let redis = answer.redis, read.redis != nil else { return false }
        return ["SET", "SETEX", "PSETEX", "SETNX", "HSET", "HMSET", "LPUSH", "RPUSH", "SADD"].contains(redis.command)
            && redis.key == keys.first
    }

    /// Deleted, rolled back, expired at once: then it is really gone.
    private func undoes(_ answer: Answer, _ keys: [String], _ read: Answer) -> Bool {
        if let sql = answer.sql, let wanted = read.sql {
            return sql.verb == "ROLLBACK"
                || ["DELETE", "TRUNCATE"].contains(sql.verb) && !Set(sql.tables).isDisjoint(with: wanted.tables)
        }
        guard let redis = answer.redis else { return false }
        return ["FLUSHALL", "FLUSHDB"].contains(redis.command)
            || ["DEL", "UNLINK", "GETDEL", "EXPIRE", "PEXPIRE", "HDEL", "RENAME", "LPOP", "RPOP"].contains(
                redis.command)
                && redis.arguments.contains(keys.first ?? "")
    }

    private func finding(_ look: Look, _ answers: [Answer], _ confidence: Double, _ what: String) -> Finding {
        Finding(
            "stale-read", .interaction, evidence: answers.map(\.event.id), confidence: confidence,
            "\(what); \(Phrase.doing(look)) raised \(Phrase.exception(look, 80)).")
    }
}
