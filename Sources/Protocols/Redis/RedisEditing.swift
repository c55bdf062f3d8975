import ReenactTimeline
import ReenactWire

extension Redis {
    /// Changes a reply: an element of a list (`cell`, row 0), a part of a reply with parts or of a JSON text in it
    /// (`member`), or an error to `OK`.
    ///
    /// - Returns: nil where the reply has no such place.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        var answer = answer
        for edit in edits {
            if case .whole(let bytes) = edit {
                answer = bytes
                continue
            }
            var decoder = RESPDecoder(answer)
            guard let value = decoder.next(), !decoder.isTruncated else { return nil }
            switch (edit, value) {
            case (.success, .error): answer = RESPEncoder.ok
            case (.cell(_, let column, let text), .array(var elements)) where elements.indices.contains(column):
                elements[column] = text.map { .bulk(Array($0.utf8)) } ?? .null(isArray: false)
                answer = RESPEncoder.encode(.array(elements), version: 2)
            case (.cell(_, let column, let text), .map(var elements)) where elements.indices.contains(column):
                elements[column] = text.map { .bulk(Array($0.utf8)) } ?? .null(isArray: false)
                answer = RESPEncoder.encode(.map(elements), version: 3)
            case (.cell(_, _, let text), .bulk), (.cell(_, _, let text), .null):
                answer = RESPEncoder.encode(text.map { .bulk(Array($0.utf8)) } ?? .null(isArray: false), version: 2)
            case (.member(let path, _), _), (.bytes(let path, _), _):
                guard let changed = RESPEdit.replacing(path[...], in: value, by: edit) else { return nil }
                answer = RESPEncoder.encode(changed, version: RESPEdit.isThird(changed) ? 3 : 2)
            default: return nil
            }
        }
        return answer
    }

    /// The bytes of a text in a reply; nil where none stands there.
    public static func bytes(of answer: [UInt8], at path: [AnswerEdit.Step]) -> [UInt8]? {
        var decoder = RESPDecoder(answer)
        guard var value = decoder.next(), !decoder.isTruncated else { return nil }
        for step in path {
            guard let place = RESPEdit.place(of: step, in: value.elements ?? []), let elements = value.elements else {
                return nil
            }
            value = elements[place]
        }
        return value.bytes
    }
}
