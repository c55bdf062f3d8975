import ReenactTimeline

/// How languages print a mapping or an object that holds nothing under a name.
enum NullNotation {
    /// `'email': None`, `"email": null`, `email: null`, `email=None`, `[email] => NULL`, `email:nil`.
    static func holds(_ text: String, under name: String) -> Bool {
        guard !name.isEmpty, text.count <= 20_000, text.contains(name) else { return false }
        for open in ["'\(name)'", "\"\(name)\"", " \(name)", "{\(name)", "(\(name)", "[\(name)]", ":\(name)"] {
            for join in [": ", ":", "=", " => ", "=>"] {
                for nothing in ["None", "null", "NULL", "nil", "<nil>", "undefined"]
                where text.contains(open + join + nothing) {
                    return true
                }
            }
        }
        return false
    }

    /// True where the text is a list of just this row's values, in order: `(None, 'b')`, `[null, "b"]`.
    static func isRow(_ text: String, of row: [JSONValue]) -> Bool {
        guard let open = text.first, let close = text.last, "([".contains(open), ")]".contains(close),
            text.count <= 20_000, row.contains(.null)
        else { return false }
        var elements = topLevel(text.dropFirst().dropLast())
        // A tuple of one ends in a comma.
        if elements.count == row.count + 1, elements.last?.isEmpty ?? false { elements.removeLast() }
        guard elements.count == row.count else { return false }
        return zip(elements, row).allSatisfy { element, cell in
            cell == .null ? SourceText.isNothing(element) : element.contains(Leaf(path: "", name: "", value: cell).text)
        }
    }

    /// Parts between commas that stand in no bracket and no quotes.
    private static func topLevel(_ text: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        var quote: Character?
        var previous: Character = " "
        for character in text {
            if let open = quote {
                if character == open, previous != "\\" { quote = nil }
            } else if "'\"".contains(character) {
                quote = character
            } else if "([{".contains(character) {
                depth += 1
            } else if ")]}".contains(character) {
                depth -= 1
            } else if character == ",", depth == 0 {
                parts.append("")
                previous = character
                continue
            }
            parts[parts.count - 1].append(character)
            previous = character
        }
        return parts.map { String(Substring($0).trimmed(of: " ")) }
    }
}
