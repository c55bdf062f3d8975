/// What a connection's commands have made of it: database, transaction, subscriptions. Shared by recorder and stub.
struct RedisSession: Sendable {
    enum Replies: Sendable { case on, off, skipNext }

    static let namesMax = 100_000
    /// Not queued inside a transaction.
    private static let controls: Set<String> = ["EXEC", "DISCARD", "MULTI", "WATCH", "RESET", "QUIT"]

    private(set) var database = 0
    private(set) var isQueueing = false
    private(set) var isWatching = false
    private(set) var queued: [RedisKey] = []
    private(set) var replies = Replies.on
    private(set) var channels: Set<String> = []
    private(set) var patterns: Set<String> = []
    private(set) var shards: Set<String> = []

    /// Where a command stands.
    struct Place {
        var key: RedisKey
        /// The server only queues it.
        var isQueued: Bool
        var isAnswered: Bool
        /// How many values answer it.
        var replyCount: Int
        var holdsLease: Bool
    }

    var isSubscribed: Bool { !channels.isEmpty || !patterns.isEmpty || !shards.isEmpty }

    /// Takes the command and tells what it asks.
    mutating func take(_ command: RedisCommand) -> Place {
        let isQueued = isQueueing && !Self.controls.contains(command.name)
        var key = RedisKey(command, database: database, prefix: isQueued ? "queued|" : "")
        if command.name == "EXEC" { key = RedisKey(exec: queued, database: database) }
        var isAnswered = replies == .on
        if replies == .skipNext { replies = .on }
        if isQueued {
            if queued.count < Self.namesMax { queued.append(key) }
        } else {
            apply(command, &isAnswered)
        }
        return Place(
            key: key, isQueued: isQueued, isAnswered: isAnswered,
            replyCount: isQueued ? 1 : subscribe(command), holdsLease: isQueueing || isWatching)
    }

    private mutating func apply(_ command: RedisCommand, _ isAnswered: inout Bool) {
        switch command.name {
        case "SELECT": if let number = Int(command.text(0)), number >= 0 { database = number }
        case "MULTI": isQueueing = true
        case "EXEC", "DISCARD":
            isQueueing = false
            isWatching = false
            queued = []
        case "WATCH": isWatching = true
        case "UNWATCH": isWatching = false
        case "RESET": self = RedisSession()
        case "CLIENT" where command.word(0) == "REPLY":
            switch command.word(1) {
            case "OFF": (replies, isAnswered) = (.off, false)
            case "SKIP": (replies, isAnswered) = (.skipNext, false)
            default: (replies, isAnswered) = (.on, true)
            }
        default: break
        }
    }

    /// A (un)subscription is confirmed for each channel.
    private mutating func subscribe(_ command: RedisCommand) -> Int {
        guard command.name.hasSuffix("SUBSCRIBE") else { return 1 }
        let names = Set(command.arguments.prefix(Self.namesMax).map { Printable.text($0) })
        let count = max(1, command.arguments.count)
        func leave(_ set: inout Set<String>) -> Int {
            let left = names.isEmpty ? max(1, set.count) : count
            if names.isEmpty { set = [] } else { set.subtract(names) }
            return left
        }
        switch command.name {
        case "SUBSCRIBE": channels.formUnion(names)
        case "PSUBSCRIBE": patterns.formUnion(names)
        case "SSUBSCRIBE": shards.formUnion(names)
        case "UNSUBSCRIBE": return leave(&channels)
        case "PUNSUBSCRIBE": return leave(&patterns)
        case "SUNSUBSCRIBE": return leave(&shards)
        default: return 1
        }
        return count
    }
}
