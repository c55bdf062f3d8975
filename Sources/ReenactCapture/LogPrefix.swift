/// What loggers write before a message: time, level, process, request.
///
/// It changes from line to line, so a failure that is known by its message alone would never be seen a second time.
enum LogPrefix {
    private static let levels: Set = [
        "error", "err", "warn", "warning", "info", "notice", "debug", "trace", "fatal", "critical", "crit", "alert",
        "emerg", "emergency", "severe", "panic", "e", "w", "i", "d", "f",
    ]
    private static let wordsMax = 8

    /// The line without its prefix; as it is where nothing but a prefix would be left.
    static func dropped(from line: String) -> String {
        var rest = line[...].drop { $0 == " " || $0 == "\t" }
        for _ in 0..<wordsMax {
            guard let next = afterWord(rest) ?? afterPairs(rest) else { break }
            rest = next
        }
        return rest.count < 3 ? line : String(rest)
    }

    /// What follows one word of a prefix; nil where the line begins with something else.
    private static func afterWord(_ text: Substring) -> Substring? {
        let closing: Character? = text.first == "[" ? "]" : text.first == "(" ? ")" : nil
        if let closing {
            let inner = text.dropFirst().prefix(60)
            guard let end = inner.firstIndex(of: closing) else { return nil }
            let word = inner[..<end]
            guard isLevel(word) || isTime(word) || isNumber(word) || isID(word) else { return nil }
            return trimmed(text[text.index(after: end)...])
        }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        let bare = word.hasSuffix(":") ? word.dropLast() : word
        // A bare word is part of a sentence unless it is plainly none; `Error:` names a type.
        guard isTime(bare) || isLevel(bare) && bare.allSatisfy(\.isUppercase) && bare.count > 1 else { return nil }
        return trimmed(text[word.endIndex...])
    }

    /// What follows `pid=25054 tid=jvq WARN: `. Pairs alone are the message itself, as of loggers that write nothing else.
    private static func afterPairs(_ text: Substring) -> Substring? {
        var rest = text
        for count in 0..<wordsMax {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            guard let sign = word.firstIndex(of: "="), sign != word.startIndex, word.last != "=",
                !word.contains("\"")
            else { return count > 0 && isLevel(word.hasSuffix(":") ? word.dropLast() : word) ? afterWord(rest) : nil }
            rest = trimmed(rest[word.endIndex...])
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        text.drop { $0 == " " || $0 == "\t" || $0 == ":" || $0 == "-" || $0 == "|" }
    }

    private static func isLevel(_ word: Substring) -> Bool { levels.contains(word.lowercased()) }

    /// `2026-11-22`, `14:32:05.123`, `2026-11-22T14:32:05Z`, `Sun Nov 22 14:32:05 2026`.
    private static func isTime(_ word: Substring) -> Bool {
        let digits = word.count(where: \.isNumber)
        let marks = word.count { $0 == ":" || $0 == "-" || $0 == "/" }
        return digits >= 4 && marks >= 2
            && word.allSatisfy { $0.isNumber || $0.isLetter || ":-/.,+ ".contains($0) }
    }

    /// A process or a thread.
    private static func isNumber(_ word: Substring) -> Bool {
        let digits = word.hasPrefix("#") ? word.dropFirst() : word
        return !digits.isEmpty && digits.count <= 12 && digits.allSatisfy { $0.isNumber }
    }

    /// A request's, drawn by lot: letters and digits without a space. Names of modules are words.
    private static func isID(_ word: Substring) -> Bool {
        (8...60).contains(word.count) && word.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
            && word.contains(where: \.isNumber)
    }
}
