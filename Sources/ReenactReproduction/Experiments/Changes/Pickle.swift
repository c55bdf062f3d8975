import ReenactTimeline
import ReenactWire

/// Python's serialised objects, as queues of jobs keep arguments: read as a document, and written again with one value
/// changed. Nothing is ever executed; what is no plain value is opaque.
///
/// Source: https://github.com/python/cpython/blob/main/Lib/pickletools.py
struct Pickle {
    /// What is opaque reads as this text.
    static let opaque: JSONValue = "object"

    private final class Node {
        var value: JSONValue = Pickle.opaque
        var children: [(step: AnswerEdit.Step, entry: Entry)] = []
        var isList = false
        var isDict = false

        init(_ value: JSONValue = Pickle.opaque) { self.value = value }
    }

    /// A value and the instruction that put it there.
    private struct Entry {
        var node: Node
        var range: Range<Int>
    }

    private let bytes: [UInt8]
    private let root: Entry
    /// Where frames begin, and how long they are.
    private let frames: [(at: Int, length: Int)]

    private static let bytesMax = 1 << 20

    /// Nil for what is no pickle, or has instructions that are not known here.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax, bytes.first == 0x80, bytes.last == UInt8(ascii: ".") else { return nil }
        var reader = Reader(bytes)
        guard let root = reader.read() else { return nil }
        self.bytes = bytes
        self.root = root
        frames = reader.frames
    }

    /// Lists and tuples as arrays, dictionaries with texts as keys as objects.
    var document: JSONValue { Self.document(root.node, depth: 0) }

    private static func document(_ node: Node, depth: Int) -> JSONValue {
        guard depth < 40 else { return opaque }
        if node.isDict {
            var members: [String: JSONValue] = [:]
            for (step, entry) in node.children {
                if case .key(let key) = step { members[key] = document(entry.node, depth: depth + 1) }
            }
            return .object(members)
        }
        if node.isList { return .array(node.children.map { document($0.entry.node, depth: depth + 1) }) }
        return node.value
    }

    /// The bytes with another value at that place; nil where there is none.
    func replacing(_ path: [AnswerEdit.Step], by value: JSONValue) -> [UInt8]? {
        var entry = root
        for step in path {
            guard let next = entry.node.children.first(where: { $0.step == step }) else { return nil }
            entry = next.entry
        }
        // What is put there by several instructions stays.
        guard !path.isEmpty, !entry.node.isList, !entry.node.isDict, entry.node.value != Self.opaque,
            let literal = Self.literal(value, depth: 0)
        else { return nil }
        var changed = bytes
        for frame in frames where entry.range.lowerBound >= frame.at + 9 {
            guard entry.range.upperBound <= frame.at + 9 + frame.length else { continue }
            let length = UInt64(frame.length + literal.count - entry.range.count)
            for place in 0..<8 {
                changed[frame.at + 1 + place] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(place)))
            }
        }
        changed.replaceSubrange(entry.range, with: literal)
        return changed
    }

    private static func literal(_ value: JSONValue, depth: Int) -> [UInt8]? {
        func number(_ count: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
        guard depth < 20 else { return nil }
        switch value {
        case .null: return [UInt8(ascii: "N")]
        case .bool(let flag): return [flag ? 0x88 : 0x89]
        case .integer(let integer):
            if let short = Int32(exactly: integer) { return [UInt8(ascii: "J")] + number(Int(short)) }
            return [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: integer >> (8 * Int64($0))) }
        case .number(let real):
            return [UInt8(ascii: "G")]
                + (0..<8).reversed().map { UInt8(truncatingIfNeeded: real.bitPattern >> (8 * UInt64($0))) }
        case .string(let text): return [UInt8(ascii: "X")] + number(text.utf8.count) + Array(text.utf8)
        case .array(let elements):
            let parts = elements.compactMap { literal($0, depth: depth + 1) }
            return parts.count == elements.count ? Array("](".utf8) + parts.joined() + [UInt8(ascii: "e")] : nil
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.compactMap { key, member in
                literal(member, depth: depth + 1).map { (literal(.string(key), depth: 0) ?? []) + $0 }
            }
            return parts.count == members.count ? Array("}(".utf8) + parts.joined() + [UInt8(ascii: "u")] : nil
        }
    }

    // MARK: - Instructions

    private struct Reader {
        let bytes: [UInt8]
        var at = 0
        var stack: [Entry] = []
        var marks: [Int] = []
        var memo: [Int: Node] = [:]
        var frames: [(at: Int, length: Int)] = []

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func read() -> Entry? {
            while at < bytes.count {
                let start = at
                let code = bytes[at]
                at += 1
                if code == UInt8(ascii: ".") { return at == bytes.count && stack.count == 1 ? stack[0] : nil }
                guard step(code, from: start), at <= bytes.count, stack.count < 100_000 else { return nil }
            }
            return nil
        }

        private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, bytes.count - at >= count else { return nil }
            defer { at += count }
            return bytes[at..<(at + count)]
        }

        private mutating func number(_ count: Int) -> Int? {
            take(count).flatMap { slice in
                var value: UInt64 = 0
                for byte in slice.reversed() { value = value << 8 | UInt64(byte) }
                return Int(exactly: value)
            }
        }

        private mutating func push(_ node: Node?, _ start: Int) -> Bool {
            guard let node else { return false }
            stack.append(Entry(node: node, range: start..<at))
            return true
        }

        private mutating func text(_ width: Int) -> Node? {
            guard let count = number(width), let slice = take(count) else { return nil }
            return String(validating: slice, as: UTF8.self).map { Node(.string($0)) } ?? Node()
        }

        private mutating func opaque(skipping width: Int) -> Node? {
            guard let count = number(width), take(count) != nil else { return nil }
            return Node()
        }

        /// What stands above the last mark.
        private mutating func marked() -> [Entry]? {
            guard let mark = marks.popLast(), mark <= stack.count else { return nil }
            defer { stack.removeSubrange(mark...) }
            return Array(stack[mark...])
        }

        private mutating func popped(_ count: Int) -> [Entry]? {
            guard stack.count >= count else { return nil }
            defer { stack.removeLast(count) }
            return Array(stack.suffix(count))
        }

        private mutating func list(_ entries: [Entry]?, _ start: Int) -> Bool {
            guard let entries else { return false }
            let node = Node()
            node.isList = true
            node.children = entries.enumerated().map { (.index($0), $1) }
            return push(node, start)
        }

        private func append(_ entries: [Entry]?) -> Bool {
            guard let entries, let top = stack.last?.node else { return false }
            for entry in entries { top.children.append((.index(top.children.count), entry)) }
            return true
        }

        private func set(_ entries: [Entry]?) -> Bool {
            guard let entries, entries.count % 2 == 0, let top = stack.last?.node else { return false }
            for place in stride(from: 0, to: entries.count, by: 2) {
                guard let key = entries[place].node.value.string, top.isDict else { continue }
                top.children.append((.key(key), entries[place + 1]))
            }
            return true
        }

        private mutating func step(_ code: UInt8, from start: Int) -> Bool {
            switch code {
            case 0x80: return take(1) != nil
            case 0x95:
                guard let length = number(8) else { return false }
                frames.append((start, length))
                return true
            case UInt8(ascii: "N"): return push(Node(.null), start)
            case 0x88: return push(Node(true), start)
            case 0x89: return push(Node(false), start)
            case UInt8(ascii: "J"):
                return push(number(4).map { Node(.integer(Int64(Int32(truncatingIfNeeded: $0)))) }, start)
            case UInt8(ascii: "K"): return push(number(1).map { Node(.integer(Int64($0))) }, start)
            case UInt8(ascii: "M"): return push(number(2).map { Node(.integer(Int64($0))) }, start)
            case 0x8A: return push(long(), start)
            case UInt8(ascii: "G"):
                guard let slice = take(8) else { return false }
                return push(Node(.number(Double(bitPattern: slice.reduce(0) { $0 << 8 | UInt64($1) }))), start)
            case 0x8C: return push(text(1), start)
            case UInt8(ascii: "X"): return push(text(4), start)
            case 0x8D: return push(text(8), start)
            case UInt8(ascii: "C"): return push(opaque(skipping: 1), start)
            case UInt8(ascii: "B"): return push(opaque(skipping: 4), start)
            case 0x8E, 0x96: return push(opaque(skipping: 8), start)
            default: return shape(code, from: start)
            }
        }

        private mutating func long() -> Node? {
            guard let count = number(1), let slice = take(count) else { return nil }
            guard count <= 8 else { return Node() }
            var value: Int64 = slice.last.map { $0 >= 128 ? -1 : 0 } ?? 0
            for byte in slice.reversed() { value = value << 8 | Int64(byte) }
            return Node(.integer(value))
        }

        /// Containers, the memo, objects.
        private mutating func shape(_ code: UInt8, from start: Int) -> Bool {
            switch code {
            case UInt8(ascii: "("): marks.append(stack.count)
            case UInt8(ascii: "0"): return popped(1) != nil
            case UInt8(ascii: "}"):
                let node = Node()
                node.isDict = true
                return push(node, start)
            case UInt8(ascii: "]"), UInt8(ascii: ")"): return list([], start)
            case UInt8(ascii: "t"): return list(marked(), start)
            case 0x85, 0x86, 0x87: return list(popped(Int(code) - 0x84), start)
            case UInt8(ascii: "a"):
                let entries = popped(1)
                return append(entries)
            case UInt8(ascii: "e"):
                let entries = marked()
                return append(entries)
            case UInt8(ascii: "s"):
                // What is put in is taken off the stack before the container is looked for.
                let entries = popped(2)
                return set(entries)
            case UInt8(ascii: "u"):
                let entries = marked()
                return set(entries)
            case 0x94: return remember(memo.count)
            case UInt8(ascii: "q"): return number(1).map { remember($0) } ?? false
            case UInt8(ascii: "r"): return number(4).map { remember($0) } ?? false
            case UInt8(ascii: "h"): return push(number(1).flatMap { memo[$0] }, start)
            case UInt8(ascii: "j"): return push(number(4).flatMap { memo[$0] }, start)
            case UInt8(ascii: "c"):
                for _ in 0..<2 {
                    guard let end = bytes[at...].firstIndex(of: 10) else { return false }
                    at = end + 1
                }
                return push(Node(), start)
            case 0x8F: return push(Node(), start)
            case 0x90: return marked() != nil
            case 0x91: return marked() != nil && push(Node(), start)
            case 0x81, 0x93, UInt8(ascii: "R"): return popped(2) != nil && push(Node(), start)
            case UInt8(ascii: "b"): return popped(1) != nil
            default: return false
            }
            return true
        }

        private mutating func remember(_ number: Int) -> Bool {
            guard let top = stack.last?.node else { return false }
            memo[number] = top
            return true
        }
    }
}

/// The container of zlib around bytes that are not packed, which every reader of packed ones takes.
/// Source: RFC 1950, RFC 1951 3.2.4
enum StoredZlib {
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            out += [rest.isEmpty ? 1 : 0]
            for number in [length, ~length] { out += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)] }
            out += block
        } while !rest.isEmpty
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        for number in [b, a] { out += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] }
        return out
    }
}
