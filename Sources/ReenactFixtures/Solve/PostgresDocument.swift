import ReenactTimeline

/// PostgreSQL's JSON: its text form, and what its operators say.
enum PostgresDocument {
    /// As `jsonb` is written: keys by their length, then by their bytes.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .number(let number): return "\(number)"
        case .string(let string): return quoted(string)
        case .array(let elements): return "[" + elements.map(text).joined(separator: ", ") + "]"
        case .object(let members):
            let sorted = members.sorted {
                let (a, b) = ($0.key.utf8, $1.key.utf8)
                return a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
            }
            return "{" + sorted.map { "\(quoted($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{c}": out += "\\f"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    static func read(_ value: SQLValue) -> JSONValue? {
        switch value {
        case .text(let text): JSONParser.parse(text)
        case .int(let number): .integer(number)
        case .bool(let flag): .bool(flag)
        case .real(let number): .number(number)
        case .number(let text): Double(text).map(JSONValue.number)
        case .null, .blob: nil
        }
    }

    /// `whole @> part`.
    static func contains(_ whole: JSONValue, _ part: JSONValue, isTop: Bool = true) -> Bool {
        switch (whole, part) {
        case (.object(let members), .object(let wanted)):
            return wanted.allSatisfy { key, value in members[key].map { contains($0, value, isTop: false) } ?? false }
        case (.array(let list), .array(let wanted)):
            return wanted.allSatisfy { value in list.contains { contains($0, value, isTop: false) } }
        case (.array(let list), _) where isTop: return list.contains { same($0, part) }
        default: return same(whole, part)
        }
    }

    static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left == right { return true }
        if case .array(let a) = left, case .array(let b) = right {
            return a.count == b.count && zip(a, b).allSatisfy { same($0.0, $0.1) }
        }
        func number(_ value: JSONValue) -> Double? {
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        }
        guard let a = number(left), let b = number(right) else { return false }
        return a == b
    }

    /// `document ? key`.
    static func hasKey(_ document: JSONValue, _ key: String) -> Bool {
        switch document {
        case .object(let members): members[key] != nil
        case .array(let list): list.contains(.string(key))
        case .string(let text): text == key
        default: false
        }
    }

    /// What contains both; nil where they say different things of one place.
    static func joined(_ document: JSONValue?, _ part: JSONValue) -> JSONValue? {
        guard let document else { return part }
        switch (document, part) {
        case (.object(var members), .object(let more)):
            for (key, value) in more {
                guard let both = joined(members[key], value) else { return nil }
                members[key] = both
            }
            return .object(members)
        case (.array(let list), .array(let more)):
            return .array(
                more.reduce(into: list) { found, value in
                    if !found.contains(where: { contains($0, value, isTop: false) }) { found.append(value) }
                })
        // A text that was shown may be that of a number.
        case (.string(let text), .integer(let number)) where text == String(number): return part
        case (.string(let text), .bool(let flag)) where text == (flag ? "true" : "false"): return part
        default:
            // Beside a document `nil` would be JSON's null.
            guard same(document, part) else { return Optional.none }
            return document
        }
    }

    /// What `->>` shows of it.
    static func shown(_ value: JSONValue) -> SQLValue {
        switch value {
        case .null: .null
        case .string(let string): .text(string)
        default: .text(text(value))
        }
    }
}
