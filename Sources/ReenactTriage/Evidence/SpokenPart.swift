import ReenactTimeline

/// Which part of its line failed, told by the message where the runtime did not tell the place: `count(): Argument #1 …
/// null given` is about what stands between the brackets behind `count`.
enum SpokenPart {
    /// The exception with that part in its innermost frame; as it was, where the message does not tell or fits the line
    /// more than once.
    static func told(_ record: ExceptionRecord) -> ExceptionRecord {
        guard let last = record.frames.indices.last else { return record }
        let source = record.frames[last].source
        let told = record.frames[last].expression == nil ? part(of: source, record.message) : nil
        guard let part = told ?? destructured(source, record.message) else { return record }
        var record = record
        record.frames[last].expression = part
        return record
    }

    private static func part(of source: String, _ message: String) -> String? {
        guard !source.isEmpty, source.count <= 1000, message.utf8.count <= 2000 else { return nil }
        return argument(source, message) ?? receiver(source, message) ?? key(source, message)
    }

    /// `Cannot destructure property 'left' of 'stock.get(...)' as it is undefined`: the place that V8 tells is the name's,
    /// what failed is the other side.
    private static func destructured(_ source: String, _ message: String) -> String? {
        guard message.hasPrefix("Cannot destructure "), source.count <= 1000, let of = message.range(of: " of '") else {
            return nil
        }
        let shown = message[of.upperBound...].prefix { $0 != "'" }.prefix { $0 != "(" }
        guard shown.count > 1, let range = only(String(shown), in: source) else { return nil }
        let rest = source[range.upperBound...]
        guard rest.first == "(" else { return String(shown) }
        return "\(shown)(\(SourceText.arguments(rest.dropFirst()).joined(separator: ", ")))"
    }

    /// PHP: `name(): Argument #2 ($x) must be …`, `name(): Passing null to parameter #1 ($x)`.
    private static func argument(_ source: String, _ message: String) -> String? {
        guard let brackets = message.range(of: "(): ") else { return nil }
        let name = message[..<brackets.lowerBound].split { !($0.isLetter || $0.isNumber || $0 == "_") }.last
        let numbered = ["Argument #", "parameter #"].compactMap { message.range(of: $0) }.first
        guard let name, let numbered, let number = Int(message[numbered.upperBound...].prefix { $0.isNumber }),
            let call = only("\(name)(", in: source)
        else { return nil }
        let arguments = SourceText.arguments(source[call.upperBound...])
        return arguments.indices.contains(number - 1) ? arguments[number - 1] : nil
    }

    /// `Call to a member function name() on null`, `undefined method `name' for nil`, `(reading 'name')`.
    private static func receiver(_ source: String, _ message: String) -> String? {
        let name: String
        if let range = message.range(of: "Call to a member function ") {
            name = String(message[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        } else if let read = MissingKey.read(message) {
            name = read
        } else {
            return nil
        }
        guard name.count > 1 else { return nil }
        for join in ["->", "?.", "&.", "."] {
            guard let range = only(join + name, in: source, isWord: true) else { continue }
            let start = pathStart(before: range.lowerBound, in: source)
            return start < range.lowerBound ? String(source[start..<range.upperBound]) : nil
        }
        return nil
    }

    /// `Undefined array key "name"`.
    private static func key(_ source: String, _ message: String) -> String? {
        guard let range = message.range(of: "Undefined array key \"") else { return nil }
        let name = message[range.upperBound...].prefix { $0 != "\"" }
        for quote in ["\"", "'"] {
            guard let found = only("[\(quote)\(name)\(quote)]", in: source) else { continue }
            let start = pathStart(before: found.lowerBound, in: source)
            return start < found.lowerBound ? String(source[start..<found.upperBound]) : nil
        }
        return nil
    }

    /// Where a text stands, if it does so once.
    private static func only(_ text: String, in source: String, isWord: Bool = false) -> Range<String.Index>? {
        guard !text.isEmpty, let range = source.range(of: text), source[range.upperBound...].range(of: text) == nil
        else {
            return nil
        }
        let after = source[range.upperBound...].first
        if isWord, after.map({ $0.isLetter || $0.isNumber || $0 == "_" }) ?? false { return nil }
        let before = source[..<range.lowerBound].last
        if text.first?.isLetter ?? false, before.map({ $0.isLetter || $0.isNumber || "_>$.".contains($0) }) ?? false {
            return nil
        }
        return range
    }

    /// Where what is read there begins: over names, members, brackets and calls, from behind.
    private static func pathStart(before end: String.Index, in source: String) -> String.Index {
        var place = end
        var depth = 0
        while place > source.startIndex {
            let previous = source.index(before: place)
            let character = source[previous]
            if ")]".contains(character) {
                depth += 1
            } else if "([".contains(character) {
                guard depth > 0 else { break }
                depth -= 1
            } else if depth == 0, !(character.isLetter || character.isNumber || "_$.?>&@:".contains(character)) {
                // An arrow's dash belongs to it, a minus does not.
                guard character == "-", source[place] == ">" else { break }
            }
            place = previous
        }
        return place
    }
}
