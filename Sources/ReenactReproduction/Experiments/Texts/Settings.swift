import ReenactTimeline
import ReenactWire

/// Texts of settings: `name = value` below `[sections]`, `NAME=value`, and YAML as far as it stands in lines.
enum Settings {
    private struct Line {
        var path: [AnswerEdit.Step]
        var value: Range<Int>
        var whole: Range<Int>
        /// What stands before a name in a line, and between a name and its value.
        var indent: Int
        var separator: String
    }

    static func document(_ text: [UInt8]) -> TextDocument? {
        var reader = Reader(text)
        guard reader.read(), !reader.lines.isEmpty else { return nil }
        let lines = reader.lines
        return TextDocument(json: reader.json) { path, value in
            guard let plain = TextDocument.plain(value) else { return nil }
            if let line = lines.first(where: { $0.path == path }) {
                return TextEdit(range: line.value, form: .bytes(Array((value == .null ? "null" : plain).utf8)))
            }
            // A name that others have, behind what stands beside it.
            guard case .key(let name)? = path.last,
                let last = lines.last(where: { $0.path.count == path.count && $0.path.dropLast() == path.dropLast() })
            else { return nil }
            let more = "\n" + String(repeating: " ", count: last.indent) + name + last.separator + plain
            return TextEdit(range: last.whole.upperBound..<last.whole.upperBound, form: .bytes(Array(more.utf8)))
        }
    }

    private struct Reader {
        let text: [UInt8]
        var lines: [Line] = []
        var json: JSONValue = .object([:])
        /// Names above a line, by their columns.
        private var open: [(indent: Int, path: [AnswerEdit.Step])] = []
        private var section: [AnswerEdit.Step] = []
        private var counts: [[AnswerEdit.Step]: Int] = [:]

        init(_ text: [UInt8]) { self.text = text }

        /// False where a line is nothing of the kind.
        mutating func read() -> Bool {
            for range in TextLines.ranges(in: text).prefix(TextDocument.linesMax) where !read(range) { return false }
            return true
        }

        private mutating func read(_ range: Range<Int>) -> Bool {
            var start = range.lowerBound
            while start < range.upperBound, text[start] == 32 || text[start] == 9 { start += 1 }
            let words = String(decoding: text[start..<range.upperBound], as: UTF8.self).trimmed
            if words.isEmpty || words.hasPrefix("#") || words.hasPrefix(";") || words == "---" { return true }
            if words.hasPrefix("["), words.hasSuffix("]"), !words.contains(",") {
                section = [.key(String(words.dropFirst().dropLast()))]
                open = []
                return true
            }
            var indent = start - range.lowerBound
            var at = start
            if text[at...].starts(with: Array("export ".utf8)) { at += 7 }
            if words.hasPrefix("- ") || words == "-" {
                open.removeAll { $0.indent >= indent }
                // `- ` may stand below its name's own column.
                let above = open.last?.path ?? section
                let number = counts[above, default: 0]
                counts[above] = number + 1
                open.append((indent, above + [.index(number)]))
                at += 1
                while at < range.upperBound, text[at] == 32 { at += 1 }
                indent = at - range.lowerBound
                guard split(at, range) != nil else {
                    guard at < range.upperBound else { return true }
                    take(above + [.index(number)], value(at, range), range, indent, "")
                    return true
                }
            }
            guard let (name, separator, behind) = split(at, range) else { return false }
            open.removeAll { $0.indent >= indent && !(Self.isElement($0.path) && $0.indent < indent) }
            let path = (open.last?.path ?? section) + [.key(name)]
            let value = value(behind, range)
            if value.isEmpty, separator.contains(":") {
                // Its members may follow, more to the right; else it is nothing.
                open.append((indent, path))
                if !hasMembers(range, indent) { take(path, value, range, indent, separator) }
                return true
            }
            take(path, value, range, indent, separator)
            return true
        }

        private static func isElement(_ path: [AnswerEdit.Step]) -> Bool {
            if case .index? = path.last { true } else { false }
        }

        /// The next line that says anything stands further right, or begins an element.
        private func hasMembers(_ range: Range<Int>, _ indent: Int) -> Bool {
            for next in TextLines.ranges(in: text) where next.lowerBound > range.upperBound {
                let line = text[next]
                guard let first = line.firstIndex(where: { $0 > 32 }), line[first] != UInt8(ascii: "#") else {
                    continue
                }
                let column = first - next.lowerBound
                return column > indent || column == indent && line[first] == UInt8(ascii: "-")
            }
            return false
        }

        /// The name at that place, what parts it from its value, and where that begins.
        private func split(_ at: Int, _ range: Range<Int>) -> (String, String, Int)? {
            var end = at
            while end < range.upperBound, text[end] != UInt8(ascii: "="),
                !(text[end] == UInt8(ascii: ":") && (end + 1 == range.upperBound || text[end + 1] == 32))
            {
                end += 1
            }
            guard end < range.upperBound, end > at else { return nil }
            var name = String(decoding: text[at..<end], as: UTF8.self).trimmed
            if name.count > 2, name.first == name.last, name.first == "\"" || name.first == "'" {
                name = String(name.dropFirst().dropLast())
            }
            guard !name.isEmpty, name.count <= 60, !name.contains(where: { "\"'{}()<>,".contains($0) }) else {
                return nil
            }
            var behind = end + 1
            while behind < range.upperBound, text[behind] == 32 || text[behind] == 9 { behind += 1 }
            let nameEnd = text[at..<end].lastIndex { $0 > 32 }.map { $0 + 1 } ?? end
            var separator = String(decoding: text[nameEnd..<behind], as: UTF8.self)
            if separator == ":" { separator = ": " }
            return (name, separator, behind)
        }

        /// Without quotes and what is noted behind.
        private func value(_ from: Int, _ range: Range<Int>) -> Range<Int> {
            var end = range.upperBound
            if from < end, text[from] == UInt8(ascii: "\"") || text[from] == UInt8(ascii: "'"),
                let close = text[(from + 1)..<end].firstIndex(of: text[from])
            {
                return (from + 1)..<close
            }
            var at = from
            while at + 1 < end {
                if text[at] <= 32, text[at + 1] == UInt8(ascii: "#") || text[at + 1] == UInt8(ascii: ";") { end = at }
                at += 1
            }
            while end > from, text[end - 1] <= 32 { end -= 1 }
            return min(from, end)..<end
        }

        private mutating func take(
            _ path: [AnswerEdit.Step], _ value: Range<Int>, _ line: Range<Int>, _ indent: Int, _ separator: String
        ) {
            let words = String(decoding: text[value], as: UTF8.self)
            let isQuoted = value.upperBound < line.upperBound && [34, 39].contains(text[value.upperBound])
            lines.append(.init(path: path, value: value, whole: line, indent: indent, separator: separator))
            json = Self.putting(Self.typed(words, isQuoted, separator), at: path[...], in: json)
        }

        private static func typed(_ text: String, _ isQuoted: Bool, _ separator: String) -> JSONValue {
            if isQuoted { return .string(text) }
            if let number = Int64(text) { return .integer(number) }
            if separator.contains(":") || separator.isEmpty {
                if ["true", "false"].contains(text) { return .bool(text == "true") }
                if ["", "null", "~"].contains(text) { return .null }
            }
            if let number = Double(text), number.isFinite { return .number(number) }
            return .string(text)
        }

        private static func putting(
            _ value: JSONValue, at path: ArraySlice<AnswerEdit.Step>, in document: JSONValue
        ) -> JSONValue {
            guard let step = path.first else { return value }
            let rest = path.dropFirst()
            switch step {
            case .key(let key):
                var members: [String: JSONValue] = [:]
                if case .object(let given) = document { members = given }
                members[key] = putting(value, at: rest, in: members[key] ?? .null)
                return .object(members)
            case .index(let index):
                var elements: [JSONValue] = []
                if case .array(let given) = document { elements = given }
                while elements.count <= index { elements.append(.null) }
                elements[index] = putting(value, at: rest, in: elements[index])
                return .array(elements)
            }
        }
    }
}
