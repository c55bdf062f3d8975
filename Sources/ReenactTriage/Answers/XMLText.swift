import ReenactTimeline

/// The values of an XML document, read without judging its form: names of elements, and the text in them.
enum XMLText {
    private static let depthMax = 64

    /// Elements that hold text and nothing else, with their path (`ListBucketResult.Contents.LastModified`).
    static func leaves(_ text: String, limit: Int = 2000) -> [Leaf] {
        var leaves: [Leaf] = []
        var path: [String] = []
        var value = ""
        var rest = text[...]
        while leaves.count < limit, let open = rest.firstIndex(of: "<") {
            value += rest[..<open]
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let tag = rest[..<close]
            rest = rest[rest.index(after: close)...]
            if tag.first == "?" || tag.first == "!" { continue }
            if tag.first == "/" {
                let found = value.trimmingPrefix(while: \.isWhitespace)
                if let name = path.last, !found.isEmpty {
                    leaves.append(
                        Leaf(path: path.joined(separator: "."), name: name, value: .string(decoded(String(found)))))
                }
                _ = path.popLast()
            } else if tag.last != "/", path.count < depthMax {
                path.append(String(tag.prefix { !$0.isWhitespace }))
            }
            value = ""
        }
        return leaves
    }

    /// A document as JSON would hold it: elements and attributes are members, elements that come again a list, and those
    /// with nothing but text are text.
    static func document(_ text: String, limit: Int = 5000) -> JSONValue? {
        var open: [(name: String, members: [String: JSONValue], text: String)] = [("", [:], "")]
        var rest = text[...]
        var budget = limit
        func add(_ value: JSONValue, as name: String) {
            let last = open.count - 1
            switch open[last].members[name] {
            case nil: open[last].members[name] = value
            case .array(let list)?: open[last].members[name] = .array(list + [value])
            case let other?: open[last].members[name] = .array([other, value])
            }
        }
        func close() {
            guard open.count > 1, let element = open.popLast() else { return }
            let text = decoded(String(Substring(element.text).trimmed(of: " \r\n\t")))
            guard !element.members.isEmpty else { return add(.string(text), as: element.name) }
            add(
                .object(text.isEmpty ? element.members : element.members.merging(["#text": .string(text)]) { $1 }),
                as: element.name)
        }
        while budget > 0, let start = rest.firstIndex(of: "<") {
            budget -= 1
            open[open.count - 1].text += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ">") else { return nil }
            var tag = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if tag.first == "?" || tag.first == "!" { continue }
            if tag.first == "/" {
                close()
                continue
            }
            let isEmpty = tag.last == "/"
            if isEmpty { tag.removeLast() }
            guard open.count < depthMax else { return nil }
            let name = tag.prefix { !$0.isWhitespace }
            open.append((String(name), attributes(tag.dropFirst(name.count)), ""))
            if isEmpty { close() }
        }
        guard open.count == 1, !open[0].members.isEmpty else { return nil }
        return .object(open[0].members)
    }

    private static func attributes(_ text: Substring) -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        var rest = text
        while found.count < 100, let sign = rest.firstIndex(of: "=") {
            let name = rest[..<sign].trimmed(of: " \r\n\t")
            rest = rest[rest.index(after: sign)...].drop(while: \.isWhitespace)
            guard let quote = rest.first, "'\"".contains(quote), let end = rest.dropFirst().firstIndex(of: quote) else {
                break
            }
            // Declarations of name spaces say nothing.
            if !name.hasPrefix("xmlns") { found[String(name)] = .string(decoded(String(rest[..<end].dropFirst()))) }
            rest = rest[rest.index(after: end)...]
        }
        return found
    }

    private static func decoded(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")].reduce(text) {
            $0.split(separator: $1.0, omittingEmptySubsequences: false).joined(separator: $1.1)
        }
    }
}
