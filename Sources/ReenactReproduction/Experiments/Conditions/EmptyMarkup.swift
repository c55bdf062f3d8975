/// Attributes and elements of an XML text that hold nothing: `ignoreids=""`, `<Prefix></Prefix>`, `<Prefix/>`.
enum EmptyMarkup {
    /// Where a value can be put.
    struct Hole {
        var range: Range<String.Index>
        fileprivate var before: String
        fileprivate var behind: String

        func filled(_ value: String) -> String { before + value + behind }
    }

    /// Longer texts are not looked at.
    private static let bytesMax = 1 << 20

    static func places(in text: String) -> [(name: String, hole: Hole)] {
        guard text.utf8.count <= bytesMax else { return [] }
        var found: [(String, Hole)] = []
        var rest = text[...]
        while found.count < 200, let open = rest.firstIndex(of: "<") {
            rest = rest[open...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let tag = rest[text.index(after: open)..<close]
            let next = text.index(after: close)
            rest = rest[next...]
            guard let first = tag.first, first.isLetter || first == "_" else { continue }
            let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" })
            found += attributes(of: tag.dropFirst(name.count))
            let end = "</\(name)>"
            if tag.last == "/", tag.dropLast().dropFirst(name.count).allSatisfy(\.isWhitespace) {
                found.append((name, Hole(range: open..<next, before: "<\(name)>", behind: end)))
            } else if rest.hasPrefix(end) {
                found.append((name, Hole(range: next..<next, before: "", behind: "")))
            }
        }
        return found
    }

    private static func attributes(of tag: Substring) -> [(String, Hole)] {
        var found: [(String, Hole)] = []
        var rest = tag
        while let sign = rest.firstIndex(of: "=") {
            let name = rest[..<sign].split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
            rest = rest[rest.index(after: sign)...].drop(while: \.isWhitespace)
            guard let quote = rest.first, "'\"".contains(quote), let end = rest.dropFirst().firstIndex(of: quote) else {
                break
            }
            if rest.index(after: rest.startIndex) == end, !name.isEmpty {
                found.append((name, Hole(range: end..<end, before: "", behind: "")))
            }
            rest = rest[rest.index(after: end)...]
        }
        return found
    }
}
