/// What only PostgreSQL writes: arrays, and tests of each of their elements.
extension SQLParser {
    /// Types that are written before a text: `jsonb '{}'`.
    static let typesBeforeText: Set<String> = [
        "JSON", "JSONB", "UUID", "TIME", "TIMETZ", "NUMERIC", "TEXT", "INT4", "INT8", "INTEGER", "BIGINT", "BOOLEAN",
        "BYTEA",
        "INET", "CIDR", "REGCLASS", "TSQUERY", "TSVECTOR", "FLOAT8", "DATERANGE", "TSRANGE", "TSTZRANGE", "INT4RANGE",
    ]

    /// `ANY (…)` and `ALL (…)` behind an operator; nil where another expression stands there.
    mutating func quantified(
        _ sign: String?, _ left: SQLExpr, _ test: (SQLExpr) -> SQLExpr
    ) throws(FixtureError) -> SQLExpr? {
        guard dialect == .postgres, here.kind == .word, ["ANY", "SOME", "ALL"].contains(here.upper),
            ahead(1).kind == .symbol, ahead(1).text == "("
        else { return nil }
        let isAll = here.upper == "ALL"
        let isIn = sign == "=" && !isAll
        let isOut = sign == "<>" && isAll
        at += 2
        if isNext("SELECT") || isNext("WITH") || isNext("VALUES") {
            let inner = try query()
            try need(")")
            if isIn || isOut { return .inQuery(left, inner, negated: isOut) }
            return test(.call(SQLCall(name: isAll ? "ALL" : "ANY", arguments: [.subquery(inner)])))
        }
        let array = try expression()
        try need(")")
        if isIn || isOut, case .subquery(let inner)? = Self.items(array)?.first {
            return .inQuery(left, inner, negated: isOut)
        }
        if let items = Self.items(array) {
            if isIn || isOut { return .inList(left, items, negated: isOut) }
            guard let first = items.first.map(test) else { return .value(.bool(isAll)) }
            return items.dropFirst().reduce(first) { isAll ? .and($0, test($1)) : .or($0, test($1)) }
        }
        let holds = SQLExpr.binary("@>", array, .call(SQLCall(name: "ARRAY", arguments: [left])))
        if isIn { return holds }
        return isOut ? .not(holds) : test(.call(SQLCall(name: isAll ? "ALL" : "ANY", arguments: [array])))
    }

    /// The elements of an array that is written down, or bound.
    private static func items(_ expression: SQLExpr) -> [SQLExpr]? {
        switch expression {
        case .cast(let inner, let type):
            guard type.hasSuffix("[]"), case .value(let value) = inner else { return items(inner) }
            let element = String(type.dropLast(2))
            return PostgresArray.elements(value)?.map { .value(Functions.cast($0, element, .postgres)) }
        case .call(let call) where call.name == "ARRAY": return call.arguments
        case .value(let value):
            return PostgresArray.elements(value)?.map { element in
                guard case .text(let text) = element, let number = Int64(text), String(number) == text else {
                    return .value(element)
                }
                return .value(.int(number))
            }
        default: return nil
        }
    }

    /// `[2]` or `[1:3]` behind an array.
    mutating func element(_ array: SQLExpr) throws(FixtureError) -> SQLExpr {
        var call = SQLCall(name: "ELEMENT", arguments: [array])
        if !isNext(":") { call.arguments.append(try expression()) }
        if take(":") {
            call.name = "SLICE"
            if !isNext("]") { call.arguments.append(try expression()) }
        }
        try need("]")
        return .call(call)
    }

    /// `BOTH ' ' FROM` before what is trimmed.
    mutating func trimmed(_ call: inout SQLCall) {
        let names = ["BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"]
        guard here.kind == .word, let name = names[here.upper] else { return }
        at += 1
        call.name = name
        _ = take("FROM")
    }

    /// Names of columns, with their types where a function's rows are described.
    mutating func columnNames() throws(FixtureError) -> [String] {
        var list: [String] = []
        repeat {
            list.append(try name())
            while here.kind == .word { at += 1 }
            while take("[") { try need("]") }
        } while take(",")
        return list
    }

    /// A function in FROM names its column as itself, and looks at what stands before it.
    func setReturned(_ function: SQLExpr, _ source: inout SQLSource) {
        var seesOthers = false
        function.walk { if case .column = $0 { seesOthers = true } }
        source.isLateral = source.isLateral || seesOthers
        guard source.columns.isEmpty, case .call(let call) = function else { return }
        source.columns = [source.alias]
        if ["JSONB_ARRAY_ELEMENTS", "JSONB_ARRAY_ELEMENTS_TEXT", "JSON_ARRAY_ELEMENTS", "JSON_ARRAY_ELEMENTS_TEXT"]
            .contains(call.name)
        {
            source.columns = ["value", source.alias]
        } else if ["JSONB_EACH", "JSONB_EACH_TEXT", "JSON_EACH", "JSON_EACH_TEXT"].contains(call.name) {
            source.columns = ["key", "value"]
        }
    }
}
