import ReenactTimeline

/// The texts that PostgreSQL gives for values that a timeline holds with a tag.
enum TaggedForms {
    /// `{"a": […]}`: an array's literal (PostgreSQL, 8.15.6, "Array Input and Output Syntax").
    static func array(_ elements: [JSONValue]) throws(FixtureError) -> String {
        var parts: [String] = []
        for element in elements {
            if case .array(let inner) = element {
                parts.append(try array(inner))
                continue
            }
            switch try RecordedTimeline.value(element, .postgres) {
            case .null: parts.append("NULL")
            case .bool(let flag): parts.append(flag ? "t" : "f")
            case .int(let number): parts.append(String(number))
            case .real(let number): parts.append("\(number)")
            case .number(let text): parts.append(text)
            case .blob(let bytes): parts.append("\"\\\\x\(SQLValue.hex(bytes))\"")
            case .text(let text):
                var isMoment = false
                if case .object(let tagged) = element { isMoment = tagged["ts"] != nil }
                parts.append(PostgresArray.quoted(isMoment ? moment(text) : text))
            }
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func moment(_ text: String) -> String {
        let text = text.replacing("T", with: " ", maxReplacements: 1)
        return text.hasSuffix(":00") && text.dropLast(3).dropLast(2).hasSuffix("+") ? String(text.dropLast(3)) : text
    }

    /// `{"iv": seconds}`.
    static func span(_ seconds: Double) -> String { "\(seconds) seconds" }

    /// The value as a tag would have it, where it is a document or an interval: drivers hand these on as objects, and what
    /// their texts looked like is not in the recording.
    static func normal(_ value: SQLValue) -> SQLValue {
        guard case .text(let text) = value, let first = text.utf8.first else { return value }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "["), let parsed = JSONParser.parse(text) {
            return .text(PostgresDocument.text(parsed))
        }
        return seconds(text).map { .text(span($0)) } ?? value
    }

    /// An interval in PostgreSQL's own style, `1 year 2 mons 3 days -04:05:06.7`; years and months as drivers count them.
    static func seconds(_ text: String) -> Double? {
        var micros: Int64 = 0
        var words = text.split(separator: " ")[...]
        if words.isEmpty || words.count > 7 { return nil }
        while let word = words.popFirst() {
            if word.utf8.contains(UInt8(ascii: ":")) {
                guard words.isEmpty, let time = clock(word) else { return nil }
                return Double(micros + time) / 1_000_000
            }
            guard let count = Int64(word), abs(count) < 1_000_000, let unit = words.popFirst() else { return nil }
            let days: Int64
            switch unit {
            case "year", "years": days = 365
            case "mon", "mons": days = 30
            case "day", "days": days = 1
            default: return nil
            }
            micros += count * days * 86_400_000_000
        }
        return Double(micros) / 1_000_000
    }

    private static func clock(_ word: Substring) -> Int64? {
        var word = word
        let isNegative = word.hasPrefix("-")
        if isNegative || word.hasPrefix("+") { word = word.dropFirst() }
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours >= 0, minutes >= 0,
            hours < 100_000_000, minutes < 60
        else { return nil }
        let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard seconds.count <= 2, let whole = Int64(seconds[0]), whole >= 0, whole < 61 else { return nil }
        var fraction: Int64 = 0
        if seconds.count == 2 {
            guard seconds[1].utf8.count <= 6,
                let digits = Int64(seconds[1] + String(repeating: "0", count: 6 - seconds[1].utf8.count))
            else { return nil }
            fraction = digits
        }
        let micros = ((hours * 60 + minutes) * 60 + whole) * 1_000_000 + fraction
        return isNegative ? -micros : micros
    }
}
