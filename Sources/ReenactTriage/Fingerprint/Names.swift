import ReenactTimeline

/// Names of the program (keys, attributes, columns, variables) that a message speaks of.
///
/// A template takes everything out that stands in quotes, since it may be a value. What is a name tells the cause:
/// `KeyError: 'rate'` and `KeyError: 'currency'` in one line are two causes, `KeyError: 'EUR'` and `'GBP'` are one.
enum Names {
    private static let namesMax = 4

    static func spoken(_ failure: Case) -> [String] {
        guard let record = failure.exceptions.last else { return spoken(in: failure.signature.message, sources: []) }
        // These name a local, and locals are renamed.
        if ["UnboundLocalError", "NameError", "ReferenceError"].contains(record.type) { return [] }
        let sources = ([record.throwSite, Frames.site(record.frames)].compactMap { $0?.source }).filter { !$0.isEmpty }
        return spoken(in: record.message, sources: sources)
    }

    private static func spoken(in message: String, sources: [String]) -> [String] {
        let line = String(message.prefix { $0 != "\n" }.prefix(500))
        var candidates = SourceText.quoted(line, limit: 16)
        // A KeyError's message may be the bare key.
        if !line.contains(" "), line.count <= 60 { candidates.append(SourceText.unquoted(line)) }
        for lead in ["no such column: ", "no such table: ", "constraint failed: ", "no column named "] {
            if let range = line.range(of: lead) {
                candidates.append(String(line[range.upperBound...].prefix { !$0.isWhitespace && $0 != "," }))
            }
        }
        var names: [String] = []
        for candidate in candidates where isName(candidate, sources) && !names.contains(candidate) {
            names.append(candidate)
        }
        return Array(names.prefix(namesMax))
    }

    /// With the source at hand a name is what the program itself writes; else what looks like one.
    private static func isName(_ text: String, _ sources: [String]) -> Bool {
        guard text.count >= 2, text.count <= 60, let first = text.first, first.isLetter || first == "_",
            text.allSatisfy({ $0.isLetter || $0 == "_" || $0 == "." || $0 == "-" || $0 == "$" })
        else { return false }
        if sources.contains(where: { SourceText.contains($0, word: text) }) { return true }
        if ["NoneType", "NilClass"].contains(text) { return true }
        // Types of a language, as in "unsupported operand type(s) for +: 'int' and 'str'".
        if ["int", "str", "float", "dict", "list", "bool", "bytes", "tuple", "set"].contains(text) { return true }
        return text.contains("_") || text.contains(".") && text == text.lowercased()
    }
}
