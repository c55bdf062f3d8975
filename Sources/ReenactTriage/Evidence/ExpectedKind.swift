import ReenactTimeline

/// What kind of value a line of code takes something for, told by the method that it calls or the calculation that it
/// tries.
struct ExpectedKind {
    /// The name under which the value was read.
    let name: String
    /// It is taken for a date.
    var isTime = false
    private let accepts: @Sendable (JSONValue) -> Bool

    private static let ofLists: Set<String> = [
        "map", "filter", "forEach", "reduce", "some", "every", "find", "findIndex", "flatMap", "push", "sort", "splice",
        "reverse", "append", "extend", "each",
    ]
    private static let ofTexts: Set<String> = [
        "toLowerCase", "toUpperCase", "trim", "split", "startsWith", "endsWith", "replace", "charAt", "substring",
        "lower", "upper", "strip", "startswith", "endswith", "encode", "padStart", "localeCompare",
    ]
    private static let ofNumbers: Set<String> = ["toFixed", "toPrecision"]
    private static let ofTimes: Set<String> = [
        "strftime", "isoformat", "toISOString", "getTime", "getFullYear", "timestamp", "astimezone", "utcoffset",
        "timetuple", "toordinal", "weekday",
    ]
    private static let ofObjects: Set<String> = ["items", "keys", "values", "get", "setdefault"]

    /// Only texts have a method of that name.
    static func isOfText(_ method: String) -> Bool { ofTexts.contains(method) }

    /// What the failing lines expect of the values that they name; nothing where the complaint is about another thing.
    static func all(_ look: Look) -> [ExpectedKind] {
        let isMethod = look.complaint.mentions([
            "is not a function", "has no attribute", "undefined method", "member function",
        ])
        let isOperand = look.complaint.mentions([
            "unsupported operand", "can only concatenate", "not supported between", "string +", "string -", "string *",
        ])
        guard isMethod || isOperand else { return [] }
        var kinds: [ExpectedKind] = []
        for frame in look.throwFrames {
            for path in ReadPath.all(in: frame.source) where !path.steps.isEmpty {
                var path = path
                // A part of a line ends before the call: `o.shipped.strftime`.
                if isMethod, path.called == nil, path.steps.count > 1, case .key(let last)? = path.steps.last,
                    look.message.contains(last)
                {
                    path.steps.removeLast()
                    path.called = last
                }
                if isOperand, path.called == nil {
                    kinds.append(.init(name: path.name) { $0.string == nil })
                } else if isMethod, let method = path.called, look.message.contains(method) {
                    if ofLists.contains(method) {
                        kinds.append(.init(name: path.name) { $0.array != nil })
                    } else if ofTexts.contains(method) {
                        kinds.append(.init(name: path.name) { $0.string != nil })
                    } else if ofNumbers.contains(method) {
                        kinds.append(.init(name: path.name) { isNumber($0) })
                    } else if ofTimes.contains(method) {
                        kinds.append(.init(name: path.name, isTime: true, accepts: isTime))
                    } else if ofObjects.contains(method) {
                        kinds.append(.init(name: path.name) { $0.object != nil })
                    }
                }
            }
        }
        return kinds
    }

    /// The member of a document under that name which is something else, with what it is.
    func misfit(in document: JSONValue) -> (path: String, value: JSONValue)? {
        var budget = 20_000
        func walk(_ value: JSONValue, _ path: String) -> (String, JSONValue)? {
            budget -= 1
            guard budget > 0 else { return nil }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    let place = path.isEmpty ? key : "\(path).\(key)"
                    if key == name, member != .null, !accepts(member) { return (place, member) }
                    if let found = walk(member, place) { return found }
                }
            }
            for (index, element) in (value.array ?? []).enumerated() {
                if let found = walk(element, "\(path)[\(index)]") { return found }
            }
            return nil
        }
        return walk(document, "")
    }

    /// What drivers make a date of. A date that there is not, as MySQL's `0000-00-00`, stays a text.
    private static func isTime(_ value: JSONValue) -> Bool {
        guard let text = value.string else { return false }
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 && parts[0] > 0 && (1...12).contains(parts[1]) && (1...31).contains(parts[2])
    }

    private static func isNumber(_ value: JSONValue) -> Bool {
        if case .number = value { return true }
        return value.integer != nil
    }

    static func name(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
