import ReenactTimeline

/// A cell of a row, and the variable that a driver made of it.
enum HeldCell {
    /// The value in a printed variable: `7` of `Decimal('7')`, `2024-02-01 00:00:00` of Python's `datetime`; others as
    /// they are printed.
    static func text(_ printed: String) -> String {
        for wrapper in ["Decimal(", "UUID("] where printed.hasPrefix(wrapper) && printed.hasSuffix(")") {
            return SourceText.unquoted(String(printed.dropFirst(wrapper.count).dropLast()))
        }
        for wrapper in ["datetime.datetime(", "datetime.date("] where printed.hasPrefix(wrapper) {
            let parts = printed.dropFirst(wrapper.count).prefix { $0.isNumber || $0 == "," || $0 == " " }
                .split(separator: ",").compactMap { Int($0.drop(while: \.isWhitespace)) }
            guard parts.count >= 3 else { return printed }
            func two(_ index: Int) -> String {
                let number = index < parts.count ? parts[index] : 0
                return number < 10 ? "0\(number)" : "\(number)"
            }
            let day = "\(parts[0])-\(two(1))-\(two(2))"
            return wrapper == "datetime.date(" ? day : "\(day) \(two(3)):\(two(4)):\(two(5))"
        }
        return SourceText.unquoted(printed)
    }

    /// - Parameter held: as ``text(_:)`` tells it; empty for nothing.
    static func isSame(_ held: String, _ cell: JSONValue) -> Bool {
        if cell == .null { return held.isEmpty }
        let text = Leaf(path: "", name: "", value: cell).text
        if held == text { return true }
        // A moment's zone and fractions are printed apart.
        return held.count >= 19 && text.hasPrefix(held) && held.first?.isNumber == true
    }
}
