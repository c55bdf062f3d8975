/// PostgreSQL's functions that return rows, as they stand among the outputs: they are sources like any other.
struct SetForm {
    private static let functions: Set<String> = [
        "UNNEST", "GENERATE_SERIES", "JSONB_ARRAY_ELEMENTS", "JSONB_ARRAY_ELEMENTS_TEXT", "JSON_ARRAY_ELEMENTS",
        "JSON_ARRAY_ELEMENTS_TEXT", "JSONB_OBJECT_KEYS", "JSON_OBJECT_KEYS", "REGEXP_SPLIT_TO_TABLE", "STRING_TO_TABLE",
    ]

    /// Several of them would go in step: they are left as they are.
    static func of(_ select: SQLSelect) -> SQLSelect {
        var calls: Set<SQLExpr> = []
        for expression in select.items.map(\.expression) + select.groups {
            expression.walk { part in
                if case .call(let call) = part, functions.contains(call.name) { calls.insert(part) }
            }
        }
        guard calls.count == 1, let function = calls.first, case .call(let call) = function else { return select }
        var select = select
        var source = SQLSource(what: .function(function), alias: "reenact_set")
        source.join = select.from.isEmpty ? .inner : .cross
        source.columns = ["value"]
        source.isLateral = true
        select.from.append(source)
        let column = SQLExpr.column(table: source.alias, name: "value", quoted: false)
        for place in select.items.indices {
            let old = select.items[place]
            select.items[place].expression = old.expression.mapped { $0 == function ? column : nil }
            if old.alias == nil, old.expression == function { select.items[place].alias = call.name.lowercased() }
        }
        select.groups = select.groups.map { $0.mapped { $0 == function ? column : nil } }
        return select
    }
}
