import ReenactWire

/// What is known of every key at the beginning of a recording.
struct RedisFacts {
    enum Kind: String {
        case string, set, hash, list, zset, stream

        init?(named name: [UInt8]) { self.init(rawValue: String(decoding: name, as: UTF8.self)) }
    }

    private struct Key: Hashable {
        var database: Int
        var name: [UInt8]
    }

    private struct Known {
        var kind: Kind?
        var exists: Bool?
        var value: [UInt8] = []
        /// Members with scores, fields with values, entries: in order of their coming.
        var parts: [[UInt8]: [[UInt8]]] = [:]
        var order: [[UInt8]] = []
        /// A list's elements; `tail` are those taken from its end, the last first.
        var list: [[UInt8]] = []
        var tail: [[UInt8]] = []
        var isListKnown = false
        var expiry: Int64?
        /// Members that recorded writes put in or took out.
        var written: Set<[UInt8]> = []
        var isWritten = false
        /// Later answers prove nothing of the beginning.
        var isClosed = false
    }

    /// In which all that is told happens.
    var database = 0
    private var known: [Key: Known] = [:]
    private var keys: [Key] = []
    private var isAllClosed = false
    private var assumed = Seed()

    private subscript(name: ArraySlice<UInt8>) -> Known {
        get { known[Key(database: database, name: Array(name))] ?? Known() }
        set {
            let key = Key(database: database, name: Array(name))
            if known.updateValue(newValue, forKey: key) == nil { keys.append(key) }
        }
    }

    // MARK: - What is learnt

    mutating func exists(_ key: ArraySlice<UInt8>, _ isThere: Bool) {
        guard isOpen(key), !self[key].isWritten, self[key].exists == nil else { return }
        self[key].exists = isThere
    }

    mutating func expires(_ key: ArraySlice<UInt8>, milliseconds: Int64) {
        guard isOpen(key), !self[key].isWritten, self[key].expiry == nil else { return }
        self[key].expiry = milliseconds
    }

    mutating func string(_ key: ArraySlice<UInt8>, _ value: [UInt8]?) {
        guard isOpen(key, .string), !self[key].isWritten, self[key].exists == nil || self[key].kind == nil else {
            return
        }
        self[key].exists = value != nil
        guard let value else { return }
        self[key].kind = .string
        self[key].value = value
    }

    /// A value of nil is one that is not known.
    mutating func fields(_ key: ArraySlice<UInt8>, _ fields: [(field: [UInt8], value: [UInt8]?)]) {
        guard isOpen(key, .hash) else { return }
        for (field, value) in fields where !self[key].written.contains(field) {
            if let value {
                put(key, .hash, field, [value])
            } else if self[key].parts[field] == nil {
                put(key, .hash, field, [[]])
                assumed.assume("the value of field \(shown(field)) of \(shown(Array(key))) is not recorded: empty")
            }
        }
    }

    mutating func members(_ key: ArraySlice<UInt8>, _ members: [[UInt8]]) {
        guard isOpen(key, .set) else { return }
        for member in members where !self[key].written.contains(member) { put(key, .set, member, []) }
    }

    mutating func scores(
        _ key: ArraySlice<UInt8>, _ scores: [(member: [UInt8], score: [UInt8])], isAssumed: Bool = false
    ) {
        guard isOpen(key, .zset) else { return }
        for (member, score) in scores where !self[key].written.contains(member) {
            if isAssumed {
                if self[key].parts[member] != nil { continue }
                assumed.assume("the score of \(shown(member)) in \(shown(Array(key))) is not recorded")
            }
            put(key, .zset, member, [score])
        }
    }

    mutating func entry(_ key: ArraySlice<UInt8>, _ id: [UInt8], _ fields: [[UInt8]]) {
        guard isOpen(key, .stream), !fields.isEmpty, !self[key].written.contains(id) else { return }
        put(key, .stream, id, fields)
    }

    /// The list from its beginning on.
    mutating func list(_ key: ArraySlice<UInt8>, _ elements: [[UInt8]]) {
        guard isOpen(key, .list), !self[key].isWritten, !self[key].isListKnown else { return }
        self[key].isListKnown = true
        guard !elements.isEmpty else { return }
        self[key].kind = .list
        self[key].list = elements
    }

    /// An element was taken from an end of the list.
    mutating func popped(_ key: ArraySlice<UInt8>, _ element: [UInt8], atEnd: Bool) {
        defer { self[key].isWritten = true }
        guard isOpen(key, .list), !self[key].isListKnown, !self[key].written.contains(element) else { return }
        self[key].kind = .list
        if atEnd { self[key].tail.append(element) } else { self[key].list.append(element) }
    }

    mutating func wrote(_ key: ArraySlice<UInt8>, _ members: some Sequence<ArraySlice<UInt8>>) {
        self[key].isWritten = true
        for member in members { self[key].written.insert(Array(member)) }
    }

    mutating func close(_ key: ArraySlice<UInt8>) {
        self[key].isWritten = true
        self[key].isClosed = true
    }

    /// The command did something to its keys of which nothing more is known.
    mutating func closeAll(_ command: RedisCommand) {
        if command.touchesEverything { isAllClosed = true }
        for key in command.keys { close(key) }
    }

    private func isOpen(_ key: ArraySlice<UInt8>, _ kind: Kind? = nil) -> Bool {
        let known = self[key]
        return !isAllClosed && !known.isClosed && (kind == nil || known.kind == nil || known.kind == kind)
    }

    private mutating func put(_ key: ArraySlice<UInt8>, _ kind: Kind, _ part: [UInt8], _ value: [[UInt8]]) {
        self[key].kind = kind
        let isNew = self[key].parts[part] == nil
        // What was proved first was proved nearest to the beginning; an unknown value gives way to a known one.
        if isNew || self[key].parts[part] == [[]] { self[key].parts[part] = value }
        if isNew { self[key].order.append(part) }
    }

    // MARK: - What comes of it

    var seed: Seed {
        var seed = assumed
        var database = 0
        for key in keys {
            guard let known = known[key] else { continue }
            var statements = Self.statements(key.name, known)
            if statements.isEmpty, known.exists == true {
                // No invented member could be right, and other code would act on it.
                seed.assume("what \(shown(key.name)) holds is not recorded, only that it is there: taken as empty")
            }
            guard !statements.isEmpty else { continue }
            if let expiry = known.expiry {
                statements.append(.init("PEXPIRE", values: [key.name, Array("\(expiry)".utf8)]))
            }
            if key.database != database {
                database = key.database
                seed.statements.append(.init("SELECT", values: [Array("\(database)".utf8)]))
            }
            seed.statements += statements
        }
        if database != 0 { seed.statements.append(.init("SELECT", values: [Array("0".utf8)])) }
        return seed
    }

    private static func statements(_ name: [UInt8], _ known: Known) -> [Seed.Statement] {
        switch known.kind {
        case .string: return [.init("SET", values: [name, known.value])]
        case .set: return known.order.isEmpty ? [] : [.init("SADD", values: [name] + known.order)]
        case .hash:
            return known.order.isEmpty
                ? [] : [.init("HSET", values: [name] + known.order.flatMap { [$0] + (known.parts[$0] ?? []) })]
        case .zset:
            return known.order.isEmpty
                ? [] : [.init("ZADD", values: [name] + known.order.flatMap { (known.parts[$0] ?? []) + [$0] })]
        case .list:
            let all = known.list + known.tail.reversed()
            return all.isEmpty ? [] : [.init("RPUSH", values: [name] + all)]
        case .stream: return known.order.map { .init("XADD", values: [name, $0] + (known.parts[$0] ?? [])) }
        case nil: return []
        }
    }

    private func shown(_ bytes: [UInt8]) -> String { Printable.text(bytes[...]) }
}
