import ReenactTimeline

/// A JSON answer with what rules on fields want to know of it.
struct FieldDocument {
    let answer: Answer
    let distance: Int
    let value: JSONValue
    let leaves: [Leaf]
    /// Every key of every object in it.
    let keys: Set<String>
    /// Values as text.
    let values: Set<String>
    let nulls: [Leaf]
    /// The type of each key's value, where it is the same everywhere in the document.
    let kinds: [String: String]
    /// Good answers of the same endpoint to earlier triggers, or earlier in this one.
    let earlier: [Answer]
    let earlierKeys: Set<String>
    let earlierKinds: [String: String]
    /// True where values or keys of this answer stand in the locals near the throw.
    let flows: Bool
    let hasLocals: Bool
    /// Objects of the list that the answer is about; 0 where it is about none.
    let elements: Int
    private let counts: [String: Int]

    init?(_ answer: Answer, _ look: Look) {
        guard let value = Self.json(answer), value.object != nil || value.array != nil else { return nil }
        // An error's document is of interest where the program failed over a value of it.
        if let status = answer.http?.status, status >= 400,
            !Leaf.all(in: value).contains(where: { $0.text.count >= 8 && look.message.contains($0.text) })
        {
            return nil
        }
        self.answer = answer
        distance = look.distance(answer.event)
        self.value = value
        leaves = Leaf.all(in: value)
        let shape = Self.shape(value)
        (keys, counts, kinds) = (shape.keys, shape.counts, shape.kinds)
        elements = Self.list(value)?.filter { $0.object != nil }.count ?? 0
        values = Set(leaves.map(\.text))
        nulls = leaves.filter { $0.value == .null }
        let endpoint = answer.http?.endpoint
        let before = (look.answers + look.earlier).filter {
            $0.event.id < answer.event.id && endpoint != nil && $0.http?.endpoint == endpoint
                && ($0.http?.status ?? 500) < 400
        }
        earlier = before
        var (keysBefore, kindsBefore): (Set<String>, [String: String]) = ([], [:])
        for other in before.prefix(20) {
            guard let json = Self.json(other) else { continue }
            let shape = Self.shape(json)
            keysBefore.formUnion(shape.keys)
            kindsBefore.merge(shape.kinds) { $0 == $1 ? $0 : "" }
        }
        (earlierKeys, earlierKinds) = (keysBefore, kindsBefore.filter { !$0.value.isEmpty && $0.value != "null" })
        let near = look.holdings.filter { ($0.depth ?? 99) <= 3 }
        hasLocals = look.sawLocals
        let quotedKeys = shape.keys.filter { $0.count > 2 }
        // What was asked for stands in a local: the answer to it is what the code works on.
        let isAskedFor =
            (answer.redis.map { ValueFlow.reaches([$0.key], near) != nil } ?? false) || Self.isSpelledOut(answer, look)
        flows =
            isAskedFor || !ValueFlow.hits(leaves, in: near, limit: 1).isEmpty
            || near.contains { holding in
                !quotedKeys.isEmpty && holding.value.first.map { "{[".contains($0) } ?? false
                    && quotedKeys.filter { holding.has(word: $0) }.count >= min(2, quotedKeys.count)
            }
    }

    /// The failing part of the line holds the path that was asked for, up to where its variables begin:
    /// `api.get(f"/users/{id}")["name"]`.
    private static func isSpelledOut(_ answer: Answer, _ look: Look) -> Bool {
        guard let target = answer.http?.target else { return false }
        let parts = look.throwFrames.filter { $0.expression != nil && $0.inApp }.map(\.source)
        return parts.flatMap { SourceText.quoted($0) }.contains { literal in
            let path = literal.prefix { !"{%$?".contains($0) }
            return path.count >= 4 && path.first == "/" && target.hasPrefix(path)
        }
    }

    func count(of key: String) -> Int { counts[key] ?? 0 }

    /// A key that may be the same field under a new name.
    func similar(to key: String) -> String? { Self.similar(to: key, among: keys) }

    static func similar(to key: String, among keys: Set<String>) -> String? {
        func plain(_ text: String) -> String { text.lowercased().filter(\.isLetter) }
        let wanted = plain(key)
        guard wanted.count > 2 else { return nil }
        return keys.sorted().first { other in
            let name = plain(other)
            return name != wanted && name.count > 2 && (name.contains(wanted) || wanted.contains(name))
                || (name == wanted && other != key)
        }
    }

    /// True where the key can just as well be one of the request's fields.
    func fromInput(_ key: String, _ look: Look) -> Bool {
        guard let body = look.trigger?.http?.requestJSON, body.object != nil, body[key] == nil else { return false }
        let names = Set(body.object?.keys.map { $0 } ?? [])
        return look.holdings.contains {
            ($0.depth ?? 99) <= 1 && names.count > 0 && names.allSatisfy($0.has(word:))
        }
    }

    private static func json(_ answer: Answer) -> JSONValue? {
        switch answer.content {
        case .http(let http): http.document
        case .redis(let redis):
            redis.fields.map { .object($0) }
                ?? Self.text(of: redis).flatMap { $0.utf8.count < 1 << 20 ? JSONParser.parse($0) : nil }
        // A document in a column of the only row.
        case .sql(let sql) where sql.rows.count == 1:
            sql.rows[0].compactMap(\.string).filter { $0.hasPrefix("{") && $0.utf8.count < 1 << 20 }.lazy
                .compactMap(JSONParser.parse).first
        case .message(let message): message.json
        default: nil
        }
    }

    /// What was stored, or taken from a queue: then the queue's name comes first.
    private static func text(of redis: RedisAnswer) -> String? {
        if let text = redis.reply.string { return text }
        guard ["BLPOP", "BRPOP"].contains(redis.command), let pair = redis.reply.array, pair.count == 2 else {
            return nil
        }
        return pair[1].string
    }

    /// The list that a document is about: itself, or the only list among its members.
    private static func list(_ value: JSONValue) -> [JSONValue]? {
        if let list = value.array { return list }
        let lists = value.object?.values.compactMap(\.array).filter { !$0.isEmpty } ?? []
        return lists.count == 1 ? lists[0] : nil
    }

    private static func shape(_ value: JSONValue) -> (keys: Set<String>, counts: [String: Int], kinds: [String: String])
    {
        var counts: [String: Int] = [:]
        var kinds: [String: String] = [:]
        var budget = 20_000
        func walk(_ value: JSONValue) {
            budget -= 1
            guard budget > 0 else { return }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    counts[key, default: 0] += 1
                    let kind = kind(member)
                    kinds[key] = kinds[key].map { $0 == kind ? kind : "" } ?? kind
                    walk(member)
                }
            } else if let list = value.array {
                for element in list { walk(element) }
            }
        }
        walk(value)
        return (Set(counts.keys), counts, kinds.filter { !$0.value.isEmpty })
    }

    private static func kind(_ value: JSONValue) -> String {
        ExpectedKind.name(of: value)
    }
}
