import ReenactTimeline

/// The request that failed is built otherwise than those that went well, and nothing else stands between it and the
/// failure.
public struct OddRequest: Rule {
    public static let name = "odd-request"
    public static let precondition =
        "requests to the same endpoint went well, and the failing one asked nothing of the outside"
    public static let evidence = "its body or query has a part that none of them had, or lacks one that all had"
    public static let counterEvidence = "it differs in many things"

    public init() {}

    private static let differencesMax = 3

    public func judge(_ look: Look) -> [Finding] {
        guard look.answers.isEmpty, look.unanswered.isEmpty, !look.inputs.earlier.isEmpty, look.trigger != nil else {
            return []
        }
        for part in look.inputs.parts where ["body", "form", "query"].contains(part.kind) && part.isWhole {
            let before = look.inputs.earlier.flatMap { $0.filter { $0.kind == part.kind && $0.isWhole } }
            guard !before.isEmpty, before.count == look.inputs.earlier.count else { continue }
            let own = Self.shape(part.document)
            let shapes = before.map { Self.shape($0.document) }
            let known = shapes.reduce(into: Set<String>()) { $0.formUnion($1) }
            let common = shapes.dropFirst().reduce(shapes[0]) { $0.intersection($1) }
            let surplus = Self.roots(own.subtracting(known))
            let missing = Self.roots(common.subtracting(own))
            let count = surplus.count + missing.count
            guard count > 0, count <= Self.differencesMax else { continue }
            var words: [String] = []
            if !surplus.isEmpty { words.append("has \(Self.list(surplus)), which none of them had") }
            if !missing.isEmpty { words.append("lacks \(Self.list(missing)), which all of them had") }
            let others =
                before.count == 1 ? "an earlier request to it, which went well" : "the \(before.count) that went well"
            return [
                Finding(
                    "malformed-input", .input, evidence: part.event.map { [$0] } ?? [],
                    confidence: count == 1 || surplus.count == 1 && missing.count == 1 ? 0.62 : 0.54,
                    "\(Phrase.input(look)) is built otherwise than \(others): its \(part.kind) "
                        + "\(words.joined(separator: " and ")); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            ]
        }
        return []
    }

    /// Paths of all that is in a document, with positions in lists left out, and the form of what is no text.
    static func shape(_ document: JSONValue) -> Set<String> {
        var found: Set<String> = []
        func walk(_ value: JSONValue, _ path: String, _ depth: Int) {
            guard depth < 30, found.count < 2000 else { return }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    // What readers of XML mark as an attribute or text tells nothing of how it is built.
                    guard !key.hasPrefix("@"), !key.hasPrefix("#") else { continue }
                    let place = path.isEmpty ? key : "\(path).\(key)"
                    found.insert(place)
                    walk(member, place, depth + 1)
                }
            } else if let elements = value.array {
                for element in elements.prefix(200) { walk(element, path, depth + 1) }
            }
        }
        walk(document, "", 0)
        return found
    }

    /// Those that are not within another.
    private static func roots(_ paths: Set<String>) -> [String] {
        paths.sorted().filter { path in !paths.contains { path.hasPrefix($0 + ".") } }
    }

    private static func list(_ paths: [String]) -> String {
        paths.map { Phrase.quote($0, 80) }.joined(separator: " and ")
    }
}
