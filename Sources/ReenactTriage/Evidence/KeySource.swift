import ReenactTimeline

/// What a missing key was read of, as the failing line writes it.
enum KeySource {
    /// The key was read of what a call returned (`ask(…)["price"]`), and nothing in that call speaks of the request: then
    /// it is no member of the request's, whatever that lacks besides.
    static func isReply(_ key: String, _ look: Look) -> Bool {
        guard let frame = look.frames.first else { return false }
        let line = frame.expression ?? frame.source
        guard let call = call(before: key, in: line) else { return false }
        let words = Set(call.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        guard words.isDisjoint(with: requests) else { return false }
        // What the call was given may be the request's body itself.
        let body = look.inputs.parts.filter { $0.kind == "body" || $0.kind == "form" }
            .flatMap { $0.document.object.map { Array($0.keys) } ?? [] }.filter { $0.count > 1 }
        return body.isEmpty
            || !frame.locals.contains { local in
                words.contains(local.name) && body.allSatisfy { SourceText.contains(local.value, word: $0) }
            }
    }

    /// `request.get_json()["x"]` reads the request, by a call.
    private static let requests: Set<String> = [
        "request", "req", "body", "form", "params", "query", "cookies", "headers", "input", "payload", "environ",
        "event",
        "ctx", "argv", "args", "kwargs", "data",
    ]

    /// The call right before `["key"]`, with what it is given; nil where something else stands there.
    private static func call(before key: String, in line: String) -> Substring? {
        for notation in ["[\"\(key)\"]", "['\(key)']", "[:\(key)]", ".fetch(\"\(key)\")"] {
            guard let place = line.range(of: notation) else { continue }
            let before = line[..<place.lowerBound]
            guard before.last == ")" else { continue }
            var depth = 0
            var start = before.endIndex
            while start > before.startIndex {
                start = before.index(before: start)
                if before[start] == ")" { depth += 1 }
                if before[start] == "(" { depth -= 1 }
                if depth == 0 { break }
            }
            guard depth == 0 else { return nil }
            let name = before[..<start].reversed().prefix { $0.isLetter || $0.isNumber || "_.".contains($0) }
            return before[before.index(start, offsetBy: -name.count)...]
        }
        return nil
    }
}
