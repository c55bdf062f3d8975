import ReenactTimeline

/// A change of one recorded answer, for an experiment: what a peer might have said instead.
///
/// Edits of the same answer are applied in order; rows and columns are counted from 0, as they were recorded.
public enum AnswerEdit: Sendable, Equatable {
    /// One step into a JSON document.
    public enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    /// The whole answer is another one: bytes as the peer would have sent them.
    case whole([UInt8])
    /// An error becomes plain success: no rows, and that many of them affected.
    case success(affected: Int)
    /// Another status, with the body as it is.
    case status(Int)
    /// A header field has another value; nil takes it out.
    case header(String, String?)
    /// Another value in a row: its text, or nil for NULL.
    case cell(row: Int, column: Int, text: String?)
    /// One more row, behind the others.
    case insertRow([String?])
    /// The row is not there.
    case removeRow(Int)
    /// Another value in a document, or in a reply with parts (a hash has keys); nil takes the member out.
    case member([Step], JSONValue?)
    /// Other bytes in a range of a body that is no JSON, as it is when unpacked.
    case splice(Range<Int>, [UInt8])
    /// Other bytes in a part of a reply.
    case bytes([Step], [UInt8])
}

extension AnswerEdit {
    /// What stands at that place; nil where there is none.
    public static func value(at path: some Collection<Step>, in document: JSONValue) -> JSONValue? {
        var value = document
        for step in path {
            switch (step, value) {
            case (.key(let key), .object(let members)):
                guard let member = members[key] else { return nil }
                value = member
            case (.index(let index), .array(let elements)) where elements.indices.contains(index):
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// The document with another value at that place; members that are not there are made.
    public static func replacing(_ path: ArraySlice<Step>, in value: JSONValue, by new: JSONValue?) -> JSONValue? {
        guard let step = path.first else { return new }
        let rest = path.dropFirst()
        switch (step, value) {
        case (.key(let key), .object(var members)):
            members[key] = replacing(rest, in: members[key] ?? (rest.isEmpty ? .null : .object([:])), by: new)
            return .object(members)
        case (.index(let index), .array(var elements)) where elements.indices.contains(index):
            if let element = replacing(rest, in: elements[index], by: new) {
                elements[index] = element
            } else {
                elements.remove(at: index)
            }
            return .array(elements)
        case (.index(let index), .array(var elements)) where elements.count == index && new != nil:
            guard let element = replacing(rest, in: .object([:]), by: new) else { return value }
            elements.append(element)
            return .array(elements)
        default: return value
        }
    }

    /// The place in a document that it is about, and its new value.
    public var member: (path: [Step], value: JSONValue?)? {
        if case .member(let path, let value) = self { (path, value) } else { nil }
    }

    /// Edits in an order in which all of them find their places: elements of lists are taken out behind all else, those
    /// that stand last first.
    public static func lastRemoved<Edit>(
        _ edits: [Edit], _ member: (Edit) -> (path: [Step], value: JSONValue?)?
    ) -> [Edit] {
        func removed(_ edit: Edit) -> [Step]? {
            guard let member = member(edit), member.value == nil, case .index? = member.path.last else { return nil }
            return member.path
        }
        let gone = edits.filter { removed($0) != nil }.sorted { stands(removed($0) ?? [], behind: removed($1) ?? []) }
        return gone.isEmpty ? edits : edits.filter { removed($0) == nil } + gone
    }

    private static func stands(_ one: [Step], behind other: [Step]) -> Bool {
        for (a, b) in zip(one, other) where a != b {
            if case .index(let first) = a, case .index(let second) = b { return first > second }
            return "\(a)" < "\(b)"
        }
        return one.count > other.count
    }
}
