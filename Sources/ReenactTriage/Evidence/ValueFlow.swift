import ReenactTimeline

/// Where a value of the outside turns up inside the failing code.
struct ValueFlow: Sendable {
    struct Hit: Sendable {
        var leaf: Leaf
        /// `the message`, `fk in expand_foreign_keys`.
        var holding: String
        var depth: Int?
    }

    /// Finds the values of an answer in the message and the locals, nearest holding first.
    ///
    /// A value counts from three characters on and only where it is no everyday word.
    static func hits(_ leaves: [Leaf], in holdings: [Look.Holding], limit: Int = 20) -> [Hit] {
        var hits: [Hit] = []
        let candidates = leaves.filter { !SourceText.isTrivial($0.text) }
        for holding in holdings {
            for leaf in candidates where occurs(leaf.text, in: holding) {
                hits.append(Hit(leaf: leaf, holding: holding.name, depth: holding.depth))
                if hits.count >= limit { return hits }
            }
        }
        return hits
    }

    /// True where the text is one of the holding's values, not just a piece of a longer word.
    static func occurs(_ text: String, in holding: Look.Holding) -> Bool {
        if holding.has(word: text) { return true }
        // A value of several words, or with unusual characters, is looked for as it is.
        guard text.contains(where: { !($0.isLetter || $0.isNumber || "_.:/=@-+%~".contains($0)) }) else { return false }
        return text.count <= 2000 && holding.value.count <= 20_000 && holding.value.contains(text)
    }

    /// True where any of the texts, short ones included, occurs in a holding.
    static func reaches(_ texts: [String], _ holdings: [Look.Holding]) -> Look.Holding? {
        let candidates = texts.filter { !SourceText.isTrivial($0) }
        return holdings.first { holding in candidates.contains { occurs($0, in: holding) } }
    }
}
