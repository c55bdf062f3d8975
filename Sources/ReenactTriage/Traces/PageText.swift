/// The text of a page as a person reads it: error pages hold traces.
public enum PageText {
    private static let lengthMax = 200_000
    /// Tags behind which a new line begins.
    private static let breaking: Set<String> = [
        "br", "p", "div", "li", "tr", "pre", "h1", "h2", "h3", "h4", "table", "title", "ul", "ol", "dt", "dd",
    ]
    private static let entities: [(name: String, text: Character)] = [
        ("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'"), ("nbsp", " "), ("#39", "'"),
        ("#039", "'"), ("#34", "\""), ("#x27", "'"), ("#160", " "),
    ]

    /// Without tags, and with entities as the characters that they stand for. Text without tags stays as it is.
    public static func plain(_ page: String) -> String {
        guard page.contains("<"), page.contains(">") else { return page }
        var result = ""
        var rest = page.prefix(lengthMax)
        while let character = rest.first {
            rest = rest.dropFirst()
            switch character {
            case "<":
                guard let next = rest.first, next.isLetter || next == "/" || next == "!",
                    let end = rest.firstIndex(of: ">")
                else {
                    result.append(character)
                    continue
                }
                let name = rest[..<end].drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
                if breaking.contains(name) { result.append("\n") }
                rest = rest[rest.index(after: end)...]
            case "&":
                let word = rest.prefix(8).prefix { $0 != ";" && $0 != "&" && $0 != "<" }
                if let entity = entities.first(where: { $0.name == word }), rest.dropFirst(word.count).first == ";" {
                    result.append(entity.text)
                    rest = rest.dropFirst(word.count + 1)
                } else {
                    result.append(character)
                }
            default: result.append(character)
            }
        }
        return result
    }
}
