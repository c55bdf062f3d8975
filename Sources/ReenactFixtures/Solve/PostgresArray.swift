import ReenactTimeline

/// PostgreSQL's arrays of one dimension, as texts.
enum PostgresArray {
    /// The elements of `{a,"b c",NULL}`, or of a JSON array as it is bound; nil of anything else.
    static func elements(_ value: SQLValue) -> [SQLValue]? {
        guard case .text(let text) = value else { return nil }
        if text.hasPrefix("["), case .array(let list)? = JSONParser.parse(text) {
            return list.map { DocumentPath.plain($0) }
        }
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        var elements: [SQLValue] = []
        var element = ""
        var isQuoted = false
        var inside = false
        var escaped = false
        func close() {
            let bare = element.trimmingPrefix { $0 == " " }
            elements.append(!isQuoted && bare.uppercased() == "NULL" ? .null : .text(isQuoted ? element : String(bare)))
            (element, isQuoted) = ("", false)
        }
        let body = text.dropFirst().dropLast()
        if body.isEmpty { return [] }
        for character in body {
            if escaped {
                element.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == "\"" {
                inside.toggle()
                isQuoted = true
            } else if inside {
                element.append(character)
            } else if character == "," {
                close()
            } else if character == "{" || character == "}" {
                return nil
            } else {
                element.append(character)
            }
        }
        guard !inside else { return nil }
        close()
        return elements
    }

    static func text(_ elements: [SQLValue]) -> String {
        "{" + elements.map(text).joined(separator: ",") + "}"
    }

    private static func text(_ element: SQLValue) -> String {
        guard let text = Functions.text(element) else {
            switch element {
            case .null: return "NULL"
            case .bool(let flag): return flag ? "t" : "f"
            case .real(let number): return "\(number)"
            default: return "\"\""
            }
        }
        let isPlain =
            !text.isEmpty && text.uppercased() != "NULL"
            && !text.contains { "{}\",\\".contains($0) || $0.isWhitespace }
        if isPlain { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    static func contains(_ list: [SQLValue], _ element: SQLValue) -> Bool {
        list.contains { !$0.isNull && $0.matches(element) }
    }
}
