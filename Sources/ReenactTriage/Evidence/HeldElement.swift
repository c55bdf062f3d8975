import ReenactTimeline

/// Which element of a list the failing code had in hand: one of its variables shows it.
enum HeldElement {
    private static let framesMax = 4
    private static let membersMin = 2

    /// The list under a path as `OddValue` writes it: `items`, `pages[2].items`, or nothing for the document itself.
    static func list(_ path: String, in document: JSONValue) -> [JSONValue]? {
        var value = document
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            if let elements = value.array {
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                value = elements[index]
            } else {
                guard let member = value.object?[String(step)] else { return nil }
                value = member
            }
        }
        return value.array
    }

    /// - Returns: nil where no variable shows just one of them.
    static func index(of elements: [JSONValue], in look: Look) -> Int? {
        for frame in look.frames.prefix(framesMax) {
            for local in frame.locals where !local.redacted && local.value.utf8.count > 4 {
                guard let start = local.value.firstIndex(of: "{"), !local.value.hasPrefix("["),
                    let held = PrintedValue.parse(String(local.value[start...]))?.object
                else { continue }
                let fitting = elements.prefix(500).indices.filter { isSame(held, elements[$0]) }
                if fitting.count == 1 { return fitting[0] }
            }
        }
        return nil
    }

    /// All that was printed of it is the same; the last member may be cut.
    private static func isSame(_ held: [String: JSONValue], _ element: JSONValue) -> Bool {
        guard let members = element.object else { return false }
        let plain = held.filter { $0.value.object == nil && $0.value.array == nil && members[$0.key] != nil }
        guard plain.count >= membersMin else { return false }
        let equal = plain.filter { FailedLookup.text($0.value) == members[$0.key].flatMap(FailedLookup.text) }
        return equal.count + 1 >= plain.count && equal.contains { $0.value != .null }
    }
}
