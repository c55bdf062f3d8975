import ReenactWire

/// Canonical keys of a command: what is asked, without how long it is to be kept.
struct MemcachedKey: Sendable {
    static let value = "stored value"
    static let volatileKey = "volatile key"
    static let numbers = "numbers in the key, stored value"
    static let volatileKeyAndValue = "volatile key, stored value"

    var key: String
    var relaxed: [RelaxedKey] = []

    init(_ command: MemcachedCommand, block: ArraySlice<UInt8>?) {
        let words = Self.words(command)
        let exact = ([command.name] + words.map(\.exact)).joined(separator: " ")
        let stored = block.map { " \($0.count):\(ContentHash($0).text)" } ?? ""
        key = exact + stored
        if block != nil { relaxed.append(RelaxedKey(Self.value, key: exact)) }
        defer {
            // What is stored is not answered: the number of a process in its name may be another.
            if block != nil {
                let numberless = ([command.name] + words.map { Self.withoutNumbers($0.exact) }).joined(separator: " ")
                relaxed.append(RelaxedKey(Self.numbers, key: numberless))
            }
        }
        guard words.contains(where: { $0.marked != nil }) else { return }
        let marked = ([command.name] + words.map { $0.marked ?? $0.exact }).joined(separator: " ")
        relaxed.append(RelaxedKey(Self.volatileKey, key: marked + stored))
        if block != nil { relaxed.append(RelaxedKey(Self.volatileKeyAndValue, key: marked)) }
    }

    /// The words that say what is asked, and what stands for those that differ from run to run.
    private static func words(_ command: MemcachedCommand) -> [(exact: String, marked: String?)] {
        var arguments = command.arguments.map(\.text)
        let names = Set(command.keys)
        if MemcachedCommand.storing.contains(command.name), arguments.count >= 4 {
            // The time and the length; `cas` has a number of the server's behind them.
            arguments = [arguments[0], arguments[1]] + arguments.dropFirst(4)
        } else if command.name == "gat" || command.name == "gats" {
            arguments = Array(arguments.dropFirst())
        } else if command.name == "touch" {
            arguments = Array(arguments.prefix(1))
        } else if command.name == "ms" {
            arguments = arguments.prefix(1) + arguments.dropFirst(2).filter { !$0.hasPrefix("T") && !$0.hasPrefix("O") }
        } else if ["mg", "md", "ma"].contains(command.name) {
            arguments = arguments.filter { !$0.hasPrefix("O") || names.contains($0) }
        }
        return arguments.map { ($0, names.contains($0) ? marked($0) : nil) }
    }

    private static func withoutNumbers(_ name: String) -> String {
        var result = ""
        for character in name where !(character.isNumber && result.last == "#") {
            result.append(character.isNumber ? "#" : character)
        }
        return result
    }

    /// An item's name with what is volatile in it replaced; nil where nothing is.
    static func marked(_ name: String) -> String? {
        func marker(_ part: some Collection<UInt8>) -> String? {
            Volatile.marker(for: part) ?? Volatile.epochMarker(for: part) ?? Volatile.embedded(in: part)
        }
        if let whole = marker(Array(name.utf8)) { return whole }
        var isChanged = false
        let parts = name.utf8.split(omittingEmptySubsequences: false) { ":/|.".utf8.contains($0) }.map { part in
            if let marker = marker(Array(part)) {
                isChanged = true
                return marker
            }
            return String(part) ?? ""
        }
        return isChanged ? parts.joined(separator: ":") : nil
    }

    static func summary(_ command: MemcachedCommand, block: ArraySlice<UInt8>?) -> String {
        let keys = command.keys.isEmpty ? command.arguments.map(\.text) : command.keys
        let shown = keys.prefix(6).map { String($0.prefix(80)) }.joined(separator: " ")
        let more = keys.count > 6 ? " … \(keys.count - 6) more" : ""
        let amount =
            ["incr", "decr"].contains(command.name) ? command.arguments.dropFirst().first.map { " \($0.text)" } : nil
        return [command.name, shown].filter { !$0.isEmpty }.joined(separator: " ") + more + (amount ?? "")
            + (block.map { " (\($0.count) B)" } ?? "")
    }
}
