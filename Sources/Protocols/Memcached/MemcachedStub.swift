import ReenactTimeline
import ReenactWire

/// Plays a recorded memcached on one connection.
struct MemcachedStub: StubSession {
    static let note = "answered from the specification"
    static let own = "answered from what the program stored"

    /// What the live program stored on any connection and nothing recorded asked for.
    private final class Items {
        var held: [String: (flags: String, value: [UInt8])] = [:]
        init(_ shelf: Shelf) {}
    }

    private var cutter = MemcachedCutter()
    private var hasEnded = false

    init() {}

    mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        var actions: [StubAction] = []
        cutter.append(bytes)
        while !hasEnded, let unit = cutter.next() { answer(unit, shelf, &actions) }
        if cutter.failure != nil, !hasEnded {
            hasEnded = true
            actions.append(.close(.fin, delay: 0))
        }
        return actions
    }

    mutating func clientClosed(_ shelf: Shelf) -> [StubAction] {
        guard !hasEnded else { return [] }
        hasEnded = true
        return [.close(.fin, delay: 0)]
    }

    private mutating func answer(_ unit: MemcachedCutter.Unit, _ shelf: Shelf, _ actions: inout [StubAction]) {
        let command = unit.command
        let key = MemcachedKey(command, block: unit.block)
        let summary = MemcachedKey.summary(command, block: unit.block)
        defer { remember(unit, shelf) }
        if command.name == "quit" || command.name == "shutdown" {
            if shelf.hasFresh(key: key.key) { _ = shelf.take(key: key.key, summary: summary) }
            hasEnded = true
            return actions.append(.close(.fin, delay: 0))
        }
        let isFresh = shelf.hasFresh(key: key.key, relaxed: key.relaxed)
        let isKnown = isFresh || shelf.peek(key: key.key) != nil
        if command.answer == .none {
            // What asks for no answer is not waited for: more of it than recorded changes nothing that is asked.
            guard isKnown else { return shelf.answered(key: key.key, summary: summary, note: Self.note) }
            _ = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary)
            return
        }
        if !isKnown, let bytes = specified(command, shelf) {
            shelf.answered(
                key: key.key, summary: summary, note: command.answer == .values ? Self.own : Self.note)
            return Self.send(bytes, &actions)
        }
        guard let entry = shelf.take(key: key.key, relaxed: key.relaxed, summary: summary) else {
            return Self.send(Array("SERVER_ERROR reenact: nothing recorded answers this\r\n".utf8), &actions)
        }
        actions += entry.replay
        if case .close = entry.ending { hasEnded = true }
    }

    private static func send(_ bytes: [UInt8], _ actions: inout [StubAction]) {
        actions.append(.send(bytes, delay: 0))
    }

    /// What belongs to the connection, and items that the program itself put there under a name that nothing recorded
    /// knows.
    private func specified(_ command: MemcachedCommand, _ shelf: Shelf) -> [UInt8]? {
        switch command.name {
        case "version": return Array("VERSION 1.6.18\r\n".utf8)
        case "verbosity": return Array("OK\r\n".utf8)
        case "mn": return Array("MN\r\n".utf8)
        case "get":
            let held = shelf.cached { Items($0) }.held
            let found = command.keys.compactMap { key in held[key].map { (key, $0) } }
            guard found.count == command.keys.count, !found.isEmpty else { return nil }
            return found.flatMap { key, item in
                Array("VALUE \(key) \(item.flags) \(item.value.count)\r\n".utf8) + item.value + [13, 10]
            } + Array("END\r\n".utf8)
        default: return nil
        }
    }

    private func remember(_ unit: MemcachedCutter.Unit, _ shelf: Shelf) {
        guard let key = unit.command.keys.first else { return }
        let items = shelf.cached { Items($0) }
        if unit.command.name == "set", let block = unit.block, items.held.count < 10_000, block.count < 1 << 20 {
            items.held[key] = (unit.command.arguments[1].text, Array(block))
        } else if unit.command.answer != .values, unit.command.name != "touch" {
            items.held[key] = nil
        }
    }
}
