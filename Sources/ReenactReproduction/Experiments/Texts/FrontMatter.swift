import ReenactTimeline
import ReenactWire

/// Lines of `Name: value` before a text: between `---` and `---`, or up to the first empty line, as pages and mails have
/// them.
enum FrontMatter {
    static func document(_ text: [UInt8]) -> TextDocument? {
        let lines = TextLines.ranges(in: text)
        guard let first = lines.first else { return nil }
        let isFenced = text[first].elementsEqual(Array("---".utf8))
        let head = isFenced ? lines.dropFirst() : lines[...]
        guard
            let end = head.first(where: { line in
                isFenced ? text[line].elementsEqual(Array("---".utf8)) : text[line].allSatisfy { $0 <= 32 }
            }), let start = head.first?.lowerBound, end.lowerBound > start,
            // Without a text behind it, all of it would be settings.
            text[end.upperBound...].contains(where: { $0 > 32 }),
            isFenced || lines.prefix(while: { $0.lowerBound < end.lowerBound }).allSatisfy({ isField(text[$0]) }),
            let inner = Settings.document(Array(text[start..<end.lowerBound]))
        else { return nil }
        return TextDocument(json: inner.json) { path, value in
            guard var edit = inner.edit(path, value) else { return nil }
            edit.range = (edit.range.lowerBound + start)..<(edit.range.upperBound + start)
            return edit
        }
    }

    /// `Content-Type: text/html`.
    private static func isField(_ line: ArraySlice<UInt8>) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return false }
        return line[..<colon].allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return byte < 128
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_"))
        }
    }
}
