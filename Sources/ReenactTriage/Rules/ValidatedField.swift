import ReenactTimeline

/// A validator names the field that it refused, by its path, and shows what it was given.
///
/// Source: https://docs.pydantic.dev/latest/errors/validation_errors/
public struct ValidatedField: Rule {
    public static let name = "validated-field"
    public static let precondition =
        "pydantic's words: a path on a line of its own, the reason with `input_value` below it"
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
        guard look.message.contains("validation error"), let refusal = Self.refusal(look.message) else { return [] }
        for answer in look.answers.prefix(40) where answer.sql?.error == nil && (answer.http?.status ?? 200) < 400 {
            for document in answer.documents {
                guard let found = Self.find(refusal, in: document) else { continue }
                let came =
                    answer.http.map { "answered \($0.status ?? 200)" } ?? (answer.sql == nil ? "answered" : "returned")
                let causeClass =
                    refusal.isMissing
                    ? "dependency-missing-field"
                    : found.value == .null ? "dependency-null-field" : "dependency-retyped-field"
                return [
                    Finding(
                        causeClass, .dependency, evidence: [answer.event.id], confidence: 0.96,
                        "\(Phrase.call(answer, look.failure)) \(came) \(Self.told(refusal, found)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                    )
                ]
            }
        }
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
        let shown = PrintedValue.parse(refusal.given)
        let isSame =
            shown == value || value == .null && SourceText.isNothing(refusal.given)
            || !(shown.map { Leaf(path: "", name: "", value: $0).text } ?? "").isEmpty
                && Leaf(path: "", name: "", value: value).text == shown.map { Leaf(path: "", name: "", value: $0).text }
            || (value.object != nil || value.array != nil) && refusal.given.first.map { "{[".contains($0) } ?? false
        return isSame ? (path, value) : nil
    }

    /// What the message shows of an object, which may be cut in its middle, begins like that one.
    private static func isShown(_ members: [String: JSONValue], in given: String) -> Bool {
        if members.isEmpty { return given.hasPrefix("{}") }
        let start = given.prefix { $0 != "." }
        let named = SourceText.quoted(String(start)).filter { members[$0] != nil }
        return !named.isEmpty
    }
}
