import ReenactTimeline
import ReenactWire

/// Changes of parts: elements of lists, fields of hashes, members of JSON texts, however deep.
enum RESPEdit {
    /// The value with another part at that place; nil where it has no such place.
    static func replacing(_ path: ArraySlice<AnswerEdit.Step>, in value: RESPValue, by edit: AnswerEdit) -> RESPValue? {
        let new: JSONValue? = if case .member(_, let new) = edit { new } else { nil }
        guard let step = path.first else {
            if case .bytes(_, let bytes) = edit { return .bulk(bytes) }
            return plain(new, like: value)
        }
        let rest = path.dropFirst()
        switch value {
        case .array(let elements): return parts(step, rest, elements, edit).map(RESPValue.array)
        case .set(let elements): return parts(step, rest, elements, edit).map(RESPValue.set)
        case .push(let elements): return parts(step, rest, elements, edit).map(RESPValue.push)
        case .map(let elements): return parts(step, rest, elements, edit).map(RESPValue.map)
        case .bulk(let bytes), .verbatim(_, let bytes):
            guard let document = JSONParser.parse(bytes),
                let changed = AnswerEdit.replacing(path, in: document, by: new),
                let text = try? JSONText.encode(changed)
            else { return nil }
            return .bulk(Array(text.utf8))
        default: return nil
        }
    }

    private static func parts(
        _ step: AnswerEdit.Step, _ rest: ArraySlice<AnswerEdit.Step>, _ elements: [RESPValue], _ edit: AnswerEdit
    ) -> [RESPValue]? {
        let new: JSONValue? = if case .member(_, let new) = edit { new } else { nil }
        let takesOut = if case .member(_, nil) = edit { true } else { false }
        var elements = elements
        switch step {
        case .index(let index):
            guard elements.indices.contains(index) else { return nil }
            if rest.isEmpty, takesOut {
                elements.remove(at: index)
                return elements
            }
            guard let part = replacing(rest, in: elements[index], by: edit) else { return nil }
            elements[index] = part
        case .key(let key):
            // Fields and values in turn.
            if let value = place(of: step, in: elements) {
                let place = value - 1
                if takesOut, rest.isEmpty {
                    elements.removeSubrange(place...value)
                    return elements
                }
                guard let part = replacing(rest, in: elements[place + 1], by: edit) else { return nil }
                elements[place + 1] = part
            } else {
                guard rest.isEmpty, let new, elements.count % 2 == 0 else { return nil }
                elements += [.bulk(Array(key.utf8)), plain(new, like: .bulk([]))]
            }
        }
        return elements
    }

    /// Where a step leads to: an element, or the value behind a field's name.
    static func place(of step: AnswerEdit.Step, in elements: [RESPValue]) -> Int? {
        switch step {
        case .index(let index): elements.indices.contains(index) ? index : nil
        case .key(let key):
            stride(from: 0, to: elements.count - 1, by: 2).first { elements[$0].bytes == Array(key.utf8) }.map {
                $0 + 1
            }
        }
    }

    private static func plain(_ new: JSONValue?, like old: RESPValue) -> RESPValue {
        switch new {
        case nil, .null: return .null(isArray: false)
        case .integer(let number):
            if case .integer = old { return .integer(number) }
            return .bulk(Array("\(number)".utf8))
        case .string(let text): return .bulk(Array(text.utf8))
        case .bool(let flag): return .bulk(Array((flag ? "1" : "0").utf8))
        case .number(let number): return .bulk(Array("\(number)".utf8))
        case .some(let other): return .bulk(Array(((try? JSONText.encode(other)) ?? "").utf8))
        }
    }

    /// It has forms that version 2 of the protocol has not.
    static func isThird(_ value: RESPValue) -> Bool {
        switch value {
        case .map, .set, .push, .boolean, .double, .bigNumber, .verbatim: true
        case .array(let elements): elements.contains(where: isThird)
        default: false
        }
    }
}
