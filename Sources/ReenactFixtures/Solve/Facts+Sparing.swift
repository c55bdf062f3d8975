/// Who has no row elsewhere.
extension ColumnFacts {
    mutating func spare(_ query: SQLQuery, _ schema: Schema) {
        for source in query.first?.from ?? [] {
            if case .table(let name) = source.what, let table = schema.place(name) { sparing.insert(table) }
        }
    }

    /// NOT IN, NOT EXISTS, and outer joins whose partner must be missing.
    mutating func spare(_ select: SQLSelect, _ condition: SQLExpr, _ schema: Schema) {
        var queries: [SQLQuery] = []
        var hasNull = false
        condition.walk { part in
            switch part {
            case .inQuery(_, let query, true), .not(.exists(let query)): queries.append(query)
            case .isNull(_, negated: false): hasNull = true
            default: break
            }
        }
        for query in queries { spare(query, schema) }
        for source in select.from where hasNull && source.join == .left {
            if case .table(let name) = source.what, let table = schema.place(name) { sparing.insert(table) }
        }
    }
}
