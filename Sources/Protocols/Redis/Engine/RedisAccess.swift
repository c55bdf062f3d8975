/// Which keys a command touches, and whether it changes them.
///
/// Source: https://redis.io/docs/latest/commands/
extension RedisCommand {
    private static let writes: Set<String> = [
        "APPEND", "BITFIELD", "BITOP", "COPY", "DECR", "DECRBY", "DEL", "EVAL", "EVALSHA", "EXPIRE", "EXPIREAT",
        "FCALL", "FLUSHALL", "FLUSHDB", "FUNCTION", "GEOADD", "GETDEL", "GETEX", "GETSET", "HDEL", "HEXPIRE",
        "HINCRBY", "HINCRBYFLOAT", "HMSET", "HPEXPIRE", "HSET", "HSETNX", "INCR", "INCRBY", "INCRBYFLOAT", "LINSERT",
        "LMOVE", "LMPOP", "LPOP", "LPUSH", "LPUSHX", "LREM", "LSET", "LTRIM", "MOVE", "MSET", "MSETNX", "PERSIST",
        "PEXPIRE", "PEXPIREAT", "PFADD", "PFMERGE", "PSETEX", "RENAME", "RENAMENX", "RESTORE", "RPOP", "RPOPLPUSH",
        "RPUSH", "RPUSHX", "SADD", "SCRIPT", "SDIFFSTORE", "SET", "SETBIT", "SETEX", "SETNX", "SETRANGE", "SINTERSTORE",
        "SMOVE", "SPOP", "SREM", "SUNIONSTORE", "SWAPDB", "UNLINK", "XACK", "XADD", "XAUTOCLAIM", "XCLAIM", "XDEL",
        "XGROUP", "XREADGROUP", "XSETID", "XTRIM", "ZADD", "ZDIFFSTORE", "ZINCRBY", "ZINTERSTORE", "ZMPOP", "ZPOPMAX",
        "ZPOPMIN", "ZRANGESTORE", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZUNIONSTORE",
        "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP",
    ]

    /// Commands about the server or the connection: they touch no key.
    private static let keyless: Set<String> = [
        "ACL", "AUTH", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DBSIZE", "DISCARD", "ECHO", "EXEC", "FUNCTION",
        "HELLO",
        "INFO", "KEYS", "LASTSAVE", "LATENCY", "MODULE", "MONITOR", "MULTI", "PING", "PUBLISH", "PUBSUB", "QUIT",
        "RANDOMKEY", "RESET", "ROLE", "SCAN", "SCRIPT", "SELECT", "SLOWLOG", "SPUBLISH", "SUBSCRIBE", "PSUBSCRIBE",
        "SSUBSCRIBE", "TIME", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNWATCH", "WAIT", "WAITAOF",
    ]

    private static let everyArgument: Set<String> = [
        "DEL", "UNLINK", "EXISTS", "MGET", "TOUCH", "WATCH", "SINTER", "SUNION", "SDIFF", "SINTERSTORE", "SUNIONSTORE",
        "SDIFFSTORE", "PFCOUNT", "PFMERGE", "RENAME", "RENAMENX",
    ]

    /// Whether it may change what the server holds.
    var isWrite: Bool { Self.writes.contains(name) }

    /// Whether it may change or ask about any key.
    var touchesEverything: Bool {
        ["FLUSHALL", "FLUSHDB", "SWAPDB", "KEYS", "SCAN", "DBSIZE", "RANDOMKEY"].contains(name)
    }

    /// The keys that it touches.
    var keys: [ArraySlice<UInt8>] {
        if Self.keyless.contains(name) || arguments.isEmpty { return [] }
        if Self.everyArgument.contains(name) { return arguments }
        switch name {
        case "MSET", "MSETNX": return stride(from: 0, to: arguments.count, by: 2).map { arguments[$0] }
        case "BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX": return arguments.dropLast()
        case "LMOVE", "BLMOVE", "RPOPLPUSH", "BRPOPLPUSH", "SMOVE", "COPY": return Array(arguments.prefix(2))
        case "EVAL", "EVALSHA", "FCALL", "EVAL_RO", "EVALSHA_RO", "FCALL_RO": return counted(at: 1)
        case "LMPOP", "ZMPOP", "ZUNION", "ZINTER", "ZDIFF", "SINTERCARD", "ZINTERCARD": return counted(at: 0)
        case "BLMPOP", "BZMPOP": return counted(at: 1)
        case "ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE": return [arguments[0]] + counted(at: 1)
        case "ZRANGESTORE", "BITOP": return Array(arguments.prefix(3))
        case "OBJECT", "MEMORY", "XINFO", "XGROUP": return arguments.count > 1 ? [arguments[1]] : []
        case "XREAD", "XREADGROUP":
            guard let start = arguments.indices.first(where: { word($0) == "STREAMS" }) else { return [] }
            let rest = arguments[(start + 1)...]
            return Array(rest.prefix(rest.count / 2))
        default: return [arguments[0]]
        }
    }

    private func counted(at index: Int) -> [ArraySlice<UInt8>] {
        guard let count = Int(text(index)), count > 0, count < arguments.count else { return [] }
        return Array(arguments.dropFirst(index + 1).prefix(count))
    }

    /// The command as clients send it.
    var encoded: [UInt8] {
        RESPEncoder.encode(.array([.bulk(Array(name.utf8))] + arguments.map { .bulk(Array($0)) }), version: 2)
    }

    /// Whether all of it was kept.
    var isWhole: Bool { skippedText.isEmpty }
}
