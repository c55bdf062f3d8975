import ReenactTimeline

/// Lenient readings of JSON that other programs wrote.
extension JSONValue {
    /// Any scalar as text; empty for the rest.
    var scalarText: String {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let value): value ? "true" : "false"
        default: ""
        }
    }

    /// The text of the first of these members that has one.
    func text(_ names: String...) -> String {
        for name in names {
            if let text = self[name]?.scalarText, !text.isEmpty { return text }
        }
        return ""
    }

    /// The whole number of the first of these members that has one, also where it is written as text.
    func whole(_ names: String...) -> Int? {
        for name in names {
            guard let value = self[name] else { continue }
            if let number = value.integer ?? value.string.flatMap({ Int64($0) }) { return Int(exactly: number) }
        }
        return nil
    }

    /// The list that stands there: an array, or the `values` of an object, or the one object.
    func list(_ name: String) -> [JSONValue] {
        guard let value = self[name] else { return [] }
        if let list = value.array { return list }
        if let list = value["values"]?.array { return list }
        return value.object == nil || value["values"] != nil ? [] : [value]
    }

    /// Members as pairs, from an object or from a list of pairs, by name.
    var pairs: [String: String] {
        if let members = object { return members.mapValues(\.scalarText) }
        var found: [String: String] = [:]
        for pair in array ?? [] {
            if let name = pair[0]?.string, let value = pair[1]?.scalarText { found[name] = value }
        }
        return found
    }
}
