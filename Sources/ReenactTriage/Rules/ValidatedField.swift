import ReenactTimeline

/// A validator names the field that it refused, by its path, and shows what it was given.
///
/// Source: https://docs.pydantic.dev/latest/errors/validation_errors/
public struct ValidatedField: Rule {
    public static let name = "validated-field"
    public static let precondition =
        "pydantic's words: a path on a line of its own, the reason with `input_value` below it; or its records, as FastAPI shows them: `{'loc': ('response', 1, 'age'), 'input': None}`"
    public static let evidence =
        "an answer or the input holds an object in which that path leads to that value, or to nothing"
    public static let counterEvidence = "no such object came"

    public init() {}

    private struct Refusal {
        var path: [Substring]
        var given: String
        var isMissing: Bool
    }

    public func judge(_ look: Look) -> [Finding] {
        let isSaid = look.message.contains("validation error") || look.complaint.mentions(["validationerror"])
        guard isSaid, let refusal = Self.refusal(look.message) ?? Self.recorded(look) else { return [] }
        for answer in look.answers.prefix(40) where answer.sql?.error == nil && (answer.http?.status ?? 200) < 400 {
            for document in answer.documents {
                guard let found = Self.find(refusal, in: document) else { continue }
                return [finding(answer, refusal, found, look, 0.96)]
            }
            // Rows that became a list, one by one.
            let rows = JSONValue.array(answer.sql == nil ? [] : answer.documents)
            if rows != .array([]), let found = Self.fits(refusal, rows, "") {
                let told = answer.sql.flatMap { _ in Self.rowPlace(refusal, found.0) } ?? found.0
                return [finding(answer, refusal, (told, found.1), look, 0.95)]
            }
        }
        // What the program made of it stands elsewhere: the same name with the same value, if only one answer has it.
        let holders = look.answers.prefix(40).compactMap { answer in Self.sole(refusal, in: answer).map { (answer, $0) }
        }
        if holders.count == 1 { return [finding(holders[0].0, refusal, holders[0].1, look, 0.85)] }
        for part in look.inputs.parts {
            guard let found = Self.find(refusal, in: part.document) else { continue }
            return [
                Finding(
                    "malformed-input", .input, evidence: part.event.map { [$0] } ?? [], confidence: 0.95,
                    "\(Phrase.input(look)) came \(Self.told(refusal, found)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            ]
        }
        return []
    }

    private func finding(
        _ answer: Answer, _ refusal: Refusal, _ found: (path: String, value: JSONValue?), _ look: Look,
        _ confidence: Double
    ) -> Finding {
        let came = answer.http.map { "answered \($0.status ?? 200)" } ?? (answer.sql == nil ? "answered" : "returned")
        let isNull = found.value == .null
        let words = Self.told(refusal, found)
        let told = answer.sql != nil && isNull && words.hasPrefix("with ") ? String(words.dropFirst(5)) : words
        let causeClass =
            refusal.isMissing
            ? "dependency-missing-field"
            : answer.sql != nil
                ? isNull ? "unexpected-null" : "malformed-answer"
                : isNull ? "dependency-null-field" : "dependency-retyped-field"
        return Finding(
            causeClass, answer.sql == nil ? .dependency : .interaction, evidence: [answer.event.id],
            confidence: confidence,
            "\(Phrase.call(answer, look.failure)) \(came) \(told); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    private static func told(_ refusal: Refusal, _ found: (path: String, value: JSONValue?)) -> String {
        let place = Phrase.quote(found.path)
        guard !refusal.isMissing, let value = found.value else { return "without \(place)" }
        let text = Leaf(path: "", name: "", value: value).text
        return
            "with \(value == .null ? "null" : text.isEmpty ? ValueForm(value).rawValue : Phrase.quote(text, 40)) in \(place)"
    }

    /// The first of them.
    private static func refusal(_ message: String) -> Refusal? {
        let lines = message.prefix(20_000).split(separator: "\n")
        for (line, next) in zip(lines, lines.dropFirst())
        where !line.hasPrefix(" ") && next.hasPrefix("  ") && next.contains("[type=") {
            guard let input = next.range(of: "input_value=") else { continue }
            let rest = next[input.upperBound...]
            let given = rest.range(of: ", input_type=").map { rest[..<$0.lowerBound] } ?? rest
            let path = line.split(separator: ".")
            guard !path.isEmpty, path.count <= 20, !line.contains(" ") else { continue }
            return Refusal(path: path, given: String(given), isMissing: next.contains("[type=missing"))
        }
        return nil
    }

    /// The records themselves, in the message or held where it was thrown. The first step only says what was checked.
    ///
    /// Source: https://fastapi.tiangolo.com/tutorial/handling-errors/
    private static func recorded(_ look: Look) -> Refusal? {
        let lines = look.message.prefix(20_000).split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
        let texts =
            lines.filter { $0.hasPrefix("{") }.map(String.init)
            + look.throwFrames.prefix(2).flatMap(\.locals).filter { $0.name.hasPrefix("errors") }.map(\.value)
        for text in texts where text.contains("'loc'") {
            guard let shown = PrintedValue.parse(text) else { continue }
            let record = shown.array?.first ?? shown
            guard let steps = record["loc"]?.array, steps.count > 1, let type = record["type"]?.string else { continue }
            let path = steps.dropFirst().map { Leaf(path: "", name: "", value: $0).text }
            guard path.allSatisfy({ !$0.isEmpty }), let input = text.range(of: "'input': ") else { continue }
            let given = text[input.upperBound...]
            let end = given.range(of: ", '") ?? given.range(of: "}")
            return Refusal(
                path: path.map { $0[...] }, given: String(end.map { given[..<$0.lowerBound] } ?? given),
                isMissing: type == "missing")
        }
        return nil
    }

    /// `row 2, age` of the path `[1].age`.
    private static func rowPlace(_ refusal: Refusal, _ path: String) -> String? {
        guard refusal.path.count == 2, let index = Int(refusal.path[0]) else { return nil }
        return "row \(index + 1), \(refusal.path[1])"
    }

    /// The only value of the refused one's name that is like it in this answer, of several of that name that are not.
    private static func sole(_ refusal: Refusal, in answer: Answer) -> (path: String, value: JSONValue?)? {
        guard !refusal.isMissing, let name = refusal.path.last, Int(name) == nil, answer.sql?.error == nil else {
            return nil
        }
        let likes = answer.leaves.filter { $0.name == name }
        let same = likes.filter { isShown($0.value, as: refusal.given) }
        return same.count == 1 ? (same[0].path, same[0].value) : nil
    }

    /// Where the path leads from some object of the document.
    private static func find(_ refusal: Refusal, in document: JSONValue) -> (path: String, value: JSONValue?)? {
        var budget = 5000
        func walk(_ value: JSONValue, _ path: String) -> (String, JSONValue?)? {
            budget -= 1
            guard budget > 0 else { return nil }
            if value.object != nil, let found = fits(refusal, value, path) { return found }
            for (key, member) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                if let found = walk(member, path.isEmpty ? key : "\(path).\(key)") { return found }
            }
            for (index, element) in (value.array ?? []).enumerated() {
                if let found = walk(element, "\(path)[\(index)]") { return found }
            }
            return nil
        }
        return walk(document, "")
    }

    private static func fits(_ refusal: Refusal, _ object: JSONValue, _ start: String) -> (String, JSONValue?)? {
        var (value, path) = (object, start)
        for (place, step) in refusal.path.enumerated() {
            let isLast = place == refusal.path.count - 1
            if let index = Int(step), let elements = value.array {
                guard elements.indices.contains(index) else { return nil }
                (value, path) = (elements[index], "\(path)[\(index)]")
            } else {
                let name = path.isEmpty ? String(step) : "\(path).\(step)"
                guard let members = value.object else { return nil }
                guard let member = members[String(step)] else {
                    return isLast && refusal.isMissing && isShown(members, in: refusal.given) ? (name, nil) : nil
                }
                (value, path) = (member, name)
            }
        }
        guard !refusal.isMissing else { return nil }
        return isShown(value, as: refusal.given) ? (path, value) : nil
    }

    private static func isShown(_ value: JSONValue, as given: String) -> Bool {
        let shown = PrintedValue.parse(given)
        return shown == value || value == .null && SourceText.isNothing(given)
            || !(shown.map { Leaf(path: "", name: "", value: $0).text } ?? "").isEmpty
                && Leaf(path: "", name: "", value: value).text == shown.map { Leaf(path: "", name: "", value: $0).text }
            || (value.object != nil || value.array != nil) && given.first.map { "{[".contains($0) } ?? false
    }

    /// What the message shows of an object, which may be cut in its middle, begins like that one.
    private static func isShown(_ members: [String: JSONValue], in given: String) -> Bool {
        if members.isEmpty { return given.hasPrefix("{}") }
        let start = given.prefix { $0 != "." }
        let named = SourceText.quoted(String(start)).filter { members[$0] != nil }
        return !named.isEmpty
    }
}
