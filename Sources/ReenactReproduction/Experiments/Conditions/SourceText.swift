import ReenactTimeline

/// What the failing code's own text says of the values that it wants.
struct SourceText: Sendable {
    /// The failing line, and, where that only raises, the lines before it that ask the question.
    let near: String
    /// The same of the callers that are nearest, too.
    let all: String
    /// The lines before a failing line that only raises; empty elsewhere.
    let question: String

    private static let linesBefore = 3

    init(_ failure: Case, host: HostView) {
        let frames = (ExpectedFailure(failure).exception?.frames ?? []).reversed().prefix(3)
        let first = frames.first.map { Self.text(of: $0, host) } ?? ""
        near = first
        question = first == frames.first?.source ? "" : first
        all = ([first] + frames.dropFirst().map(\.source)).joined(separator: "\n")
    }

    private static func text(of frame: ExceptionRecord.Frame, _ host: HostView) -> String {
        let raises = ["raise ", "throw ", "raise(", "throw("].contains { frame.source.hasPrefix($0) }
        guard raises, frame.line > 1, let bytes = host.read(frame.file), bytes.count < 2_000_000 else {
            return frame.source
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // The file may have been changed since.
        guard lines.indices.contains(frame.line - 1), lines[frame.line - 1].contains(frame.source.prefix(40)) else {
            return frame.source
        }
        return lines[max(0, frame.line - 1 - linesBefore)..<frame.line].joined(separator: "\n")
    }

    /// The code compares something with that text.
    func compares(with text: String) -> Bool {
        text.count > 1 && text.count < 80 && (near.contains("'\(text)'") || near.contains("\"\(text)\""))
    }

    /// The keys and indices by which the text goes on behind a member: of `body["a"]["b"][0].c` behind `a` they are `b`,
    /// 0, `c`; nil where the text does not name the member so.
    static func path(behind name: String, in text: String) -> [Step]? {
        for start in ["['\(name)']", "[\"\(name)\"]", "->\(name)", ".\(name)", "get('\(name)')", "get(\"\(name)\")"] {
            guard let range = text.firstRange(of: start) else { continue }
            let rest = text[range.upperBound...]
            if start.hasPrefix(".") || start.hasPrefix("->"), let next = rest.first, isPart(next) || next == "(" {
                continue
            }
            return steps(rest)
        }
        return nil
    }

    /// The whole path of the first document that the text reads: behind `.json()`, `JSON.parse(…)`, or a name.
    static func firstPath(in text: String) -> [Step] {
        for start in [".json()", "json_decode(", ".loads("] {
            guard let range = text.firstRange(of: start) else { continue }
            var rest = text[range.upperBound...].drop { $0 == ")" }
            if start.hasSuffix("(") {
                guard let end = rest.firstIndex(of: ")") else { continue }
                rest = rest[end...].dropFirst()
            }
            let found = steps(rest)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// The first key by which the text reads anything: `x` of `item['x']`.
    static func anyKey(in text: String) -> String? {
        for quote in ["'", "\""] {
            guard let start = text.firstRange(of: "[\(quote)"),
                let end = text[start.upperBound...].firstRange(of: "\(quote)]")
            else { continue }
            let key = text[start.upperBound..<end.lowerBound]
            if !key.isEmpty, key.count < 60, !key.contains(quote) { return String(key) }
        }
        return nil
    }

    enum Step: Equatable, Sendable {
        case key(String), index
        /// `.upper()`: what is called of the value.
        case call(String)
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    private static func steps(_ text: Substring) -> [Step] {
        var rest = text
        var found: [Step] = []
        while found.count < 8 {
            if rest.hasPrefix("?.") { rest = rest.dropFirst(rest.hasPrefix("?.[") ? 2 : 1) }
            if rest.hasPrefix("->") { rest = "." + rest.dropFirst(2) }
            if rest.hasPrefix("['") || rest.hasPrefix("[\"") {
                let quote = rest[rest.index(after: rest.startIndex)]
                let inner = rest.dropFirst(2)
                guard let end = inner.firstIndex(of: quote), inner[end...].dropFirst().hasPrefix("]") else { break }
                found.append(.key(String(inner[..<end])))
                rest = inner[end...].dropFirst(2)
            } else if rest.hasPrefix("["), let end = rest.firstIndex(of: "]"),
                rest[..<end].dropFirst().allSatisfy({ $0.isNumber || $0 == "-" }),
                rest.index(after: rest.startIndex) < end
            {
                found.append(.index)
                rest = rest[end...].dropFirst()
            } else if rest.hasPrefix(".") {
                let name = String(rest.dropFirst().prefix(while: isPart))
                guard !name.isEmpty else { break }
                rest = rest.dropFirst(1 + name.count)
                if rest.first == "(" {
                    found.append(.call(name))
                    break
                }
                found.append(.key(name))
            } else {
                break
            }
        }
        return found
    }
}

extension StandIn {
    /// A value that can be gone through by these steps; nil where there are none.
    func value(through steps: [SourceText.Step], named name: String) -> JSONValue? {
        guard let first = steps.first else { return nil }
        switch first {
        case .call(let method): return Self.receiver(of: method).map(Self.value)
        case .key(let key):
            // Of lists and texts these are no members.
            if key == "length" { return .array([]) }
            let inner = value(through: Array(steps.dropFirst()), named: key) ?? values(named: key)[0]
            return .object([key: inner])
        case .index:
            let inner = value(through: Array(steps.dropFirst()), named: name) ?? values(named: name)[0]
            return .array([inner])
        }
    }

    /// What has such a method.
    private static func receiver(of method: String) -> Sort? {
        let texts: Set<String> = [
            "lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "title", "replace", "startswith",
            "endswith", "encode", "format", "capitalize", "casefold", "toUpperCase", "toLowerCase", "trim",
            "startsWith", "endsWith", "substring", "charAt", "padStart", "localeCompare", "match",
        ]
        if texts.contains(method) { return .text }
        if ["isoformat", "strftime", "date", "timestamp", "toISOString", "getTime"].contains(method) { return .moment }
        if ["items", "keys", "values", "get"].contains(method) { return .object }
        if ["append", "map", "forEach", "filter", "reduce", "join", "push", "some", "every"].contains(method) {
            return .list
        }
        if ["toFixed"].contains(method) { return .whole }
        return nil
    }
}
