import ReenactTimeline

/// Python's serialised values, read as data: nothing is imported, nothing is called. Of an object stay its class' name,
/// what it was made from and its members.
///
/// Source: CPython's `Lib/pickletools.py`, protocols 0 to 5.
struct Pickle {
    /// The value, or nil where the bytes are no pickle, are cut, or hold what can't be read as data.
    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        guard bytes.count >= 2, bytes.count <= bytesMax, bytes.last == UInt8(ascii: "."),
            bytes[0] == 0x80 && (2...5).contains(bytes[1]) || "(]}cNIFVSULXKJM".utf8.contains(bytes[0])
        else { return nil }
        var pickle = Pickle(bytes)
        guard pickle.run(), let top = pickle.stack.last else { return nil }
        var budget = valuesMax
        return pickle.told(top, depth: 0, &budget)
    }

    private static let bytesMax = 1 << 20
    private static let valuesMax = 50_000
    private static let depthMax = 30

    private enum Node {
        case value(JSONValue)
        case list([Int])
        case map([(key: Int, value: Int)])
        case name(String)
        /// An instance: its class, what it was made from, and its state.
        case object(type: Int, arguments: Int, state: Int?)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var nodes: [Node] = []
    private var stack: [Int] = []
    private var marks: [Int] = []
    private var memo: [Int: Int] = [:]

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: whether the pickle was understood to its end.
    private mutating func run() -> Bool {
        while position < bytes.count {
            let code = bytes[position]
            position += 1
            if code == UInt8(ascii: ".") { return stack.count == 1 }
            guard step(code) else { return false }
        }
        return false
    }

    private mutating func step(_ code: UInt8) -> Bool {
        switch code {
        case 0x80: return take(1) != nil
        case 0x95: return take(8) != nil
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): return stack.popLast() != nil
        case UInt8(ascii: "1"): return popMarked() != nil
        case UInt8(ascii: "2"):
            guard let top = stack.last else { return false }
            stack.append(top)
        case UInt8(ascii: "N"): push(.null)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        default: return number(code) ?? text(code) ?? container(code) ?? remembered(code) ?? instance(code) ?? false
        }
        return true
    }

    // MARK: plain values

    private mutating func number(_ code: UInt8) -> Bool? {
        switch code {
        case UInt8(ascii: "J"):
            return take(4).map { push(.integer(Int64(Int32(truncatingIfNeeded: Self.little($0))))) }
                != nil
        case UInt8(ascii: "K"): return take(1).map { push(.integer(Int64(Self.little($0)))) } != nil
        case UInt8(ascii: "M"): return take(2).map { push(.integer(Int64(Self.little($0)))) } != nil
        case 0x8a:
            guard let count = take(1), let digits = take(Int(Self.little(count))), digits.count <= 8 else {
                return false
            }
            let shift = 64 - 8 * digits.count
            push(.integer(shift == 64 ? 0 : Int64(bitPattern: Self.little(digits) << UInt64(shift)) >> Int64(shift)))
            return true
        case UInt8(ascii: "I"), UInt8(ascii: "L"):
            guard let line = line() else { return false }
            if line == "01" || line == "00" {
                push(.bool(line == "01"))
            } else {
                guard let number = Int64(line.hasSuffix("L") ? line.dropLast() : line[...]) else { return false }
                push(.integer(number))
            }
            return true
        case UInt8(ascii: "F"):
            guard let number = line().flatMap(Double.init) else { return false }
            push(.number(number))
            return true
        case UInt8(ascii: "G"):
            guard let digits = take(8) else { return false }
            push(.number(Double(bitPattern: digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })))
            return true
        default: return nil
        }
    }

    private mutating func text(_ code: UInt8) -> Bool? {
        let width: Int
        switch code {
        case UInt8(ascii: "V"), UInt8(ascii: "S"):
            guard let line = line() else { return false }
            push(.string(code == UInt8(ascii: "S") ? String(line.dropFirst().dropLast()) : line))
            return true
        case 0x8c, UInt8(ascii: "U"), UInt8(ascii: "C"): width = 1
        case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"): width = 4
        case 0x8d, 0x8e, 0x96: width = 8
        default: return nil
        }
        guard let length = take(width), let count = Int(exactly: Self.little(length)), let content = take(count) else {
            return false
        }
        push(.string(String(decoding: content, as: UTF8.self)))
        return true
    }

    // MARK: containers

    private mutating func container(_ code: UInt8) -> Bool? {
        switch code {
        case UInt8(ascii: "]"), UInt8(ascii: ")"), 0x8f: add(.list([]))
        case UInt8(ascii: "}"): add(.map([]))
        case UInt8(ascii: "l"), UInt8(ascii: "t"), 0x91:
            guard let elements = popMarked() else { return false }
            add(.list(elements))
        case 0x85...0x87:
            let count = Int(code - 0x84)
            guard stack.count >= count else { return false }
            let elements = Array(stack.suffix(count))
            stack.removeLast(count)
            add(.list(elements))
        case UInt8(ascii: "d"):
            guard let pairs = popMarked(), pairs.count % 2 == 0 else { return false }
            add(.map([]))
            return fill(pairs)
        case UInt8(ascii: "a"):
            guard let element = stack.popLast() else { return false }
            return append([element])
        case UInt8(ascii: "e"), 0x90:
            guard let elements = popMarked() else { return false }
            return append(elements)
        case UInt8(ascii: "s"):
            guard stack.count >= 3 else { return false }
            let pair = Array(stack.suffix(2))
            stack.removeLast(2)
            return fill(pair)
        case UInt8(ascii: "u"):
            guard let pairs = popMarked(), pairs.count % 2 == 0 else { return false }
            return fill(pairs)
        default: return nil
        }
        return true
    }

    private mutating func append(_ elements: [Int]) -> Bool {
        guard let top = stack.last else { return false }
        // Subclasses of list are objects: what they hold is passed over. Taken out first, so that nothing is copied.
        if case .list(var own) = nodes[top] {
            nodes[top] = .value(.null)
            own += elements
            nodes[top] = .list(own)
        }
        return true
    }

    private mutating func fill(_ pairs: [Int]) -> Bool {
        guard let top = stack.last else { return false }
        if case .map(var own) = nodes[top] {
            nodes[top] = .value(.null)
            for place in stride(from: 0, to: pairs.count, by: 2) { own.append((pairs[place], pairs[place + 1])) }
            nodes[top] = .map(own)
        }
        return true
    }

    // MARK: references

    private mutating func remembered(_ code: UInt8) -> Bool? {
        switch code {
        case 0x94: return keep(memo.count)
        case UInt8(ascii: "q"): return take(1).map { Int(Self.little($0)) }.map { keep($0) } ?? false
        case UInt8(ascii: "r"): return take(4).map { Int(Self.little($0)) }.map { keep($0) } ?? false
        case UInt8(ascii: "p"): return line().flatMap { Int($0) }.map { keep($0) } ?? false
        case UInt8(ascii: "h"): return take(1).map { Int(Self.little($0)) }.map { recall($0) } ?? false
        case UInt8(ascii: "j"): return take(4).map { Int(Self.little($0)) }.map { recall($0) } ?? false
        case UInt8(ascii: "g"): return line().flatMap { Int($0) }.map { recall($0) } ?? false
        default: return nil
        }
    }

    private mutating func keep(_ number: Int) -> Bool {
        guard let top = stack.last else { return false }
        memo[number] = top
        return true
    }

    private mutating func recall(_ number: Int) -> Bool {
        guard let node = memo[number] else { return false }
        stack.append(node)
        return true
    }

    // MARK: objects

    private mutating func instance(_ code: UInt8) -> Bool? {
        switch code {
        case UInt8(ascii: "c"):
            guard let module = line(), let name = line() else { return false }
            add(.name("\(module).\(name)"))
        case 0x93:
            guard stack.count >= 2, case .value(.string(let name)) = nodes[stack.removeLast()],
                case .value(.string(let module)) = nodes[stack.removeLast()]
            else { return false }
            add(.name("\(module).\(name)"))
        case UInt8(ascii: "R"), 0x81:
            guard stack.count >= 2 else { return false }
            let arguments = stack.removeLast()
            add(.object(type: stack.removeLast(), arguments: arguments, state: nil))
        case 0x92:
            guard stack.count >= 3 else { return false }
            _ = stack.removeLast()
            let arguments = stack.removeLast()
            add(.object(type: stack.removeLast(), arguments: arguments, state: nil))
        case UInt8(ascii: "b"):
            guard stack.count >= 2 else { return false }
            let state = stack.removeLast()
            guard case .object(let type, let arguments, _) = nodes[stack[stack.count - 1]] else { return true }
            nodes[stack[stack.count - 1]] = .object(type: type, arguments: arguments, state: state)
        default: return nil
        }
        return true
    }

    // MARK: parts

    private mutating func push(_ value: JSONValue) { add(.value(value)) }

    private mutating func add(_ node: Node) {
        nodes.append(node)
        stack.append(nodes.count - 1)
    }

    private mutating func popMarked() -> [Int]? {
        guard let mark = marks.popLast(), mark <= stack.count else { return nil }
        let elements = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return elements
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func line() -> String? {
        guard let end = bytes[position...].firstIndex(of: 0x0a) else { return nil }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private static func little(_ digits: ArraySlice<UInt8>) -> UInt64 {
        digits.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The node as a value. What is shared stands wherever it is used; what holds itself is cut.
    private func told(_ node: Int, depth: Int, _ budget: inout Int) -> JSONValue {
        budget -= 1
        guard depth < Self.depthMax, budget > 0 else { return .null }
        switch nodes[node] {
        case .value(let value): return value
        case .name(let name): return .string(name)
        case .list(let elements): return .array(elements.map { told($0, depth: depth + 1, &budget) })
        case .map(let pairs):
            var members: [String: JSONValue] = [:]
            for pair in pairs {
                let key = Leaf(path: "", name: "", value: told(pair.key, depth: depth + 1, &budget)).text
                members[key] = told(pair.value, depth: depth + 1, &budget)
            }
            return .object(members)
        case .object(let type, let arguments, let state):
            var members = state.map { told($0, depth: depth + 1, &budget).object ?? [:] } ?? [:]
            members["class"] = members["class"] ?? told(type, depth: depth + 1, &budget)
            if case .list(let given) = nodes[arguments], !given.isEmpty {
                members["arguments"] = told(arguments, depth: depth + 1, &budget)
            }
            return .object(members)
        }
    }
}
