import ReenactTimeline

/// What one answer names by a key, nothing stands under in another: either end may be wrong, and what is odd tells which.
public struct HangingReference: Rule {
    public static let name = "hanging-reference"
    public static let precondition =
        "the exception says that a key was not there, and the failing line takes that key from a variable"
    public static let evidence =
        "a field holds the key, and other keys that were found; another field holds all that was found; one of both is odd"
    public static let counterEvidence = "both ends are of usual form: then both are named, and it is less sure"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        // What holds nothing at all was not filled by the program.
        guard !look.answers.isEmpty, let lookup = look.failedLookup, !(lookup.held?.isEmpty ?? false) else { return [] }
        let search = HangingSearch(lookup, look)
        guard let reference = search.reference() else { return unreferred(lookup, search, look) }
        let target = search.target(reference)
        let isOdd = reference.isOdd(lookup, target)
        let tail = "\(Phrase.doing(look)) raised \(Phrase.exception(look))."
        let holder = lookup.holder.isEmpty ? "" : " in `\(Phrase.short(Phrase.clean(lookup.holder), 40))`"
        let key = FailedLookup.text(lookup.key)
        guard let target else {
            // A table of the program's own: nothing that came fills it.
            let isOwn = search.isOwn
            guard isOdd || isOwn || reference.isNamed else { return [] }
            let confidence = isOwn ? 0.88 : isOdd && reference.isNamed ? 0.82 : reference.isNamed ? 0.74 : 0.68
            return [
                reference.finding(
                    confidence, look, "\(reference.brought(look)); nothing stands under that\(holder); \(tail)")
            ]
        }
        if let odd = target.odd, !isOdd {
            return [
                Finding(
                    odd.causeClass(target.source.answer), .dependency,
                    evidence: target.source.evidence + reference.source.evidence,
                    confidence: 0.83,
                    "\(target.source.call(look)) \(target.source.verb(odd.value == nil)) \(odd.shown), so that nothing stands under \(Phrase.quote(key ?? "null", 40))\(holder), which \(reference.source.call(look)) names in \(Phrase.quote(reference.place.path)); \(tail)"
                )
            ]
        }
        if isOdd, target.odd == nil {
            return [
                reference.finding(
                    0.84, look,
                    "\(reference.brought(look)), under which \(target.source.call(look)) brought nothing in \(Phrase.quote(target.name)); \(tail)",
                    and: target.source.evidence)
            ]
        }
        return [
            reference.finding(
                0.77, look,
                "\(reference.brought(look)), and \(target.source.call(look)) has nothing with that in \(Phrase.quote(target.name)); one of both is wrong; \(tail)",
                and: target.source.evidence)
        ]
    }

    /// Nothing that came names the key, but what was searched came with a hole in it.
    private func unreferred(_ lookup: FailedLookup, _ search: HangingSearch, _ look: Look) -> [Finding] {
        guard let key = FailedLookup.text(lookup.key), let target = search.target(nil), let odd = target.odd else {
            return []
        }
        return [
            Finding(
                odd.causeClass(target.source.answer), .dependency, evidence: target.source.evidence, confidence: 0.78,
                "\(target.source.call(look)) \(target.source.verb(odd.value == nil)) \(odd.shown), so that nothing stands under \(Phrase.quote(key, 40)) in `\(Phrase.short(Phrase.clean(lookup.holder), 40))`; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// Who brought something.
    struct Source {
        var answer: Answer?
        var part: Inputs.Part?

        var evidence: [Int] { (answer?.event.id ?? part?.event).map { [$0] } ?? [] }

        func call(_ look: Look) -> String { answer.map { Phrase.call($0, look.failure) } ?? Phrase.input(look) }

        func verb(_ isMissing: Bool) -> String {
            guard let answer else { return "brought" }
            return answer.http.map { "answered \($0.status ?? 200)" + (isMissing ? "" : " with") } ?? "returned"
        }
    }

    /// The field that names what was looked for.
    struct Reference {
        let source: Source
        let field: String
        let place: FieldPlaces.Place
        /// What else stands in that field.
        let others: [String]
        /// How often the key stands in it.
        let count: Int
        let isNamed: Bool
        /// The key is one word of several.
        let isWord: Bool

        func brought(_ look: Look) -> String {
            let value = place.value ?? .null
            let shown = value == .null ? "null" : Phrase.quote(Leaf(path: "", name: "", value: value).text, 60)
            return "\(source.call(look)) \(source.verb(false)) \(shown) in \(Phrase.quote(place.path))"
        }

        /// The key is of another form than what was found.
        func isOdd(_ lookup: FailedLookup, _ target: Target?) -> Bool {
            guard let key = FailedLookup.text(lookup.key) else { return true }
            if key.isEmpty { return true }
            guard count == 1, !isWord else { return false }
            let usual = Set(others + (lookup.held.map(Array.init) ?? target?.values ?? []))
            let shapes = Set(usual.map(Shape.of))
            return usual.count > 1 && !shapes.contains(Shape.of(key))
        }

        func finding(_ confidence: Double, _ look: Look, _ sentence: String, and more: [Int] = []) -> Finding {
            let isNull = place.value == .null
            let causeClass =
                source.part != nil
                ? "malformed-input"
                : !isNull ? "unknown-value" : source.answer?.sql == nil ? "dependency-null-field" : "unexpected-null"
            return Finding(
                causeClass, source.part != nil ? .input : .interaction, evidence: source.evidence + more,
                confidence: confidence, sentence)
        }
    }

    /// The field under whose values something was found.
    struct Target {
        let source: Source
        let name: String
        let values: [String]
        /// Of another form than the rest, and nothing names it.
        let odd: FieldPlaces.Place?
    }

    /// A text with its letters and digits told apart, but not which they are.
    enum Shape {
        static func of(_ text: String) -> String {
            var shape = ""
            for character in text.prefix(200) {
                let sort: Character =
                    character.isNumber ? "9" : character.isLetter ? "a" : character.isWhitespace ? " " : character
                if shape.last != sort { shape.append(sort) }
            }
            // Numbers of quite another size are of another shape.
            return shape == "9" ? "9" + String(text.count / 4) : shape
        }
    }
}
