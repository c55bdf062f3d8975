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

    private static func decoded(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")].reduce(text) {
            $0.split(separator: $1.0, omittingEmptySubsequences: false).joined(separator: $1.1)
        }
    }
}
