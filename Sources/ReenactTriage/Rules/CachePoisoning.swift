import ReenactTimeline

/// A cache held what should never have been put there: an error's body, a page for people.
public struct CachePoisoning: Rule {
    public static let name = "cache-poisoning"
    public static let precondition =
        "a value that was read from a cache is an error or a page, and the exception is about the form or a missing part"
    public static let evidence =
        "the cached text; the write of the same key, and the failed answer that it was copied from"
    public static let counterEvidence =
        "the cached value has what the program looked for; the exception quotes nothing of it and other answers came since"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let complaint = look.complaint
        guard
            complaint.isAboutDecoding || complaint.isAboutNothing || complaint.isAboutType
                || look.missingKey != nil
        else { return [] }
        for answer in look.answers.prefix(8) {
            guard let text = cached(answer), let fault = fault(text, look) else { continue }
            let write = source(of: answer, text, look)
            let distance = look.distance(answer.event)
            let start = text.drop(while: \.isWhitespace).prefix(24)
            let reached = start.count >= 4 && look.holdings.contains { $0.value.contains(start) }
            guard write != nil || reached || distance == 0 else { continue }
            var evidence = [answer.event.id]
            var from = ""
            if let write {
                evidence.append(write.put.event.id)
                if let origin = write.origin {
                    evidence.append(origin.event.id)
                    from =
                        ", put there from \(Phrase.call(origin, look.failure)), which had answered \(origin.http?.status ?? 0)"
                }
            }
            let confidence = write?.origin != nil ? 0.98 : write != nil && reached ? 0.97 : reached ? 0.96 : 0.93
            return [
                Finding(
                    "cache-poisoned", .interaction, evidence: evidence, confidence: confidence,
                    "\(Phrase.call(answer, look.failure)) gave \(fault) from the cache (\(Phrase.quote(text, 40)))\(from); \(Phrase.doing(look)) raised \(Phrase.exception(look, 80))."
                )
            ]
        }
        return []
    }

    /// Text from a cache: a string of Redis, or an answer over HTTP that says that it was kept.
    private func cached(_ answer: Answer) -> String? {
        if let redis = answer.redis, ["GET", "HGET", "GETEX", "GETDEL", "JSON.GET"].contains(redis.command) {
            return redis.reply.string
        }
        guard let http = answer.http, (http.status ?? 500) < 400, !http.bodyIsUnknown else { return nil }
        let hit = Wording(answer.header("X-Cache") + " " + answer.header("CF-Cache-Status")).contains("hit")
        return hit || (Int(answer.header("Age")) ?? 0) > 0 ? http.body : nil
    }

    /// What is wrong with it in itself; nil where it may well be good.
    private func fault(_ text: String, _ look: Look) -> String? {
        let start = text.drop(while: \.isWhitespace).prefix(15).lowercased()
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") {
            return look.complaint.isAboutDecoding ? "a page" : nil
        }
        guard let value = JSONParser.parse(text), let members = value.object else { return nil }
        if let key = look.missingKey, members[key] != nil { return nil }
        let names = Set(members.keys.map { $0.lowercased() })
        guard members.count <= 6, !names.isDisjoint(with: ["error", "errors", "exception", "error_code", "fault"])
        else {
            return nil
        }
        // An empty `errors` beside data is how good answers look in some interfaces.
        let isSaid = members.contains { name, member in
            ["error", "errors", "exception", "error_code", "fault"].contains(name.lowercased())
                && ![.null, .bool(false), .string(""), .array([]), .object([:]), .integer(0)].contains(member)
        }
        return isSaid ? "an error" : nil
    }

    /// Who put it there, and what it was copied from.
    private func source(of answer: Answer, _ text: String, _ look: Look) -> (put: Answer, origin: Answer?)? {
        guard let redis = answer.redis else { return nil }
        let before = (look.answers + look.earlier).filter { $0.event.id < answer.event.id }
        guard
            let put = before.first(where: { other in
                ["SET", "SETEX", "PSETEX", "SETNX", "HSET"].contains(other.redis?.command ?? "")
                    && other.redis?.key == redis.key && other.redis?.arguments.contains(text) ?? false
            })
        else { return nil }
        let origin = before.first { other in
            other.event.id < put.event.id && (other.http?.status ?? 0) >= 400
                && other.http.map { !$0.body.isEmpty && (text.contains($0.body) || $0.body.contains(text)) } ?? false
        }
        return (put, origin)
    }
}
