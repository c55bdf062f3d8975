/// Types of PostgreSQL's columns that no answer told by itself: what functions, operators and results ask of them.
///
/// Source: https://www.postgresql.org/docs/15/functions.html
extension SchemaReader {
    /// What an expression's parts must be so that the whole is of that type.
    mutating func settle(_ expression: SQLExpr, _ type: String, _ scopes: [SchemaScope]) {
        guard dialect == .postgres else { return }
        switch expression {
        case .column(let qualifier, let name, _):
            if let table = Self.table(qualifier, scopes) { draft.see(table, name, type: type, ground: .derived) }
        case .call(let call): settle(call, type, scopes)
        case .unary("-", let inner): settle(inner, type, scopes)
        case .binary(let sign, let left, let right): settle(sign, left, right, type, scopes)
        case .when(_, let branches, let otherwise):
            for branch in branches { settle(branch.result, type, scopes) }
            if let otherwise { settle(otherwise, type, scopes) }
        default: break
        }
    }

    private mutating func settle(_ call: SQLCall, _ type: String, _ scopes: [SchemaScope]) {
        switch call.name {
        case "MAX", "MIN", "COALESCE", "NULLIF", "GREATEST", "LEAST", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "ABS":
            for argument in call.arguments { settle(argument, type, scopes) }
        case "SUM":
            // Sums are wider than what is summed.
            let inner = type == "bigint" ? "integer" : type
            for argument in call.arguments { settle(argument, inner, scopes) }
        case "AVG", "ROUND", "CEIL", "CEILING", "FLOOR":
            if let first = call.arguments.first { settle(first, type, scopes) }
        case "DATE_TRUNC" where call.arguments.count > 1: settle(call.arguments[1], type, scopes)
        case "ARRAY_AGG" where type.hasSuffix("[]"):
            if let first = call.arguments.first { settle(first, String(type.dropLast(2)), scopes) }
        case "UNNEST":
            if let first = call.arguments.first { settle(first, type + "[]", scopes) }
        default: break
        }
    }

    private static let numbers: Set<String> = [
        "smallint", "integer", "bigint", "numeric", "real", "double precision",
    ]
    private static let moments: Set<String> = ["timestamp", "timestamptz", "date"]

    private mutating func settle(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ type: String, _ scopes: [SchemaScope]
    ) {
        switch sign {
        case "+", "-", "*", "/", "%":
            if Self.numbers.contains(type) {
                settle(left, type, scopes)
                settle(right, type, scopes)
            } else if Self.moments.contains(type) {
                settle(left, type, scopes)
            } else if type == "interval", sign == "-" {
                settle(left, "timestamptz", scopes)
                settle(right, "timestamptz", scopes)
            }
        case "||" where type == "text":
            settle(left, type, scopes)
            settle(right, type, scopes)
        case "->", "#>": settle(left, type == "json" ? "json" : "jsonb", scopes)
        default: break
        }
    }

    /// What is asked of a column by where it stands, whatever comes of it.
    mutating func expect(_ expression: SQLExpr, _ scopes: [SchemaScope]) {
        guard dialect == .postgres else { return }
        switch expression {
        case .call(let call): expect(call, scopes)
        case .binary(let sign, let left, _) where ["->", "->>", "#>", "#>>", "@>", "<@", "?"].contains(sign):
            settle(left, "jsonb", scopes)
        case .like(_, let text, _, _, _): settle(text, "text", scopes)
        case .compare(_, let left, let right):
            if let type = momentType(right) { settle(left, type, scopes) }
            if let type = momentType(left) { settle(right, type, scopes) }
            relate(left, right, scopes)
        case .between(let value, let low, let high, _):
            if let type = momentType(low) ?? momentType(high) { settle(value, type, scopes) }
        case .and(let left, let right), .or(let left, let right):
            assumeTruth(left, scopes)
            assumeTruth(right, scopes)
        case .not(let inner): assumeTruth(inner, scopes)
        case .when(nil, let branches, _): for branch in branches { assumeTruth(branch.condition, scopes) }
        default: break
        }
    }

    /// A column that stands where a condition does is boolean.
    mutating func assumeTruth(_ condition: SQLExpr, _ scopes: [SchemaScope]) {
        if case .column = condition { settle(condition, "boolean", scopes) }
    }

    private mutating func expect(_ call: SQLCall, _ scopes: [SchemaScope]) {
        func settleFirst(_ type: String, at place: Int = 0) {
            if call.arguments.indices.contains(place) { settle(call.arguments[place], type, scopes) }
        }
        switch call.name {
        case "DATE_TRUNC", "EXTRACT", "DATE_PART": settleFirst("timestamptz", at: 1)
        case "AGE": settleFirst("timestamptz")
        case "TO_CHAR":
            if case .value(.text(let format))? = call.arguments.dropFirst().first,
                ["YYYY", "MM", "DD", "HH", "MI", "Mon", "Day"].contains(where: format.contains)
            {
                settleFirst("timestamptz")
            }
        case "LOWER", "UPPER", "TRIM", "BTRIM", "LTRIM", "RTRIM", "LENGTH", "CHAR_LENGTH", "SUBSTRING", "SUBSTR",
            "REPLACE", "SPLIT_PART", "STRPOS", "INITCAP", "LEFT", "RIGHT", "REGEXP_REPLACE", "REVERSE", "LPAD", "RPAD",
            "STRING_AGG":
            settleFirst("text")
        case "SUM", "AVG", "ROUND", "FLOOR", "CEIL", "CEILING", "ABS", "SQRT", "STDDEV", "VARIANCE":
            settleFirst("numeric")
        case "BOOL_AND", "BOOL_OR", "EVERY": settleFirst("boolean")
        case "ARRAY_LENGTH", "CARDINALITY", "ARRAY_TO_STRING", "ANY", "ALL": settleFirst("text[]")
        case let name where name.hasPrefix("JSONB_") && name != "JSONB_AGG" && name != "JSONB_BUILD_OBJECT":
            settleFirst("jsonb")
        case "JSON_ARRAY_ELEMENTS", "JSON_EACH", "JSON_ARRAY_LENGTH", "JSON_OBJECT_KEYS", "JSON_EXTRACT_PATH":
            settleFirst("json")
        default: break
        }
        if let filter = call.filter { assumeTruth(filter, scopes) }
    }

    /// The type of what certainly is a moment: the clock, a cast, and what is reckoned from them.
    private func momentType(_ expression: SQLExpr) -> String? {
        switch expression {
        case .call(let call):
            switch call.name {
            case "NOW", "CURRENT_TIMESTAMP", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "TRANSACTION_TIMESTAMP":
                return "timestamptz"
            case "CURRENT_DATE": return "date"
            case "LOCALTIMESTAMP": return "timestamp"
            case "DATE_TRUNC" where call.arguments.count > 1: return momentType(call.arguments[1])
            default: return nil
            }
        case .binary(let sign, let left, let right) where sign == "+" || sign == "-":
            guard let type = momentType(left) else { return nil }
            if case .cast(_, let other) = right, other.lowercased().hasPrefix("interval"), type == "date" {
                return "timestamp"
            }
            return type
        default: return nil
        }
    }

    /// Two columns that are compared have one type.
    private mutating func relate(_ left: SQLExpr, _ right: SQLExpr, _ scopes: [SchemaScope]) {
        guard case .column(let one, let first, _) = left, case .column(let other, let second, _) = right,
            let table = Self.table(one, scopes), let peer = Self.table(other, scopes)
        else { return }
        related.append((Place(table: table, column: first), Place(table: peer, column: second)))
    }

    /// What is known of one of two related columns is known of the other.
    mutating func spreadTypes() {
        guard dialect == .postgres else { return }
        // Chains are short: what is not there after a few rounds is at the end of a ring that nothing tells of.
        for _ in 0..<4 {
            for (one, other) in related {
                for (from, to) in [(one, other), (other, one)] {
                    guard let column = draft.column(from.table, from.column), let type = column.type else { continue }
                    draft.see(to.table, to.column, type: type, ground: min(column.ground, .derived))
                }
            }
        }
    }
}
