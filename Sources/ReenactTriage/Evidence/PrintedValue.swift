import ReenactTimeline

/// Reads values as languages print them: Python's `{'a': None}`, Node's `{ a: null }`, Ruby's `{:a=>nil}`, PHP's
/// `["a" => NULL]`, and objects as `<User id=3 name=None>`.
///
/// What is cut off or unknown is left out; the rest is still of use. A member that is not there may have been cut off.
struct PrintedValue {
    private var rest: Substring
    private var budget = 4000

    /// The value that a text begins with, or nil where it is none that can be looked into.
    static func parse(_ text: String) -> JSONValue? {
        let length = text.utf8.count
        guard length <= 40_000 else { return nil }
        guard rememberedMin..<rememberedMax ~= length else { return read(text) }
        // Several rules read the same variables, and a flood brings the same ones again.
        return known.value(of: text, spread: length) { read(text) }
    }

    private static let known = Remembered<String, JSONValue?>()
    /// What is shorter is read as fast as it is looked up.
    private static let rememberedMin = 24
    private static let rememberedMax = 2000

    private static func read(_ text: String) -> JSONValue? {
        var reader = PrintedValue(rest: Substring(text))
        return reader.value(depth: 0)
    }

    private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }

    private mutating func take(_ word: String) -> Bool {
        guard rest.hasPrefix(word) else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    private mutating func value(depth: Int) -> JSONValue? {
        skipSpace()
        budget -= 1
        guard depth < 40, budget > 0, let first = rest.first else { return nil }
        switch first {
        case "{", "[", "(": return container(depth)
        case "<": return object(depth)
        case "'", "\"", "`": return .string(SourceText.takeLiteral(from: &rest))
        default: break
        }
        let word = rest.prefix { $0.isLetter || $0.isNumber || "_.$:+-".contains($0) }
        guard !word.isEmpty else { return nil }
        rest = rest.dropFirst(word.count)
        if ["b", "u", "r", "f"].contains(word), let quote = rest.first, "'\"".contains(quote) {
            return .string(SourceText.takeLiteral(from: &rest))
        }
        if SourceText.isNothing(String(word)) { return .null }
        if let number = Int64(word) { return .integer(number) }
        if let number = Double(word) { return .number(number) }
        switch word {
        case "True", "true": return .bool(true)
        case "False", "false": return .bool(false)
        default: break
        }
        skipSpace()
        // `OrderedDict({…})`, `Row(id=1, name=None)`, `Foo { id: 1 }`, `#<User id: 1>`.
        if !word.hasSuffix(":"), let open = rest.first, "({[".contains(open) { return container(depth) }
        return .string(String(word))
    }

    /// A mapping where its members have names, else a list; the reading ends where the text does.
    private mutating func container(_ depth: Int) -> JSONValue {
        let close: Character = rest.first == "{" ? "}" : rest.first == "[" ? "]" : ")"
        let isRound = close == ")"
        rest = rest.dropFirst()
        var members: [String: JSONValue] = [:]
        var elements: [JSONValue] = []
        while budget > 0 {
            skipSpace()
            guard let next = rest.first, next != close else { break }
            let before = rest
            if next == ":" { rest = rest.dropFirst() }
            guard let element = value(depth: depth + 1) else { break }
            skipSpace()
            if take("=>") || (rest.first == ":" && take(":")) || (isRound && !rest.hasPrefix("==") && take("=")) {
                guard let member = value(depth: depth + 1) else { break }
                members[name(element)] = member
            } else if case .string(let text) = element, text.hasSuffix(":"), before.first != "'", before.first != "\"" {
                // A bare name with its colon: `{ rate: null }`.
                guard let member = value(depth: depth + 1) else { break }
                members[String(text.dropLast())] = member
            } else {
                elements.append(element)
            }
            skipSpace()
            guard take(",") || rest.first == close else { break }
        }
        if rest.first == close { rest = rest.dropFirst() }
        // `OrderedDict({…})`: the only thing in round brackets is the value itself.
        if isRound, members.isEmpty, elements.count == 1, elements[0].object != nil { return elements[0] }
        return members.isEmpty ? .array(elements) : .object(members)
    }

    private func name(_ value: JSONValue) -> String {
        value == .null ? "None" : value.string ?? Leaf(path: "", name: "", value: value).text
    }

    /// `<User id=3 name='x'>`; nothing of it where it tells no members.
    private mutating func object(_ depth: Int) -> JSONValue? {
        rest = rest.dropFirst()
        // The type's name may hold brackets: `<app.main.<locals>.User id=3>`.
        let name = rest.prefix { !$0.isWhitespace }
        let bare = name.prefix { $0 != "," && $0 != ")" && $0 != "]" && $0 != "}" }
        if bare.hasSuffix(">"), bare.filter({ $0 == ">" }).count > bare.filter({ $0 == "<" }).count {
            rest = rest.dropFirst(bare.count)
            // Among others it is a value of which nothing is known.
            return depth > 0 ? .string("<\(bare)") : nil
        }
        rest = rest.dropFirst(name.count)
        var literal: String?
        var members: [String: JSONValue] = [:]
        while budget > 0 {
            skipSpace()
            guard let next = rest.first, next != ">" else { break }
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard !name.isEmpty else {
                // `<Status 'done'>`: a member of an enumeration tells its value.
                if members.isEmpty, "'\"".contains(next) {
                    literal = SourceText.takeLiteral(from: &rest)
                } else {
                    rest = rest.dropFirst()
                }
                continue
            }
            rest = rest.dropFirst(name.count)
            guard take("=") || take(":") else { continue }
            guard let member = value(depth: depth + 1) else { break }
            members[String(name)] = member
            _ = take(",")
        }
        if rest.first == ">" { rest = rest.dropFirst() }
        if members.isEmpty, depth > 0, let literal { return .string(literal) }
        return members.isEmpty ? nil : .object(members)
    }
}
