import ReenactWire

/// Answers that the specification fixes, whatever the data.
///
/// Source: https://redis.io/docs/latest/commands/?group=connection
extension RedisStub {
    static let connectionCommands: Set<String> = [
        "HELLO", "AUTH", "SELECT", "CLIENT", "PING", "QUIT", "RESET", "ECHO", "READONLY", "READWRITE",
    ]

    static func specifiedConnection(_ command: RedisCommand, _ version: Int) -> RESPValue? {
        let ok = RESPValue.simple(Array("OK".utf8))
        switch command.name {
        case "AUTH", "SELECT", "QUIT", "READONLY", "READWRITE": return ok
        case "RESET": return .simple(Array("RESET".utf8))
        case "ECHO": return .bulk(Array(command.arguments.first ?? []))
        case "PING": return command.arguments.first.map { .bulk(Array($0)) } ?? .simple(Array("PONG".utf8))
        case "HELLO": return hello(version)
        case "CLIENT": return client(command.word(0))
        default: return nil
        }
    }

    private static func client(_ subcommand: String) -> RESPValue? {
        switch subcommand {
        case "SETINFO", "SETNAME", "NO-EVICT", "NO-TOUCH", "REPLY", "TRACKING", "CACHING", "UNPAUSE", "PAUSE":
            .simple(Array("OK".utf8))
        case "ID": .integer(1)
        case "GETNAME": .null(isArray: false)
        default: nil
        }
    }

    private static func hello(_ version: Int) -> RESPValue {
        func text(_ value: String) -> RESPValue { .bulk(Array(value.utf8)) }
        return .map([
            text("server"), text("redis"), text("version"), text("7.0.15"), text("proto"), .integer(Int64(version)),
            text("id"), .integer(1), text("mode"), text("standalone"), text("role"), text("master"), text("modules"),
            .array([]),
        ])
    }

    /// Transaction control, and leaving subscriptions. `channels` is what was subscribed to before the command.
    func specified(_ command: RedisCommand, _ channels: [String], _ shelf: Shelf) -> [RESPValue]? {
        switch command.name {
        case _ where RedisCommand.subscribing.contains(command.name):
            // Other code may listen elsewhere; nobody speaks there. Without other code it is a question never asked.
            guard shelf.engine != nil else { return nil }
            let count = session.channels.count + session.patterns.count + session.shards.count
            return command.arguments.enumerated().map { index, name in
                .push([
                    .bulk(Array(command.name.lowercased().utf8)), .bulk(Array(name)),
                    .integer(Int64(count - command.arguments.count + 1 + index)),
                ])
            }
        case "MULTI", "DISCARD", "WATCH", "UNWATCH": return [.simple(Array("OK".utf8))]
        case "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
            let named = command.arguments.map { RESPValue.bulk(Array($0)) }
            let left = named.isEmpty ? channels.map { RESPValue.bulk(Array($0.utf8)) } : named
            let kind = RESPValue.bulk(Array(command.name.lowercased().utf8))
            let rest = session.channels.count + session.patterns.count + session.shards.count
            if left.isEmpty { return [.push([kind, .null(isArray: false), .integer(Int64(rest))])] }
            return left.enumerated().map { index, name in
                .push([kind, name, .integer(Int64(rest + left.count - 1 - index))])
            }
        default: return nil
        }
    }
}
