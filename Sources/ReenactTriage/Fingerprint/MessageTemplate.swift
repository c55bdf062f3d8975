/// A message with everything taken out that changes from one occurrence to the next.
///
/// `user 47 not found in /srv/a.db` becomes `user <n> not found in <path>`. One pass, linear time.
public enum MessageTemplate {
    /// Longer messages are cut: what tells them apart stands at their beginning.
    private static let lengthMax = 1000

    public static func of(_ message: String) -> String {
        let line = message.prefix { $0 != "\n" }.prefix(lengthMax)
        var result = ""
        var rest = line
        while let first = rest.first {
            if first == "'" || first == "\"" || first == "`", isOpening(result), let end = closing(rest) {
                result += "<quoted>"
                rest = rest[rest.index(after: end)...]
            } else if (first == "{" || first == "["), let end = bracketEnd(rest) {
                result += first == "{" ? "<object>" : "<list>"
                rest = rest[rest.index(after: end)...]
            } else if isWord(first) {
                let word = rest.prefix(while: isWord)
                rest = rest[word.endIndex...]
                // A query belongs to its address.
                if word.contains("://") { rest = rest.drop { !$0.isWhitespace && !"\"'<>()".contains($0) } }
                let core = word.trimmed(of: ".,:")
                let tail = word[core.endIndex...]
                result += (core.isEmpty ? String(word) : classify(core) + tail)
            } else {
                result.append(first.isWhitespace ? " " : first)
                rest = rest.dropFirst()
            }
        }
        return result.split(separator: " ").joined(separator: " ")
    }

    private static func isOpening(_ before: String) -> Bool {
        before.last.map { !($0.isLetter || $0.isNumber) } ?? true
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_-./:@+%~\\".contains(character)
    }

    private static func closing(_ text: Substring) -> Substring.Index? {
        guard let quote = text.first else { return nil }
        return text.dropFirst().prefix(400).firstIndex(of: quote)
    }

    /// The end of what looks like printed data; brackets around a word or two are left alone.
    private static func bracketEnd(_ text: Substring) -> Substring.Index? {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "{", "[": depth += 1
            case "}", "]":
                depth -= 1
                if depth == 0 { return text[...index].contains { ":,\"'=".contains($0) } ? index : nil }
            default: break
            }
        }
        return text.contains { ":\"".contains($0) } ? text.indices.last : nil
    }

    private static func classify(_ word: Substring) -> String {
        if word.contains("@"), word.contains("."), !word.hasPrefix("@") { return "<email>" }
        if word.contains("://") { return "<url>" }
        if word.hasPrefix("/") && word.dropFirst().contains("/") || word.hasPrefix("./") || word.hasPrefix("~/")
            || word.hasPrefix("\\\\") || word.dropFirst().hasPrefix(":\\")
        {
            return "<path>"
        }
        if isUUID(word) { return "<uuid>" }
        let digits = word.filter(\.isNumber).count
        guard digits > 0 else { return String(word) }
        if isDate(word) { return "<date>" }
        if word.allSatisfy({ $0.isNumber || "+-.,:%_".contains($0) }) {
            return word.contains(".") && word.filter { $0 == "." }.count == 3 ? "<ip>" : "<n>"
        }
        if word.hasPrefix("0x"), word.dropFirst(2).allSatisfy(\.isHexDigit) { return "<hex>" }
        if word.count >= 8, word.allSatisfy(\.isHexDigit) { return "<hex>" }
        // Identifiers such as order-4711 or a7f3k9q2: keep the letters that lead.
        let lead = word.prefix { !$0.isNumber }
        if digits >= 3
            || (digits >= 1 && word.last?.isNumber == true
                && (lead.hasSuffix("-") || lead.hasSuffix("_") || lead.hasSuffix(":") || lead.hasSuffix(".")))
        {
            return lead.contains("/") ? "<path>" : "\(lead)<n>"
        }
        return String(word)
    }

    private static func isUUID(_ word: Substring) -> Bool {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && word.allSatisfy { $0.isHexDigit || $0 == "-" }
    }

    private static func isDate(_ word: Substring) -> Bool {
        let start = word.prefix(10)
        guard start.count == 10 else { return false }
        let parts = start.split(whereSeparator: { "-/.".contains($0) }, omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { $0.allSatisfy(\.isNumber) }
            && [[4, 2, 2], [2, 2, 4]].contains(parts.map(\.count))
    }
}

extension Substring {
    fileprivate func split(
        whereSeparator isSeparator: (Character) -> Bool, omittingEmptySubsequences: Bool
    ) -> [Substring] {
        split(maxSplits: Int.max, omittingEmptySubsequences: omittingEmptySubsequences, whereSeparator: isSeparator)
    }
}
