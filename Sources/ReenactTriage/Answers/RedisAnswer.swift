import ReenactTimeline

/// A command to a store of keys with its reply: Redis', or memcached's in Redis' words.
public struct RedisAnswer: Sendable {
    public let command: String
    public let arguments: [String]
    public let reply: JSONValue
    /// `reply` was recorded; nothing is concluded from an answer that is not there.
    public let hasReply: Bool

    init(_ detail: JSONValue) {
        let words = (detail["command"]?.string ?? "").split(separator: " ").map(String.init)
        command = words.first?.uppercased() ?? ""
        arguments =
            words.dropFirst() + (detail["args"]?.array ?? []).map { $0.string ?? $0.integer.map { "\($0)" } ?? "" }
        reply = detail["reply"] ?? .null
        hasReply = detail["reply"] != nil
    }

    /// A command of memcached as Redis would have it: what is not there is nil.
    ///
    /// Source: https://github.com/memcached/memcached/blob/master/doc/protocol.txt
    init(memcached detail: JSONValue) {
        let names = [
            "get": "GET", "gets": "GET", "gat": "GETEX", "gats": "GETEX", "mg": "GET", "set": "SET", "add": "SETNX",
            "replace": "SET", "cas": "SET", "ms": "SET", "delete": "DEL", "md": "DEL", "incr": "INCRBY",
            "decr": "DECRBY",
            "ma": "INCRBY",
        ]
        let word = detail["command"]?.string ?? ""
        var arguments = (detail["args"]?.array ?? []).compactMap(\.string)
        // The moment of expiry stands first.
        if word.hasPrefix("gat"), !arguments.isEmpty { arguments.removeFirst() }
        let items = detail["items"]?.array ?? []
        let end = detail["reply"]?.string ?? ""
        var isMany = false
        var found: JSONValue = .null
        var isTold = !end.isEmpty && !end.contains("ERROR")
        if names[word]?.hasPrefix("GET") ?? false {
            isMany = arguments.count > 1 && word != "mg"
            isTold = isTold || !items.isEmpty
            let values = Dictionary(
                items.map { ($0["key"]?.string ?? "", $0["value"] ?? .null) }, uniquingKeysWith: { first, _ in first })
            found = isMany ? .array(arguments.map { values[$0] ?? .null }) : items.first?["value"] ?? .null
        } else if isTold {
            found = .string(end)
        }
        command = isMany ? "MGET" : names[word] ?? word.uppercased()
        self.arguments = arguments
        reply = found
        hasReply = isTold
    }

    public var key: String { arguments.first ?? "" }

    /// The fields of a hash, whichever protocol version told them; nil where the reply is none.
    var fields: [String: JSONValue]? {
        guard command == "HGETALL" else { return nil }
        if let members = reply.object { return members }
        guard let list = reply.array, list.count % 2 == 0, !list.isEmpty else { return nil }
        let pairs = stride(from: 0, to: list.count, by: 2).map { (list[$0].string ?? "", list[$0 + 1]) }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }

    /// A hash, and documents in texts of it, or in the reply.
    var documents: [JSONValue] {
        if let fields {
            return [.object(fields)]
                + fields.sorted { $0.key < $1.key }.compactMap { $0.value.string.flatMap(PackedText.document) }
        }
        // What a list holds: jobs, messages.
        if let list = reply.array, !command.hasPrefix("B") {
            return list.prefix(100).compactMap { element in
                element.string.flatMap { $0.hasPrefix("{") && $0.utf8.count < 1 << 16 ? JSONParser.parse($0) : nil }
            }
        }
        return reply.string.flatMap { PackedText.document($0) ?? JSONParser.parse($0) }.map { [$0] } ?? []
    }

    /// True where it says so by a number or a truth value: programs read that as no, not as nothing.
    var saysNo: Bool { saysMissing && (reply.integer != nil || reply.bool != nil) }

    /// True where the reply says that the thing asked for is not there.
    var saysMissing: Bool {
        guard hasReply else { return false }
        switch command {
        case "GET", "HGET", "LINDEX", "ZSCORE", "ZRANK", "GETDEL", "GETEX", "JSON.GET", "HMGET", "MGET":
            if let list = reply.array { return !list.isEmpty && list.allSatisfy { $0 == .null } }
            return reply == .null
        case "EXISTS", "HEXISTS", "SISMEMBER": return reply.integer == 0 || reply.bool == false
        case "HGETALL": return reply.array?.isEmpty ?? reply.object?.isEmpty ?? (reply == .null)
        case "TYPE": return reply.string == "none"
        case "TTL", "PTTL": return reply.integer == -2
        default: return false
        }
    }
}
