/// A query in a form in which it reads the same however it was spelled.
///
/// Two queries of one normal form ask the same tables the same thing and answer the same columns: they differ in places
/// or names for expressions in GROUP BY and ORDER BY, in aliases of tables, in the order of conditions joined by AND,
/// in values that stand in the text or beside it, in lists of IN with the same values, and in words that say nothing
/// (`AS`, `ASC`, `INNER`, `OUTER`).
public enum SQLNormalForm {
    private static let wordsMax = 4000
    private static let clauses: Set<String> = [
        "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "WINDOW", "FETCH",
    ]
    private static let unions: Set<String> = ["UNION", "INTERSECT", "EXCEPT"]
    private static let silent: Set<String> = ["AS", "ASC", "INNER", "OUTER"]

    /// - Parameter values: of the parameters, from the first on.
    /// - Returns: nil for what is no query, or names a parameter that has no value.
    public static func text(_ words: [SQLWord], values: [String]) -> String? {
        guard let first = words.first?.keyword, ["SELECT", "WITH"].contains(first), words.count <= wordsMax,
            let tokens = tokens(words, values)
        else { return nil }
        var rest = tokens[...]
        if rest.last?.text == ";" { rest = rest.dropLast() }
        guard !rest.contains(where: { $0.text == ";" }), let nodes = nodes(&rest, isInner: false) else { return nil }
        return canonical(nodes)
    }

    // MARK: - Words

    private struct Token {
        var text: String
        /// A keyword that parts a statement.
        var isReserved = false
        var isName = false
        var isValue = false
    }

    private static func tokens(_ words: [SQLWord], _ values: [String]) -> [Token]? {
        let aliases = aliases(words)
        var tokens: [Token] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : nil
            index += 1
            if word.symbol == "$", let number = next?.literal.flatMap({ Int($0) }) {
                guard values.indices.contains(number - 1) else { return nil }
                tokens.append(Token(text: "'\(values[number - 1])'", isValue: true))
                index += 1
            } else if let literal = word.literal {
                tokens.append(Token(text: "'\(literal)'", isValue: true))
            } else if word.isReserved {
                tokens.append(Token(text: word.keyword, isReserved: true))
            } else if word.isName {
                let isQualifier = next?.symbol == "." && tokens.last?.text != "."
                let alias = isQualifier || aliases.places.contains(index - 1) ? aliases.names[word.name] : nil
                if silent.contains(word.keyword) {
                    tokens.append(Token(text: word.keyword, isReserved: true))
                } else {
                    tokens.append(Token(text: alias ?? "\"\(word.name)\"", isName: alias == nil))
                }
            } else if word.symbol == "!", next?.symbol == "=" {
                tokens += [Token(text: "<"), Token(text: ">")]
                index += 1
            } else {
                tokens.append(Token(text: word.symbol))
            }
        }
        return tokens
    }

    /// Names that tables have in this query only, numbered in the order in which they are given, and where they are.
    private static func aliases(_ words: [SQLWord]) -> (names: [String: String], places: Set<Int>) {
        var names: [String: String] = [:]
        var places: Set<Int> = []
        /// Depths at which a list of tables is open.
        var open: Set<Int> = []
        for (index, word) in words.enumerated() {
            if word.symbol == ")" { open = open.filter { $0 <= word.depth } }
            if clauses.contains(word.keyword) { open.remove(word.depth) }
            let isStart = word.keyword == "FROM" || word.keyword == "JOIN"
            if isStart { open.insert(word.depth) }
            guard isStart || word.symbol == "," && open.contains(word.depth) else { continue }
            var end = index + 1
            if end < words.count, words[end].keyword == "LATERAL" { end += 1 }
            if end < words.count, words[end].symbol == "(" {
                let depth = words[end].depth
                end =
                    words[(end + 1)...].firstIndex { $0.symbol == ")" && $0.depth == depth }.map { $0 + 1 }
                    ?? words.count
            } else if let table = SQLWord.name(words, at: end) {
                end = table.end
            } else {
                continue
            }
            if end < words.count, words[end].keyword == "AS" { end += 1 }
            guard end < words.count, words[end].isName, !words[end].isReserved, !silent.contains(words[end].keyword)
            else {
                continue
            }
            places.insert(end)
            if names[words[end].name] == nil { names[words[end].name] = "@\(names.count + 1)" }
        }
        return (names, places)
    }

    // MARK: - Parentheses

    private indirect enum Node {
        case token(Token)
        case group([Node])

        var keyword: String { if case .token(let token) = self, token.isReserved { token.text } else { "" } }
        var symbol: String {
            if case .token(let token) = self, !token.isReserved, !token.isName, !token.isValue {
                token.text
            } else {
                ""
            }
        }
    }

    private static func nodes(_ rest: inout ArraySlice<Token>, isInner: Bool) -> [Node]? {
        var nodes: [Node] = []
        while let token = rest.popFirst() {
            switch token.text {
            case "(" where !token.isValue:
                guard let inner = self.nodes(&rest, isInner: true) else { return nil }
                nodes.append(.group(inner))
            case ")" where !token.isValue: return isInner ? nodes : nil
            default: nodes.append(.token(token))
            }
        }
        return isInner ? nil : nodes
    }

    // MARK: - The form

    private static func canonical(_ nodes: [Node]) -> String {
        guard nodes.contains(where: { $0.keyword == "SELECT" }) else { return conditions(nodes) }
        var parts: [[Node]] = [[]]
        var signs: [String] = []
        for node in nodes {
            if unions.contains(node.keyword) {
                signs.append(node.keyword)
                parts.append([])
            } else {
                parts[parts.count - 1].append(node)
            }
        }
        let texts = parts.map(select)
        return zip([""] + signs, texts).map { $0 + " " + $1 }.joined(separator: " ")
    }

    /// One SELECT with its clauses; what stands before it (`WITH …`) stays.
    private static func select(_ nodes: [Node]) -> String {
        var parts: [(keyword: String, nodes: [Node])] = [("", [])]
        for node in nodes {
            if clauses.contains(node.keyword) {
                parts.append((node.keyword, []))
            } else {
                parts[parts.count - 1].nodes.append(node)
            }
        }
        let items = parts.first { $0.keyword == "SELECT" }.map { itemsOf($0.nodes) } ?? []
        return parts.map { part -> String in
            switch part.keyword {
            case "WHERE", "HAVING": part.keyword + " " + conditions(part.nodes)
            case "FROM": "FROM " + tables(part.nodes)
            case "GROUP", "ORDER": part.keyword + " BY " + places(Array(part.nodes.dropFirst()), items)
            default: part.keyword + " " + plain(part.nodes)
            }
        }.joined(separator: " ")
    }

    /// Expressions of the select list, each with the name that its column has.
    private static func itemsOf(_ nodes: [Node]) -> [(text: String, name: String)] {
        var nodes = nodes[...]
        if ["DISTINCT", "ALL"].contains(nodes.first?.keyword) { nodes = nodes.dropFirst() }
        return nodes.split(omittingEmptySubsequences: false) { $0.symbol == "," }.map { item in
            guard let at = item.lastIndex(where: { $0.keyword == "AS" }), item.index(at, offsetBy: 2) == item.endIndex,
                case .token(let name) = item[at + 1]
            else { return (plain(Array(item)), "") }
            return (plain(Array(item[..<at])), name.text)
        }
    }

    /// What is grouped or ordered by, as places in the select list where it stands there.
    private static func places(_ nodes: [Node], _ items: [(text: String, name: String)]) -> String {
        nodes.split(omittingEmptySubsequences: false) { $0.symbol == "," }.map { part -> String in
            var end = part.endIndex
            let words: Set<String> = ["\"desc\"", "\"nulls\"", "\"first\"", "\"last\""]
            while end > part.startIndex, case .token(let token) = part[end - 1],
                token.text == "ASC" || words.contains(token.text)
            {
                end -= 1
            }
            let text = plain(Array(part[..<end]))
            let suffix = plain(Array(part[end...]))
            let (column, named) = (items.firstIndex { $0.text == text }, items.firstIndex { $0.name == text })
            // One column's name may be another's alias: which is meant differs between the two clauses.
            var place = column == nil || named == nil || column == named ? column ?? named : nil
            if text.first == "'", let number = Int(text.dropFirst().dropLast()), items.indices.contains(number - 1) {
                place = number - 1
            }
            return (place.map { "#\($0 + 1)" } ?? text) + (suffix.isEmpty ? "" : " " + suffix)
        }.joined(separator: ",")
    }

    /// Tables, with the conditions that join them.
    private static func tables(_ nodes: [Node]) -> String {
        var text = ""
        var rest = nodes[...]
        while let on = rest.firstIndex(where: { $0.keyword == "ON" }) {
            let behind = rest[(on + 1)...]
            let end =
                behind.firstIndex {
                    ["JOIN", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "INNER"].contains($0.keyword)
                        || $0.symbol == ","
                } ?? rest.endIndex
            text += plain(Array(rest[..<on])) + " ON " + conditions(Array(rest[(on + 1)..<end])) + " "
            rest = rest[end...]
        }
        return text + plain(Array(rest))
    }

    /// Conditions that must all hold, in an order that does not depend on how they were written.
    private static func conditions(_ nodes: [Node]) -> String {
        let keywords = Set(nodes.map(\.keyword))
        guard keywords.contains("AND"), keywords.isDisjoint(with: ["OR", "CASE"]),
            !nodes.contains(where: { $0.symbol == "," })
        else { return plain(nodes) }
        var parts: [[Node]] = [[]]
        var isRange = false
        for node in nodes {
            if node.keyword == "BETWEEN" { isRange = true }
            if node.keyword == "AND", !isRange {
                parts.append([])
                continue
            }
            if node.keyword == "AND" { isRange = false }
            parts[parts.count - 1].append(node)
        }
        return parts.map(plain).sorted().joined(separator: " AND ")
    }

    private static func plain(_ nodes: [Node]) -> String {
        var texts: [String] = []
        for (index, node) in nodes.enumerated() {
            switch node {
            case .token(let token): if !(token.isReserved && silent.contains(token.text)) { texts.append(token.text) }
            case .group(let inner):
                let isList = index > 0 && nodes[index - 1].keyword == "IN"
                texts.append("(\(isList ? list(inner) ?? canonical(inner) : canonical(inner)))")
            }
        }
        return texts.joined(separator: " ")
    }

    /// The values of a list, each once; nil where it holds anything else.
    private static func list(_ nodes: [Node]) -> String? {
        var values: Set<String> = []
        for part in nodes.split(omittingEmptySubsequences: false, whereSeparator: { $0.symbol == "," }) {
            guard part.count == 1, case .token(let token)? = part.first, token.isValue else { return nil }
            values.insert(token.text)
        }
        return values.sorted().joined(separator: ",")
    }
}
