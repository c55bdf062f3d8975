/// Answers whose shape differs between RESP2 and RESP3.
///
/// Source: https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md
enum VersionShape {
    private static let maps: Set<String> = [
        "HGETALL", "XINFO", "HELLO", "COMMAND DOCS", "MEMORY STATS", "PUBSUB NUMSUB",
    ]
    private static let sets: Set<String> = ["SMEMBERS", "SINTER", "SUNION", "SDIFF"]
    private static let doubles: Set<String> = ["ZSCORE", "ZINCRBY", "GEODIST", "ZMSCORE"]
    private static let scored: Set<String> = [
        "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZUNION", "ZINTER", "ZDIFF", "ZRANDMEMBER",
    ]

    /// A RESP2 answer to the command as RESP3 would have it.
    static func upgraded(_ value: RESPValue, _ command: RedisCommand) -> RESPValue {
        let full = "\(command.name) \(command.word(0))"
        guard case .array(let elements) = value else {
            if doubles.contains(command.name), let bytes = value.bytes { return .double(bytes) }
            if command.name == "ZADD", case .bulk(let bytes) = value { return .double(bytes) }
            return value
        }
        if maps.contains(command.name) || maps.contains(full) || full == "CONFIG GET" { return .map(elements) }
        if sets.contains(command.name) { return .set(elements) }
        if command.name == "ZMSCORE" { return .array(elements.map { $0.bytes.map { .double($0) } ?? $0 }) }
        if command.name == "XREAD" || command.name == "XREADGROUP" {
            return .map(elements.flatMap { $0.elements ?? [] })
        }
        let hasScores = command.arguments.indices.contains { command.word($0) == "WITHSCORES" }
        if scored.contains(command.name), hasScores { return .array(pairs(elements)) }
        if command.name == "ZPOPMIN" || command.name == "ZPOPMAX" {
            return .array(command.arguments.count > 1 ? pairs(elements) : flatScores(elements))
        }
        if RedisCommand.subscribing.contains(command.name) || RedisCommand.unsubscribing.contains(command.name) {
            return .push(elements)
        }
        return value
    }

    /// A RESP3 answer to the command as RESP2 would have it; what the encoder does not flatten itself.
    static func downgraded(_ value: RESPValue, _ command: RedisCommand) -> RESPValue {
        if command.name == "XREAD" || command.name == "XREADGROUP", case .map(let elements) = value {
            return .array(
                stride(from: 0, to: elements.count - 1, by: 2).map { .array([elements[$0], elements[$0 + 1]]) })
        }
        guard case .array(let elements) = value else { return value }
        let hasScores = command.arguments.indices.contains { command.word($0) == "WITHSCORES" }
        if scored.contains(command.name), hasScores || command.name == "ZPOPMIN" || command.name == "ZPOPMAX" {
            return .array(elements.flatMap { $0.elements ?? [$0] })
        }
        if command.name == "ZPOPMIN" || command.name == "ZPOPMAX" {
            return .array(elements.flatMap { $0.elements ?? [$0] })
        }
        return value
    }

    private static func pairs(_ elements: [RESPValue]) -> [RESPValue] {
        stride(from: 0, to: elements.count - 1, by: 2).map { index in
            .array([elements[index], elements[index + 1].bytes.map { .double($0) } ?? elements[index + 1]])
        }
    }

    private static func flatScores(_ elements: [RESPValue]) -> [RESPValue] {
        elements.enumerated().map { index, element in
            index % 2 == 1 ? element.bytes.map { .double($0) } ?? element : element
        }
    }
}
