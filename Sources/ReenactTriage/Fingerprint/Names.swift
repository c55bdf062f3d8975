import ReenactTimeline

/// Names of the program (keys, attributes, columns, variables) that a message speaks of.
///
/// A template takes everything out that stands in quotes, since it may be a value. What is a name tells the cause:
/// `KeyError: 'rate'` and `KeyError: 'currency'` in one line are two causes, `KeyError: 'EUR'` and `'GBP'` are one.
enum Names {
    private static let namesMax = 4

    static func spoken(_ failure: Case) -> [String] { spoken(failure, former: formerlySpoken(failure)) }

    /// - Parameter former: what `formerlySpoken` gives.
    static func spoken(_ failure: Case, former: [String]) -> [String] {
        let message = failure.exceptions.last?.message ?? failure.signature.message
        let told = told(message).filter { !former.contains($0) }
        return told.isEmpty ? former : Array((former + told).prefix(namesMax))
    }

    /// What stands behind these is the program's own word, whatever it looks like.
    private static let leads = [
        "(Parameter '", "Parameter name: ", "undefined method `", "undefined method '", "no attribute '",
        "undefined local variable or method `", "undefined local variable or method '", "uninitialized constant ",
        "Call to undefined method ", "Call to a member function ", "Call to undefined function ",
        "Undefined property: ",
        "Cannot invoke \"", "Cannot read field \"", "Cannot assign field \"", "Go struct field ",
    ]
    /// And behind these where it does not begin with a capital, as keys that are values often do.
    private static let weakLeads = ["(reading '", "(setting '", "Cannot read property '", "can't access property \""]

    private static func told(_ message: String) -> [String] {
        guard message.utf8.count < 20_000 else { return [] }
        func name(_ lead: String) -> String? {
            guard let range = message.range(of: lead) else { return nil }
            let name = message[range.upperBound...].prefix { !"'\"`)( ,;\n\r".contains($0) }
            return name.isEmpty || name.utf8.count > 120 ? nil : String(name)
        }
        return leads.compactMap(name)
            + weakLeads.compactMap(name).filter {
                $0.utf8.count > 2 && $0.first.map { $0.isLowercase || $0 == "_" } ?? false
            }
    }

    /// As version 3 of fingerprints had them.
    static func formerlySpoken(_ failure: Case) -> [String] {
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
