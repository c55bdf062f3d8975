import ReenactTimeline
import ReenactWire

/// A change of one part of a text: of what a program was given, or keeps in a file.
struct TextEdit: Sendable, Equatable {
    enum Form: Sendable, Equatable {
        /// Other bytes in place of the range.
        case bytes([UInt8])
        /// The range is JSON, of which one member is another; nil takes it out.
        case member([AnswerEdit.Step], JSONValue?)

        var member: (path: [AnswerEdit.Step], value: JSONValue?)? {
            if case .member(let path, let value) = self { (path, value) } else { nil }
        }
    }

    /// Bytes of the text as it was.
    var range: Range<Int>
    var form: Form

    /// The text with all the changes in it; nil where two of them are about the same bytes.
    static func applied(_ edits: [TextEdit], to text: [UInt8]) -> [UInt8]? {
        var pieces: [(range: Range<Int>, bytes: [UInt8])] = []
        var documents: [Range<Int>: JSONValue] = [:]
        for edit in AnswerEdit.lastRemoved(edits, \.form.member) {
            guard edit.range.lowerBound >= 0, edit.range.upperBound <= text.count else { return nil }
            switch edit.form {
            case .bytes(let bytes): pieces.append((edit.range, bytes))
            case .member(let path, let value):
                guard let document = documents[edit.range] ?? JSONParser.parse(Array(text[edit.range])),
                    let changed = AnswerEdit.replacing(path[...], in: document, by: value)
                else { return nil }
                documents[edit.range] = changed
            }
        }
        for (range, document) in documents {
            guard let written = try? JSONText.encode(document) else { return nil }
            pieces.append((range, Array(written.utf8)))
        }
        // What is put in at one place stays in its order.
        let ordered = pieces.enumerated().sorted {
            ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
                < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
        }.map(\.element)
        var result: [UInt8] = []
        var at = 0
        for piece in ordered {
            guard piece.range.lowerBound >= at else { return nil }
            result += text[at..<piece.range.lowerBound] + piece.bytes
            at = piece.range.upperBound
        }
        return result + text[at...]
    }
}
