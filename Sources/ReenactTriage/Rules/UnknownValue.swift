import ReenactTimeline

/// An answer brought a value that the program does not know: a key id, a version, a word of an enumeration.
public struct UnknownValue: Rule {
    public static let name = "unknown-value"
    public static let precondition =
        "the message names a value of an earlier answer and says that it is unknown or has no match"
    public static let evidence = "the value came in that answer; a local collection at the throw site lacks it"
    public static let counterEvidence = "the value came with the request itself; it stands in every local collection"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let complaint = look.complaint
        guard complaint.isAboutNothing || complaint.isAboutUnknownValue else { return [] }
        // What a line looks up by a variable has two ends: another rule weighs both.
        guard look.failedLookup == nil else { return [] }
        if complaint.isAboutNothing { return lookedUp(look) }
        let texts = look.holdings.filter { $0.depth == nil }
        let told = Self.told(look.message)
        for answer in look.answers.prefix(20) where (answer.http?.status ?? 200) < 400 && answer.sql?.error == nil {
            let isInput = { (text: String) in
                look.trigger?.http.map { $0.target.contains(text) || $0.requestBody.contains(text) } ?? false
            }
            let leaves = answer.leaves.filter { $0.value.string != nil || $0.value.integer != nil }
            let asked = Set(
                (answer.sql?.params ?? []).map { Leaf(path: "", name: "", value: $0).text }
                    + (answer.redis?.arguments ?? []))
            for leaf in relevant(leaves, look) {
                guard let holding = texts.first(where: { ValueFlow.occurs(leaf.text, in: $0) }) else { continue }
                // What stands in the list of those that it knows is known.
                if let told, !told.contains(leaf.text) { continue }
                guard !isInput(leaf.text), !asked.contains(leaf.text), !Self.isLookedUpInNothing(look) else { continue }
                // A value that stands in an ordinary place of a message proves nothing unless the message is about it.
                let collection = collection(lacking: leaf, look)
                let isQuoted =
                    SourceText.quoted(holding.value).contains(leaf.text)
                    || SourceText.unquoted(holding.value) == leaf.text
                var confidence = collection != nil ? 0.92 : isQuoted ? 0.78 : 0.6
                if look.distance(answer.event) > 3 { confidence -= 0.12 }
                return [finding(answer, leaf, collection, confidence, look)]
            }
        }
        return []
    }

    /// What a message says before it lists the values that would do; nil where it lists none.
    private static func told(_ message: String) -> Substring? {
        let phrases = [
            "not one of the values", "must be one of", "expected one of", "allowed values", "valid values are",
        ]
        return phrases.lazy.compactMap { message.range(of: $0) }.first.map { message[..<$0.lowerBound] }
    }

    /// The mapping that lacks the key holds nothing at all: the program has not filled it.
    static func isLookedUpInNothing(_ look: Look) -> Bool {
        guard look.missingKey != nil, let frame = look.frames.first else { return false }
        return ReadPath.all(in: frame.source).contains { path in
            guard case .lookup? = path.steps.first else { return false }
            return frame.locals.contains { $0.name == path.root && $0.value.hasSuffix("{}") && $0.value.count < 60 }
        }
    }

    /// `FLOW[task.state].next`: nothing stands under what an answer brought.
    private func lookedUp(_ look: Look) -> [Finding] {
        for frame in look.throwFrames {
            for path in ReadPath.all(in: frame.source) {
                for (place, step) in path.steps.enumerated() where place + 1 < path.steps.count || path.called != nil {
                    guard case .lookup(let inner) = step, let key = ReadPath.all(in: inner).first, key.called == nil,
                        let local = frame.locals.first(where: { $0.name == key.root }), !local.redacted,
                        let text = PrintedValue.parse(local.value).flatMap({ key.value(in: $0) })?.string,
                        text.count >= 2
                    else { continue }
                    let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(place))).name
                    for answer in look.answers.prefix(40) where answer.sql?.error == nil {
                        let leaf = answer.leaves.first { $0.text == text && key.name == $0.name }
                        guard let leaf else { continue }
                        return [finding(answer, leaf, holder, 0.88, look)]
                    }
                }
            }
        }
        return []
    }

    /// The most telling values first: identifiers before words, long before short. Short words count only where the
    /// message quotes them.
    private func relevant(_ leaves: [Leaf], _ look: Look) -> [Leaf] {
        let quoted = Set(look.messages.flatMap { SourceText.quoted($0) })
        return leaves.filter { leaf in
            (!SourceText.isTrivial(leaf.text) || (leaf.text.count >= 2 && quoted.contains(leaf.text)))
                && leaf.text.count <= 400
        }.sorted { rank($0) > rank($1) }
    }

    private func rank(_ leaf: Leaf) -> Int {
        let name = leaf.name.lowercased()
        let isKind = [
            "id", "key", "type", "kind", "version", "status", "state", "code", "currency", "algorithm", "alg",
        ].contains { name.hasSuffix($0) }
        return (isKind ? 1000 : 0) + min(leaf.text.count, 200)
    }

    /// A list or mapping near the throw that holds other values of that sort, and not this one.
    private func collection(lacking leaf: Leaf, _ look: Look) -> String? {
        // Further out than where the program's own code is, frameworks keep collections of all sorts.
        let site = look.site.flatMap { look.frames.firstIndex(of: $0) } ?? 0
        for frame in look.frames.prefix(min(3, site + 1)) {
            for local in frame.locals where !local.truncated && local.value.count >= 4 {
                guard let first = local.value.first,
                    "[{(".contains(first) || local.value.hasPrefix("frozenset") || local.value.hasPrefix("Map(")
                        || local.value.hasPrefix("Set(")
                else { continue }
                // Parts of the value itself are no list of what there is.
                let isMadeOfIt = SourceText.quoted(local.value).contains { $0.count > 1 && leaf.text.contains($0) }
                if !local.value.contains(leaf.text), !isMadeOfIt,
                    local.value.contains(leaf.name) || isWordList(local.value)
                {
                    return local.name
                }
            }
        }
        return nil
    }

    private func isWordList(_ value: String) -> Bool {
        SourceText.quoted(value).count >= 2 || value.filter { $0 == "," }.count >= 1
    }

    private func finding(
        _ answer: Answer, _ leaf: Leaf, _ collection: String?, _ confidence: Double, _ look: Look
    ) -> Finding {
        let name = Phrase.clean(leaf.name.isEmpty ? leaf.path : leaf.name)
        let what = "\(name)\(name.isEmpty ? "" : " ")\(Phrase.quote(leaf.text, 60))"
        let verb = answer.http.map { "answered \($0.status ?? 200) with" } ?? "returned"
        let known = collection.map { "found it nowhere in `\(Phrase.clean($0))`" } ?? "does not know it"
        return Finding(
            "unknown-value", .interaction, evidence: [answer.event.id], confidence: confidence,
            "\(Phrase.call(answer, look.failure)) \(verb) \(what); \(Phrase.doing(look)) \(known) (\(Phrase.exception(look, 60)))."
        )
    }
}
