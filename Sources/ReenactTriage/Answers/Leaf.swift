import ReenactTimeline

/// A single value somewhere in an answer.
struct Leaf: Sendable, Equatable {
    /// Where it stands: `dist.signatures[0].keyid`, `row 1, email`.
    var path: String
    /// Its name: the last key of the path, or the column.
    var name: String
    var value: JSONValue

    /// The value as a program would print it.
    var text: String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        default: ""
        }
    }

    /// Leaves of a document, in a fixed order, up to `limit`.
    static func all(in value: JSONValue, limit: Int = 2000) -> [Leaf] {
        var leaves: [Leaf] = []
        func walk(_ value: JSONValue, _ path: String, _ name: String) {
            guard leaves.count < limit else { return }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    walk(member, path.isEmpty ? key : "\(path).\(key)", key)
                }
            case .array(let elements):
                for (index, element) in elements.prefix(500).enumerated() { walk(element, "\(path)[\(index)]", name) }
            default: leaves.append(Leaf(path: path, name: name, value: value))
            }
        }
        walk(value, "", "")
        return leaves
    }
}

extension Answer {
    /// JSON that this answer brought: its body, a reply, rows as objects with their columns.
    var documents: [JSONValue] {
        switch content {
        case .http(let http): http.document.map { [$0] } ?? []
        case .redis(let redis): redis.documents
        case .message(let message): message.json.map { [$0] } ?? []
        case .sql(let sql):
            sql.rows.prefix(200).map { row in
                .object(Dictionary(zip(sql.columns, row), uniquingKeysWith: { first, _ in first }))
            }
        case .other: []
        }
    }

    /// The values that this answer brought into the program.
    var leaves: [Leaf] {
        switch content {
        case .http(let http):
            if let json = http.json { return Leaf.all(in: json) }
            if http.looksLikeXML { return XMLText.leaves(http.body) }
            // A short text is one value.
            let text = Substring(http.body).trimmed(of: " \r\n\t")
            guard !text.isEmpty, text.count <= 200, !http.looksLikeHTML, !http.isTruncated else { return [] }
            return [Leaf(path: "body", name: "body", value: .string(String(text)))]
        case .sql(let sql):
            var leaves: [Leaf] = []
            for (number, row) in sql.rows.prefix(200).enumerated() {
                for (index, cell) in row.enumerated() {
                    let column = sql.columns.indices.contains(index) ? sql.columns[index] : "\(index + 1)"
                    if let text = cell.string, let first = text.first, first == "{" || first == "[",
                        let inner = JSONParser.parse(text)
                    {
                        leaves += Leaf.all(in: inner, limit: 200).map {
                            Leaf(path: "row \(number + 1), \(column).\($0.path)", name: $0.name, value: $0.value)
                        }
                    }
                    leaves.append(Leaf(path: "row \(number + 1), \(column)", name: column, value: cell))
                }
            }
            return leaves
        case .redis(let redis):
            if let text = redis.reply.string, let inner = PackedText.document(text),
                inner.object != nil || inner.array != nil
            {
                return Leaf.all(in: inner) + [Leaf(path: "reply", name: redis.key, value: redis.reply)]
            }
            return Leaf.all(in: redis.reply)
        case .message(let message): return message.json.map { Leaf.all(in: $0) } ?? []
        case .other: return []
        }
    }
}

extension HTTPAnswer {
    /// The first NaN or infinity of a body that is no JSON for their sake only: some readers take it all the same.
    var notFinite: Leaf? {
        guard json == nil, !isTruncated, body.utf8.count <= 200_000, body.contains("NaN") || body.contains("Infinity")
        else { return nil }
        var text = body
        for (word, other) in [("-Infinity", "\"-inf\""), ("Infinity", "\"inf\""), ("NaN", "\"nan\"")] {
            for before in [":", ": ", "[", ", ", ","] { text = text.replacing(before + word, with: before + other) }
        }
        return JSONParser.parse(text).flatMap { Leaf.all(in: $0).first { ValueForm($0.value) == .notFinite } }
    }
}
