import ReenactTimeline
import ReenactWire

/// A command: its name in upper case and its arguments.
struct RedisCommand: Sendable {
    var name: String
    /// Without the name.
    var arguments: [ArraySlice<UInt8>]
    /// Where each argument stands in the command's bytes.
    private var places: [Int]
    /// What a very long command held beyond what was kept.
    private var skipped: ContentHash

    init?(_ unit: RESPUnit) {
        let words =
            unit.bytes.first == RESPType.array ? Self.framed(unit.bytes) : Self.inline(unit.bytes)
        guard let first = words.first else { return nil }
        name = String(decoding: unit.bytes[first], as: UTF8.self).uppercased()
        // Copies, so that what is kept of a command is no larger than it.
        arguments = words.dropFirst().map { unit.bytes[$0] }
        places = words.dropFirst().map(\.lowerBound)
        skipped = unit.skipped
    }

    /// A command of our own making.
    init(_ statement: Seed.Statement) {
        name = statement.text
        arguments = statement.values.map { ($0 ?? [])[...] }
        places = []
        skipped = ContentHash()
    }

    static func named(_ name: String, _ arguments: String...) -> RedisCommand {
        RedisCommand(Seed.Statement(name, values: arguments.map { Array($0.utf8) }))
    }

    private static func framed(_ bytes: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        guard var position = bytes.firstIndex(of: 10).map({ $0 + 1 }) else { return [] }
        while position < bytes.count, bytes[position] == RESPType.bulk,
            let end = bytes[position...].firstIndex(of: 10)
        {
            let digits = bytes[(position + 1)..<end].filter { $0 != 13 }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length >= 0,
                length <= RESPScanner.lengthMax
            else { break }
            let stop = min(end + 1 + length, bytes.count)
            words.append((end + 1)..<stop)
            position = min(stop + 2, bytes.count)
        }
        return words
    }

    private static func inline(_ bytes: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        for (index, byte) in bytes.enumerated() {
            if byte == 32 || byte == 13 || byte == 10 || byte == 9 {
                if let begun = start { words.append(begun..<index) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let begun = start { words.append(begun..<bytes.count) }
        return words
    }

    /// The argument as a keyword.
    func word(_ index: Int) -> String {
        guard arguments.indices.contains(index), arguments[index].count <= 64 else { return "" }
        return String(decoding: arguments[index], as: UTF8.self).uppercased()
    }

    func text(_ index: Int) -> String {
        arguments.indices.contains(index) ? String(decoding: arguments[index], as: UTF8.self) : ""
    }

    // MARK: secrets

    /// Which arguments are secret; with `dropped` bytes in front that are not.
    private var secretArguments: [(index: Int, dropped: Int)] {
        switch name {
        case "AUTH": return arguments.indices.map { ($0, 0) }
        case "HELLO":
            guard let auth = arguments.indices.first(where: { word($0) == "AUTH" }) else { return [] }
            return [auth + 1, auth + 2].filter(arguments.indices.contains).map { ($0, 0) }
        case "CONFIG" where word(0) == "SET":
            return arguments.indices.dropFirst(1).filter {
                ["REQUIREPASS", "MASTERAUTH", "TLS-KEY-FILE-PASS", "TLS-CLIENT-KEY-FILE-PASS"].contains(word($0))
                    && arguments.indices.contains($0 + 1)
            }.map { ($0 + 1, 0) }
        case "ACL" where word(0) == "SETUSER":
            return arguments.indices.filter { $0 > 1 && (arguments[$0].first.map { "><".utf8.contains($0) } ?? false) }
                .map { ($0, 1) }
        case "MIGRATE":
            guard let auth = arguments.indices.first(where: { $0 > 4 && word($0).hasPrefix("AUTH") }) else { return [] }
            return arguments.indices.contains(auth + 1) ? [(auth + 1, 0)] : []
        default: return []
        }
    }

    /// Where secrets stand in the client's stream, given where the command begins.
    func secrets(at offset: Int) -> [Secret] {
        secretArguments.map { index, dropped in
            Secret(
                kind: "password", side: .client,
                range: StreamRange(
                    offset: offset + places[index] + dropped, length: arguments[index].count - dropped))
        }
    }

    /// The arguments with secrets masked.
    var shown: [ArraySlice<UInt8>] {
        var shown = arguments
        for (index, dropped) in secretArguments { shown[index] = shown[index].prefix(dropped) + Array("***".utf8) }
        return shown
    }

    // MARK: what sort of command it is

    /// Handshakes and settings of the connection.
    var isPreamble: Bool { ["HELLO", "AUTH", "SELECT", "CLIENT", "READONLY", "READWRITE"].contains(name) }

    static let subscribing: Set<String> = ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]
    static let unsubscribing: Set<String> = ["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"]

    /// For a command that waits: the argument with its timeout, and what one unit of it is in nanoseconds.
    var timeout: (index: Int, unit: Double)? {
        switch name {
        case "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BZPOPMIN", "BZPOPMAX":
            return arguments.isEmpty ? nil : (arguments.count - 1, 1e9)
        case "BLMPOP", "BZMPOP": return arguments.isEmpty ? nil : (0, 1e9)
        case "WAIT", "WAITAOF": return arguments.isEmpty ? nil : (arguments.count - 1, 1e6)
        case "XREAD", "XREADGROUP":
            guard let block = arguments.indices.first(where: { word($0) == "BLOCK" }),
                arguments.indices.contains(block + 1)
            else { return nil }
            return (block + 1, 1e6)
        default: return nil
        }
    }

    var isBlocking: Bool { timeout != nil }

    /// How long it waits; nil is for ever.
    var timeoutNanoseconds: Int64? {
        guard let timeout, let value = Double(text(timeout.index)), value > 0, value.isFinite else { return nil }
        return Int64(min(value * timeout.unit, 9e18))
    }

    var skippedText: String { skipped.count > 0 ? "…\(skipped.text)" : "" }
}
