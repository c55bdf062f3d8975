import ReenactTimeline
import ReenactWire

/// A command line, and what of its answer follows from it.
struct MemcachedCommand: Sendable, Equatable {
    /// How the end of an answer is told.
    enum Answer: Sendable, Equatable {
        /// There is none.
        case none
        /// One line, `VA` with a block behind it.
        case line
        /// `VALUE` lines with their blocks, up to `END`.
        case values
        /// Lines up to `END`, or one that says how it went.
        case lines
        /// All up to `MN`: what quiet commands before it had to say comes first.
        case untilNoop
    }

    static let storing: Set<String> = ["set", "add", "replace", "append", "prepend", "cas"]
    private static let getting: Set<String> = ["get", "gets", "gat", "gats"]
    private static let meta: Set<String> = ["mg", "ms", "md", "ma", "me"]
    /// What a connection may begin with. `stats` and the like are left out where others begin so, too.
    static let beginnings: Set<String> = storing.union(getting).union(meta).union([
        "mn", "delete", "incr", "decr", "touch", "version", "verbosity", "flush_all", "stats",
    ])

    var name: String
    /// The words behind the name.
    var arguments: [ArraySlice<UInt8>]

    init(line: ArraySlice<UInt8>) {
        var line = line
        if line.last == 13 { line.removeLast() }
        let words = line.words
        name = words.first?.text ?? ""
        arguments = Array(words.dropFirst())
    }

    private func number(_ index: Int) -> Int? {
        guard arguments.indices.contains(index), arguments[index].count <= 10 else { return nil }
        return Int(arguments[index].text)
    }

    /// Whether it has the words that its kind has.
    var isSound: Bool {
        if Self.storing.contains(name) {
            return arguments.count >= 4 && (number(3) ?? -1) >= 0 && UInt32(arguments[1].text) != nil
        }
        if name == "ms" { return blockLength != nil }
        if Self.getting.contains(name) || Self.meta.contains(name) { return !arguments.isEmpty }
        if ["incr", "decr", "touch"].contains(name) { return arguments.count >= 2 }
        return name == "delete" ? !arguments.isEmpty : Self.beginnings.contains(name)
    }

    /// The length of the block of data behind the line, without its line end; nil where there is none.
    var blockLength: Int? {
        if Self.storing.contains(name) { return number(3) }
        guard name == "ms", arguments.count >= 2 else { return nil }
        // Before version 1.6.11: `ms key S100`.
        if let old = arguments.first(where: { $0.first == UInt8(ascii: "S") }), number(1) == nil {
            return Int(old.dropFirst().text)
        }
        return number(1)
    }

    var answer: Answer {
        if name == "quit" || name == "shutdown" { return .none }
        if arguments.last?.text == "noreply", name != "get", name != "gets" { return .none }
        if Self.meta.contains(name), hasFlag("q") { return .none }
        if Self.getting.contains(name) { return .values }
        if name == "stats" || name == "lru_crawler" { return .lines }
        return name == "mn" ? .untilNoop : .line
    }

    private func hasFlag(_ flag: String) -> Bool {
        arguments.dropFirst(name == "ms" ? 2 : 1).contains { $0.text == flag }
    }

    /// The items that it names.
    var keys: [String] {
        switch name {
        case "get", "gets": arguments.map(\.text)
        case "gat", "gats": arguments.dropFirst().map(\.text)
        case "stats", "version", "verbosity", "flush_all", "mn", "quit", "shutdown", "lru_crawler": []
        default: arguments.first.map { [$0.text] } ?? []
        }
    }

    var stores: Bool { Self.storing.contains(name) || name == "ms" }

    /// It concerns the connection, not what the program is doing.
    var isPreamble: Bool { ["version", "verbosity", "mn", "quit"].contains(name) }
}

/// Cuts a client's stream into commands with their blocks.
struct MemcachedCutter: Sendable {
    struct Unit: Sendable {
        var command: MemcachedCommand
        var block: ArraySlice<UInt8>?
        /// The whole command's place in the stream.
        var range: StreamRange
    }

    private static let lineMax = 1 << 16
    /// Servers take items of up to 1 GiB; what is larger than this is not read.
    private static let blockMax = 128 << 20

    private var bytes: [UInt8] = []
    private var taken = 0
    private(set) var offset = 0
    private(set) var failure: String?

    mutating func append(_ more: ArraySlice<UInt8>) {
        if taken > 1 << 20 || taken == bytes.count {
            bytes.removeFirst(taken)
            taken = 0
        }
        bytes.append(contentsOf: more)
    }

    mutating func next() -> Unit? {
        guard failure == nil, taken < bytes.count else { return nil }
        guard let end = bytes[taken...].firstIndex(of: 10) else {
            if bytes.count - taken > Self.lineMax { failure = "a command line without an end" }
            return nil
        }
        let command = MemcachedCommand(line: bytes[taken..<end])
        var whole = end + 1
        var block: ArraySlice<UInt8>?
        if let length = command.blockLength {
            guard length <= Self.blockMax else {
                failure = "a block of \(length) bytes"
                return nil
            }
            // Its line end may be `\r\n` only.
            guard bytes.count >= whole + length + 2 else { return nil }
            block = bytes[whole..<(whole + length)]
            whole += length + 2
        }
        defer {
            offset += whole - taken
            taken = whole
        }
        return Unit(command: command, block: block, range: .init(offset: offset, length: whole - taken))
    }
}
