import ReenactTimeline
import ReenactWire

/// XML and HTML read as a document: of an element's members those with `@` are its attributes, `#text` is its text, and
/// the others are lists of the elements in it.
enum Markup {
    private static let elementsMax = 4000
    private static let depthMax = 40

    fileprivate final class Element {
        let name: String
        /// The tag that begins it.
        let open: Range<Int>
        let isClosed: Bool
        var attributes: [(name: String, value: Range<Int>)] = []
        var children: [Element] = []
        var content: Range<Int>

        init(_ name: String, _ open: Range<Int>, isClosed: Bool) {
            self.name = name
            self.open = open
            self.isClosed = isClosed
            content = open.upperBound..<open.upperBound
        }
    }

    /// Nil where the text is nothing of the kind.
    static func document(_ text: [UInt8]) -> TextDocument? {
        guard text.first(where: { $0 > 32 && $0 < 0x80 }) == UInt8(ascii: "<"), let root = Reader(text).root else {
            return nil
        }
        let places = places(text, root)
        return TextDocument(json: .object([root.name: .array([value(root, text)])])) { path, new in
            edit(path, new, places)
        }
    }

    private static func value(_ element: Element, _ text: [UInt8]) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for attribute in element.attributes {
            members["@" + attribute.name] = .string(String(decoding: text[attribute.value], as: UTF8.self))
        }
        if element.children.isEmpty {
            let words = String(decoding: text[plain(element.content, text)], as: UTF8.self)
            if !words.isEmpty || element.attributes.isEmpty { members["#text"] = .string(words) }
        }
        var lists: [String: [JSONValue]] = [:]
        for child in element.children { lists[child.name, default: []].append(value(child, text)) }
        for (name, list) in lists { members[name] = .array(list) }
        return .object(members)
    }

    /// Of a text that is marked as such, what is marked.
    private static func plain(_ content: Range<Int>, _ text: [UInt8]) -> Range<Int> {
        let start = Array("<![CDATA[".utf8)
        guard let first = text[content].firstIndex(where: { $0 > 32 }),
            text[first..<content.upperBound].starts(with: start),
            let last = text[content].lastIndex(where: { $0 > 32 }), last >= first + start.count + 2
        else { return content }
        return (first + start.count)..<(last - 2)
    }

    // MARK: - Places

    private struct Places: Sendable {
        /// Where values stand.
        var values: [[AnswerEdit.Step]: Range<Int>] = [:]
        /// Where an attribute can be put into an element.
        var tags: [[AnswerEdit.Step]: Int] = [:]
        /// Where an element can be put into another, with what must stand before and behind it.
        var insides: [[AnswerEdit.Step]: (range: Range<Int>, before: String, behind: String)] = [:]
    }

    private static func places(_ text: [UInt8], _ root: Element) -> Places {
        var places = Places()
        func walk(_ element: Element, _ path: [AnswerEdit.Step]) {
            for attribute in element.attributes { places.values[path + [.key("@" + attribute.name)]] = attribute.value }
            places.tags[path] = element.open.lowerBound + 1 + element.name.utf8.count
            if element.isClosed {
                let slash = text[element.open].lastIndex(of: UInt8(ascii: "/")) ?? element.open.upperBound - 1
                places.insides[path] = (slash..<element.open.upperBound, ">", "</\(element.name)>")
            } else {
                places.insides[path] = (element.content.upperBound..<element.content.upperBound, "", "")
                if element.children.isEmpty { places.values[path + [.key("#text")]] = plain(element.content, text) }
            }
            var counts: [String: Int] = [:]
            for child in element.children {
                walk(child, path + [.key(child.name), .index(counts[child.name, default: 0])])
                counts[child.name, default: 0] += 1
            }
        }
        walk(root, [.key(root.name), .index(0)])
        return places
    }

    private static func edit(_ path: [AnswerEdit.Step], _ value: JSONValue?, _ places: Places) -> TextEdit? {
        if let range = places.values[path], let plain = TextDocument.plain(value) {
            return TextEdit(range: range, form: .bytes(Array(escaped(plain).utf8)))
        }
        // The nearest element above that is there gets what is missing.
        var above = path
        while !above.isEmpty, places.tags[above] == nil { above.removeLast() }
        let rest = Array(path.dropFirst(above.count))
        guard let value, case .key(let name)? = rest.first, let inside = places.insides[above] else { return nil }
        if name.hasPrefix("@") {
            guard rest.count == 1, let at = places.tags[above], let plain = TextDocument.plain(value) else {
                return nil
            }
            return TextEdit(range: at..<at, form: .bytes(Array(" \(name.dropFirst())=\"\(escaped(plain))\"".utf8)))
        }
        guard let more = name == "#text" ? TextDocument.plain(value).map(escaped) : written(rest, value) else {
            return nil
        }
        return TextEdit(range: inside.range, form: .bytes(Array((inside.before + more + inside.behind).utf8)))
    }

    /// Elements with that value at the place; nil where the place is not in a first element.
    private static func written(_ path: [AnswerEdit.Step], _ value: JSONValue) -> String? {
        guard case .key(let name)? = path.first, name != "#text", !name.hasPrefix("@") else { return nil }
        let rest = path.dropFirst()
        if rest.isEmpty {
            if case .array(let list) = value { return list.map { written(name, $0) }.joined() }
            return written(name, value)
        }
        guard rest.first == .index(0) else { return nil }
        let inner = Array(rest.dropFirst())
        if inner.isEmpty { return written(name, value) }
        if inner.count == 1, case .key(let key) = inner[0], key.hasPrefix("@") || key == "#text" {
            return written(name, .object([key: value]))
        }
        return written(inner, value).map { "<\(name)>\($0)</\(name)>" }
    }

    private static func written(_ name: String, _ value: JSONValue) -> String {
        guard case .object(let members) = value else {
            return "<\(name)>\(escaped(TextDocument.plain(value) ?? ""))</\(name)>"
        }
        var (attributes, inner) = ("", "")
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            if key.hasPrefix("@") {
                attributes += " \(key.dropFirst())=\"\(escaped(TextDocument.plain(member) ?? ""))\""
            } else if key == "#text" {
                inner += escaped(TextDocument.plain(member) ?? "")
            } else if case .array(let list) = member {
                inner += list.map { written(key, $0) }.joined()
            }
        }
        return "<\(name)\(attributes)>\(inner)</\(name)>"
    }

    /// Values come out of texts of the same kind, where they are written so already.
    private static func escaped(_ text: String) -> String {
        text.replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    // MARK: - Reading

    private struct Reader {
        let text: [UInt8]
        private static let voids: Set<String> = [
            "br", "hr", "img", "input", "meta", "link", "area", "base", "col", "source",
        ]

        init(_ text: [UInt8]) { self.text = text }

        var root: Element? {
            var at = 0
            var stack: [Element] = []
            var root: Element?
            var count = 0
            while let open = text[at...].firstIndex(of: UInt8(ascii: "<")) {
                if let end = passed(open) {
                    at = end
                    continue
                }
                guard let close = tagEnd(open + 1) else { break }
                at = close + 1
                let isEnd = open + 1 < close && text[open + 1] == UInt8(ascii: "/")
                let from = isEnd ? open + 2 : open + 1
                let name = String(
                    decoding: text[from..<close].prefix { $0 > 32 && $0 != UInt8(ascii: "/") }, as: UTF8.self)
                guard let first = name.first, first.isLetter || first == "_" else { continue }
                if isEnd {
                    guard let place = stack.lastIndex(where: { $0.name == name }) else { continue }
                    for element in stack[place...] { element.content = element.open.upperBound..<open }
                    stack.removeSubrange(place...)
                    if stack.isEmpty { return root }
                    continue
                }
                let isVoid = root?.name.lowercased() == "html" && Self.voids.contains(name.lowercased())
                let isClosed = text[close - 1] == UInt8(ascii: "/") || isVoid
                let element = Element(name, open..<(close + 1), isClosed: isClosed)
                element.attributes = attributes((from + name.utf8.count)..<close)
                count += 1
                guard count <= Markup.elementsMax, stack.count < Markup.depthMax else { return nil }
                stack.last?.children.append(element)
                if root == nil { root = element }
                if !isClosed { stack.append(element) } else if stack.isEmpty { return root }
            }
            // A text that breaks off is none.
            return nil
        }

        /// Behind what is no element: a comment, a declaration, text that is marked as such; nil where it is one.
        private func passed(_ open: Int) -> Int? {
            for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
            where text[open...].starts(with: Array(start.utf8)) {
                return text[open...].firstRange(of: Array(end.utf8))?.upperBound ?? text.count
            }
            return nil
        }

        private func tagEnd(_ start: Int) -> Int? {
            var quote: UInt8?
            for at in start..<text.count {
                if let open = quote {
                    if text[at] == open { quote = nil }
                } else if text[at] == UInt8(ascii: ">") {
                    return at
                } else if text[at] == UInt8(ascii: "\"") || text[at] == UInt8(ascii: "'") {
                    quote = text[at]
                }
            }
            return nil
        }

        private func attributes(_ range: Range<Int>) -> [(name: String, value: Range<Int>)] {
            var found: [(String, Range<Int>)] = []
            var at = range.lowerBound
            while let sign = text[at..<range.upperBound].firstIndex(of: UInt8(ascii: "=")) {
                let name = text[at..<sign].split(whereSeparator: { $0 <= 32 }).last ?? []
                guard let quote = text[(sign + 1)..<range.upperBound].firstIndex(where: { $0 > 32 }),
                    text[quote] == UInt8(ascii: "\"") || text[quote] == UInt8(ascii: "'"),
                    let end = text[(quote + 1)..<range.upperBound].firstIndex(of: text[quote])
                else { break }
                if !name.isEmpty { found.append((String(decoding: name, as: UTF8.self), (quote + 1)..<end)) }
                at = end + 1
            }
            return found
        }
    }
}
