/// Which columns of which tables a SELECT's results come from, and what its conditions say outright.
///
/// Reads the plain form that ORMs write. Where it is not sure it says nothing; what the server itself says of its
/// columns is asked first.
public struct SelectShape: Sendable {
    /// An entry of the select list.
    public enum Item: Equatable, Sendable {
        case column(qualifier: String, name: String)
        case star
        case other
    }

    /// `column = value`, true of every row that came back.
    public struct Equality: Sendable {
        public var qualifier: String
        public var column: String
        public var value: Value
    }

    public enum Value: Sendable {
        case literal(String, isQuoted: Bool)
        case parameter(Int)
    }

    public private(set) var items: [Item] = []
    /// Aliases and names to tables, in order of their standing.
    public private(set) var tables: [(alias: String, table: String)] = []
    public private(set) var equalities: [Equality] = []

    /// - Returns: nil for what is no plain SELECT.
    public init?(_ words: [SQLWord]) {
        guard words.first?.keyword == "SELECT" else { return nil }
        let top = { (keyword: String) in words.firstIndex { $0.depth == 0 && $0.keyword == keyword } }
        guard !["UNION", "INTERSECT", "EXCEPT"].contains(where: { top($0) != nil }), let from = top("FROM") else {
            return nil
        }
        let end = words.indices.first {
            $0 > from && words[$0].depth == 0
                && (words[$0].symbol == ";"
                    || ["WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FOR", "WINDOW", "FETCH"]
                        .contains(words[$0].keyword))
        }
        readItems(Array(words[1..<from]))
        readTables(Array(words[(from + 1)..<(end ?? words.count)]))
        if let end, words[end].keyword == "WHERE" { readConditions(Array(words[(end + 1)...])) }
    }

    /// The table behind an alias or a name; without one, the only table.
    public func table(_ qualifier: String) -> String? {
        if qualifier.isEmpty { return tables.count == 1 ? tables[0].table : nil }
        return tables.first { $0.alias == qualifier }?.table
    }

    private mutating func readItems(_ words: [SQLWord]) {
        var words = words[...]
        if words.first?.keyword == "DISTINCT" || words.first?.keyword == "ALL" { words = words.dropFirst() }
        if words.first?.keyword == "ON", let close = words.firstIndex(where: { $0.depth == 0 && $0.symbol == ")" }) {
            words = words[(close + 1)...]
        }
        for item in words.split(omittingEmptySubsequences: false, whereSeparator: { $0.depth == 0 && $0.symbol == "," })
        {
            items.append(Self.item(Array(item)))
        }
    }

    private static func item(_ words: [SQLWord]) -> Item {
        if words.last?.symbol == "*", words.count == 1 || words.dropLast().last?.symbol == "." { return .star }
        guard let (name, end) = SQLWord.name(words, at: 0) else { return .other }
        let rest = words[end...]
        let isAlone =
            rest.isEmpty || rest.first?.keyword == "AS" && rest.count == 2
            || rest.count == 1 && rest.first?.isName == true
        guard isAlone else { return .other }
        return .column(qualifier: end >= 3 ? words[end - 3].name : "", name: name)
    }

    private mutating func readTables(_ words: [SQLWord]) {
        var index = 0
        var expects = true
        while index < words.count {
            let word = words[index]
            if word.depth == 0, expects, word.keyword != "ONLY", let (name, end) = SQLWord.name(words, at: index) {
                index = end
                if index < words.count, words[index].keyword == "AS" { index += 1 }
                var alias = name
                let joins: Set<String> = ["JOIN", "LEFT", "RIGHT", "INNER", "FULL", "CROSS", "NATURAL", "ON", "USING"]
                if index < words.count, words[index].isName, !joins.contains(words[index].keyword) {
                    alias = words[index].name
                    index += 1
                }
                tables.append((alias, name))
                expects = false
                continue
            }
            if word.depth == 0 {
                expects = word.symbol == "," || word.keyword == "JOIN" || expects && word.keyword == "ONLY"
            }
            index += 1
        }
    }

    /// Only where all conditions must hold.
    private mutating func readConditions(_ words: [SQLWord]) {
        let end = words.firstIndex {
            $0.depth == 0
                && ["GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FOR", "WINDOW", "FETCH"].contains($0.keyword)
        }
        let words = Array(words[..<(end ?? words.count)])
        guard !words.contains(where: { ["OR", "NOT", "CASE", "SELECT", "EXISTS"].contains($0.keyword) }) else { return }
        for index in words.indices where words[index].symbol == "=" && index > 0 && index + 1 < words.count {
            let left = words[index - 1]
            guard left.isName, !left.isReserved else { continue }
            let isQualified = index >= 3 && words[index - 2].symbol == "." && words[index - 3].isName
            let before = index - (isQualified ? 4 : 2)
            guard before < 0 || words[before].keyword == "AND" || words[before].symbol == "(" else { continue }
            if before >= 0, words[before].symbol == "(", before > 0, words[before - 1].isName,
                words[before - 1].keyword != "AND"
            {
                continue
            }
            guard let value = Self.value(words, at: index + 1) else { continue }
            equalities.append(
                .init(qualifier: isQualified ? words[index - 3].name : "", column: left.name, value: value))
        }
    }

    private static func value(_ words: [SQLWord], at index: Int) -> Value? {
        func isOver(_ next: Int) -> Bool {
            guard next < words.count else { return true }
            return words[next].keyword == "AND" || words[next].symbol == ")" || words[next].symbol == ";"
        }
        if words[index].symbol == "$", index + 1 < words.count, let number = Int(words[index + 1].literal ?? "") {
            return isOver(index + 2) || words[index + 2].symbol == ":" ? .parameter(number - 1) : nil
        }
        if let literal = words[index].literal {
            // 'x'::uuid
            let isCast = index + 1 < words.count && words[index + 1].symbol == ":"
            guard isOver(index + 1) || isCast else { return nil }
            let isNumber = Double(literal) != nil && !isCast
            return .literal(literal, isQuoted: !isNumber)
        }
        if ["TRUE", "FALSE"].contains(words[index].keyword) {
            return .literal(words[index].name, isQuoted: false)
        }
        return nil
    }
}
