/// Values strung together, whatever their order: that one is left to the engine.
enum StrungValues {
    static func joined(_ texts: [String], by separator: String) -> String {
        plain(texts.joined(separator: separator), separator)
    }

    /// The same values in an order of their own.
    static func plain(_ text: String, _ separator: String) -> String {
        separator.isEmpty ? String(text.sorted()) : parts(text, separator).sorted().joined(separator: separator)
    }

    static func parts(_ text: String, _ separator: String) -> [String] {
        text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// How much of one is in the other, in thousandths.
    static func likeness(_ one: String, _ other: String, _ separator: String) -> Int {
        if separator.isEmpty { return 0 }
        var left: [String: Int] = [:]
        let (mine, theirs) = (parts(one, separator), parts(other, separator))
        for part in mine { left[part, default: 0] += 1 }
        var common = 0
        for part in theirs {
            guard let count = left[part], count > 0 else { continue }
            left[part] = count - 1
            common += 1
        }
        return 900 * common / max(1, mine.count, theirs.count)
    }
}
