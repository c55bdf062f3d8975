import ReenactWire

/// Canonical keys of a command. No password is part of them.
struct RedisKey: Sendable {
    static let timeout = "timeout"
    static let volatileArguments = "volatile arguments"
    static let volatilePayload = "volatile payload"

    var key: String
    private var withoutTimeout: String?
    private var withoutVolatile: String?
    private var withoutPayload: String?

    init(_ command: RedisCommand, database: Int, prefix: String = "") {
        let head = "\(prefix)\(database)|\(command.name)"
        let shown = command.shown
        let exact = shown.map(Self.form)
        func whole(_ arguments: [String]) -> String {
            ([head] + arguments).joined(separator: " ") + command.skippedText
        }
        key = whole(exact)
        if let timeout = command.timeout {
            var arguments = exact
            arguments[timeout.index] = "<timeout>"
            withoutTimeout = whole(arguments)
        }
        var relaxed = exact
        var isChanged = false
        for index in shown.indices {
            if let marked = Self.marked(shown[index], after: index > 0 ? shown[index - 1] : nil)
                ?? Self.measured(shown[index], command, isLast: index == shown.count - 1)
            {
                relaxed[index] = marked
                isChanged = true
            }
        }
        if isChanged { withoutVolatile = whole(relaxed) }
        // What is written under a name that is a process's own is about that process.
        let isOwn = shown.first.map { Self.marked($0, after: nil) != nil } ?? false
        isChanged = false
        for index in Self.payload(command) where shown[index].count > 32 || isOwn {
            guard shown[index].count > 32 else {
                relaxed[index] = "<payload>"
                isChanged = true
                continue
            }
            relaxed[index] = "<payload of 2^\(Int.bitWidth - shown[index].count.leadingZeroBitCount) bytes>"
            isChanged = true
        }
        if isChanged { withoutPayload = whole(relaxed) }
    }

    /// An EXEC asks what was queued.
    init(exec queued: [RedisKey], database: Int) {
        func whole(_ keys: [String]) -> String {
            let joined = keys.joined(separator: ";")
            let shown = joined.utf8.count > 4096 ? ContentHash(Array(joined.utf8)).text : joined
            return "\(database)|EXEC [\(shown)]"
        }
        key = whole(queued.map(\.key))
        if queued.contains(where: { $0.withoutVolatile != nil }) {
            withoutVolatile = whole(queued.map { $0.withoutVolatile ?? $0.key })
        }
        if queued.contains(where: { $0.withoutPayload != nil }) {
            withoutPayload = whole(queued.map { $0.withoutPayload ?? $0.withoutVolatile ?? $0.key })
        }
    }

    var relaxed: [RelaxedKey] {
        var relaxed: [RelaxedKey] = []
        if let withoutTimeout { relaxed.append(RelaxedKey(Self.timeout, key: withoutTimeout)) }
        if let withoutVolatile { relaxed.append(RelaxedKey(Self.volatileArguments, key: withoutVolatile)) }
        if let withoutPayload { relaxed.append(RelaxedKey(Self.volatilePayload, key: withoutPayload)) }
        return relaxed
    }

    /// Length-prefixed, so that no two lists of arguments look alike.
    private static func form(_ argument: ArraySlice<UInt8>) -> String {
        if argument.count > 512 { return "#\(ContentHash(argument).text)" }
        if let text = String(validating: argument, as: UTF8.self) { return "\(argument.count):\(text)" }
        return "x\(argument.count):\(Printable.hex(argument))"
    }

    /// What is added to a number with a fraction is a time or another measure, different in each run.
    private static func measured(_ argument: ArraySlice<UInt8>, _ command: RedisCommand, isLast: Bool) -> String? {
        guard isLast, ["INCRBYFLOAT", "HINCRBYFLOAT"].contains(command.name), argument.count <= 40,
            let text = String(validating: argument, as: UTF8.self), text.contains("."), Double(text) != nil
        else { return nil }
        return "<measure>"
    }

    /// The argument with what is volatile in it replaced; nil where nothing is.
    private static func marked(_ argument: ArraySlice<UInt8>, after previous: ArraySlice<UInt8>?) -> String? {
        guard argument.count <= 512 else { return nil }
        if let previous, previous.elementsEqual("pid".utf8), argument.allSatisfy({ $0 &- 48 < 10 }) { return "<pid>" }
        if let marker = marker(argument) { return marker }
        guard argument.contains(UInt8(ascii: ":")) else { return Volatile.embedded(in: argument) }
        var isChanged = false
        let parts = argument.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var marked = parts.map { part in
            if let marker = marker(part) ?? Volatile.embedded(in: part) {
                isChanged = true
                return marker
            }
            return form(part)
        }
        for index in parts.indices.dropLast() {
            guard let length = Volatile.workerNonce(parts[index + 1], behind: parts[index]) else { continue }
            (marked[index], marked[index + 1]) = ("<pid>", "<nonce>\(form(parts[index + 1].dropFirst(length)))")
            isChanged = true
        }
        return isChanged ? marked.joined(separator: ":") : nil
    }

    private static func marker(_ value: ArraySlice<UInt8>) -> String? {
        Volatile.marker(for: value) ?? Volatile.epochMarker(for: value) ?? Volatile.workerMarker(for: value)
    }

    /// The arguments that are values of a write.
    private static func payload(_ command: RedisCommand) -> [Int] {
        let count = command.arguments.count
        func every(_ step: Int, from start: Int) -> [Int] {
            start < count ? Array(stride(from: start, to: count, by: step)) : []
        }
        switch command.name {
        case "SET", "SETNX", "GETSET", "APPEND", "PUBLISH", "SPUBLISH": return count > 1 ? [1] : []
        case "SETEX", "PSETEX", "HSETNX", "RESTORE": return count > 2 ? [2] : []
        case "HSET", "HMSET": return every(2, from: 2)
        case "MSET", "MSETNX": return every(2, from: 1)
        case "LPUSH", "RPUSH", "LPUSHX", "RPUSHX", "SADD": return every(1, from: 1)
        case "ZADD": return every(1, from: 2)
        case "XADD": return every(1, from: 2)
        default: return []
        }
    }
}
