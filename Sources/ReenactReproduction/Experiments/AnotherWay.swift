import ReenactTimeline
import ReenactWire

/// Whether it was a change itself that led a program to ask what nobody recorded: the question holds the changed value,
/// or is one more of a kind that was recorded. Behind such a question nothing shows that the place of the failure was
/// passed.
enum AnotherWay {
    static func isLed(_ misses: [RunResult.Miss], _ failure: Case, _ conditions: [Condition]) -> Bool {
        let values = Set(conditions.flatMap(values)).filter { !$0.isEmpty && $0.count < 200 }
        let kinds = Set(PathPrefix.calls(of: failure).map { TextTemplate.of($0.summary) })
        return misses.contains { miss in
            kinds.contains(TextTemplate.of(miss.question)) || values.contains { holds(miss.question, $0) }
        }
    }

    /// Texts that an experiment puts into an answer.
    private static func values(_ condition: Condition) -> [String] {
        guard case .edit(_, let edit) = condition.change else { return [] }
        switch edit {
        case .member(_, let value): return value.map(texts) ?? []
        case .cell(_, _, let text): return text.map { [$0] } ?? []
        case .insertRow(let cells): return cells.compactMap(\.self)
        case .header(_, let value): return value.map { [$0] } ?? []
        case .splice(_, let bytes): return [String(decoding: bytes, as: UTF8.self)]
        case .whole, .success, .status, .removeRow, .bytes: return []
        }
    }

    private static func texts(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .integer(let number): ["\(number)"]
        case .number(let number): ["\(number)"]
        case .array(let list): list.flatMap(texts)
        case .object(let members): members.values.flatMap(texts)
        case .null, .bool: []
        }
    }

    /// The value stands in the question, and is no part of a longer word.
    private static func holds(_ question: String, _ value: String) -> Bool {
        var rest = question[...]
        while let range = rest.firstRange(of: value) {
            let before = rest[..<range.lowerBound].last
            let behind = rest[range.upperBound...].first
            func parts(_ one: Character?) -> Bool { one.map { !$0.isLetter && !$0.isNumber } ?? true }
            if parts(before), parts(behind) { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }
}
