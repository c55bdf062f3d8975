import ReenactWire

/// The state before the first recorded command, as far as the recording proves it: the naive reading.
///
/// An answer about a key that nothing recorded has written before tells what was there at the beginning. Of a key that
/// was written, only members that the recording did not put there can have been.
struct RedisSeed {
    private var facts = RedisFacts()

    static func of(_ recorded: [Recorded]) -> Seed {
        var seed = RedisSeed()
        var tape = RedisTape()
        for entry in recorded {
            for spoken in tape.take(entry) { seed.take(spoken) }
        }
        return seed.facts.seed
    }

    private mutating func take(_ spoken: RedisTape.Spoken) {
        let command = spoken.command
        facts.database = spoken.database
        // A refusal changes nothing, and what it proves is too little to use.
        guard !spoken.isRefused else { return }
        if command.isWrite { takeWrite(command, spoken.reply) } else { takeRead(command, spoken.reply) }
    }

    // MARK: - Reads

    private mutating func takeRead(_ command: RedisCommand, _ reply: RESPValue) {
        guard let key = command.arguments.first else { return }
        let elements = reply.elements ?? []
        switch command.name {
        case "GET": facts.string(key, reply.bytes)
        case "MGET": for (key, value) in zip(command.arguments, elements) { facts.string(key, value.bytes) }
        case "HGETALL": facts.fields(key, pairs(elements))
        case "HGET", "HMGET":
            let values = command.name == "HGET" ? [reply] : elements
            for (field, value) in zip(command.arguments.dropFirst(), values) {
                if let bytes = value.bytes { facts.fields(key, [(Array(field), bytes)]) }
            }
        case "HKEYS": facts.fields(key, elements.compactMap { $0.bytes.map { ($0, nil) } })
        case "HEXISTS" where reply == .integer(1): facts.fields(key, [(argument(command, 1), nil)])
        case "SMEMBERS": facts.members(key, elements.compactMap(\.bytes))
        case "SISMEMBER" where reply == .integer(1): facts.members(key, [argument(command, 1)])
        case "SSCAN": facts.members(key, elements.last?.elements?.compactMap(\.bytes) ?? [])
        case "LRANGE" where command.text(1) == "0": facts.list(key, elements.compactMap(\.bytes))
        case "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE": scored(command, elements)
        case "ZSCORE": if let score = Self.number(reply) { facts.scores(key, [(argument(command, 1), score)]) }
        case "XRANGE", "XREVRANGE":
            for entry in command.name == "XRANGE" ? elements : elements.reversed() { stream(key, entry) }
        case "EXISTS":
            if case .integer(let count) = reply, count == 0 || Int(count) == command.arguments.count {
                for key in command.arguments { facts.exists(key, count > 0) }
            }
        case "TYPE":
            facts.exists(key, reply.bytes != Array("none".utf8))
        case "TTL", "PTTL":
            if case .integer(let left) = reply, left > 0 {
                facts.exists(key, true)
                facts.expires(key, milliseconds: command.name == "TTL" ? left * 1000 : left)
            }
        case "KEYS": for name in elements.compactMap(\.bytes) { facts.exists(name[...], true) }
        case "SCAN":
            for name in elements.last?.elements?.compactMap(\.bytes) ?? [] { facts.exists(name[...], true) }
        case "XREAD": streams(elements)
        default: break
        }
    }

    private mutating func scored(_ command: RedisCommand, _ elements: [RESPValue]) {
        let key = command.arguments[0]
        if command.arguments.indices.contains(where: { command.word($0) == "WITHSCORES" }) {
            let flat = elements.flatMap { $0.elements ?? [$0] }
            for index in stride(from: 0, to: flat.count - 1, by: 2) {
                if let member = flat[index].bytes, let score = Self.number(flat[index + 1]) {
                    facts.scores(key, [(member, score)])
                }
            }
            return
        }
        // Without scores there is the order, and of a range by score its lower end.
        let isByScore = command.name.hasSuffix("BYSCORE")
        let isReversed = command.name.hasPrefix("ZREV")
        let members = elements.compactMap(\.bytes)
        let low = isByScore ? Double(command.text(isReversed ? 2 : 1)) ?? 0 : 0
        for (index, member) in (isReversed ? members.reversed() : members).enumerated() {
            facts.scores(key, [(member, Array("\(isByScore ? low : Double(index))".utf8))], isAssumed: true)
        }
    }

    private mutating func streams(_ elements: [RESPValue]) {
        // RESP2 has pairs, RESP3 a map.
        let flat = elements.allSatisfy { $0.elements?.count == 2 } ? elements.flatMap { $0.elements ?? [] } : elements
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            guard let key = flat[index].bytes else { continue }
            for entry in flat[index + 1].elements ?? [] { stream(key[...], entry) }
        }
    }

    private mutating func stream(_ key: ArraySlice<UInt8>, _ entry: RESPValue) {
        guard let parts = entry.elements, parts.count == 2, let id = parts[0].bytes else { return }
        facts.entry(key, id, (parts[1].elements ?? []).compactMap(\.bytes))
    }

    // MARK: - Writes: what their answers prove of the state before them

    private mutating func takeWrite(_ command: RedisCommand, _ reply: RESPValue) {
        guard let key = command.arguments.first else { return facts.closeAll(command) }
        let count: Int64? = if case .integer(let value) = reply { value } else { nil }
        switch command.name {
        case "SET" where reply.isNull && command.arguments.indices.contains(where: { command.word($0) == "NX" }):
            facts.exists(key, true)
        case "SET" where reply.isNull: facts.exists(key, false)
        case "SETNX" where count == 0: facts.exists(key, true)
        case "GETSET", "GETDEL":
            facts.string(key, reply.bytes)
            facts.close(key)
        case "GETEX": facts.string(key, reply.bytes)
        case "INCR", "DECR", "INCRBY", "DECRBY":
            let step = command.name.hasSuffix("BY") ? Int64(command.text(1)) ?? 0 : 1
            if let count {
                let before = command.name.hasPrefix("INCR") ? count &- step : count &+ step
                facts.string(key, before == 0 ? nil : Array("\(before)".utf8))
            }
            facts.close(key)
        case "DEL", "UNLINK":
            for key in command.arguments {
                if count == 0 || count == Int64(command.arguments.count) { facts.exists(key, count != 0) }
                facts.close(key)
            }
        case "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT": if let count { facts.exists(key, count == 1) }
        case "SADD", "SREM":
            let isProof = command.arguments.count == 2 && count == (command.name == "SADD" ? 0 : 1)
            if isProof { facts.members(key, [argument(command, 1)]) }
            facts.wrote(key, command.arguments.dropFirst())
        case "HSET", "HSETNX", "HMSET":
            let fields = stride(from: 1, to: command.arguments.count, by: 2).map { command.arguments[$0] }
            if fields.count == 1, count == 0 { facts.fields(key, [(Array(fields[0]), nil)]) }
            facts.wrote(key, fields[...])
        case "HDEL":
            if count == 1, command.arguments.count == 2 { facts.fields(key, [(argument(command, 1), nil)]) }
            facts.wrote(key, command.arguments.dropFirst())
        case "HINCRBY":
            if let count, let step = Int64(command.text(2)), count &- step != 0 {
                facts.fields(key, [(argument(command, 1), Array("\(count &- step)".utf8))])
            }
            facts.wrote(key, command.arguments[1...1])
        case "ZADD": facts.wrote(key, command.arguments.dropFirst())
        case "ZREM":
            if count == 1, command.arguments.count == 2 {
                facts.scores(key, [(argument(command, 1), Array("0".utf8))], isAssumed: true)
            }
            facts.wrote(key, command.arguments.dropFirst())
        case "ZREMRANGEBYSCORE", "ZREMRANGEBYRANK", "ZREMRANGEBYLEX": if count != 0 { facts.close(key) }
        case "RPUSH", "LPUSH", "RPUSHX", "LPUSHX": facts.wrote(key, command.arguments.dropFirst())
        case "LPOP", "RPOP", "LMOVE", "RPOPLPUSH", "BLMOVE", "BRPOPLPUSH":
            for taken in reply.bytes.map({ [$0] }) ?? reply.elements?.compactMap(\.bytes) ?? [] {
                facts.popped(key, taken, atEnd: command.name.contains("RPOP") || command.word(2) == "RIGHT")
                if command.arguments.count > 1, command.name.count > 4 {
                    facts.wrote(command.arguments[1], [taken[...]])
                }
            }
        case "BLPOP", "BRPOP":
            if let parts = reply.elements, parts.count == 2, let from = parts[0].bytes, let taken = parts[1].bytes {
                facts.popped(from[...], taken, atEnd: command.name == "BRPOP")
            }
        case "LTRIM", "LREM", "LSET", "LINSERT": facts.close(key)
        case "XADD": if let id = reply.bytes { facts.wrote(key, [id[...]]) }
        case "XREADGROUP":
            streams(reply.elements ?? [])
        default: facts.closeAll(command)
        }
        if ["SET", "SETNX", "SETEX", "PSETEX"].contains(command.name), !reply.isNull, count != 0 {
            if command.name == "SETNX" || command.arguments.indices.contains(where: { command.word($0) == "NX" }) {
                facts.exists(key, false)
            }
            facts.close(key)
        }
    }

    // MARK: - Values

    private func argument(_ command: RedisCommand, _ index: Int) -> [UInt8] {
        command.arguments.indices.contains(index) ? Array(command.arguments[index]) : []
    }

    private func pairs(_ elements: [RESPValue]) -> [(field: [UInt8], value: [UInt8]?)] {
        stride(from: 0, to: elements.count - 1, by: 2).compactMap { index in
            elements[index].bytes.map { ($0, elements[index + 1].bytes) }
        }
    }

    private static func number(_ value: RESPValue) -> [UInt8]? {
        switch value {
        case .double(let bytes), .bulk(let bytes): bytes
        case .integer(let number): Array("\(number)".utf8)
        default: nil
        }
    }
}
