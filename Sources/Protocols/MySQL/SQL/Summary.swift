/// One line for a person.
enum Summary {
    private static let textMax = 200

    /// The text in one line, cut.
    static func line(_ text: String) -> String {
        var line = ""
        var count = 0
        var pendingSpace = false
        for scalar in text.unicodeScalars {
            if scalar == " " || (9...13).contains(scalar.value) {
                pendingSpace = count > 0
                continue
            }
            if count >= textMax { return line + "…" }
            if pendingSpace {
                line += " "
                count += 1
                pendingSpace = false
            }
            line.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? "·" : scalar)
            count += 1
        }
        return line
    }

    /// ` [47, 'x']`, cut; empty where there are none.
    static func values(_ values: [Value]) -> String {
        guard !values.isEmpty else { return "" }
        let shown = values.prefix(20).map(\.line) + (values.count > 20 ? ["…"] : [])
        return " [\(shown.joined(separator: ", "))]"
    }

    /// `1 row`, `3 rows`.
    static func count(_ count: UInt64, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
}
