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

/// Elements that others of the same name in a row hold and one does not: `<Contents>` without `<LastModified>`.
enum MissingMarkup {
    struct Gap {
        /// `Contents[2].LastModified`.
        var name: String
        var element: String
        /// The text with a neighbour's element in it.
        var filled: String
    }

    private static let repeatsMax = 50

    static func gaps(in text: String) -> [Gap] {
        guard text.utf8.count <= 1 << 20 else { return [] }
        var found: [Gap] = []
        for name in repeated(text) {
            let blocks = blocks(of: name, in: text).prefix(repeatsMax)
            let children = blocks.map { Set(names(in: text[$0])).subtracting([name]) }
            for child in Set(children.joined()).sorted() {
                let there = children.indices.filter { children[$0].contains(child) }
                guard there.count * 2 >= children.count, there.count < children.count else { continue }
                for index in children.indices where !children[index].contains(child) {
                    let nearest = there.min { abs($0 - index) < abs($1 - index) } ?? there[0]
                    let near = text[blocks[blocks.startIndex + nearest]]
                    guard let start = near.firstRange(of: "<\(child)>")?.lowerBound,
                        let end = near[start...].firstRange(of: "</\(child)>")?.upperBound,
                        found.count < 12
                    else { continue }
                    let place = blocks[blocks.startIndex + index].upperBound
                    var filled = text
                    filled.insert(contentsOf: near[start..<end], at: place)
                    found.append(
                        Gap(name: "\(name)[\(index)].\(child)", element: String(near[start..<end]), filled: filled))
                }
            }
        }
        return found
    }

    /// Names of elements that begin at least twice.
    private static func repeated(_ text: String) -> [String] {
        var counts: [String: Int] = [:]
        for name in names(in: text[...]) { counts[name, default: 0] += 1 }
        return counts.filter { $0.value > 1 && $0.value < 500 }.keys.sorted().prefix(20).map(\.self)
    }

    private static func names(in text: Substring) -> [String] {
        var found: [String] = []
        var rest = text
        while found.count < 5000, let open = rest.firstIndex(of: "<") {
            rest = rest[open...].dropFirst()
            let name = rest.prefix { $0.isLetter || $0.isNumber || "_-.:".contains($0) }
            if let first = name.first, first.isLetter || first == "_" { found.append(String(name)) }
        }
        return found
    }

    /// Contents of the elements of that name.
    private static func blocks(of name: String, in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "<\(name)>") {
            guard let close = rest[open.upperBound...].firstRange(of: "</\(name)>") else { break }
            found.append(open.upperBound..<close.lowerBound)
            rest = rest[close.upperBound...]
        }
        return found
    }
}
