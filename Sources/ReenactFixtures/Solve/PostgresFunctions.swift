import ReenactTimeline

/// Functions that only PostgreSQL has, or that it reads in its own way.
enum PostgresFunctions {
    /// Nil of what is not here, and of what can't be told.
    static func apply(_ name: String, _ values: [SQLValue]) -> SQLValue? {
        switch name {
        case "ARRAY": return .text(PostgresArray.text(values))
        case "CONCAT_WS":
            guard let mark = values.first.flatMap(Functions.text) else { return nil }
            return .text(values.dropFirst().compactMap { $0.isNull ? nil : Functions.text($0) }.joined(separator: mark))
        case "JSON_BUILD_OBJECT", "JSONB_BUILD_OBJECT", "JSON_BUILD_ARRAY", "JSONB_BUILD_ARRAY", "CONCAT": return nil
        case "GREATEST", "LEAST":
            let known = values.filter { !$0.isNull }
            return (name == "LEAST" ? known.min { $0.sorts(before: $1) } : known.max { $0.sorts(before: $1) }) ?? .null
        default: break
        }
        guard known.contains(name) else { return nil }
        if values.contains(where: \.isNull) { return .null }
        if name == "EXTRACT" || name == "DATE_PART" || name == "DATE_TRUNC" || name == "TO_CHAR" {
            return moment(name, values)
        }
        return texts(name, values) ?? lists(name, values)
    }

    /// What is here, beside constructors of documents.
    static let names = known.union(["ARRAY", "CONCAT_WS", "GREATEST", "LEAST"])

    /// Those that give NULL for NULL.
    private static let known: Set<String> = [
        "EXTRACT", "DATE_PART", "DATE_TRUNC", "TO_CHAR", "SPLIT_PART", "INITCAP", "LPAD", "RPAD", "REVERSE", "STRPOS",
        "LEFT", "RIGHT", "BTRIM", "LTRIM", "RTRIM", "REPEAT", "ARRAY_LENGTH", "CARDINALITY", "ARRAY_TO_STRING",
        "STRING_TO_ARRAY", "JSONB_ARRAY_LENGTH", "JSON_ARRAY_LENGTH", "JSONB_TYPEOF", "JSON_TYPEOF", "ELEMENT",
        "STARTS_WITH", "MOD", "SIGN", "FLOOR", "CEIL", "CEILING",
    ]

    private static func moment(_ name: String, _ values: [SQLValue]) -> SQLValue? {
        guard values.count == 2 else { return nil }
        let isShown = name == "TO_CHAR"
        guard let unit = Functions.text(values[isShown ? 1 : 0]), case .text(let text) = values[isShown ? 0 : 1],
            let moment = PostgresMoment(text)
        else { return nil }
        switch name {
        case "TO_CHAR": return moment.formatted(unit).map(SQLValue.text)
        case "DATE_TRUNC":
            guard let cut = moment.truncated(unit) else { return nil }
            let hasZone = text.utf8.count == 10 || text.contains("+00")
            return .text(cut.text(hasZone ? .timestampZone : .timestamp))
        default: return moment.part(unit).map { .number(String($0)) }
        }
    }

    private static func texts(_ name: String, _ values: [SQLValue]) -> SQLValue? {
        guard let text = Functions.text(values[0]) else { return nil }
        let second = values.count > 1 ? Functions.text(values[1]) : nil
        let number = values.count > 1 ? values[1].double.map { Int($0) } : nil
        switch name {
        case "SPLIT_PART":
            guard values.count == 3, let mark = second, !mark.isEmpty, let place = values[2].double.map({ Int($0) })
            else {
                return nil
            }
            let parts = parts(text, mark)
            let at = place > 0 ? place - 1 : parts.count + place
            return .text(parts.indices.contains(at) ? parts[at] : "")
        case "INITCAP": return .text(capitals(text))
        case "LPAD", "RPAD":
            guard let width = number, width >= 0, width < 10_000 else { return nil }
            let fill = Array(values.count > 2 ? Functions.text(values[2]) ?? " " : " ")
            let missing = max(0, width - text.count)
            if missing == 0 || fill.isEmpty { return .text(String(text.prefix(width))) }
            let more = String((0..<missing).map { fill[$0 % fill.count] })
            return .text(name == "LPAD" ? more + text : text + more)
        case "REVERSE": return .text(String(text.reversed()))
        case "STRPOS":
            guard let part = second else { return nil }
            guard let found = part.isEmpty ? text.startIndex..<text.startIndex : text.firstRange(of: part) else {
                return .int(0)
            }
            return .int(Int64(text.distance(from: text.startIndex, to: found.lowerBound)) + 1)
        case "LEFT", "RIGHT":
            guard let count = number else { return nil }
            let size = count >= 0 ? count : max(0, text.count + count)
            return .text(String(name == "LEFT" ? text.prefix(size) : text.suffix(size)))
        case "BTRIM", "LTRIM", "RTRIM":
            let signs = Array(second ?? " ")
            var rest = Substring(text)
            if name != "RTRIM" { rest = rest.drop { signs.contains($0) } }
            while name != "LTRIM", let last = rest.last, signs.contains(last) { rest.removeLast() }
            return .text(String(rest))
        case "REPEAT": return number.flatMap { $0 < 1000 ? .text(String(repeating: text, count: max(0, $0))) : nil }
        case "STARTS_WITH": return second.map { .bool(text.hasPrefix($0)) }
        case "STRING_TO_ARRAY":
            return second.flatMap { $0.isEmpty ? nil : .text(PostgresArray.text(parts(text, $0).map(SQLValue.text))) }
        default: return nil
        }
    }

    private static func lists(_ name: String, _ values: [SQLValue]) -> SQLValue? {
        switch name {
        case "ARRAY_LENGTH", "CARDINALITY":
            guard let list = PostgresArray.elements(values[0]) else { return nil }
            return list.isEmpty && name == "ARRAY_LENGTH" ? .null : .int(Int64(list.count))
        case "ARRAY_TO_STRING":
            guard let list = PostgresArray.elements(values[0]), values.count == 2, let mark = Functions.text(values[1])
            else { return nil }
            return .text(list.compactMap { $0.isNull ? nil : Functions.text($0) }.joined(separator: mark))
        case "ELEMENT":
            guard let list = PostgresArray.elements(values[0]), values.count == 2, case .int(let place) = values[1]
            else {
                return nil
            }
            return list.indices.contains(Int(place) - 1) ? list[Int(place) - 1] : .null
        case "JSONB_ARRAY_LENGTH", "JSON_ARRAY_LENGTH":
            guard case .array(let list)? = PostgresDocument.read(values[0]) else { return nil }
            return .int(Int64(list.count))
        case "JSONB_TYPEOF", "JSON_TYPEOF":
            switch PostgresDocument.read(values[0]) {
            case .null: return .text("null")
            case .bool: return .text("boolean")
            case .integer, .number: return .text("number")
            case .string: return .text("string")
            case .array: return .text("array")
            case .object: return .text("object")
            case nil: return nil
            }
        default: return nil
        }
    }

    static func parts(_ text: String, _ mark: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(text)
        while let cut = rest.firstRange(of: mark) {
            parts.append(String(rest[..<cut.lowerBound]))
            rest = rest[cut.upperBound...]
        }
        return parts + [String(rest)]
    }

    private static func capitals(_ text: String) -> String {
        var out = ""
        var isInside = false
        for character in text {
            out += isInside ? character.lowercased() : character.uppercased()
            isInside = character.isLetter || character.isNumber
        }
        return out
    }
}

extension Evaluator {
    /// `extract(epoch FROM end - start)`.
    func seconds(_ call: SQLCall, _ scopes: [Scope]) -> SQLValue? {
        guard call.name == "EXTRACT" || call.name == "DATE_PART", call.arguments.count == 2,
            case .value(.text(let unit)) = call.arguments[0], unit.lowercased() == "epoch"
        else { return nil }
        if let span = value(term(call.arguments[1], scopes)).flatMap({ TimeSpan($0) }), case .column = call.arguments[1]
        {
            return .number(Functions.fixed(span.seconds, 6))
        }
        guard case .binary("-", let end, let start) = call.arguments[1], let last = value(term(end, scopes)),
            let first = value(term(start, scopes))
        else { return nil }
        if last.isNull || first.isNull { return .null }
        guard case .text(let last) = last, case .text(let first) = first, let a = PostgresMoment(last),
            let b = PostgresMoment(first), !last.contains("."), !first.contains(".")
        else { return nil }
        return .number(String(a.seconds - b.seconds) + ".000000")
    }
}
